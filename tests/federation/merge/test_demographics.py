"""Demographics: the reference completed from matching sources, disagreements, whereabouts."""

from __future__ import annotations

import pytest

from federation.merge import merge
from federation.merge.demographics import REDACTED
from federation.model import Assertion, Category
from federation.records.base import Redaction
from federation.records.person import Gender
from federation.sharing import redact
from federation.status import SourceCode, SourceState
from tests.builders import (
    GP_PRACTICE,
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NUMBER,
    OTHER_NUMBER,
    a_name,
    a_person,
    a_question,
    a_reference,
    a_released,
    a_row,
    an_address,
    an_organisation,
)

D = Category.DEMOGRAPHICS
HOME, AWAY = an_address(), an_address("AL1 1AA", "9 Other Road")
NODES = (LONDON, HERTS, MILTON_KEYNES)


def _section(*persons, reference=None, rows=(), redactions=()):
    released = [
        a_released(
            node,
            rows=[row for row in rows if row.source is node] or [a_row(node, D)],
            persons=(person,) if person else (),
            person_redactions=redactions,
        )
        for node, person in zip(NODES, persons, strict=False)
    ]
    return merge(
        a_question(D),
        reference or a_reference(),
        released,
        notice="",
        obligations=(),
        cursor_key=KEY,
    ).demographics


def _shown(*persons, **given):
    return _section(*persons, **given).person


def test_the_traced_person_is_completed_from_the_sources():
    """What tracing says stands; what it leaves open is filled."""
    traced = a_person(address=HOME, gender=Gender.UNKNOWN)
    echo = a_person(
        name=a_name("Otherwise"),
        address=AWAY,
        phones=("020 7946 0001",),
        gender=Gender.FEMALE,
        interpreter_needed=False,
        language="Polish",
        gp_practice=GP_PRACTICE,
    )
    shown = _shown(echo, reference=a_reference(person=traced))
    assert (shown.name, shown.address) == (traced.name, HOME)
    assert (shown.phones, shown.gender) == (("020 7946 0001",), Gender.FEMALE)
    assert (shown.interpreter_needed, shown.language) == (False, "Polish")
    assert shown.gp_practice == GP_PRACTICE


FURTHER = {
    "number_status": "Number present and verified",
    "birth_sex": "Female",
    "ethnicity": "White - British",
    "contact_preference": "Letter; Braille",
    "nominated_pharmacy": an_organisation("FA123", name="Canal Pharmacy"),
    "death_notification": "Formal - death notice received from Registrar of Deaths",
}


@pytest.mark.parametrize("field", FURTHER)
def test_everything_else_about_the_person_is_completed_alike(field):
    """A field that tracing leaves open is filled from a source, and tracing's own word stands."""
    echo = a_person(**{field: FURTHER[field]})
    assert getattr(_shown(echo, reference=a_reference(person=a_person())), field) == FURTHER[field]
    other = an_organisation("FA999") if field == "nominated_pharmacy" else "otherwise"
    traced = a_reference(person=a_person(**{field: other}))
    assert getattr(_shown(echo, reference=traced), field) == other


@pytest.mark.parametrize("field", ["birth_sex", "ethnicity", "gender"])
def test_what_is_theirs_to_tell_is_no_conflict(field):
    """Sources that differ on sex, gender or ethnicity are never listed."""
    said = (Gender.MALE, Gender.FEMALE) if field == "gender" else ("one", "another")
    shown = _shown(
        a_person(**{field: said[1]}), reference=a_reference(person=a_person(**{field: said[0]}))
    )
    assert shown.conflicts == ()


@pytest.mark.parametrize(
    ("code", "expected"), [("F83004", "Named Surgery"), ("F83005", "F83004"), (None, "F83004")]
)
def test_a_practice_known_by_its_code_alone_has_its_name_from_a_source(code, expected):
    """A source that knows the same code gives the name; one of another code does not."""
    traced = a_person(gp_practice=an_organisation("F83004", name="F83004"))
    echo = a_person(gp_practice=an_organisation(code, name="Named Surgery"))
    shown = _shown(echo, reference=a_reference(person=traced))
    assert (shown.gp_practice.ods_code, shown.gp_practice.name) == ("F83004", expected)


def test_without_tracing_what_most_sources_say_is_shown():
    """The majority decides, the first by name among equals, and the number is the reference's."""
    echoes = [a_person(OTHER_NUMBER, language=one) for one in ("Welsh", "Polish", "Welsh")]
    shown = _shown(*echoes, reference=a_reference(person=None))
    assert (shown.nhs_number, shown.language) == (NUMBER, "Welsh")
    tie = _shown(*echoes[:2], reference=a_reference(person=None))
    assert tie.language == "Polish"  # of the node whose id comes first


def test_former_names_and_labels_are_never_shown():
    """They exist to recognise an answer, not to be read."""
    traced = a_person(former_names=(a_name("Before"),))
    shown = _shown(
        a_person(former_names=(a_name("Earlier"),)), reference=a_reference(person=traced)
    )
    assert (shown.former_names, shown.security_labels) == ((), ())
    assert "Before" not in repr(shown)
    assert "Earlier" not in repr(shown)


@pytest.mark.parametrize(
    ("field", "traced", "echoed", "conflict", "why"),
    [
        ("address", HOME, AWAY, ("address", AWAY.text), "another address"),
        ("address", HOME, an_address(line="4  example road"), None, "only written differently"),
        ("address", None, AWAY, None, "nothing to differ from"),
        (
            "phones",
            ("020 7946 0001",),
            ("020 7946 0002",),
            ("phones", "020 7946 0002"),
            "none in common",
        ),
        ("phones", ("020 7946 0001",), ("+44 20 7946 0001", "01632 960000"), None, "one in common"),
        (
            "gp_practice",
            GP_PRACTICE,
            an_organisation("F1", name="Elsewhere"),
            ("gpPractice", "Elsewhere"),
            "another",
        ),
        (
            "gp_practice",
            GP_PRACTICE,
            an_organisation("F83004", name="Renamed"),
            None,
            "the same code",
        ),
        (
            "gp_practice",
            GP_PRACTICE,
            an_organisation(None, name="Elsewhere"),
            ("gpPractice", "Elsewhere"),
            "another name, no code",
        ),
        (
            "nominated_pharmacy",
            an_organisation("FA1", name="Canal Pharmacy"),
            an_organisation("FA2", name="Lock Pharmacy"),
            ("nominatedPharmacy", "Lock Pharmacy"),
            "another pharmacy",
        ),
        ("language", "Polish", "Welsh", ("language", "Welsh"), "another language"),
        ("deceased_at", "2024-05-01", "2024-05-02", ("deceasedAt", "2024-05-02"), "another day"),
        ("deceased_at", "2024-05", "2024-05-02", None, "only more exact"),
        ("gender", Gender.FEMALE, Gender.MALE, None, "never listed"),
        (
            "name",
            a_name("Now"),
            a_name("Left", "Behind"),
            None,
            "never listed: it may be a former one",
        ),
    ],
)
def test_what_sources_say_otherwise_is_listed(field, traced, echoed, conflict, why):
    """Address, telephone, practice, language and date of death; never gender or names."""
    shown = _shown(
        a_person(**{field: echoed}), reference=a_reference(person=a_person(**{field: traced}))
    )
    assert not any(one.severity.name == "SAFETY" for one in shown.conflicts)
    found = [(one.field, *(said.value for said in one.values)) for one in shown.conflicts]
    assert found == ([conflict] if conflict else []), why


def test_a_conflict_names_every_source_that_says_something():
    """Who differs is named in words, what each says stands beside it."""
    shown = _shown(
        a_person(address=AWAY),
        a_person(address=HOME),
        reference=a_reference(person=a_person(address=HOME)),
    )
    (conflict,) = shown.conflicts
    assert conflict.message == "London Care Record has another address."
    assert {(said.source.id, said.value) for said in conflict.values} == {
        ("london-care-record", AWAY.text),
        ("herts-west-essex", HOME.text),
    }


WHERE = {
    "address": HOME,
    "phones": ("020 7946 0001",),
    "gp_practice": GP_PRACTICE,
    "nominated_pharmacy": an_organisation("FA1", name="Canal Pharmacy"),
}


@pytest.mark.parametrize(
    ("reference", "echo", "why"),
    [
        ({"restricted": True}, {}, "the reference is restricted"),
        ({"person": a_person(restricted=True, **WHERE)}, {}, "the traced person is"),
        ({}, {"restricted": True}, "a source says so"),
    ],
)
def test_a_restricted_persons_whereabouts_are_shown_by_nobody(reference, echo, why):
    """Address, telephones and practice go, whoever knows them, and so do conflicts about them."""
    given = {"person": a_person(**WHERE)} | reference
    shown = _shown(a_person(address=AWAY, language="Welsh", **echo), reference=a_reference(**given))
    assert (shown.address, shown.phones, shown.gp_practice) == (None, (), None), why
    assert shown.nominated_pharmacy is None
    assert shown.restricted
    assert shown.conflicts == ()
    named = {"address", "phones", "gpPractice", "nominatedPharmacy"}
    assert {one.field for one in shown.redactions} == named
    assert "Other Road" not in repr(shown)


def test_a_label_that_one_source_alone_has_keeps_back_what_tracing_knows():
    """Release protects by a label; what no source repeated must not come from tracing."""
    released = [
        a_released(node, rows=[a_row(node, D)], persons=(a_person(),), restricted=True)
        for node in NODES
    ]
    reference = a_reference(person=a_person(**WHERE))
    given = {"notice": "", "obligations": (), "cursor_key": KEY}
    shown = merge(a_question(D), reference, released, **given).demographics.person
    assert (shown.address, shown.phones, shown.gp_practice) == (None, (), None)
    assert shown.restricted


def test_whereabouts_that_a_rule_keeps_back_are_not_shown_from_tracing_either():
    """What a source's rule redacts of the person does not come in by another door."""
    shown = _shown(
        a_person(),
        reference=a_reference(person=a_person(**WHERE)),
        redactions=(REDACTED["address"],),
    )
    assert (shown.address, shown.phones, shown.gp_practice) == (None, (), None)
    assert not shown.restricted


def test_other_redactions_are_handed_on_once():
    """A redaction of another field hides no whereabouts."""
    other = Redaction(field="language", code="NOT_PERMITTED", message="m")
    shown = _shown(
        a_person(), a_person(), reference=a_reference(person=a_person(**WHERE)), redactions=(other,)
    )
    assert shown.redactions == (other,)
    assert shown.address == HOME


def test_every_redaction_reads_the_same():
    """Code and wording are those of the sharing rules: a difference would tell a topic."""
    assert {(one.code, one.message) for one in REDACTED.values()} == {(redact.CODE, redact.MESSAGE)}
    assert set(REDACTED) <= set(redact.GROUPS["whereabouts"])


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (SourceState.FRESH, True),
        (SourceState.CACHED, True),
        (SourceState.PARTIAL, True),
        (SourceState.WITHHELD, False),
        (SourceState.NOT_ASKED, False),
        (SourceState.IDENTITY_MISMATCH, False),
    ],
)
def test_an_echo_is_shown_only_where_its_row_says_that_it_was_given(state, shown):
    """The echo that comes with every answer, for verification, is not shown by that."""
    code = SourceCode.NOT_OFFERED if state is SourceState.NOT_ASKED else None
    section = _section(
        a_person(), reference=a_reference(person=None), rows=[a_row(LONDON, D, state, code)]
    )
    assert (section.person is not None) is shown
    assert section.assertion is (None if shown else Assertion.NOT_KNOWN)


def test_nobody_known_is_nobody_shown():
    """Without tracing and echoes there is no person, and the section says that it knows nothing."""
    section = _section(None, reference=a_reference(person=None))
    assert section.person is None
    assert section.assertion is Assertion.NO_CONTENT_RECORDED


def test_a_truncated_echo_is_warned_of_and_times_are_kept():
    """Warnings and time come from the rows, as in every section."""
    row = a_row(LONDON, D, SourceState.PARTIAL, SourceCode.TRUNCATED)
    section = _section(a_person(), rows=[row])
    assert [warning.message for warning in section.warnings] == [row.message]
    assert section.as_of == row.retrieved_at


@pytest.mark.parametrize(
    ("given", "deceased", "age"),
    [
        ({}, False, "74 years"),
        ({"deceased_at": "2020-05-16"}, True, "67 years"),
        ({"deceased": True}, True, None),
    ],
)
def test_who_died_keeps_the_age_at_death(given, deceased, age):
    """A date of death in one source is enough; without a date no age is told."""
    shown = _shown(a_person(**given))
    assert (shown.deceased, shown.age) == (deceased, age)
