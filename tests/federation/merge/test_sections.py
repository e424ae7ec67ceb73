"""Sections: what an empty one means, its warnings, its time, and conflicts on its lines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from federation.flow import WarningCode
from federation.merge import merge
from federation.merge.conflicts import MOST_RELATED
from federation.model import Assertion, Category, IdentityBasis
from federation.status import SourceCode, SourceState
from tests.builders import (
    CARE_PLAN_NODE,
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NETWORK,
    NOW,
    NUMBER,
    a_node,
    a_question,
    a_reference,
    a_released,
    a_row,
)
from tests.items import a_care_plan, a_concept, a_medication, an_allergy, an_item

A, M, P = Category.ALLERGIES, Category.MEDICATIONS, Category.CARE_PLANS
S, C = SourceState, SourceCode
NONE_KNOWN, NO_CONTENT, NOT_KNOWN = Assertion
NODES = (LONDON, HERTS, MILTON_KEYNES)


def _record(*released, categories=(A,), **given):
    return merge(
        a_question(*categories),
        a_reference(**given),
        released,
        notice="a notice",
        obligations=(),
        cursor_key=KEY,
    )


def _section(*released, category=A):
    return _record(*released, categories=(category,)).sections[category]


def _empty(*rows):
    """A section of nodes that gave no item; a row is a state, an assertion or a pair of both."""
    released = []
    for node, row in zip(NODES, rows, strict=False):
        state, assertion = row if isinstance(row, tuple) else (row, None)
        code = C.NO_AGREEMENT if state is S.NOT_ASKED else None
        if state == "not offered":
            state, code = S.NOT_ASKED, C.NOT_OFFERED
        elif state == "refused as not offered":
            state, code = S.UNAVAILABLE, C.NOT_OFFERED
        released.append(a_released(node, rows=[a_row(node, A, state, code, assertion=assertion)]))
    return _section(*released)


@pytest.mark.parametrize(
    ("rows", "meaning", "why"),
    [
        (((S.FRESH_EMPTY, NONE_KNOWN), S.FRESH_EMPTY), NONE_KNOWN, "one asserts, all answered"),
        (((S.FRESH_EMPTY, NONE_KNOWN), S.NO_RECORD_HELD), NONE_KNOWN, "the other holds nothing"),
        (((S.FRESH_EMPTY, NONE_KNOWN), S.TIMED_OUT), NOT_KNOWN, "the other may hold one"),
        (((S.FRESH_EMPTY, NONE_KNOWN), S.WITHHELD), NOT_KNOWN, "the other may hold one"),
        (((S.FRESH_EMPTY, NONE_KNOWN), S.NOT_ASKED), NOT_KNOWN, "the other was not asked"),
        (((S.PARTIAL, NONE_KNOWN),), NOT_KNOWN, "it gave only a part"),
        ((S.FRESH_EMPTY, S.FRESH_EMPTY), NO_CONTENT, "nobody says what it means"),
        (((S.FRESH_EMPTY, NO_CONTENT), S.FRESH_EMPTY), NO_CONTENT, "as the source says"),
        (((S.FRESH_EMPTY, NOT_KNOWN), S.FRESH_EMPTY), NOT_KNOWN, "a source does not know"),
        ((("not offered", NONE_KNOWN), S.FRESH_EMPTY), NO_CONTENT, "it was not asked"),
        ((S.NO_RECORD_HELD, S.NO_RECORD_HELD), NO_CONTENT, "held nowhere"),
        (("refused as not offered",), NOT_KNOWN, "nobody said a word of the person"),
        (("refused as not offered", S.FRESH_EMPTY), NOT_KNOWN, "one offered it and gave nothing"),
        ((S.UNAVAILABLE, S.TIMED_OUT), NOT_KNOWN, "nobody answered"),
        ((), NOT_KNOWN, "there is nobody"),
    ],
)
def test_what_an_empty_section_means(rows, meaning, why):
    """Never "none known", unless a source says so and every one answered."""
    assert _empty(*rows).assertion is meaning, why


def test_a_section_with_entries_asserts_nothing():
    """Where something is shown, nothing needs to be said about nothing."""
    assert _section(a_released(LONDON, {A: [an_allergy()]})).assertion is None
    over = an_allergy(clinical_status="RESOLVED")
    assert _section(a_released(LONDON, {A: [over]})).assertion is None


def _denying(node, *items):
    state = S.FRESH if items else S.FRESH_EMPTY
    return a_released(node, {A: items}, rows=[a_row(node, A, state, assertion=NONE_KNOWN)])


def test_none_known_here_and_an_allergy_there_is_a_safety_conflict():
    """The entry carries the contradiction with both sources, the section warns of it first."""
    section = _section(_denying(LONDON), a_released(HERTS, {A: [an_allergy("b", HERTS)]}))
    (entry,) = section.entries
    (conflict,) = entry.conflicts
    assert (conflict.field, conflict.severity.name) == ("assertion", "SAFETY")
    assert [(said.source.id, said.value) for said in conflict.values] == [
        ("london-care-record", "none known"),
        ("herts-west-essex", "Amoxicillin"),
    ]
    (warning,) = section.warnings
    assert warning.code is WarningCode.NONE_KNOWN_CONTRADICTED
    assert warning.message == (
        "London Care Record recorded that none are known, but Hertfordshire and West Essex"
        " holds some."
    )


def test_a_source_that_contradicts_itself_is_shown_to():
    """One source's own "none known" beside its own allergy is no less dangerous."""
    section = _section(_denying(LONDON, an_allergy()))
    assert [warning.code for warning in section.warnings] == [WarningCode.NONE_KNOWN_CONTRADICTED]
    assert section.entries[0].conflicts[0].field == "assertion"


def test_what_is_over_contradicts_nobody():
    """A resolved allergy goes with "none known"; only the active entries carry the conflict."""
    resolved = an_allergy("old", HERTS, clinical_status="RESOLVED")
    assert _section(_denying(LONDON), a_released(HERTS, {A: [resolved]})).warnings == ()
    peanut = an_allergy("new", HERTS, substance=a_concept("762952008", "Peanut"))
    section = _section(_denying(LONDON), a_released(HERTS, {A: [resolved, peanut]}))
    assert {entry.title: len(entry.conflicts) for entry in section.entries} == {
        "Amoxicillin": 0,
        "Peanut": 1,
    }


@pytest.mark.parametrize(
    ("code", "warning"),
    [
        (C.TRUNCATED, WarningCode.TRUNCATED),
        (C.ITEMS_QUARANTINED, WarningCode.OTHER),
        (C.AWAITING_FILING, WarningCode.AWAITING_FILING),
        (C.WITHHELD_AT_SOURCE, WarningCode.CONFIDENTIAL_ITEMS),
    ],
)
def test_a_source_that_gave_less_than_it_holds_is_warned_of(code, warning):
    """The warning says what the row says."""
    row = a_row(LONDON, A, S.PARTIAL, code)
    section = _section(a_released(LONDON, rows=[row]), a_released(HERTS))
    assert [(one.code, one.message) for one in section.warnings] == [(warning, row.message)]


def test_two_cpr_decisions_stand_first_and_are_the_top_warning():
    """Both plans carry the conflict and stand above a newer plan; neither is chosen."""
    ours = a_care_plan("a", LONDON, decision="ATTEMPT_CPR", decided_at="2023-01-01")
    theirs = a_care_plan(
        "b", CARE_PLAN_NODE, decision="DO_NOT_ATTEMPT_CPR", decided_at="2024-01-01"
    )
    newest = a_care_plan("c", LONDON, effective_at="2026-01-01")
    section = _section(
        a_released(LONDON, {P: [newest, ours]}),
        a_released(CARE_PLAN_NODE, {P: [theirs]}),
        category=P,
    )
    assert [entry.lead.source_id for entry in section.entries] == ["b", "a", "c"]
    assert [len(entry.conflicts) for entry in section.entries] == [1, 1, 0]
    assert section.entries[0].related_facts == (section.entries[1].fact,)
    assert section.warnings[0].code is WarningCode.CONFLICT
    assert section.warnings[0].message.startswith("Two different CPR decisions are in force")


def test_contacts_stand_by_whom_to_ring_first():
    """By rank, those without one after them, each by name, whenever they were written down."""
    told = [
        ("b", "Olu", 2),
        ("c", "ada", None),
        ("d", "Zoe", 1),
        ("e", "Bea", None),
        ("f", "Al", 2),
    ]
    held = [
        an_item(Category.CONTACTS, key, name=name, rank=rank, effective_at=f"20{at + 10}")
        for at, (key, name, rank) in enumerate(told)
    ]
    section = _section(a_released(LONDON, {Category.CONTACTS: held}), category=Category.CONTACTS)
    assert [entry.title for entry in section.entries] == ["Zoe", "Al", "Olu", "ada", "Bea"]


def test_contacts_of_one_rank_and_name_are_newest_first():
    """What rank and name leave open, the date decides."""
    held = [
        an_item(Category.CONTACTS, key, name="Olu", rank=1, effective_at=year)
        for key, year in (("a", "2019"), ("b", "2024"), ("c", None))
    ]
    section = _section(a_released(LONDON, {Category.CONTACTS: held}), category=Category.CONTACTS)
    assert [entry.lead.source_id for entry in section.entries] == ["b", "a", "c"]


def test_one_medicine_at_two_doses_is_two_related_entries_with_the_conflict_on_both():
    """Neither line hides the other, and the one disagreement is the section's warning."""
    section = _section(
        a_released(LONDON, {M: [a_medication("a")]}),
        a_released(HERTS, {M: [a_medication("b", HERTS, dosage="two capsules a day")]}),
        category=M,
    )
    first, second = section.entries
    assert (first.related_facts, second.related_facts) == ((second.fact,), (first.fact,))
    assert first.conflicts == second.conflicts
    assert first.conflicts[0].field == "dosage"
    assert [warning.message for warning in section.warnings] == [first.conflicts[0].message]


def test_a_line_points_at_all_that_it_speaks_of():
    """A mixture points at each ingredient's class; what crosses with that class, at the class."""
    codes = {
        "mixture": "294523000",
        "clavulanic": "395939008",
        "penicillin": "764146007",
        "cefalexin": "54887004",
        "peanut": "762952008",
    }
    section = _section(
        *(
            a_released(node, {A: [an_allergy(name, node, substance=a_concept(codes[name]))]})
            for name, node in zip(codes, (*NETWORK, a_node("fifth")), strict=True)
        )
    )
    name_of = {entry.fact: entry.lead.source_id for entry in section.entries}
    related = {
        entry.lead.source_id: {name_of[fact] for fact in entry.related_facts}
        for entry in section.entries
    }
    assert related == {
        "mixture": {"clavulanic", "penicillin", "cefalexin"},
        "clavulanic": {"mixture"},
        "penicillin": {"mixture", "cefalexin"},
        "cefalexin": {"mixture", "penicillin"},
        "peanut": set(),
    }


def test_given_and_not_given_on_one_day_stand_side_by_side_with_the_conflict_on_both():
    """A page of vaccinations shows both, each pointing at the other, and the section warns."""
    kind = Category.IMMUNISATIONS
    given = {"vaccine": a_concept("38598009", "MMR vaccine"), "effective_at": "2020-04-02"}
    section = _section(
        a_released(LONDON, {kind: [an_item(kind, "a", LONDON, **given)]}),
        a_released(HERTS, {kind: [an_item(kind, "b", HERTS, **given, given=False)]}),
        category=kind,
    )
    (page,) = section.pages.values()
    one, other = page.entries
    assert (one.related_facts, other.related_facts) == ((other.fact,), (one.fact,))
    assert [conflict.field for conflict in one.conflicts] == ["given"]
    assert one.conflicts == other.conflicts
    assert section.warnings[0].message == one.conflicts[0].message


def test_several_disagreements_are_counted():
    """One warning for all of them, so that readers go on reading warnings."""
    codeine = a_concept("1", "Codeine 30mg tablets")
    both = [a_medication("a"), a_medication("c", medicine=codeine)]
    theirs = [
        a_medication("b", HERTS, dosage="two capsules a day"),
        a_medication("d", MILTON_KEYNES, medicine=codeine, route="rectal", status="ACTIVE"),
    ]
    section = _section(
        a_released(LONDON, {M: both}),
        a_released(HERTS, {M: theirs[:1]}),
        a_released(MILTON_KEYNES, {M: theirs[1:]}),
        category=M,
    )
    assert [(warning.code, warning.message) for warning in section.warnings] == [
        (WarningCode.CONFLICT, "Sources disagree about 4 entries; look at each.")
    ]


def test_several_disagreements_about_one_entry_are_one_entry():
    """A line whose items dispute two things is one line to look at."""
    ours = an_allergy("a", criticality="HIGH")
    theirs = an_allergy("b", HERTS, criticality="LOW", clinical_status="RESOLVED")
    section = _section(
        a_released(LONDON, {Category.ALLERGIES: [ours]}),
        a_released(HERTS, {Category.ALLERGIES: [theirs]}),
        category=Category.ALLERGIES,
    )
    assert [warning.message for warning in section.warnings] == [
        "Sources disagree about one entry; look at it."
    ]


def test_a_disagreement_within_a_line_is_not_said_twice():
    """What the items of a line dispute is not repeated because of its related lines."""
    section = _section(
        a_released(LONDON, {M: [a_medication("a")]}),
        a_released(HERTS, {M: [a_medication("b", HERTS, status="STOPPED", end="2026-05-01")]}),
        a_released(MILTON_KEYNES, {M: [a_medication("c", MILTON_KEYNES, route="rectal")]}),
        category=M,
    )
    fields = [sorted(conflict.field for conflict in entry.conflicts) for entry in section.entries]
    assert sorted(fields) == [["route", "status"], ["route", "status"]]


def test_a_flood_of_related_lines_is_cut_short():
    """Each line names so many others at most, and never itself."""
    many = [
        a_medication(f"m{place:03}", medicine=a_concept("323509004", f"Amoxicillin {place}mg"))
        for place in range(MOST_RELATED + 5)
    ]
    section = _section(a_released(LONDON, {M: many}), category=M)
    assert {len(entry.related_facts) for entry in section.entries} == {MOST_RELATED}
    assert all(entry.fact not in entry.related_facts for entry in section.entries)


@pytest.mark.parametrize(
    ("rows", "hours", "why"),
    [
        ([(S.FRESH, 1, None), (S.FRESH, 2, None)], 2, "the oldest fetch"),
        ([(S.FRESH, 1, 20), (S.FRESH, 2, None)], 20, "up to when a source's data go"),
        ([(S.FRESH, 1, None), (S.UNAVAILABLE, 9, 9)], 1, "what failed contributed nothing"),
        ([(S.FRESH, 1, None), (S.WITHHELD, 9, 9)], 1, "nor what is withheld"),
        ([(S.FRESH, 1, None), (S.STALE, 5, None)], 5, "an earlier answer did"),
        ([(S.FRESH, 1, None), (S.PARTIAL, 3, None)], 3, "so did a part"),
        ([(S.UNAVAILABLE, 1, None)], None, "nothing contributed"),
    ],
)
def test_a_section_is_as_old_as_its_oldest_part(rows, hours, why):
    """`as_of` is the oldest time among what contributed, and the record's the oldest of all."""
    released = [
        a_released(
            node,
            rows=[
                a_row(
                    node,
                    A,
                    state,
                    retrieved_at=NOW - timedelta(hours=fetched),
                    data_current_to=NOW - timedelta(hours=current) if current else None,
                )
            ],
            categories=(A,),
        )
        for node, (state, fetched, current) in zip(NODES, rows, strict=False)
    ]
    record = _record(*released)
    expected = NOW - timedelta(hours=hours) if hours else None
    assert record.sections[A].as_of == expected, why
    assert record.as_of == (expected or NOW)


def test_the_record_says_who_and_how_sure():
    """Number, identity, notice and obligations are handed on as they came."""
    record = _record(
        a_released(LONDON, {A: [an_allergy()]}),
        basis=IdentityBasis.SOURCES_AGREE,
        message="they agree",
    )
    assert record.nhs_number == NUMBER
    assert (record.identity.basis, record.identity.message) == (
        IdentityBasis.SOURCES_AGREE,
        "they agree",
    )
    assert (record.notice, record.obligations) == ("a notice", ())


def test_only_what_was_asked_for_is_merged():
    """No section, and no demographics, that the question does not name."""
    record = _record(a_released(LONDON, {A: [an_allergy()], M: [a_medication()]}), categories=(M,))
    assert set(record.sections) == {M}
    assert record.demographics is None


def test_rows_stand_in_one_order():
    """Rows do not show who answered first."""
    released = [a_released(node) for node in NODES]
    assert _record(*released) == _record(*reversed(released))


def test_a_flood_that_speaks_of_two_things_names_some_of_both():
    """However many lines share two relations, each names only so many, and never itself."""
    beta = a_concept("373270004", "Penicillin")
    ours = [an_allergy(f"a{place:03}") for place in range(MOST_RELATED + 5)]
    theirs = [an_allergy(f"p{place:03}", HERTS, substance=beta) for place in range(3)]
    section = _section(
        a_released(LONDON, {Category.ALLERGIES: ours}),
        a_released(HERTS, {Category.ALLERGIES: theirs}),
        category=Category.ALLERGIES,
    )
    facts = {entry.fact for entry in section.entries}
    for entry in section.entries:
        assert len(entry.related_facts) == MOST_RELATED
        assert entry.fact not in entry.related_facts
        assert facts.issuperset(entry.related_facts)
        assert list(entry.related_facts) == sorted(entry.related_facts)
