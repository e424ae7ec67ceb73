"""Redaction: fields are emptied, what was emptied is told, and nothing else changes."""

import pytest
from msgspec.structs import replace

from federation.model import Category, Practitioner
from federation.records.base import Redaction
from federation.records.care_plans import CprDecision, CprKind
from federation.sharing.redact import CODE, GROUPS, MESSAGE, emptied, withheld_by
from federation.status import SourceCode, SourceState
from tests.builders import GP_PRACTICE, LONDON, a_person, an_address, an_organisation
from tests.federation.sharing.given import (
    SENSITIVE,
    held,
    released_from,
    rules_with,
    verified_of,
)
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


@pytest.mark.parametrize(
    ("fields", "withheld"),
    [
        (("note",), False),  # may be null
        (("reactions",), False),  # may be a list of none
        (("author.role",), False),
        (("substance",), True),
        (("clinical_status",), True),  # has a default, and no way to say nothing
        (("author.name",), True),
        (("author.shoe_size",), True),  # no such field: whatever was meant would be shown
        (("medicine",), False),  # another record's
        (ORIGIN, False),
        (WHEREABOUTS, False),
        ((*ORIGIN, "substance"), True),
    ],
)
def test_a_field_that_must_be_there_takes_the_whole_thing_with_it(fields, withheld):
    """A rule that names a field without which the thing cannot be said withholds the thing."""
    assert withheld_by(an_allergy(author=AUTHOR), fields) is withheld


def test_a_rule_may_empty_a_field_of_its_own_choice():
    """Outside the groups, what may be null is emptied and told."""
    shown, redactions = emptied(an_allergy(note="n", severity="s"), ("severity",))
    assert (shown.note, shown.severity) == ("n", None)
    assert [one.field for one in redactions] == ["severity"]


NAMES = """@id("more") @redact("%s")
forbid (principal, action == Action::"see-whole", resource is Holding);"""


def test_a_rule_that_names_what_must_be_there_withholds():
    """Items are counted as withheld; a person is not shown, and the row says so."""
    answer = verified_of(LONDON, held(allergies=[an_allergy()]))
    (released,) = released_from(rules_with(NAMES % "substance"), answer)
    assert released.withheld == {Category.ALLERGIES: 1}
    assert Category.ALLERGIES not in released.items
    (person,) = released_from(rules_with(NAMES % "nhs_number"), answer)
    told = person.rows[Category.DEMOGRAPHICS]
    assert (told.state, told.code) == (SourceState.WITHHELD, SourceCode.NOT_PERMITTED)
    assert person.persons == ()


def test_demographics_lose_a_field_that_a_rule_names():
    """A field of the person may be emptied like one of an item."""
    answer = verified_of(LONDON, held(a_person(phones=("01632 960111",))))
    (released,) = released_from(rules_with(NAMES % "phones"), answer)
    assert released.persons[0].phones == ()
    assert [one.field for one in released.person_redactions] == ["phones"]
