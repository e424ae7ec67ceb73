"""L0: labels as they come, and whose whereabouts are protected, rule by rule."""

import pytest

from federation.flow import Outcome
from federation.model import Category
from federation.records.base import SecurityLabel
from federation.records.care_plans import CprKind
from federation.sharing.item_class import carries_cpr, class_of
from federation.sharing.labels import ordinary
from federation.sharing.redact import GROUPS
from federation.status import SourceCode
from tests.federation.sharing.given import ACT, V3, a_case, a_professional
from tests.items import a_care_plan, an_allergy, an_observation

LABELS = [
    # labels, whether they ask for more care than any record does
    ([], False),
    ([(V3, "U")], False),
    ([(V3, "L")], False),
    ([(V3, "M")], False),
    ([(V3, "N")], False),
    ([(V3, "N"), (V3, "U")], False),
    ([(V3, "R")], True),
    ([(V3, "V")], True),
    ([(V3, "N"), (V3, "R")], True),
    *(([(ACT, code)], True) for code in ("SEX", "HIV", "STD", "PSY", "ETH", "SDV", "SPI", "ADOL")),
    ([(V3, "N"), (ACT, "HIV")], True),
    ([(V3, "n")], True),  # codes are exact
    ([(V3, "")], True),
    ([(V3, "X")], True),
    ([(None, "N")], True),  # whose N?
    ([("", "N")], True),
    ([("https://labels.example", "N")], True),
    ([("https://labels.example", "harmless")], True),
    ([(f"{V3}|N", "")], True),
    ([(V3 + " ", "N")], True),
    ([(V3, f"{number}") for number in range(13)], True),  # too many to read
    ([(V3, "N" * 200)], True),
]


def _labels(pairs):
    return tuple(SecurityLabel(system=system, code=code) for system, code in pairs)


def _decide(rules, category, classes=frozenset(), *, restricted=False):
    return rules.decide(a_case(category=category, classes=classes, restricted=restricted))


def _decide_item(rules, labels, category=Category.OBSERVATIONS):
    kind = class_of(an_observation(security_labels=_labels(labels)), "", frozenset())
    told = {"labels": kind.labels, "classes": kind.classes}
    return rules.decide(a_case(category=category, requester=a_pharmacist(), **told))


def a_pharmacist():
    return a_professional("R1290")


@pytest.mark.parametrize(("pairs", "sensitive"), LABELS)
def test_sensitive_and_unreadable_labels_withhold(rules, pairs, sensitive):
    """Only labels of ordinary confidentiality pass; one that nobody knows does not."""
    decision = _decide_item(rules, pairs)
    if sensitive:
        assert decision.outcome is Outcome.WITHHOLD
    else:
        assert (decision.outcome, decision.redact) == (Outcome.PERMIT, ())


@pytest.mark.parametrize(("pairs", "sensitive"), LABELS)
def test_echoes_are_read_by_the_same_labels(pairs, sensitive):
    """What is sensitive on an item protects on the echo of a person."""
    assert ordinary(_labels(pairs)) is not sensitive


@pytest.mark.parametrize(
    ("item", "carries"),
    [
        (a_care_plan(decision=CprKind.DO_NOT_ATTEMPT_CPR), True),
        (a_care_plan(decision=CprKind.ATTEMPT_CPR), True),
        (a_care_plan(decision=CprKind.NOT_STATED), False),
        (a_care_plan(), False),
        (an_allergy(), False),
    ],
)
def test_a_decision_must_be_stated_to_count(item, carries):
    """A plan on which resuscitation was left open carries no decision."""
    assert carries_cpr(item) is carries


@pytest.mark.parametrize("category", list(Category))
def test_a_protected_person_s_whereabouts_are_emptied(rules, category):
    """For a restricted person every category loses its places; appointments are withheld whole."""
    decision = _decide(rules, category, restricted=True)
    if category is Category.APPOINTMENTS:
        assert (decision.outcome, decision.code) == (Outcome.WITHHOLD, SourceCode.NOT_PERMITTED)
    else:
        assert (decision.outcome, decision.redact) == (Outcome.PERMIT, GROUPS["whereabouts"])


def test_a_protected_person_s_sensitive_medicine_loses_both(rules):
    """Origin and whereabouts go together, and no field is named twice."""
    decision = _decide(rules, Category.MEDICATIONS, frozenset(("HIV",)), restricted=True)
    assert set(decision.redact) == {*GROUPS["origin"], *GROUPS["whereabouts"]}
    assert len(decision.redact) == len(set(decision.redact))
