"""One row of honesty: what one node did for one category, and the words a clinician reads.

Every stage that keeps something from the answer leaves rows here, never a gap. The sentences are
one table, so that a state and code read the same wherever they come from (`docs/errors.md` lists
them).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from federation.model import Assertion, Category, Node


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

_BY_CODE: dict[SourceCode, str] = {
    SourceCode.NO_AGREEMENT: "{name} was not asked: it has no agreement to share this with you.",
    SourceCode.AGREEMENT_EXPIRED: "{name} was not asked: its agreement to share this has expired.",
    SourceCode.NODE_SUSPENDED: "{name} was not asked: it is suspended.",
    SourceCode.NODE_NOT_LIVE: "{name} was not asked: it is not live yet.",
    SourceCode.NOT_OFFERED: "{name} does not offer this part of the record.",
    SourceCode.NOT_LOCATED: "{name} was not asked: nothing suggests that it knows this person.",
    SourceCode.NOT_PERMITTED: (
        "{name} does not share this with your role, whether or not it holds anything."
    ),
    SourceCode.OBJECTION: "{name} withholds this because of an objection.",
    SourceCode.WITHHELD_AT_SOURCE: "{name} withholds part of this itself.",
    SourceCode.RELATIONSHIP_NEEDED: "{name} shares this only with those who care for the person.",
    SourceCode.POLICY_UNAVAILABLE: "{name} was left out: its sharing rules could not be evaluated.",
    SourceCode.CONNECTION_REFUSED: "{name} could not be reached.",
    SourceCode.CONNECTION_LOST: "{name} broke off while it was answering.",
    SourceCode.TLS_FAILED: "{name} could not be reached safely: its certificate was not accepted.",
    SourceCode.DEADLINE_EXCEEDED: "{name} did not answer in time.",
    SourceCode.RATE_LIMITED: "{name} is limiting requests just now.",
    SourceCode.NODE_ERROR: "{name} answered with an error.",
    SourceCode.NODE_REFUSED_IDENTITY: "{name} did not accept this gateway's or your credentials.",
    SourceCode.TOO_LARGE: "{name} sent more than can be taken in safely, so none of it is shown.",
    SourceCode.MALFORMED: "{name} sent something that cannot be read, so none of it is shown.",
    SourceCode.WRONG_PERSON: (
        "{name} answered for somebody else, or could not show for whom; nothing of it is shown."
    ),
    SourceCode.BREAKER_OPEN: "{name} has been failing and is being given a rest.",
    SourceCode.ITEMS_QUARANTINED: "{name} sent entries that cannot be read; they are not shown.",
    SourceCode.TRUNCATED: "{name} holds more than is shown here.",
    SourceCode.AWAITING_FILING: "{name} holds entries that wait to be filed; they are not shown.",
    SourceCode.OTHER: "{name} could not be used.",
}
_BY_STATE: dict[SourceState, str] = {
    SourceState.FRESH: "{name} answered.",
    SourceState.FRESH_EMPTY: "{name} answered and has nothing recorded here.",
    SourceState.CACHED: "{name}'s answer of a moment ago is shown.",
    SourceState.STALE: "{name} could not be asked now; its earlier answer is shown.",
    SourceState.PARTIAL: "{name} gave only a part.",
    SourceState.PENDING: "{name} has not answered yet.",
    SourceState.UNAVAILABLE: "{name} is unavailable.",
    SourceState.TIMED_OUT: "{name} did not answer in time.",
    SourceState.NO_RECORD_HELD: "{name} says that it holds no record under this number.",
    SourceState.WITHHELD: "{name} withholds this.",
    SourceState.NOT_ASKED: "{name} was not asked.",
    SourceState.IDENTITY_MISMATCH: "{name} answered for somebody else; nothing of it is shown.",
    SourceState.INVALID_RESPONSE: "{name} sent something that cannot be read.",
}
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


def sentence(node: Node, state: SourceState, code: SourceCode | None) -> str:
    """What a clinician reads: names the node, never the person, and says whom to ring."""
    text = (_BY_CODE[code] if code else _BY_STATE[state]).format(name=node.name)
    told = state.severity >= SourceState.STALE.severity and node.contact_route
    return f"{text} If it matters now, ring {node.contact_route}." if told else text


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
