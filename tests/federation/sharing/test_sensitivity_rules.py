"""L0, sensitive things: for each class who may see what, and what no rule may hide."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from federation.flow import Decision, Outcome
from federation.model import Category, Organisation, Purpose, Requester, RequesterKind
from federation.sharing.redact import GROUPS
from federation.sharing.roles import TREATING
from federation.sharing.sensitivity import Sensitivity
from tests.federation.sharing.given import CLINICAL, a_case, a_professional, an_agreement

KINDS = (
    "gp",
    "acute",
    "ambulance",
    "community",
    "mental-health",
    "pharmacy",
    "care-home",
    "local-authority",
)
WIDE = an_agreement(
    organisation_kinds=frozenset(KINDS),
    purposes=frozenset(Purpose),
    requester_kinds=frozenset(RequesterKind),
)


def _citizen(kind: RequesterKind) -> Requester:
    return Requester(subject="c", kind=kind, assurance=3, organisation=Organisation(name="none"))


WHO: dict[str, Requester] = {
    "consultant": a_professional("R0050", at="acute"),
    "nurse": a_professional("R8001", at="acute"),
    "gp": a_professional("R0260", at="gp"),
    "paramedic": a_professional("R1070", at="ambulance"),
    "psychiatric nurse": a_professional("R8001", at="mental-health"),
    "district nurse": a_professional("R0700", at="community"),
    "pharmacist": a_professional("R1290", at="pharmacy"),
    "social worker": a_professional("R1330", at="local-authority"),
    "citizen": _citizen(RequesterKind.CITIZEN),
    "proxy": _citizen(RequesterKind.PROXY),
}
SHOWN, PARTLY, WITHHELD, HIDDEN = "shown", "without origin", "withheld", "hidden"


def _decide(rules, who: str, classes: str, category: str = "PROBLEMS", **given: Any) -> Decision:
    requester = WHO[who]
    own = requester.kind is not RequesterKind.PROFESSIONAL
    defaults: dict[str, Any] = {
        "requester": requester,
        "purpose": Purpose.PATIENT_REQUEST if own else Purpose.DIRECT_CARE,
        "classes": frozenset(classes.split()),
        "category": Category[category],
        "subject": own,
        "proxy": "PARENT" if requester.kind is RequesterKind.PROXY else "",
        "age": 40,
        "agreements": (WIDE,),
    }
    return rules.decide(a_case(**(defaults | given)))


def _said(decision: Decision) -> str:
    if decision.outcome is not Outcome.PERMIT:
        assert decision.outcome is Outcome.WITHHOLD
        return HIDDEN if decision.hides else WITHHELD
    if decision.redact:
        assert decision.redact == GROUPS["origin"]
        return PARTLY
    return SHOWN


TABLE = [
    # who, classes, category, what comes of it, more
    ("consultant", "SEXUAL_HEALTH", "PROBLEMS", HIDDEN, {}),
    ("gp", "SEXUAL_HEALTH", "DOCUMENTS", HIDDEN, {}),  # scenario 20
    ("gp", "SEXUAL_HEALTH", "MEDICATIONS", PARTLY, {}),
    ("social worker", "SEXUAL_HEALTH", "PROBLEMS", WITHHELD, {}),  # scenario 18
    ("social worker", "SEXUAL_HEALTH", "MEDICATIONS", WITHHELD, {}),  # treats nobody
    ("consultant", "SEXUAL_HEALTH", "PROBLEMS", SHOWN, {"own_organisation": True}),  # scenario 19
    ("consultant", "SEXUAL_HEALTH", "PROBLEMS", HIDDEN, {"granted": True}),  # not liftable
    ("consultant", "SEXUAL_HEALTH", "PROBLEMS", SHOWN, {"consents": frozenset(("SEXUAL_HEALTH",))}),
    ("consultant", "SEXUAL_HEALTH", "PROBLEMS", HIDDEN, {"consents": frozenset(("HIV",))}),
    ("citizen", "SEXUAL_HEALTH", "PROBLEMS", SHOWN, {}),
    ("consultant", "HIV", "PROBLEMS", WITHHELD, {}),
    ("consultant", "HIV", "PROBLEMS", WITHHELD, {"granted": True}),
    ("consultant", "HIV", "PROBLEMS", WITHHELD, {"emergency_path": True}),
    ("consultant", "HIV", "PROBLEMS", SHOWN, {"emergency_path": True, "granted": True}),
    ("consultant", "HIV", "MEDICATIONS", PARTLY, {}),  # scenario 21
    ("consultant", "HIV", "MEDICATIONS", PARTLY, {"granted": True}),
    ("consultant", "HIV", "MEDICATIONS", PARTLY, {"emergency_path": True}),
    ("consultant", "HIV", "MEDICATIONS", SHOWN, {"emergency_path": True, "granted": True}),
    ("consultant", "HIV", "MEDICATIONS", SHOWN, {"consents": frozenset(("HIV",))}),
    ("consultant", "HIV SUBSTANCE", "MEDICATIONS", PARTLY, {"consents": frozenset(("HIV",))}),
    ("consultant", "TERMINATION", "PROCEDURES", WITHHELD, {}),
    ("consultant", "TERMINATION", "PROCEDURES", WITHHELD, {"granted": True}),
    ("nurse", "TERMINATION", "ALLERGIES", PARTLY, {}),
    ("gp", "CONTRACEPTION", "ENCOUNTERS", SHOWN, {}),
    ("gp", "CONTRACEPTION", "ENCOUNTERS", SHOWN, {"age": 16}),
    ("gp", "CONTRACEPTION", "ENCOUNTERS", WITHHELD, {"age": 15}),
    ("gp", "CONTRACEPTION", "ENCOUNTERS", WITHHELD, {"age": None}),
    ("gp", "CONTRACEPTION", "MEDICATIONS", PARTLY, {"age": 15}),
    ("proxy", "CONTRACEPTION", "ENCOUNTERS", HIDDEN, {"age": 15}),  # scenario 26
    ("proxy", "CONTRACEPTION", "MEDICATIONS", HIDDEN, {"age": 15}),
    ("proxy", "CONTRACEPTION", "ENCOUNTERS", HIDDEN, {"age": None}),
    ("proxy", "SEXUAL_HEALTH", "ENCOUNTERS", HIDDEN, {"age": 15}),
    ("proxy", "TERMINATION", "ENCOUNTERS", HIDDEN, {"age": 15}),
    ("proxy", "", "IMMUNISATIONS", SHOWN, {"age": 9}),  # scenario 24
    ("consultant", "FERTILITY", "PROCEDURES", HIDDEN, {}),  # scenario 22
    ("consultant", "FERTILITY", "PROCEDURES", HIDDEN, {"granted": True}),
    ("consultant", "FERTILITY", "PROCEDURES", HIDDEN, {"emergency_path": True}),
    ("consultant", "FERTILITY", "PROCEDURES", SHOWN, {"emergency_path": True, "granted": True}),
    (
        "paramedic",
        "FERTILITY",
        "PROCEDURES",
        SHOWN,
        {"emergency_path": True, "purpose": Purpose.EMERGENCY},
    ),
    ("paramedic", "FERTILITY", "PROCEDURES", HIDDEN, {"purpose": Purpose.EMERGENCY}),
    ("consultant", "FERTILITY", "PROCEDURES", SHOWN, {"consents": frozenset(("FERTILITY",))}),
    ("consultant", "FERTILITY", "MEDICATIONS", PARTLY, {}),
    ("social worker", "FERTILITY", "MEDICATIONS", HIDDEN, {}),
    ("proxy", "FERTILITY", "PROCEDURES", HIDDEN, {}),
    ("citizen", "FERTILITY", "PROCEDURES", SHOWN, {}),
    ("nurse", "GENDER_HISTORY", "PROBLEMS", HIDDEN, {}),  # scenario 23
    ("nurse", "GENDER_HISTORY", "PROBLEMS", HIDDEN, {"granted": True}),
    ("nurse", "GENDER_HISTORY", "PROBLEMS", SHOWN, {"consents": frozenset(("GENDER_HISTORY",))}),
    ("nurse", "GENDER_HISTORY", "PROBLEMS", SHOWN, {"emergency_path": True, "granted": True}),
    ("proxy", "GENDER_HISTORY", "PROBLEMS", HIDDEN, {}),
    ("consultant", "MENTAL_HEALTH", "DOCUMENTS", SHOWN, {}),
    ("gp", "MENTAL_HEALTH", "DOCUMENTS", SHOWN, {}),
    ("psychiatric nurse", "MENTAL_HEALTH", "DOCUMENTS", SHOWN, {}),
    ("nurse", "MENTAL_HEALTH", "DOCUMENTS", WITHHELD, {}),
    ("nurse", "MENTAL_HEALTH", "DOCUMENTS", SHOWN, {"granted": True}),
    ("pharmacist", "MENTAL_HEALTH", "DOCUMENTS", WITHHELD, {}),  # scenario 14
    ("pharmacist", "MENTAL_HEALTH", "MEDICATIONS", PARTLY, {}),
    ("social worker", "MENTAL_HEALTH", "DOCUMENTS", WITHHELD, {}),
    ("consultant", "SAFEGUARDING", "ALERTS", SHOWN, {}),  # scenario 52: not a field less
    ("nurse", "SAFEGUARDING", "ALERTS", SHOWN, {}),
    ("paramedic", "SAFEGUARDING DOMESTIC_ABUSE", "ALERTS", SHOWN, {}),
    ("nurse", "SAFEGUARDING", "CONTACTS", SHOWN, {}),
    ("district nurse", "SAFEGUARDING", "CONTACTS", WITHHELD, {}),
    ("gp", "SAFEGUARDING", "ALERTS", PARTLY, {}),
    ("gp", "SAFEGUARDING", "ALERTS", SHOWN, {"granted": True}),
    ("consultant", "SAFEGUARDING", "SOCIAL_CARE", WITHHELD, {}),
    ("consultant", "DOMESTIC_ABUSE", "SOCIAL_CARE", WITHHELD, {}),
    ("consultant", "DOMESTIC_ABUSE", "SOCIAL_CARE", SHOWN, {"granted": True}),
    ("social worker", "SAFEGUARDING DOMESTIC_ABUSE", "SOCIAL_CARE", SHOWN, {}),
    ("social worker", "SAFEGUARDING", "ALERTS", SHOWN, {}),
    ("citizen", "SAFEGUARDING", "ALERTS", HIDDEN, {}),  # scenarios 24, 27
    ("proxy", "DOMESTIC_ABUSE", "SOCIAL_CARE", HIDDEN, {}),
    ("gp", "SUBSTANCE", "ENCOUNTERS", WITHHELD, {}),
    ("gp", "SUBSTANCE", "ENCOUNTERS", WITHHELD, {"source_kind": "community"}),
    ("gp", "SUBSTANCE", "ENCOUNTERS", SHOWN, {"source_kind": "gp"}),
    ("gp", "SUBSTANCE", "ENCOUNTERS", SHOWN, {"granted": True}),
    ("gp", "JUSTICE", "ENCOUNTERS", WITHHELD, {}),
    ("gp", "SUBSTANCE", "MEDICATIONS", PARTLY, {}),
    ("gp", "SUBSTANCE JUSTICE", "ENCOUNTERS", WITHHELD, {"consents": frozenset(("JUSTICE",))}),
    ("citizen", "SUBSTANCE", "ENCOUNTERS", SHOWN, {}),
    ("gp", "THIRD_PARTY", "DOCUMENTS", WITHHELD, {}),  # scenario 59
    ("gp", "THIRD_PARTY", "DOCUMENTS", SHOWN, {"granted": True}),
    ("citizen", "THIRD_PARTY", "DOCUMENTS", HIDDEN, {}),
    ("proxy", "THIRD_PARTY", "ALLERGIES", HIDDEN, {}),
    ("paramedic", "STAFF_SAFETY", "ALERTS", SHOWN, {}),  # scenario 58
    ("citizen", "STAFF_SAFETY", "ALERTS", HIDDEN, {}),
    ("proxy", "STAFF_SAFETY", "ALERTS", HIDDEN, {}),
    ("consultant", "RESTRICTED", "PROBLEMS", WITHHELD, {}),
    ("consultant", "RESTRICTED", "PROBLEMS", WITHHELD, {"granted": True}),
    ("consultant", "RESTRICTED", "PROBLEMS", SHOWN, {"own_organisation": True}),
    ("consultant", "RESTRICTED", "ALERTS", PARTLY, {}),
    ("citizen", "RESTRICTED", "PROBLEMS", SHOWN, {}),
    ("proxy", "RESTRICTED", "PROBLEMS", WITHHELD, {}),
    ("consultant", "UNKNOWN_LABEL", "PROBLEMS", WITHHELD, {"granted": True}),
    ("consultant", "UNKNOWN_LABEL", "PROBLEMS", WITHHELD, {"own_organisation": True}),
    ("consultant", "UNKNOWN_LABEL", "ALLERGIES", PARTLY, {}),
    ("citizen", "UNKNOWN_LABEL", "PROBLEMS", WITHHELD, {}),
    ("citizen", "SEXUAL_HEALTH", "PROBLEMS", HIDDEN, {"coerced": True}),  # scenario 56
    ("proxy", "SUBSTANCE", "PROBLEMS", HIDDEN, {"coerced": True}),
    ("citizen", "", "PROBLEMS", SHOWN, {"coerced": True}),
    ("citizen", "", "RESULTS", WITHHELD, {"unreleased": True}),  # scenario 27
    ("proxy", "", "RESULTS", WITHHELD, {"unreleased": True, "age": 9}),
    ("consultant", "", "RESULTS", SHOWN, {"unreleased": True}),
    ("consultant", "VIP", "PROBLEMS", SHOWN, {}),  # scenario 38
]


@pytest.mark.parametrize(("who", "classes", "category", "expected", "given"), TABLE)
def test_each_class_is_for_whom_its_rule_says(rules, who, classes, category, expected, given):
    """The table of classes, row by row: who sees it, in what form, and what a grant changes."""
    assert _said(_decide(rules, who, classes, category, **given)) == expected


@pytest.mark.parametrize(
    ("classes", "given", "lifts"),
    [
        ("DOMESTIC_ABUSE", {}, True),
        ("SUBSTANCE", {}, True),
        ("HIV", {}, False),
        ("HIV", {"emergency_path": True}, True),
        ("RESTRICTED", {}, False),
        ("TERMINATION", {}, False),
        ("DOMESTIC_ABUSE TERMINATION", {}, False),
        ("UNKNOWN_LABEL", {}, False),
    ],
)
def test_what_emergency_access_would_open_is_told(rules, classes, given, lifts):
    """A row says that emergency access would help only where every rule in the way is liftable."""
    assert _decide(rules, "nurse", classes, "SOCIAL_CARE", **given).liftable is lifts


def _things(category: Category) -> dict[str, Any]:
    return {"category": category.value, "carries_cpr": category is Category.CARE_PLANS}


NEVER_HIDDEN = (Category.ALLERGIES, Category.MEDICATIONS, Category.ALERTS, Category.CARE_PLANS)
TREATING_WHO = [who for who, one in WHO.items() if one.role in TREATING]


@pytest.mark.parametrize("category", NEVER_HIDDEN)
@pytest.mark.parametrize("who", TREATING_WHO)
@pytest.mark.parametrize("age", [9, None])
def test_what_may_never_be_hidden_is_not(rules, category, who, age):
    """No class, nor all of them, hides an allergy, a medicine, an alert or a CPR decision."""
    for classes in (*((one,) for one in Sensitivity), tuple(Sensitivity)):
        for emergency_path in (False, True):
            decision = _decide(
                rules,
                who,
                " ".join(classes),
                **_things(category),
                age=age,
                emergency_path=emergency_path,
                unreleased=True,
            )
            assert decision.outcome is Outcome.PERMIT, classes


@pytest.mark.parametrize("category", [c for c in Category if c not in NEVER_HIDDEN])
@pytest.mark.parametrize("one", [c for c in Sensitivity if c not in {"VIP", "LOCATION"}])
def test_every_class_is_withheld_from_somebody(rules, category, one):
    """In every other category each class is kept back from a pharmacist, a proxy or a citizen."""
    seen = {
        _said(_decide(rules, who, one, category.value, age=9))
        for who in ("pharmacist", "citizen", "proxy")
    }
    assert seen & {WITHHELD, HIDDEN}


def test_a_place_that_is_labelled_as_telling_goes(rules):
    """A label of location takes what a protected person's record loses, whoever asks."""
    for who in ("consultant", "citizen"):
        assert _decide(rules, who, "LOCATION").redact == GROUPS["whereabouts"]


@pytest.mark.parametrize(
    ("classes", "given", "asked"),
    [
        ("VIP", {}, ("AUDIT_REVIEW",)),
        ("FERTILITY", {"emergency_path": True, "granted": True}, ("AUDIT_REVIEW",)),
        ("FERTILITY", {"consents": frozenset(("FERTILITY",))}, ()),
        ("", {}, ()),
        ("", {"watched": True}, ("AUDIT_REVIEW",)),
        ("", {"family": True}, ("AUDIT_REVIEW",)),
        ("", {"standing": "GRACE"}, ("RENEW_STANDING",)),
        ("", {"standing": "MET"}, ()),
    ],
)
def test_what_is_opened_on_a_marked_path_is_reviewed(rules, classes, given, asked):
    """What draws the curious, and what an emergency opened, is looked at by a privacy officer."""
    assert _decide(rules, "consultant", classes, **given).obligations == asked


def test_one_more_class_never_shows_more(rules):
    """A thing of two classes is shown to nobody to whom either alone is not shown."""
    worth = {SHOWN: 0, PARTLY: 1, WITHHELD: 2, HIDDEN: 3}
    classes = [one for one in Sensitivity if one is not Sensitivity.LOCATION]
    for who in ("consultant", "pharmacist", "social worker", "proxy"):
        for category in ("DOCUMENTS", "ALERTS"):
            alone = {
                one: worth[_said(_decide(rules, who, one, category, age=15))] for one in classes
            }
            for pair in combinations(classes, 2):
                both = worth[_said(_decide(rules, who, " ".join(pair), category, age=15))]
                worst = max(alone[one] for one in pair)
                assert both >= min(worst, worth[WITHHELD]), (who, category, pair)


def test_roles_of_the_table_are_clinical():
    """The people of the table hold roles that the network lets in."""
    assert {one.role for one in WHO.values() if one.role} <= set(CLINICAL)


def test_an_hiv_medicine_of_a_sexual_health_clinic_opens_where_it_is_marked(rules):
    """Its clinic's name goes with its origin, and comes back by a grant only if it is marked."""
    classes = "HIV SEXUAL_HEALTH"
    for marked, granted, said in (
        (True, True, SHOWN),
        (True, False, PARTLY),
        (False, True, PARTLY),
    ):
        decision = _decide(
            rules, "consultant", classes, "MEDICATIONS", emergency_path=marked, granted=granted
        )
        assert _said(decision) == said
    alone = _decide(
        rules, "consultant", "SEXUAL_HEALTH", "MEDICATIONS", emergency_path=True, granted=True
    )
    assert _said(alone) == PARTLY
