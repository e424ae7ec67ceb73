"""Admit: may this request be asked at all? A refusal here is the whole answer; no node is asked.

The default is refuse (`tests/federation/sharing/test_default_deny.py`). What may be seen of which
node is `screen.py` and `release.py`.
"""

from __future__ import annotations

from federation.errors import (
    EmergencyNotEarnedError,
    ErrorCode,
    ForbiddenError,
    PolicyUnavailableError,
    RefusedError,
    RoleNotSelectedError,
)
from federation.flow import Question
from federation.sharing.case import asking_of
from federation.sharing.rules import Rules

_ERRORS: dict[ErrorCode, type[RefusedError]] = {
    ErrorCode.EMERGENCY_NOT_EARNED: EmergencyNotEarnedError,
    ErrorCode.POLICY_UNAVAILABLE: PolicyUnavailableError,
}


def admit(question: Question, rules: Rules) -> None:
    """Let the request pass, or raise the `RefusedError` that answers it."""
    requester = question.requester
    if requester.role is None and requester.available_roles:
        raise RoleNotSelectedError
    code = rules.refusal(asking_of(question))
    if code is not None:
        raise _ERRORS.get(code, ForbiddenError)
