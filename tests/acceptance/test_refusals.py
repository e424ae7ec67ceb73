"""Who is refused, whoever the person is. Scenarios 15, 30, 42, 43, 44, 48, 60 and 61."""

from __future__ import annotations

import pytest

from tests.acceptance.answer import Answer
from tests.acceptance.asking import CLINICAL, EVERYTHING, As
from tests.acceptance.launching import Launched

LONDON = "london-care-record"


def no_record(answer: Answer) -> bool:
    return answer.body.get("data") in (None, {"patient": None})


async def test_15_counter_assistant(as_: As):
    """Pharmacy's counter assistant: only pharmacists and technicians."""
    answer = await as_("pharmacy-assistant-milton-keynes").asks(about="nominates-pharmacy")
    assert answer.refused_with == "FORBIDDEN"
    assert no_record(answer)


@pytest.mark.parametrize("persona", ["researcher-london", "icb-analyst-london"])
async def test_30_research_and_planning(as_: As, persona: str):
    """Researcher or analyst: refused always, whatever purpose they name."""
    for purpose in ("HRESCH", "HOPERAT"):
        answer = await as_(persona).asks(about="everywhere", purpose=purpose)
        assert answer.refused_with == "PURPOSE_NOT_SUPPORTED"
        assert no_record(answer)
    disguised = await as_(persona).asks(about="everywhere")
    assert disguised.refused_with == "FORBIDDEN"
    assert no_record(disguised)


async def test_42_medical_examiner(as_: As):
    """Medical examiner, deceased person: no such purpose; clinicians as ever."""
    answer = await as_("medical-examiner-london").asks(about="deceased", purpose="MEDICAL_EXAMINER")
    assert answer.refused_with == "PURPOSE_NOT_SUPPORTED"
    disguised = await as_("medical-examiner-london").asks(about="deceased", categories=CLINICAL)
    assert disguised.refused_with == "FORBIDDEN" or not any(map(disguised.items, CLINICAL))
    doctor = await as_("gp-herts").asks(about="deceased")
    assert "Heart failure" in doctor.titles("PROBLEMS")


async def test_43_receptionist(as_: As):
    """Receptionist: who the person is and appointments; nothing clinical."""
    answer = await as_("receptionist-london").asks(about="seen-in-watford", categories=EVERYTHING)
    assert answer.person["name"]["text"] == "Mrs Noreen Maxted"
    assert answer.states("APPOINTMENTS")[LONDON].startswith("FRESH")
    for category in CLINICAL:
        if category != "APPOINTMENTS":
            assert not answer.items(category), category
            assert answer.states(category)[LONDON].split()[0] in {"WITHHELD", "NOT_ASKED"}


async def test_44_systems_support(as_: As):
    """Systems support: nothing of anybody."""
    answer = await as_("systems-support-london").asks(about="everywhere")
    assert answer.refused_with == "FORBIDDEN"
    assert no_record(answer)


async def test_48_two_roles_and_none_chosen(as_: As):
    """Two roles and none chosen: refused, and told which there are."""
    doctor = as_("two-roles-london")
    answer = await doctor.asks(about="everywhere")
    assert answer.refused_with == "ROLE_NOT_SELECTED"
    me = await doctor.sends("{ me { availableRoles { role organisation { odsCode } } } }", {})
    assert len(me.body["data"]["me"]["availableRoles"]) == 2


@pytest.mark.parametrize(
    "persona",
    ["prison-nurse-milton-keynes", "hospice-nurse-herts", "private-hospital-doctor-london"],
)
async def test_60_nothing_without_an_agreement(as_: As, launched: Launched, persona: str):
    """Prison, hospice, independent hospital: by agreement alone, and here there is none."""
    launch = await launched(persona, "everywhere", "ADMISSION")
    answer = await as_(persona).asks(about="everywhere", categories=CLINICAL, launch=launch)
    for category in CLINICAL:
        assert not answer.items(category)
        states = set(answer.states(category).values())
        assert {state.split()[0] for state in states} == {"NOT_ASKED"}, states


async def test_61_police(as_: As):
    """Police: refused, whatever purpose they name."""
    for purpose in ("DIRECT_CARE", "EMERGENCY", "PATIENT_REQUEST"):
        answer = await as_("police-london").asks(about="everywhere", purpose=purpose)
        assert answer.refused_with == "FORBIDDEN"
        assert no_record(answer)
