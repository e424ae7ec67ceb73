"""Who somebody is, written as Patient and read back."""

import msgspec
import pytest

from demo.fhir.patient import patient_resource
from federation.model import Organisation
from federation.records.fhir.person import read_person
from federation.records.fhir.resource import References, Resource
from federation.records.person import HumanName
from tests.builders import a_person

EVERYTHING = a_person(
    name=HumanName(text="Ms Orla Fernsby", family="Fernsby", given=("Orla",), prefix="Ms"),
    birth_sex="Female",
    ethnicity="White - British",
    contact_preference="Letter; not after 7pm",
    nominated_pharmacy=Organisation(ods_code="FA123", name="Canal Pharmacy"),
    gp_practice=Organisation(ods_code="F83004", name="Example Surgery"),
    language="Polish",
    interpreter_needed=True,
    deceased=True,
    deceased_at="2024-02-03",
    death_notification="Formal",
    number_status="Number present and verified",
    phones=("01632 960111",),
)


def arriving(person):
    resource = msgspec.json.encode(patient_resource(person, "p1"))
    return read_person(Resource.parse(resource), References.none())


FLAGS = {"reasonable_adjustments"}
"""No element of Patient holds them."""


@pytest.mark.parametrize("field", [one for one in EVERYTHING.__struct_fields__ if one not in FLAGS])
def test_a_person_arrives_field_by_field(field):
    """What the demo writes of a person is what the gateway reads."""
    assert getattr(arriving(EVERYTHING), field) == getattr(EVERYTHING, field)
