"""A look that missed a node, as it is kept until the node is back: sealed, for four hours.

Kept of the requester is what their token said, so that the same footing is tried again and not a
better one; of what was seen, digests alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct

from federation.errors import StorageError
from federation.flow import Confirmation, Question, Record, Reference
from federation.model import (
    Category,
    NodeId,
    Purpose,
    Requester,
    RequesterKind,
    RequestId,
    ViewId,
)
from federation.nhs_number import NhsNumber
from federation.second_look.news import SAFETY, seen
from federation.status import FaultOrigin, SourceState, SourceStatus
from federation.storage import KeptLook, Seal

LASTS = timedelta(hours=4)
"""How long after a look its reader is still told."""
_MISSING = frozenset((SourceState.UNAVAILABLE, SourceState.TIMED_OUT, SourceState.INVALID_RESPONSE))
_DAY = len("2019-04-02")


class Missed(Struct, frozen=True, kw_only=True):
    """One look and one node that it missed; `seen` are the digests of what was there."""

    view_id: ViewId
    request_id: RequestId
    requester: Requester
    purpose: Purpose
    nhs_number: NhsNumber
    birth_date: date
    family_name: str | None
    node: NodeId
    categories: frozenset[Category]
    seen: frozenset[str]
    looked_at: datetime

    def question(self, asked_at: datetime, deadline: float) -> Question:
        """The same question again, of the categories that were missing."""
        return Question(
            view_id=self.view_id,
            request_id=self.request_id,
            requester=self.requester,
            purpose=self.purpose,
            nhs_number=self.nhs_number,
            confirm=Confirmation(birth_date=self.birth_date, family_name=self.family_name),
            categories=self.categories,
            asked_at=asked_at,
            deadline=deadline,
        )

    @property
    def expires_at(self) -> datetime:
        """From when on nobody is told any more."""
        return self.looked_at + LASTS


def missed_of(
    question: Question, reference: Reference, looked_at: Record, shown: Record
) -> Iterator[Missed]:
    """What a professional's look missed for want of a node; nothing where a rule took it away.

    `looked_at` names the true sources, `shown` is what was on the screen. A restricted person's
    look has no second: when it comes would tell which source came back with something of theirs.
    """
    birth_date = _birth_date(question, reference)
    if (
        question.requester.kind is not RequesterKind.PROFESSIONAL
        or reference.restricted
        or shown is not looked_at
        or birth_date is None
    ):
        return
    missing: dict[NodeId, set[Category]] = {}
    for category in SAFETY & looked_at.sections.keys():
        for row in looked_at.sections[category].coverage.rows:
            if _is_missing(row):
                missing.setdefault(row.source.id, set()).add(category)
    before = seen(shown) if missing else frozenset()
    for node, categories in sorted(missing.items()):
        yield Missed(
            view_id=question.view_id,
            request_id=question.request_id,
            requester=question.requester,
            purpose=question.purpose,
            nhs_number=question.nhs_number,
            birth_date=birth_date,
            family_name=question.confirm.family_name if question.confirm else None,
            node=node,
            categories=frozenset(categories),
            seen=before,
            looked_at=question.asked_at,
        )


def is_missing(record: Record, node: NodeId) -> bool:
    """Whether a record of one node alone still lacks something of it that may come yet."""
    return any(
        row.source.id == node and _is_missing(row)
        for section in record.sections.values()
        for row in section.coverage.rows
    )


def _is_missing(row: SourceStatus) -> bool:
    return row.state in _MISSING and row.origin is not FaultOrigin.POLICY


def _birth_date(question: Question, reference: Reference) -> date | None:
    """What the caller confirmed, or the launch for them."""
    if question.confirm is not None:
        return question.confirm.birth_date
    said = reference.birth_date
    return date.fromisoformat(said) if said is not None and len(said) == _DAY else None


def close(missed: Missed, seal: Seal) -> KeptLook:
    """As it is kept: which node it waits for and until when, the rest sealed."""
    id_ = f"{missed.view_id}.{missed.node}"
    return KeptLook(
        id=id_,
        node=missed.node,
        expires_at=missed.expires_at,
        sealed=seal.seal(msgspec.json.encode(missed), id_.encode(), missed.node.encode()),
    )


def open_kept(kept: KeptLook, seal: Seal) -> Missed:
    """What was kept; `StorageError` where it is not as it was written there."""
    said = seal.open(kept.sealed, kept.id.encode(), kept.node.encode())
    try:
        return msgspec.json.decode(said, type=Missed)
    except msgspec.MsgspecError as error:
        raise StorageError("a look that waits was kept by another release") from error
