"""Allergies: when two sources mean one, which are related, what they disagree about."""

from __future__ import annotations

import pytest

from federation.records.allergies import ALLERGIES
from tests.builders import HERTS, LONDON, MILTON_KEYNES
from tests.items import a_concept, an_allergy

PENICILLIN = a_concept("764146007", "Penicillin")
FINDING = a_concept("294505008", "Allergy to amoxicillin")
FLUCLOXACILLIN = a_concept("387544009", "Flucloxacillin")
PEANUT = a_concept("762952008", "Peanut")
LOCAL = a_concept("AMOX", "Amoxicillin", system="https://local.example/codes")


def _facts(*allergies):
    return [ALLERGIES.same_fact(allergy) for allergy in allergies]


@pytest.mark.parametrize(
    ("other", "same", "why"),
    [
        ({}, True, "the same substance and type"),
        ({"substance": FINDING}, True, "the finding means the allergy to that substance"),
        ({"clinical_status": "RESOLVED"}, True, "its status is what they disagree about"),
        ({"criticality": "HIGH"}, True, "so is its criticality"),
        ({"substance": PENICILLIN}, False, "a class is not its ingredient"),
        ({"substance": FLUCLOXACILLIN}, False, "another ingredient of the class"),
        ({"type": "INTOLERANCE"}, False, "an intolerance is no allergy"),
        ({"type": "UNKNOWN"}, False, "it may be an intolerance"),
        ({"substance": a_concept(None, "Amoxicillin")}, False, "free text"),
        ({"substance": LOCAL}, False, "no SNOMED CT code"),
        (
            {"substance": a_concept("372687004", "Amoxicillin", degraded=True)},
            False,
            "a code that lost its meaning",
        ),
    ],
)
def test_two_sources_mean_one_allergy_only_by_substance_and_type(other, same, why):
    """Only the same coded substance with the same type is one allergy."""
    ours, theirs = an_allergy(), an_allergy("b", HERTS, **other)
    facts = _facts(ours, theirs)
    assert (facts[0] == facts[1] and facts[1] is not None) is same, why
    assert (facts[0] == facts[1] and ALLERGIES.may_link(ours, theirs)) is same, why


@pytest.mark.parametrize(
    ("one", "other", "may", "why"),
    [
        ("ALLERGY", "INTOLERANCE", False, "never, whatever their identifiers"),
        ("ALLERGY", "UNKNOWN", True, "one identifier tells that it is the same record"),
        ("UNKNOWN", "UNKNOWN", True, "neither claims anything"),
    ],
)
def test_an_allergy_and_an_intolerance_never_link(one, other, may, why):
    """Not even one identifier makes an allergy of an intolerance."""
    pair = an_allergy(type=one), an_allergy("b", HERTS, type=other)
    assert ALLERGIES.may_link(*pair) is may, why
    assert ALLERGIES.may_link(*reversed(pair)) is may, why


def test_one_identifier_does_not_make_two_substances_one():
    """An identifier that two sources use for two things links neither."""
    assert not ALLERGIES.may_link(an_allergy(), an_allergy("b", HERTS, substance=PEANUT))


def test_free_text_does_not_link_by_identifier():
    """Two texts without a code stay apart, though they carry one identifier."""
    text = a_concept(None, "penicillin??")
    assert not ALLERGIES.may_link(
        an_allergy(substance=text), an_allergy("b", HERTS, substance=text)
    )


@pytest.mark.parametrize(
    ("substance", "related", "why"),
    [
        (PENICILLIN, True, "the class of it"),
        (FLUCLOXACILLIN, True, "another of its class"),
        (a_concept("372687004"), True, "itself, as an intolerance"),
        (a_concept("293597001", "Codeine allergy"), False, "another class"),
        (a_concept("51779009", "Cephalosporin"), True, "a class that may cross-react"),
        (a_concept("294535001", "Allergy to cefalexin"), True, "one of that class"),
        (a_concept("294523000", "Allergy to co-amoxiclav"), True, "a product that contains it"),
        (a_concept("395939008", "Clavulanic acid"), False, "what else that product contains"),
        (a_concept("387406002", "Sulfonamide"), False, "a class that does not cross"),
        (PEANUT, False, "another allergen"),
        (a_concept(None, "penicillin"), False, "free text is never matched"),
    ],
)
def test_a_class_and_its_ingredients_are_related(substance, related, why):
    """Lines of one class of allergens point at each other."""
    ours, theirs = an_allergy(), an_allergy("b", HERTS, substance=substance, type="INTOLERANCE")
    common = set(ALLERGIES.related(theirs)) & set(ALLERGIES.related(ours))
    assert bool(common) is related, why


def _conflicts(*allergies):
    return {
        conflict.field: (
            conflict.severity.name,
            conflict.message,
            [(said.source.id, said.value) for said in conflict.values],
        )
        for conflict in ALLERGIES.conflicts(allergies)
    }


def test_ended_here_and_active_there_is_a_safety_conflict():
    """A reader sees that one source ended what another holds active."""
    found = _conflicts(an_allergy("b", HERTS, clinical_status="RESOLVED"), an_allergy())
    assert found == {
        "clinicalStatus": (
            "SAFETY",
            "Ended or refuted in Hertfordshire and West Essex, active in London Care Record.",
            [("herts-west-essex", "ended"), ("london-care-record", "active")],
        )
    }


def test_refuted_here_and_active_there_is_a_safety_conflict():
    """A refuted allergy does not silently take an active one away."""
    found = _conflicts(an_allergy("b", HERTS, verification_status="REFUTED"), an_allergy())
    assert found["clinicalStatus"][2] == [
        ("herts-west-essex", "refuted"),
        ("london-care-record", "active"),
    ]


def test_differing_criticality_is_a_safety_conflict():
    """Sources that both judge the danger, and differ, are listed."""
    found = _conflicts(
        an_allergy(criticality="HIGH"),
        an_allergy("b", HERTS, criticality="LOW"),
        an_allergy("c", MILTON_KEYNES),
    )
    assert found["criticality"][2] == [("herts-west-essex", "LOW"), ("london-care-record", "HIGH")]


@pytest.mark.parametrize(
    "other",
    [{}, {"criticality": "HIGH"}, {"clinical_status": "RELAPSE"}, {"onset": "2001"}],
)
def test_what_does_not_contradict_is_no_conflict(other):
    """A source that only knows more, or less, does not disagree."""
    assert _conflicts(an_allergy(), an_allergy("b", HERTS, **other)) == {}


def test_an_allergy_here_and_an_intolerance_there_is_a_conflict_on_both():
    """Related lines of one substance show that its type is disputed; the class's line does not."""
    allergy, intolerance = an_allergy(), an_allergy("b", HERTS, type="INTOLERANCE")
    whole_class = an_allergy("c", MILTON_KEYNES, substance=PENICILLIN)
    found = ALLERGIES.related_conflicts([allergy, intolerance, whole_class])
    assert [(one.conflict.field, one.between) for one in found] == [
        ("type", (allergy, intolerance))
    ]


@pytest.mark.parametrize(
    ("allergies", "leads", "why"),
    [
        ([{"clinical_status": "RESOLVED", "criticality": "HIGH"}, {}], 1, "active before danger"),
        ([{"criticality": "LOW"}, {"criticality": "HIGH"}], 1, "the worst danger"),
        ([{"criticality": "LOW"}, {"criticality": "UNABLE_TO_ASSESS"}], 1, "not known to be low"),
        ([{}, {"criticality": "LOW"}], 1, "a judgement before none"),
        ([{}, {}], 0, "the newest of equals"),
        ([{"verification_status": "REFUTED"}, {}], 1, "refuted is not active"),
    ],
)
def test_the_worst_active_allergy_leads(allergies, leads, why):
    """Active and the worst criticality win the display."""
    items = [an_allergy(str(place), **given) for place, given in enumerate(allergies)]
    assert ALLERGIES.lead(items) is items[leads], why


@pytest.mark.parametrize(
    ("given", "ended"),
    [
        ({}, False),
        ({"clinical_status": "RESOLVED"}, True),
        ({"clinical_status": "INACTIVE"}, True),
        ({"clinical_status": "UNKNOWN"}, False),
        ({"clinical_status": "UNKNOWN", "ended_at": "2020"}, True),
        ({"clinical_status": "ACTIVE", "ended_at": "2020"}, False),
        ({"clinical_status": "RECURRENCE"}, False),
        ({"verification_status": "REFUTED"}, True),
    ],
)
def test_an_allergy_is_ended_only_where_its_source_says_so(given, ended):
    """What is not said to be over still contradicts a source that knows of none."""
    assert ALLERGIES.ended(an_allergy(node=LONDON, **given)) is ended


@pytest.mark.parametrize(
    ("one", "other", "same", "why"),
    [
        ("372687004", "96068000", True, "a salt of it"),
        ("372687004", "27658006", True, "the product that contains it"),
        ("387207008", "293619005", True, "the allergy to ibuprofen"),
        ("387494007", "293597001", True, "the allergy to codeine"),
        ("363528007", "70047000", True, "sulfamethoxazole"),
        ("387207008", "372665008", False, "an ingredient is not its class"),
        ("387494007", "373529000", False, "codeine is not morphine"),
        ("294523000", "372687004", False, "a product of two is neither"),
        ("294523000", "395939008", False, "a product of two is neither"),
        ("764146007", "51779009", False, "classes that cross are two"),
    ],
)
def test_subsumption_is_by_the_table_alone(one, other, same, why):
    """Salt, product and finding are their ingredient; class and mixture are not."""
    pair = [an_allergy("a", substance=a_concept(one)), an_allergy("b", substance=a_concept(other))]
    facts = _facts(*pair)
    assert (facts[0] == facts[1]) is same, why


def test_a_mixture_speaks_of_each_of_its_ingredients():
    """Co-amoxiclav points at penicillins and at clavulanic acid; those not at each other."""
    mixture, clavulanic, penicillin = (
        set(ALLERGIES.related(an_allergy(substance=a_concept(code))))
        for code in ("294523000", "395939008", "764146007")
    )
    assert mixture & clavulanic
    assert mixture & penicillin
    assert not clavulanic & penicillin


def test_the_worst_of_what_is_active_leads():
    """An ended entry never leads an active one, however dangerous it was called."""
    ended = an_allergy("old", clinical_status="RESOLVED", criticality="HIGH")
    low, high = an_allergy("low", criticality="LOW"), an_allergy("high", criticality="HIGH")
    assert ALLERGIES.lead([ended, low]).source_id == "low"
    assert ALLERGIES.lead([ended, low, high]).source_id == "high"
