"""Medications: when two sources mean one, which lines are related, what they disagree about."""

from __future__ import annotations

import pytest

from federation.merge.link import link
from federation.records.medications import MEDICATIONS
from tests.builders import GP_PRACTICE, HERTS, LONDON, MILTON_KEYNES, an_organisation
from tests.items import a_concept, a_medication

ONE_ID = [("https://scripts.example/id", "77")]
HOSPITAL = an_organisation("RWG", kind="acute")
DMD = "https://dmd.nhs.uk"
AMOXICILLIN = a_concept("372687004", "Amoxicillin")
P, D, A, S, U = "PRESCRIBED", "DISPENSED", "ADMINISTERED", "STATED", "UNKNOWN"
EVENTS = [
    (P, P, True),
    (P, S, True),
    (P, U, True),
    (S, U, True),
    (P, D, False),
    (P, A, False),
    (D, A, False),
    (D, D, False),
    (A, A, False),
    (S, D, False),
    (U, D, False),
]
EVENTS_OF_ONE_ID = [
    (P, D, False),
    (P, A, False),
    (D, A, False),
    (S, A, False),
    (P, S, True),
    (D, D, True),
    (A, A, True),
    (U, A, True),
]
INSULIN = a_concept("325072002", "Insulin glargine 100units/ml solution")


def _link(ours, theirs):
    """As the merge asks: tied by fact or identifier, and allowed."""
    assert MEDICATIONS.may_link(ours, theirs) is MEDICATIONS.may_link(theirs, ours)
    return len(link(MEDICATIONS, [[ours], [theirs]])) == 1


@pytest.mark.parametrize(
    ("both", "other", "same", "why"),
    [
        ({}, {}, True, "the same in everything"),
        ({}, {"dosage": " One capsule  three times a day."}, True, "only written differently"),
        ({}, {"form": None}, True, "the product's code implies the form"),
        (
            {},
            {"medicine": a_concept("39732311000001104", "Amoxicillin 250mg capsules")},
            False,
            "other product",
        ),
        (
            {},
            {"medicine": a_concept("323509004", "Amoxicillin 500mg capsules")},
            False,
            "other strength",
        ),
        ({}, {"medicine": a_concept(None, "Amoxicillin 250mg capsules")}, False, "free text"),
        (
            {},
            {"medicine": a_concept("323509004", "Amoxicillin 250mg capsules", degraded=True)},
            False,
            "a code that lost its meaning",
        ),
        ({}, {"dosage": "two capsules three times a day"}, False, "another dose"),
        ({}, {"dosage": "one capsule twice a day"}, False, "another frequency"),
        ({"dosage": None}, {}, False, "no dose is no equal dose"),
        (
            {},
            {"medicine": a_concept("323509004", "Amoxicillin 250mg capsules", system=DMD)},
            True,
            "dm+d by its own name",
        ),
        *(
            ({"event": one}, {"event": other}, same, f"{one} and {other}")
            for one, other, same in EVENTS
        ),
        *(
            (
                {"event": one, "identifiers": ONE_ID},
                {"event": other},
                same,
                f"{one}, {other}, one id",
            )
            for one, other, same in EVENTS_OF_ONE_ID
        ),
        (
            {"medicine": AMOXICILLIN, "dosage": "250mg daily"},
            {"form": None},
            False,
            "a substance without a form from both",
        ),
        (
            {"medicine": AMOXICILLIN, "dosage": "250mg daily"},
            {},
            True,
            "substance, form and strength",
        ),
        *(
            ({"medicine": a_concept(code, "a medicine 1mg")}, {}, False, "high risk by its code")
            for code in ("387467008", "386975001", "387095003", "387000003")
        ),
        ({}, {"route": "intravenous"}, False, "another route"),
        ({}, {"route": None}, False, "a route that is not known to be the same"),
        ({}, {"form": "oral suspension"}, False, "another form"),
        ({}, {"kind": "ACUTE"}, False, "acute is not repeat"),
        ({"kind": "UNKNOWN"}, {}, False, "either may be acute"),
        ({"kind": "ADMINISTERED"}, {}, False, "each administration is its own event"),
        ({}, {"custodian": HOSPITAL}, False, "a hospital's is not a practice's"),
        ({}, {"custodian": None}, False, "it may be a hospital's"),
        ({"custodian": None}, {}, True, "on repeat, wherever it is from"),
        ({"custodian": None, "kind": "ACUTE"}, {}, False, "one may be a hospital's"),
        ({"kind": "ACUTE"}, {}, True, "acute at practices, the same day"),
        ({"kind": "ACUTE"}, {"start": "2026-03-01"}, False, "another course"),
        ({"kind": "ACUTE", "end": "2026-03-01"}, {"start": "2026-02-01"}, True, "courses overlap"),
        ({"kind": "ACUTE", "start": None}, {}, False, "no days that could overlap"),
        ({}, {"start": "2019", "end": "2020-02"}, False, "ended before the other began"),
        ({}, {"start": "2019", "end": "2026-02"}, True, "periods overlap"),
        ({}, {"start": None}, True, "on repeat since a day not recorded"),
        ({}, {"start": None, "end": "2026-02"}, True, "until after the other began"),
        (
            {},
            {"status": "STOPPED", "last_issued": "2026-05-01"},
            True,
            "stopped, issued after the start",
        ),
        ({}, {"status": "STOPPED", "start": "2025-01-01"}, False, "not known to reach into 2026"),
        ({"medicine": INSULIN}, {}, False, "high risk"),
        ({"medicine": INSULIN, "identifiers": ONE_ID}, {}, True, "high risk, one identifier"),
        (
            {"identifiers": ONE_ID},
            {"start": "2019", "end": "2020"},
            True,
            "one identifier, other times",
        ),
        (
            {"identifiers": ONE_ID},
            {"dosage": "two capsules daily"},
            False,
            "a dose is never overruled",
        ),
        ({"identifiers": ONE_ID}, {"dosage": None}, True, "a dose left out contradicts nothing"),
        ({"identifiers": ONE_ID}, {"kind": "ACUTE"}, False, "nor is acute or repeat"),
        ({"identifiers": ONE_ID}, {"kind": "UNKNOWN"}, True, "a kind left out contradicts nothing"),
        ({"identifiers": ONE_ID}, {"custodian": HOSPITAL}, False, "nor practice or hospital"),
        (
            {"identifiers": ONE_ID},
            {"medicine": a_concept("22608811000001102", "Amoxicillin 250mg capsules")},
            True,
            "a product and its pack under one identifier and one name",
        ),
        (
            {"identifiers": ONE_ID},
            {"medicine": a_concept("1", "Bisoprolol 250mg capsules")},
            False,
            "an identifier used for two medicines",
        ),
        (
            {"dosage": "as directed", "medicine": a_concept("323509004", "Amoxicillin capsules")},
            {},
            False,
            "no strength anywhere",
        ),
        (
            {"dosage": "250 mg daily", "medicine": a_concept("323509004", "Amoxicillin")},
            {},
            True,
            "the strength is in the dose",
        ),
    ],
)
def test_two_sources_mean_one_medicine_only_if_nothing_differs(both, other, same, why):
    """Product, dose, route, form, kind, setting and period decide; high risk only identifiers."""
    ours, theirs = a_medication(**both), a_medication("b", HERTS, **both | other)
    assert _link(ours, theirs) is same, why


def test_one_source_that_lists_a_medicine_twice_means_two():
    """Two items of one custodian at one node are two lines, unless it gives both one identifier."""
    assert not _link(a_medication("a"), a_medication("b"))
    assert _link(a_medication("a"), a_medication("b", custodian=an_organisation("F1", kind="gp")))
    assert _link(a_medication("a", identifiers=ONE_ID), a_medication("b", identifiers=ONE_ID))


@pytest.mark.parametrize(
    ("name", "related"),
    [
        ("Amoxicillin 500mg capsules", True),
        ("Amoxicillin capsules 500 mg", True),
        ("AMOXICILLIN 125mg/5ml oral suspension", True),
        ("Co-amoxiclav 250mg/125mg tablets", False),
        ("500mg something", False),
    ],
)
def test_lines_of_one_medicine_are_related(name, related):
    """Whatever its strength and form, one medicine's lines point at each other."""
    ours, theirs = a_medication(), a_medication("b", HERTS, medicine=a_concept("1", name))
    common = set(MEDICATIONS.related(theirs)) & set(MEDICATIONS.related(ours))
    assert bool(common) is related


def test_free_text_is_never_related():
    """A name without a code points at nothing."""
    assert MEDICATIONS.related(a_medication(medicine=a_concept(None, "Amoxicillin"))) == ()


def _between(*medications):
    return {
        found.conflict.field: (
            found.conflict.message,
            [said.value for said in found.conflict.values],
            [item.source_id for item in found.between],
        )
        for found in MEDICATIONS.related_conflicts(medications)
    }


def test_one_medicine_at_two_doses_is_a_safety_conflict():
    """The dose of each source is named, with the strength of its product."""
    five = a_concept("318590006", "Bisoprolol 5mg tablets")
    two = a_concept("318589002", "Bisoprolol 2.5mg tablets")
    found = _between(
        a_medication("a", LONDON, medicine=five, dosage="one daily", form="tablet"),
        a_medication("b", HERTS, medicine=two, dosage="one daily", form="tablet"),
    )
    assert found == {
        "dosage": (
            "The dose differs: Hertfordshire and West Essex and London Care Record.",
            ["one daily (2.5mg)", "one daily (5mg)"],
            ["a", "b"],
        )
    }


@pytest.mark.parametrize(
    ("other", "fields", "why"),
    [
        ({}, set(), "nothing differs"),
        ({"dosage": "two a day"}, {"dosage"}, "the dose"),
        ({"route": "intravenous"}, {"route"}, "the route"),
        ({"form": "suspension"}, {"form"}, "the form"),
        ({"form": None}, set(), "a form left out is none that differs"),
        ({"dosage": "two a day", "status": "COMPLETED"}, set(), "over, and not stopped"),
        ({"dosage": "two a day", "status": "STOPPED"}, {"status"}, "stopped there, current here"),
        ({"status": "STOPPED", "end": "2025-12-31"}, set(), "started again after the stop"),
        ({"status": "STOPPED", "end": "2026-02-01"}, {"status"}, "stopped after the start"),
        ({"status": "CANCELLED"}, {"status"}, "cancelled there"),
        ({"start": "2024", "last_issued": "2025-12"}, {"lastIssued"}, "not seen since"),
        ({"start": "2024", "last_issued": "2026-01-10"}, set(), "issued when the other began"),
        ({"start": "2024"}, set(), "never seen is nothing to compare"),
        ({"start": "2024", "last_issued": "2025", "end": "2025-02"}, set(), "its end is recorded"),
        ({"last_issued": "2025", "status": "COMPLETED"}, set(), "over"),
        ({"start": None, "last_issued": "2027"}, set(), "seen since"),
    ],
)
def test_what_differs_among_current_lines_is_a_safety_conflict(other, fields, why):
    """Dose, route and form of what is current, and a stop that another source does not know."""
    found = _between(a_medication("a"), a_medication("b", HERTS, **other))
    assert set(found) == fields, why


def test_one_source_does_not_disagree_with_itself():
    """A custodian that gives one medicine in two strengths means both."""
    dose = {"dosage": "another dose"}
    assert _between(a_medication("a"), a_medication("b", **dose)) == {}
    assert "dosage" in _between(a_medication("a"), a_medication("b", custodian=HOSPITAL, **dose))
    nobody = {"custodian": None}
    assert "dosage" in _between(a_medication("a", **nobody), a_medication("b", **dose, **nobody))


def test_a_source_that_changed_the_strength_did_not_stop_the_medicine():
    """What a source stopped and goes on with under another line is no disagreement."""
    found = _between(
        a_medication("old", HERTS, status="STOPPED"),
        a_medication("new", HERTS),
        a_medication("same", LONDON),
    )
    assert found == {}


def test_stopped_here_and_current_there_is_a_conflict_within_a_line_as_well():
    """Items on one line may disagree about whether it goes on."""
    items = [a_medication("a", HERTS, status="STOPPED"), a_medication("b", MILTON_KEYNES)]
    (conflict,) = MEDICATIONS.conflicts(items)
    assert conflict.message == "Stopped in Hertfordshire and West Essex, current in Milton Keynes."
    assert [said.value for said in conflict.values] == ["STOPPED", "ACTIVE"]
    assert MEDICATIONS.conflicts(items[:1]) == ()


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ("ACTIVE", False),
        ("ON_HOLD", False),
        ("INTENDED", False),
        ("UNKNOWN", False),
        ("COMPLETED", True),
        ("STOPPED", True),
        ("CANCELLED", True),
        ("NOT_TAKEN", True),
    ],
)
def test_a_medicine_is_ended_by_its_status_alone(status, ended):
    """An end in days is not enough: it may have been issued again."""
    assert MEDICATIONS.ended(a_medication(status=status, end="2020")) is ended


def test_medicines_without_custodian_or_strength_are_still_compared():
    """A line with nothing but a name and a code says its own strength."""
    given = {"dosage": None, "custodian": GP_PRACTICE}
    found = _between(
        a_medication("a", **given),
        a_medication("b", HERTS, medicine=a_concept("1", "Amoxicillin 500mg capsules"), **given),
    )
    assert found["dosage"][1] == ["500mg", "250mg"]


def test_what_was_not_seen_since_is_said_with_both_dates_and_without_an_end():
    """Nobody recorded an end, and none is guessed: both stay current, and the reader is told."""
    found = _between(
        a_medication("a", start="2026-01-10", last_issued="2026-09-01"),
        a_medication("b", HERTS, start="2024-03", last_issued="2024-09-30"),
    )
    assert found["lastIssued"] == (
        "Not seen in Hertfordshire and West Essex since before it began in London Care Record.",
        ["began 2024-03, last issued 2024-09-30", "began 2026-01-10, last issued 2026-09-01"],
        ["b", "a"],
    )
