"""Admit: may this request be asked at all, and of this person? A refusal is the whole answer.

`admit` looks at the token alone, before anybody is traced; `admit_about` at what ties the requester
to the person, and `admit_deed` at that for whoever would change access to the record. No node is
asked before `admit` and `admit_about` have let the request pass. The default is refuse
(`tests/federation/sharing/test_default_deny.py`). What may be seen of which node is `screen.py` and
`release.py`.
"""

from __future__ import annotations

from federation.authority import Held, MarkKind, RulesState
from federation.case import CITIZENS
from federation.deeds import DeedKind
from federation.errors import (
    EmergencyNotEarnedError,
    ErrorCode,
    ForbiddenError,
    NotTheirRecordError,
    OwnRecordError,
    PolicyUnavailableError,
    ProofNeededError,
    PurposeNotSupportedError,
    RefusedError,
    RoleNotSelectedError,
    StandingLapsedError,
)
from federation.flow import Facts, Question, Reference
from federation.model import Requester, Standing
from federation.sharing.asking import asking_of, errand_of
from federation.sharing.rules import Rules

_ACTIONS: dict[DeedKind, str] = {
    DeedKind.BREAK_GLASS: "break-glass",
    DeedKind.DECLARE_RELATIONSHIP: "declare-relationship",
    DeedKind.RECORD_OBJECTION: "record-objection",
    DeedKind.ACCESS_LOG: "read-access-log",
}
"""What rules call a deed. To end one's own access, and to ask what one may see, need no rule."""
PROVED = 3
"""The proof of identity that a person's own record needs, as `Requester.assurance` counts."""
_ERRORS: dict[ErrorCode, type[RefusedError]] = {
    ErrorCode.EMERGENCY_NOT_EARNED: EmergencyNotEarnedError,
    ErrorCode.POLICY_UNAVAILABLE: PolicyUnavailableError,
    ErrorCode.PURPOSE_NOT_SUPPORTED: PurposeNotSupportedError,
}


def admit(question: Question, rules: Rules, state: RulesState = RulesState.CURRENT) -> None:
    """Let the request pass, or raise the `RefusedError` that answers it."""
    need_role(question.requester)
    _pass(rules.refusal(asking_of(question, state)), question.requester)


def need_role(requester: Requester) -> None:
    """Raise `RoleNotSelectedError` where several are held and none is chosen."""
    if requester.role is None and requester.available_roles:
        raise RoleNotSelectedError


def admit_last_known(question: Question, held: Held) -> None:
    """Let only professionals be served from memory; raises `PolicyUnavailableError` for the rest.

    Whether a proxy may act is not known then. Who reads over a citizen's shoulder may be told
    of since, and what was shown to them cannot be taken back; no citizen's care hangs on an hour.
    """
    if held.state is not RulesState.CURRENT and question.requester.kind in CITIZENS:
        raise PolicyUnavailableError


def admit_about(question: Question, reference: Reference, facts: Facts, rules: Rules) -> None:
    """Let it be asked of this person, or raise the `RefusedError` that answers it."""
    code = rules.refusal_about(errand_of(question, reference, facts))
    if code is ErrorCode.FORBIDDEN and MarkKind.OWN_RECORD in facts.marks:
        raise OwnRecordError
    _pass(code, question.requester)


def admit_deed(
    kind: DeedKind, question: Question, reference: Reference, facts: Facts, rules: Rules
) -> None:
    """Let it be done about this person, or raise the `RefusedError` that answers it."""
    errand = errand_of(question, reference, facts, _ACTIONS[kind])
    _pass(rules.refusal_about(errand), question.requester)


def _pass(code: ErrorCode | None, requester: Requester) -> None:
    if code is ErrorCode.FORBIDDEN:
        raise _forbidden(requester)
    if code is not None:
        raise _ERRORS.get(code, ForbiddenError)


def _forbidden(requester: Requester) -> type[ForbiddenError]:
    """The words that help: the rules have refused, and what the token says tells whom to ask."""
    if requester.standing is Standing.LAPSED:
        return StandingLapsedError
    if requester.kind not in CITIZENS:
        return ForbiddenError
    return NotTheirRecordError if requester.assurance >= PROVED else ProofNeededError
