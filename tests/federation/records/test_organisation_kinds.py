"""What sort of organisation a server says that one is, by table."""

from __future__ import annotations

import msgspec
import pytest

from demo.fhir.staff import organization
from federation.model import Organisation
from federation.records.fhir.elements import FhirOrganisation
from federation.records.organisation_kinds import KINDS, kind_of

ROLES = "https://fhir.nhs.uk/CodeSystem/organisation-role"
ODS_API = "https://directory.spineservices.nhs.uk/STU3/CodeSystem/ODSAPI-OrganizationRole-1"
HL7 = "http://terminology.hl7.org/CodeSystem/organization-type"


def coded(code, system=ROLES, **more):
    return {"coding": [{"system": system, "code": code}]} | more


def read(*types):
    resource = {"resourceType": "Organization", "type": list(types)}
    return msgspec.convert(resource, FhirOrganisation).type


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        ([coded("76")], "gp"),
        ([coded("RO76")], "gp"),
        ([coded("76", ODS_API)], "gp"),
        ([coded("141")], "local-authority"),
        ([coded("RO182")], "pharmacy"),
        ([coded("269"), coded("RO101")], "care-home"),
        ([coded("270", text="home-care")], "home-care"),
        ([{"text": "acute"}], "acute"),
        ([{"text": " Acute "}], "acute"),
        ([coded("197")], None),  # an NHS trust: a hospital, or not
        ([coded("177")], None),  # a prescribing cost centre: a practice, or not
        ([coded("prov", HL7)], None),
        ([coded("76", HL7)], None),
        ([coded("76", None)], None),
        ([{"text": "acute hospital"}], None),
        ([{"text": "gp"}, {"text": "acute"}], None),
        ([coded("76"), coded("182")], None),
        ([{"coding": [{"system": ROLES}]}], None),
        ([], None),
    ],
)
def test_kind(types, kind):
    """Only what stands for one sort alone tells it; what contradicts itself tells none."""
    assert kind_of(read(*types)) == kind


@pytest.mark.parametrize("kind", [*sorted(set(KINDS.values())), "acute", "ambulance", "community"])
def test_what_the_demo_writes(kind):
    """Every sort that the demo's servers write is read as that sort."""
    written = organization(Organisation(ods_code="Z99901", name="Exampleton", kind=kind), "o1")
    assert kind_of(read(*written["type"])) == kind
