"""What a failed exchange means for the record: tables for errors, for words and for statuses.

A node that fails is a value. Every way in which it can is mapped here to a state, a code and an
origin, for both protocols; what a node says in words (a code in its body) is believed before its
HTTP status, because the words are the narrower statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx

from federation.flow import Failure
from federation.model import Node
from federation.protocols.transport import (
    AddressNotAllowedError,
    AnotherAnswerError,
    HttpAnswer,
    NotAuthenticatedError,
    TlsError,
    TooLargeError,
)
from federation.status import FaultOrigin, SourceCode, SourceState

_LONGEST_RETRY_SECONDS = 24 * 3600
_MOST_DIGITS = 10


class Verdict(NamedTuple):
    """What became of a node, and who caused it."""

    state: SourceState
    code: SourceCode
    origin: FaultOrigin


def _verdict(text: str) -> Verdict:
    state, code, origin = text.split()
    return Verdict(SourceState(state), SourceCode(code), FaultOrigin(origin))


MALFORMED = _verdict("INVALID_RESPONSE MALFORMED NODE")
TOO_LARGE = _verdict("INVALID_RESPONSE TOO_LARGE NODE")
NODE_ERROR = _verdict("UNAVAILABLE NODE_ERROR NODE")
LATE = _verdict("TIMED_OUT DEADLINE_EXCEEDED NODE")
LATE_BEHIND = _verdict("TIMED_OUT DEADLINE_EXCEEDED UPSTREAM_OF_NODE")
ERROR_BEHIND = _verdict("UNAVAILABLE NODE_ERROR UPSTREAM_OF_NODE")
REFUSED_US = _verdict("UNAVAILABLE NODE_REFUSED_IDENTITY NODE")
LIMITED = _verdict("UNAVAILABLE RATE_LIMITED NODE")
HELD_BACK = _verdict("UNAVAILABLE RATE_LIMITED GATEWAY")
"""Not asked: with this call the node would have been asked more often than it said it bears."""
OBJECTION = _verdict("WITHHELD OBJECTION NODE")
NOT_PERMITTED = _verdict("WITHHELD NOT_PERMITTED NODE")
NOT_OFFERED = _verdict("UNAVAILABLE NOT_OFFERED NODE")
"""Only what a node's entry says that it offers is asked for: one that then does not is wanting."""
NOT_REACHED = _verdict("UNAVAILABLE CONNECTION_REFUSED NETWORK")
NOT_ALLOWED = _verdict("UNAVAILABLE CONNECTION_REFUSED GATEWAY")
LOST = _verdict("UNAVAILABLE CONNECTION_LOST NETWORK")
HUNG_UP = _verdict("UNAVAILABLE CONNECTION_LOST NODE")
NOT_TRUSTED = _verdict("UNAVAILABLE TLS_FAILED NETWORK")
SLOW_NETWORK = _verdict("TIMED_OUT DEADLINE_EXCEEDED NETWORK")
GATEWAY_FULL = _verdict("TIMED_OUT DEADLINE_EXCEEDED GATEWAY")
OUR_FAULT = _verdict("UNAVAILABLE OTHER GATEWAY")

BY_ERROR: dict[type[httpx.HTTPError], Verdict] = {
    TlsError: NOT_TRUSTED,
    AddressNotAllowedError: NOT_ALLOWED,
    TooLargeError: TOO_LARGE,
    AnotherAnswerError: MALFORMED,
    NotAuthenticatedError: REFUSED_US,
    httpx.ConnectTimeout: SLOW_NETWORK,
    httpx.ReadTimeout: LATE,
    httpx.WriteTimeout: LATE,
    httpx.PoolTimeout: GATEWAY_FULL,
    httpx.TimeoutException: LATE,
    httpx.ConnectError: NOT_REACHED,
    httpx.ReadError: LOST,
    httpx.WriteError: LOST,
    httpx.CloseError: LOST,
    httpx.NetworkError: LOST,
    httpx.RemoteProtocolError: HUNG_UP,
    httpx.LocalProtocolError: OUR_FAULT,
    httpx.UnsupportedProtocol: OUR_FAULT,
    httpx.ProxyError: NOT_REACHED,
    httpx.ProtocolError: HUNG_UP,
    httpx.DecodingError: MALFORMED,
    httpx.TooManyRedirects: MALFORMED,
    httpx.HTTPStatusError: NODE_ERROR,
    httpx.TransportError: LOST,
    httpx.RequestError: LOST,
    httpx.HTTPError: LOST,
}
"""Every error of an exchange; a test holds that none of httpx's is missing."""

BY_WORD: dict[str, Verdict] = {
    "NO_PATIENT_CONSENT": OBJECTION,
    "NO_ORGANISATION_CONSENT": NOT_PERMITTED,
    "CAPABILITY_DISABLED": NOT_OFFERED,
    "UNAUTHENTICATED": REFUSED_US,
    "FORBIDDEN": REFUSED_US,
    "ACCESS_DENIED": REFUSED_US,
    "RATE_LIMITED": LIMITED,
    "TOO_MANY_REQUESTS": LIMITED,
    "UPSTREAM_TIMEOUT": LATE_BEHIND,
    "UPSTREAM_UNAVAILABLE": ERROR_BEHIND,
    "BAD_REQUEST": NODE_ERROR,
    "INTERNAL": NODE_ERROR,
    "throttled": LIMITED,  # FHIR issue types, http://hl7.org/fhir/issue-type
    "timeout": LATE_BEHIND,
    "suppressed": OBJECTION,
}
"""Codes that nodes put into their answers, and what they mean here."""

_BY_STATUS: dict[int, Verdict] = {
    401: REFUSED_US,
    403: REFUSED_US,
    408: LATE,
    429: LIMITED,
    502: ERROR_BEHIND,
    504: LATE_BEHIND,
}


def by_error(error: httpx.HTTPError) -> Verdict:
    """The verdict on an exchange that broke."""
    for kind in type(error).__mro__:
        if kind in BY_ERROR:
            return BY_ERROR[kind]
    return LOST


def by_words(words: Iterable[str]) -> Verdict | None:
    """The verdict on the first word that is known."""
    return next((BY_WORD[word] for word in words if word in BY_WORD), None)


def by_status(status: int) -> Verdict:
    """The verdict on an answer that is not 200.

    A redirect is malformed: a node's address is registered and approved, and a person's number
    must not follow a hint to another.
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return NODE_ERROR if status >= httpx.codes.BAD_REQUEST else MALFORMED


def failure(
    node: Node,
    verdict: Verdict,
    *,
    retry_after_seconds: int | None = None,
    detail: str | None = None,
) -> Failure:
    """The verdict as the value that a client returns."""
    return Failure(
        node=node,
        state=verdict.state,
        code=verdict.code,
        origin=verdict.origin,
        retry_after_seconds=retry_after_seconds,
        detail=detail,
    )


def detail_of(error: httpx.HTTPError) -> str | None:
    """What operators are told of an error, in our own fixed words."""
    ours = isinstance(error, NotAuthenticatedError | AnotherAnswerError | AddressNotAllowedError)
    return str(error) if ours else None


def retry_after(answer: HttpAnswer, now: datetime) -> int | None:
    """Seconds to wait, as the node asks: a day at most, None if neither seconds nor a date."""
    text = str(answer.headers.get("retry-after", "")).strip()
    if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS:
        return min(int(text), _LONGEST_RETRY_SECONDS)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0, min(int((then - now).total_seconds()), _LONGEST_RETRY_SECONDS))
