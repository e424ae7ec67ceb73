"""One row of honesty: what one node did for one category, and the words a clinician reads.

Every stage that keeps something from the answer leaves rows here, never a gap. The sentences are
one table, so that a state and code read the same wherever they come from (`docs/errors.md` lists
them).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from federation.model import Assertion, Category, Node
from federation.records.partial_date import LOCAL, shifted


class SourceState(StrEnum):
    """What became of one node for one category. Ordered from best to worst by `severity`."""

    FRESH = "FRESH"
    FRESH_EMPTY = "FRESH_EMPTY"
    CACHED = "CACHED"
    STALE = "STALE"
    PARTIAL = "PARTIAL"
    PENDING = "PENDING"
    UNAVAILABLE = "UNAVAILABLE"
    TIMED_OUT = "TIMED_OUT"
    NO_RECORD_HELD = "NO_RECORD_HELD"
    WITHHELD = "WITHHELD"
    NOT_ASKED = "NOT_ASKED"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"
    INVALID_RESPONSE = "INVALID_RESPONSE"

    @property
    def severity(self) -> int:
        """How much a reader must worry: 0 for fresh data, most for another person's data."""
        return _SEVERITY[self]


_SEVERITY = {
    state: rank
    for rank, state in enumerate(
        (
            SourceState.FRESH,
            SourceState.FRESH_EMPTY,
            SourceState.CACHED,
            SourceState.NO_RECORD_HELD,
            SourceState.NOT_ASKED,
            SourceState.PENDING,
            SourceState.STALE,
            SourceState.WITHHELD,
            SourceState.PARTIAL,
            SourceState.TIMED_OUT,
            SourceState.UNAVAILABLE,
            SourceState.INVALID_RESPONSE,
            SourceState.IDENTITY_MISMATCH,
        )
    )
}


class FaultOrigin(StrEnum):
    """Who caused what is missing."""

    GATEWAY = "GATEWAY"
    NETWORK = "NETWORK"
    NODE = "NODE"
    UPSTREAM_OF_NODE = "UPSTREAM_OF_NODE"
    POLICY = "POLICY"


class SourceCode(StrEnum):
    """Why a row is not simply fresh, as a closed list."""

    NO_AGREEMENT = "NO_AGREEMENT"
    AGREEMENT_EXPIRED = "AGREEMENT_EXPIRED"
    NODE_SUSPENDED = "NODE_SUSPENDED"
    NODE_NOT_LIVE = "NODE_NOT_LIVE"
    NOT_OFFERED = "NOT_OFFERED"
    NOT_LOCATED = "NOT_LOCATED"
    NOT_PERMITTED = "NOT_PERMITTED"
    OBJECTION = "OBJECTION"
    WITHHELD_AT_SOURCE = "WITHHELD_AT_SOURCE"
    RELATIONSHIP_NEEDED = "RELATIONSHIP_NEEDED"
    POLICY_UNAVAILABLE = "POLICY_UNAVAILABLE"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    CONNECTION_LOST = "CONNECTION_LOST"
    TLS_FAILED = "TLS_FAILED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    NODE_ERROR = "NODE_ERROR"
    NODE_REFUSED_IDENTITY = "NODE_REFUSED_IDENTITY"
    TOO_LARGE = "TOO_LARGE"
    MALFORMED = "MALFORMED"
    WRONG_PERSON = "WRONG_PERSON"
    BREAKER_OPEN = "BREAKER_OPEN"
    ITEMS_QUARANTINED = "ITEMS_QUARANTINED"
    TRUNCATED = "TRUNCATED"
    AWAITING_FILING = "AWAITING_FILING"
    OTHER = "OTHER"


class SourceStatus(Struct, frozen=True, kw_only=True):
    """What one node did for one category (None, on the record: the worst over its categories)."""

    source: Node
    category: Category | None
    state: SourceState
    assertion: Assertion | None = None
    origin: FaultOrigin | None = None
    code: SourceCode | None = None
    message: str
    retryable: bool = False
    retry_after_seconds: int | None = None
    retrieved_at: datetime | None = None
    data_current_to: datetime | None = None
    last_success_at: datetime | None = None
    liftable_by_break_glass: bool = False
    planned_until: datetime | None = None
    """Until when it may be down that is down, as it announced."""

    @property
    def contact_route(self) -> str | None:
        """Whom to ring when it matters."""
        return self.source.contact_route

    @property
    def answered(self) -> bool:
        """Whether the node gave an answer that can be relied on for this category.

        One that says that it does not offer the category has said nothing of the person.
        """
        return self.state in _ANSWERED and self.code not in _NOTHING_TO_ASK

    @property
    def complete(self) -> bool:
        """Whether nothing is missing here: it answered, or there was nothing to ask it for.

        One that was asked, and says then that it does not offer the category, is missing.
        """
        not_asked = self.state is SourceState.NOT_ASKED
        return self.answered or (not_asked and self.code in _NOTHING_TO_ASK)


_ANSWERED = frozenset(
    (SourceState.FRESH, SourceState.FRESH_EMPTY, SourceState.CACHED, SourceState.NO_RECORD_HELD)
)
_NOTHING_TO_ASK = frozenset((SourceCode.NOT_OFFERED, SourceCode.NOT_LOCATED))


class _Wording(NamedTuple):
    """How one reason is told: of one source, and before the names of several."""

    of_one: str
    of_several: str


_BY_CODE: dict[SourceCode, _Wording] = {
    SourceCode.NO_AGREEMENT: _Wording(
        "{name} was not asked: it has no agreement to share this with you.",
        "Not asked, for want of an agreement to share this with you",
    ),
    SourceCode.AGREEMENT_EXPIRED: _Wording(
        "{name} was not asked: its agreement to share this has expired.",
        "Not asked, because their agreements to share this have expired",
    ),
    SourceCode.NODE_SUSPENDED: _Wording(
        "{name} was not asked: it is suspended.", "Not asked, because they are suspended"
    ),
    SourceCode.NODE_NOT_LIVE: _Wording(
        "{name} was not asked: it is not live yet.", "Not asked, because they are not live yet"
    ),
    SourceCode.NOT_OFFERED: _Wording(
        "{name} does not offer this part of the record.", "Do not offer this part of the record"
    ),
    SourceCode.NOT_LOCATED: _Wording(
        "{name} was not asked: nothing suggests that it knows this person.",
        "Not asked, because nothing suggests that they know this person",
    ),
    SourceCode.NOT_PERMITTED: _Wording(
        "{name} does not share this with your role, whether or not it holds anything.",
        "Do not share this with your role, whether or not they hold anything",
    ),
    SourceCode.OBJECTION: _Wording(
        "{name} withholds this because of an objection.", "Withhold this because of an objection"
    ),
    SourceCode.WITHHELD_AT_SOURCE: _Wording(
        "{name} withholds part of this itself.", "Withhold part of this themselves"
    ),
    SourceCode.RELATIONSHIP_NEEDED: _Wording(
        "{name} shares this only with those who care for the person.",
        "Share this only with those who care for the person",
    ),
    SourceCode.POLICY_UNAVAILABLE: _Wording(
        "{name} was left out: its sharing rules could not be evaluated.",
        "Left out, because their sharing rules could not be evaluated",
    ),
    SourceCode.CONNECTION_REFUSED: _Wording("{name} could not be reached.", "Could not be reached"),
    SourceCode.CONNECTION_LOST: _Wording(
        "{name} broke off while it was answering.", "Broke off while they were answering"
    ),
    SourceCode.TLS_FAILED: _Wording(
        "{name} could not be reached safely: its certificate was not accepted.",
        "Could not be reached safely, because their certificates were not accepted",
    ),
    SourceCode.DEADLINE_EXCEEDED: _Wording(
        "{name} did not answer in time.", "Did not answer in time"
    ),
    SourceCode.RATE_LIMITED: _Wording(
        "{name} is limiting requests just now.", "Limiting requests just now"
    ),
    SourceCode.NODE_ERROR: _Wording("{name} answered with an error.", "Answered with an error"),
    SourceCode.NODE_REFUSED_IDENTITY: _Wording(
        "{name} did not accept this gateway's or your credentials.",
        "Did not accept this gateway's or your credentials",
    ),
    SourceCode.TOO_LARGE: _Wording(
        "{name} sent more than can be taken in safely, so none of it is shown.",
        "Sent more than can be taken in safely, so none of it is shown",
    ),
    SourceCode.MALFORMED: _Wording(
        "{name} sent something that cannot be read, so none of it is shown.",
        "Sent something that cannot be read, so none of it is shown",
    ),
    SourceCode.WRONG_PERSON: _Wording(
        "{name} answered for somebody else, or could not show for whom; nothing of it is shown.",
        "Answered for somebody else, or could not show for whom, so nothing of it is shown",
    ),
    SourceCode.BREAKER_OPEN: _Wording(
        "{name} has been failing and is being given a rest.",
        "Have been failing and are being given a rest",
    ),
    SourceCode.ITEMS_QUARANTINED: _Wording(
        "{name} sent entries that cannot be read; they are not shown.",
        "Sent entries that cannot be read and are not shown",
    ),
    SourceCode.TRUNCATED: _Wording(
        "{name} holds more than is shown here.", "Hold more than is shown here"
    ),
    SourceCode.AWAITING_FILING: _Wording(
        "{name} holds entries that wait to be filed; they are not shown.",
        "Hold entries that wait to be filed and are not shown",
    ),
    SourceCode.OTHER: _Wording("{name} could not be used.", "Could not be used"),
}
_BY_STATE: dict[SourceState, _Wording] = {
    SourceState.FRESH: _Wording("{name} answered.", "Answered"),
    SourceState.FRESH_EMPTY: _Wording(
        "{name} answered and has nothing recorded here.",
        "Answered and have nothing recorded here",
    ),
    SourceState.CACHED: _Wording(
        "{name}'s answer of a moment ago is shown.", "Shown as they answered a moment ago"
    ),
    SourceState.STALE: _Wording(
        "{name} could not be asked now; its earlier answer is shown.",
        "Could not be asked now, so that their earlier answers are shown",
    ),
    SourceState.PARTIAL: _Wording("{name} gave only a part.", "Gave only a part"),
    SourceState.PENDING: _Wording("{name} has not answered yet.", "Have not answered yet"),
    SourceState.UNAVAILABLE: _Wording("{name} is unavailable.", "Unavailable"),
    SourceState.TIMED_OUT: _Wording("{name} did not answer in time.", "Did not answer in time"),
    SourceState.NO_RECORD_HELD: _Wording(
        "{name} says that it holds no record under this number.",
        "Say that they hold no record under this number",
    ),
    SourceState.WITHHELD: _Wording("{name} withholds this.", "Withhold this"),
    SourceState.NOT_ASKED: _Wording("{name} was not asked.", "Not asked"),
    SourceState.IDENTITY_MISMATCH: _Wording(
        "{name} answered for somebody else; nothing of it is shown.",
        "Answered for somebody else, so nothing of it is shown",
    ),
    SourceState.INVALID_RESPONSE: _Wording(
        "{name} sent something that cannot be read.", "Sent something that cannot be read"
    ),
}
_BY_BOTH: dict[tuple[SourceState, SourceCode], _Wording] = {
    (SourceState.PARTIAL, SourceCode.NODE_SUSPENDED): _Wording(
        "{name} gave only a part: an organisation whose data it holds is suspended.",
        "Gave only a part, because organisations whose data they hold are suspended",
    ),
}
"""Where a code alone would say something else."""
_RETRYABLE = frozenset(
    (
        SourceCode.CONNECTION_REFUSED,
        SourceCode.CONNECTION_LOST,
        SourceCode.DEADLINE_EXCEEDED,
        SourceCode.RATE_LIMITED,
        SourceCode.NODE_ERROR,
        SourceCode.BREAKER_OPEN,
    )
)


_NOT_THERE = frozenset((SourceState.UNAVAILABLE, SourceState.TIMED_OUT))
_OUTSIDE = frozenset((FaultOrigin.NETWORK, FaultOrigin.NODE, FaultOrigin.UPSTREAM_OF_NODE))


def sentence(node: Node, state: SourceState, code: SourceCode | None) -> str:
    """What a clinician reads: names the node, never the person, and says whom to ring."""
    return _and_whom_to_ring(_wording(state, code).of_one.format(name=node.name), node, state)


def _and_whom_to_ring(text: str, node: Node, state: SourceState) -> str:
    told = _to_ring(node, state)
    return f"{text} If it matters now, ring {told}." if told else text


def sentence_of_lag(node: Node, current_to: datetime) -> str:
    """The same where its data does not go as far as the node said that it would."""
    return _and_whom_to_ring(
        f"{node.name} gave what it has up to {local_time(current_to)}, which is older than it"
        " should be; anything newer is not shown.",
        node,
        SourceState.PARTIAL,
    )


def sentence_of_maintenance(node: Node, until: datetime, at: datetime) -> str:
    """The same where it is down at a time for which it announced that it may be."""
    told = local_time(until)
    if until.astimezone(LOCAL).date() == at.astimezone(LOCAL).date():
        told = f"{until.astimezone(LOCAL):%H:%M}"
    return _and_whom_to_ring(
        f"{node.name} did not answer: it is in planned maintenance until {told}.",
        node,
        SourceState.UNAVAILABLE,
    )


def is_down(state: SourceState, code: SourceCode | None, origin: FaultOrigin | None) -> bool:
    """Whether this is what a node does that is not there: it, or the way to it."""
    return state in _NOT_THERE and code in _RETRYABLE and origin in _OUTSIDE


def local_time(at: datetime) -> str:
    """An instant as people in the United Kingdom read it.

    >>> local_time(datetime.fromisoformat("2026-07-01T09:05:00+00:00"))
    '1 Jul 2026, 10:05'
    >>> local_time(datetime.fromisoformat("0001-01-01T00:00:00+00:00"))
    '1 Jan 0001, 00:00'
    """
    local = shifted(at, LOCAL)
    return f"{local:%-d %b} {local.year:04}, {local:%H:%M}"


def sentence_of_several(
    wholly: Sequence[SourceStatus], in_part: Sequence[SourceStatus] = ()
) -> str:
    """The reason that some rows share, said once, before the name of each source.

    A source that it concerns for a part of the record only comes after the others.
    """
    rows = (*wholly, *in_part)
    routes = {_to_ring(row.source, row.state) for row in rows}
    name = _name if len(routes) == 1 else _name_and_route
    told = [_wording(rows[0].state, rows[0].code).of_several]
    if wholly:
        told[0] += f": {', '.join(map(name, wholly))}"
    if in_part:
        told.append(f"for a part of the record: {', '.join(map(name, in_part))}")
    text = f"{('; ' if wholly else ', ').join(told)}."
    if routes == {None}:
        return text
    return f"{text} If it matters now, ring {routes.pop() if len(routes) == 1 else 'them'}."


def _name(row: SourceStatus) -> str:
    return row.source.name


def _name_and_route(row: SourceStatus) -> str:
    name, route = row.source.name, _to_ring(row.source, row.state)
    # A name and "its service desk": nobody reads the name twice.
    return f"{name} ({route.removeprefix(name).strip()})" if route else name


def _to_ring(node: Node, state: SourceState) -> str | None:
    return node.contact_route if state.severity >= SourceState.STALE.severity else None


def _wording(state: SourceState, code: SourceCode | None) -> _Wording:
    if code is None:
        return _BY_STATE[state]
    return _BY_BOTH.get((state, code)) or _BY_CODE[code]


def row(
    node: Node,
    category: Category | None,
    state: SourceState,
    code: SourceCode | None = None,
    origin: FaultOrigin | None = None,
    **more: object,
) -> SourceStatus:
    """One row, with the sentence and the retry advice that belong to its state and code."""
    return SourceStatus(
        source=node,
        category=category,
        state=state,
        code=code,
        origin=origin,
        message=sentence(node, state, code),
        retryable=code in _RETRYABLE,
        **more,  # type: ignore[arg-type]  # the optional columns, checked by the struct's own names
    )
