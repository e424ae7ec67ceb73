"""Admit: whole requests that are refused, each with its code."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    Grant,
    Mark,
    MarkKind,
    Proxy,
    ProxyBasis,
    Relationship,
    RelationshipKind,
)
from federation.errors import (
    EmergencyNotEarnedError,
    ForbiddenError,
    NotTheirRecordError,
    OwnRecordError,
    PolicyUnavailableError,
    ProofNeededError,
    RefusedError,
    RoleNotSelectedError,
    StandingLapsedError,
)
from federation.model import (
    AvailableRole,
    OdsCode,
    Purpose,
    Requester,
    RequesterKind,
    Standing,
)
from federation.sharing import CedarRules, admit, admit_about
from tests.builders import NOW, NUMBER, OTHER_NUMBER, a_question, a_reference
from tests.federation.sharing.given import CLINICAL, a_professional, rules_with, some_facts

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
    ("clerk", a_professional("R8010"), Purpose.DIRECT_CARE, ForbiddenError),
    ("systems support", a_professional("R8015"), Purpose.DIRECT_CARE, ForbiddenError),
    ("privacy officer", a_professional("PRIVACY_OFFICER"), Purpose.DIRECT_CARE, ForbiddenError),
    ("approver", a_professional("APPROVER"), Purpose.DIRECT_CARE, ForbiddenError),
    ("a role nobody knows", a_professional("R9999"), Purpose.DIRECT_CARE, ForbiddenError),
    ("an empty role", a_professional(""), Purpose.DIRECT_CARE, ForbiddenError),
    (
        "citizen of whom little is proved",
        Requester(subject="c", kind=RequesterKind.CITIZEN, person=NUMBER, assurance=2),
        Purpose.PATIENT_REQUEST,
        ProofNeededError,
    ),
    (
        "organisation whose standing has lapsed",
        a_professional(standing=Standing.LAPSED),
        Purpose.DIRECT_CARE,
        StandingLapsedError,
    ),
    (
        "citizen who holds a clinician's role",
        Requester(subject="c", kind=RequesterKind.CITIZEN, role="R0260"),
        Purpose.DIRECT_CARE,
        ProofNeededError,
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
        "a clerk could not earn one either",
        a_professional("R8010", "gp"),
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


MINE = Requester(
    issuer="login", subject="c", kind=RequesterKind.CITIZEN, person=NUMBER, assurance=3
)
THEIRS = replace(MINE, kind=RequesterKind.PROXY, proxy_id="p1")
MOTHER = Proxy(
    id="p1", subject=THEIRS.principal, basis=ProxyBasis.PARENT, begins_at=NOW - timedelta(days=9)
)
MEDIC = a_professional("R1070", "ambulance")
ABROAD = Relationship(
    id="r1",
    kind=RelationshipKind.INCIDENT,
    source=EvidenceSource.LAUNCH,
    organisation=OdsCode("X1"),
    begins_at=NOW - timedelta(hours=1),
)
GRANT = Grant(
    id="g1",
    authority=MEDIC.authority,
    reason_code=EmergencyReason.RISK_TO_LIFE,
    begins_at=NOW,
    expires_at=NOW + timedelta(hours=4),
)
OWN = Mark(id="m1", kind=MarkKind.OWN_RECORD, subject=MEDIC.principal)
CARE, CRISIS, REQUEST = Purpose.DIRECT_CARE, Purpose.EMERGENCY, Purpose.PATIENT_REQUEST

ABOUT = [
    # who, for what, what the stores know, what answers
    ("direct care", MEDIC, CARE, {}, None),
    ("an emergency that nothing earned", MEDIC, CRISIS, {}, EmergencyNotEarnedError),
    ("one that an incident earned", MEDIC, CRISIS, {"relationships": (ABROAD,)}, None),
    ("one that a grant earned", MEDIC, CRISIS, {"grants": (GRANT,)}, None),
    ("another's grant", a_professional(), CRISIS, {"grants": (GRANT,)}, EmergencyNotEarnedError),
    ("staff and their own record", MEDIC, CARE, {"marks": (OWN,)}, OwnRecordError),
    ("another's mark", a_professional(subject="s2"), CARE, {"marks": (OWN,)}, None),
    ("a citizen and their own record", MINE, REQUEST, {}, None),
    (
        "a citizen and another's",
        replace(MINE, person=OTHER_NUMBER),
        REQUEST,
        {},
        NotTheirRecordError,
    ),
    ("a proxy whom the stores know", THEIRS, REQUEST, {"proxies": (MOTHER,)}, None),
    ("one whom they do not know", THEIRS, REQUEST, {}, ForbiddenError),
    (
        "one whose right was revoked",
        THEIRS,
        REQUEST,
        {"proxies": (replace(MOTHER, ended_at=NOW),)},
        ForbiddenError,
    ),
    (
        "one whose right was to be looked at again",
        THEIRS,
        REQUEST,
        {"proxies": (replace(MOTHER, review_at=NOW),)},
        ForbiddenError,
    ),
    (
        "one that is another's",
        THEIRS,
        REQUEST,
        {"proxies": (replace(MOTHER, subject="login\x1fsomebody"),)},
        ForbiddenError,
    ),
]


@pytest.mark.parametrize(
    ("requester", "purpose", "held", "error"),
    [case[1:] for case in ABOUT],
    ids=[case[0] for case in ABOUT],
)
def test_what_ties_the_two_decides_whether_it_may_be_asked_of_this_person(
    rules, requester, purpose, held, error
):
    """The token alone does not earn an emergency, a person's own record or a proxy's."""
    question = a_question(requester=requester, purpose=purpose)
    admit(question, rules)
    facts = some_facts(question=question, **held)
    with pytest.raises(error) if error else nullcontext():
        admit_about(question, a_reference(), facts, rules)


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
