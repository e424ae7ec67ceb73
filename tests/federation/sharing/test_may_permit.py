"""Which agreements are put to the rules: all that could open anything, and any that could close."""

from datetime import timedelta
from typing import Any

import pytest

from federation.flow import Outcome
from federation.model import (
    AgreementStatus,
    Category,
    Purpose,
    RegionId,
    RequesterKind,
)
from federation.sharing.facts import local_day
from federation.sharing.shortfall import may_permit
from tests.builders import NOW
from tests.federation.sharing.given import a_case, an_agreement, rules_with

DAY, ONE_DAY = local_day(NOW), timedelta(days=1)
ASKING: list[dict[str, Any]] = [
    {},
    {"kind": RequesterKind.CITIZEN, "purpose": Purpose.PATIENT_REQUEST, "assurance": 3, "role": ""},
]
_COVERING: dict[str, Any] = {
    "purposes": frozenset((Purpose.DIRECT_CARE, Purpose.PATIENT_REQUEST)),
    "requester_kinds": frozenset((RequesterKind.PROFESSIONAL, RequesterKind.CITIZEN)),
}
_VARIANTS: dict[str, list[Any]] = {
    "requester_region": [RegionId("london"), RegionId("elsewhere")],
    "organisation_kinds": [frozenset({"acute"}), frozenset({"gp"})],
    "roles": [frozenset({"R0050"}), frozenset({"R0260"})],
    "categories": [frozenset({Category.ALLERGIES}), frozenset({Category.RESULTS})],
    "purposes": [frozenset({Purpose.DIRECT_CARE}), frozenset({Purpose.PATIENT_REQUEST})],
    "requester_kinds": [
        frozenset({RequesterKind.PROFESSIONAL}),
        frozenset({RequesterKind.CITIZEN}),
    ],
    "custodians": [None, frozenset({"RRV"}), frozenset({"RJ1"})],
    "status": list(AgreementStatus),
    "valid_from": [DAY - ONE_DAY, DAY, DAY + ONE_DAY],
    "valid_until": [None, DAY, DAY + ONE_DAY],
}


@pytest.mark.parametrize("custodian", [None, "RRV"])
@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("field", _VARIANTS)
def test_whom_the_rules_are_not_asked_about_they_would_turn_down(rules, field, asking, custodian):
    """What is looked at first says of each agreement just what the permit says of it."""
    for value in _VARIANTS[field]:
        agreement = an_agreement(**(_COVERING | {field: value}))
        case = a_case(custodian=custodian, agreements=(agreement,), **asking)
        permitted = rules.decide(case).outcome is Outcome.PERMIT
        assert may_permit(agreement, case) == permitted, value


@pytest.mark.parametrize("text", ["context.agreement.status", 'context["agreement"]["status"]'])
def test_a_rule_that_looks_at_agreements_is_asked_about_all_of_them(rules, text):
    """It may forbid under an agreement that would open nothing."""
    case = a_case(
        agreements=(an_agreement(), an_agreement("paused", status=AgreementStatus.SUSPENDED))
    )
    assert rules.decide(case).outcome is Outcome.PERMIT
    wary = rules_with(
        '@id("wary") forbid (principal, action == Action::"see", resource is Holding)'
        f' when {{ {text} == "SUSPENDED" }};'
    )
    assert wary.decide(case).rules == ("wary",)
