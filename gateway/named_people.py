"""Whom a request names that never came to be a question: NHS numbers anywhere in its body.

For the audit alone: a request that could not be read as one names somebody all the same. Numbers
are found as text, whatever the rest of the body is, with spaces or hyphens between their parts and
with a check digit that is right.
"""

from __future__ import annotations

import re

from federation.audit import AuditTrail, unread_event
from federation.errors import ErrorCode, InvalidNhsNumberError
from federation.nhs_number import NhsNumber, parse_nhs_number
from resolvers.context import Context

MOST = 10
"""Of a body that is full of numbers no more are told apart; nobody is shown anything of them."""
_NUMBER = re.compile(rb"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])")


def people_named(body: bytes) -> tuple[NhsNumber, ...]:
    """The first valid numbers, each once, in the order in which they stand."""
    found: dict[NhsNumber, None] = {}
    for match in _NUMBER.finditer(body):
        try:
            found[parse_nhs_number(match.group().decode().replace("-", " "))] = None
        except InvalidNhsNumberError:
            continue
        if len(found) == MOST:
            break
    return tuple(found)


async def record_unread(trail: AuditTrail, context: Context, body: bytes, code: ErrorCode) -> None:
    """Put on the record whom a request names that got this error, or that it named nobody.

    Raises `AuditUnavailableError`, which then answers the request.
    """
    events = [
        unread_event(
            context.requester,
            number,
            code,
            at=context.clock(),
            view_id=context.new_view_id(),
            request_id=context.request_id,
        )
        for number in people_named(body) or (None,)
    ]
    await trail.record(events)
