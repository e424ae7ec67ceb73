"""What a region fills in: where its records are, and what it says when it cannot give one.

The words are the record's own (`federation/records`). How they go over the wire is `wire.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from federation.errors import WatlingError
from federation.model import Assertion, Category
from federation.nhs_number import NhsNumber
from federation.protocols.requester_token import RequesterClaims
from federation.records.base import Item
from federation.records.person import Person
from federation.status import SourceCode


class PartState(StrEnum):
    """How much of a part this is."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    WITHHELD = "WITHHELD"
    NOT_OFFERED = "NOT_OFFERED"
    UNAVAILABLE = "UNAVAILABLE"


class NodeErrorCode(StrEnum):
    """Why a node gives no answer at all."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NO_PATIENT_CONSENT = "NO_PATIENT_CONSENT"
    NO_ORGANISATION_CONSENT = "NO_ORGANISATION_CONSENT"
    RATE_LIMITED = "RATE_LIMITED"
    UPSTREAM_TIMEOUT = "UPSTREAM_TIMEOUT"
    UPSTREAM_UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
    BAD_REQUEST = "BAD_REQUEST"
    INTERNAL = "INTERNAL"


class NodeRefusalError(WatlingError):
    """The node gives no answer; the caller reads the code and nothing else."""

    def __init__(self, code: NodeErrorCode, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class KeptPart(Struct, frozen=True, kw_only=True):
    """What is held of one category.

    `assertion` says what an empty list means, where somebody recorded that; `code` why a part is
    not complete; `data_current_to` up to when the data goes, if it is fed from elsewhere.
    """

    items: Sequence[Item] = ()
    assertion: Assertion | None = None
    state: PartState = PartState.COMPLETE
    code: SourceCode | None = None
    data_current_to: datetime | None = None


class KeptRecord(Struct, frozen=True, kw_only=True):
    """One person's record, as it is held under one number.

    # Invariant: a category that was asked for and has no part here is told as unavailable, never
    # as empty; for "nothing recorded" there is `KeptPart()`.
    """

    person: Person
    parts: Mapping[Category, KeptPart] = field(default_factory=dict)


class NodeSource(Protocol):
    """A region's records."""

    categories: frozenset[Category]
    """What this node offers. Anything else is answered NOT_OFFERED without asking the source."""

    async def find(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> Sequence[KeptRecord]:
        """A record for each of these numbers that one is held under; none: nothing is held.

        `requester` is who asks and why, as the gateway vouches for it: for rules of the region's
        own, and for its own log of who looked.

        Raises `NodeRefusalError` to give no answer. Must not raise for a person who is not known.
        """
