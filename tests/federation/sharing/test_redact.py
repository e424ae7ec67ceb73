"""Redaction: fields are emptied, what was emptied is told, and nothing else changes."""

import pytest
from msgspec.structs import replace

from federation.model import Practitioner
from federation.records.base import Redaction
from federation.records.care_plans import CprDecision, CprKind
from federation.sharing.redact import CODE, GROUPS, MESSAGE, emptied
from tests.builders import GP_PRACTICE, a_person, an_address, an_organisation
from tests.federation.sharing.given import SENSITIVE
from tests.items import a_care_plan, a_medication, an_allergy

AUTHOR = Practitioner(name="Nurse Pell Moss", role="Nurse", organisation=an_organisation("RWG"))
ORIGIN, WHEREABOUTS = GROUPS["origin"], GROUPS["whereabouts"]


def test_origin_goes_and_the_medicine_stays():
    """A sensitive medicine keeps what it is and how it is taken, and loses who, where and why."""
    whole = a_medication(
        author=AUTHOR,
        source_system="Clinic system",
        indication="a topic",
        security_labels=(SENSITIVE,),
    )
    shown, redactions = emptied(whole, ORIGIN)
    changed = {
        "custodian": None,
        "author": None,
        "source_system": None,
        "security_labels": (),
        "indication": None,
    }
    assert shown == replace(whole, **changed)
    assert [one.field for one in redactions] == [
        "custodian",
        "author",
        "sourceSystem",
        "securityLabels",
        "indication",
    ]


def test_every_redaction_has_the_same_words():
    """Code and message are the same for every field, so that they tell no topic."""
    _, redactions = emptied(a_medication(author=AUTHOR, indication="a topic"), ORIGIN)
    assert {(one.code, one.message) for one in redactions} == {(CODE, MESSAGE)}


def test_whereabouts_go_and_the_author_s_name_stays():
    """An author of a protected person's record is named, but not their organisation."""
    shown, redactions = emptied(an_allergy(author=AUTHOR, custodian=GP_PRACTICE), WHEREABOUTS)
    assert shown.author == Practitioner(name="Nurse Pell Moss", role="Nurse")
    assert shown.custodian is None
    assert [one.field for one in redactions] == ["custodian", "author.organisation"]


def test_the_signature_under_a_resuscitation_decision_is_origin_too():
    """The decision stays in every form; who signed it goes, or only where they work."""
    plan = replace(
        a_care_plan(decision=CprKind.DO_NOT_ATTEMPT_CPR),
        cpr=CprDecision(decision=CprKind.DO_NOT_ATTEMPT_CPR, clinician=AUTHOR),
    )
    without, redactions = emptied(plan, ORIGIN)
    assert without.cpr == CprDecision(decision=CprKind.DO_NOT_ATTEMPT_CPR)
    assert Redaction(field="cpr.clinician", code=CODE, message=MESSAGE) in redactions
    unplaced, _ = emptied(plan, WHEREABOUTS)
    assert unplaced.cpr.decision is CprKind.DO_NOT_ATTEMPT_CPR
    assert unplaced.cpr.clinician == Practitioner(name="Nurse Pell Moss", role="Nurse")


def test_a_person_loses_address_phones_and_practice():
    """The echo of a protected person keeps name and birth date and loses where they are found."""
    person = a_person(address=an_address(), phones=("01632 960111",), gp_practice=GP_PRACTICE)
    shown, redactions = emptied(person, WHEREABOUTS)
    assert shown == a_person()
    assert {one.field for one in redactions} == {"address", "phones", "gpPractice"}


@pytest.mark.parametrize("fields", [ORIGIN, WHEREABOUTS])
def test_what_holds_nothing_is_left_alone(fields):
    """Where there was nothing to empty there is nothing to tell, and no copy is made."""
    bare = an_allergy()
    assert emptied(bare, fields) == (bare, ())
    assert emptied(bare, fields)[0] is bare
