"""Admit: whole requests that are refused, each with its code."""

import pytest

from federation.errors import (
    EmergencyNotEarnedError,
    ForbiddenError,
    PolicyUnavailableError,
    RefusedError,
    RoleNotSelectedError,
)
from federation.model import AvailableRole, Purpose, Requester, RequesterKind
from federation.sharing import CedarRules, admit
from tests.builders import NUMBER, a_question
from tests.federation.sharing.given import CLINICAL, a_professional, rules_with

TWO_ROLES = (AvailableRole(id="1", role="R0050"), AvailableRole(id="2", role="R0260"))

REFUSED: list[tuple[str, Requester, Purpose, type[RefusedError]]] = [
    (
        "two roles, none selected",
        a_professional(None, available_roles=TWO_ROLES),
        Purpose.DIRECT_CARE,
        RoleNotSelectedError,
    ),
    (
        "not even for an emergency without a role",
        a_professional(None, available_roles=TWO_ROLES),
        Purpose.EMERGENCY,
        RoleNotSelectedError,
    ),
    ("no role at all", a_professional(None), Purpose.DIRECT_CARE, ForbiddenError),
    ("receptionist", a_professional("R8009", "gp"), Purpose.DIRECT_CARE, ForbiddenError),
    ("receptionist by job", a_professional("R1730", "gp"), Purpose.DIRECT_CARE, ForbiddenError),
    ("clerk", a_professional("R8010"), Purpose.DIRECT_CARE, ForbiddenError),
    ("systems support", a_professional("R8015"), Purpose.DIRECT_CARE, ForbiddenError),
    ("privacy officer", a_professional("PRIVACY_OFFICER"), Purpose.DIRECT_CARE, ForbiddenError),
    ("approver", a_professional("APPROVER"), Purpose.DIRECT_CARE, ForbiddenError),
    ("a role nobody knows", a_professional("R9999"), Purpose.DIRECT_CARE, ForbiddenError),
    ("an empty role", a_professional(""), Purpose.DIRECT_CARE, ForbiddenError),
    (
        "citizen",
        Requester(subject="c", kind=RequesterKind.CITIZEN, person=NUMBER),
        Purpose.PATIENT_REQUEST,
        ForbiddenError,
    ),
    (
        "citizen who holds a clinician's role",
        Requester(subject="c", kind=RequesterKind.CITIZEN, role="R0260"),
        Purpose.DIRECT_CARE,
        ForbiddenError,
    ),
    (
        "operator",
        Requester(subject="o", kind=RequesterKind.OPERATOR, role="OPERATOR"),
        Purpose.DIRECT_CARE,
        ForbiddenError,
    ),
    (
        "clinician for the person's own request",
        a_professional(),
        Purpose.PATIENT_REQUEST,
        ForbiddenError,
    ),
    (
        "paramedic in an emergency that nothing earned",
        a_professional("R1070", "ambulance"),
        Purpose.EMERGENCY,
        EmergencyNotEarnedError,
    ),
    (
        "a receptionist could not earn one either",
        a_professional("R8009", "gp"),
        Purpose.EMERGENCY,
        ForbiddenError,
    ),
]


@pytest.mark.parametrize(
    ("requester", "purpose", "error"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_whole_requests_are_refused_with_their_code(rules, requester, purpose, error):
    """Standing, role and purpose refuse the whole request before anybody is asked anything."""
    with pytest.raises(error) as raised:
        admit(a_question(requester=requester, purpose=purpose), rules)
    assert type(raised.value) is error


@pytest.mark.parametrize("role", CLINICAL)
def test_clinicians_may_ask_for_direct_care(rules, role):
    """A professional in a role that gives care may ask; what they see is for agreements to say."""
    admit(a_question(requester=a_professional(role)), rules)


def test_who_has_selected_one_of_several_roles_may_ask(rules):
    """Holding other roles besides is no reason to refuse."""
    admit(a_question(requester=a_professional(available_roles=TWO_ROLES)), rules)


def test_rules_that_cannot_be_evaluated_refuse():
    """A door rule that errs refuses, although Cedar would skip it and allow."""
    broken: CedarRules = rules_with(
        '@id("broken") forbid (principal, action == Action::"ask", resource)'
        " when { 9223372036854775807 + 1 == 0 };"
    )
    with pytest.raises(PolicyUnavailableError):
        admit(a_question(requester=a_professional()), broken)


def test_a_forbid_without_a_code_is_forbidden():
    """A rule that names no refusal refuses with the plainest one."""
    strict = rules_with(
        '@id("closed") forbid (principal, action == Action::"ask", resource is Gateway);'
    )
    with pytest.raises(ForbiddenError):
        admit(a_question(requester=a_professional()), strict)
