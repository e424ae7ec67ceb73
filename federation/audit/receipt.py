"""What was asked of a node in a month, added up and signed: its region's own copy of the record.

Totals alone: nobody is named and no look is told by itself (`node_log.py` does that). The whole log
is read and its chain held while counting, and where each chain stood is in the receipt: whoever
keeps it can tell later whether the log that it was counted from is still there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from federation.audit.archive import Segment
from federation.audit.asked import (
    concerns,
    is_call,
    is_mismatch,
    refused,
    released,
    withheld,
)
from federation.audit.chain import Opened, open_row
from federation.audit.checkpoint import Checkpoint, Hex, Sequence_
from federation.audit.event import EventKind
from federation.audit.proof import ChainProof, prove
from federation.audit.seal import Sealer
from federation.audit.signing import Statement
from federation.audit.wanted import local_day
from federation.errors import SettingsError
from federation.model import NodeId
from federation.storage.base import AuditRow

MONTH = r"\A[0-9]{4}-(0[1-9]|1[0-2])\Z"
Month = Annotated[str, Meta(pattern=MONTH)]
Count = Annotated[int, Meta(ge=0)]


class Totals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often, and how much.

    `looks` at a record asked the node, or its rules kept it from being asked; `refused` of them are
    those in which the rules let nothing of some category be shown, `abandoned` ended without an
    answer beside them. `calls` were made to it, and `failed` of them gave nothing. `released` and
    `withheld` count items, `mismatches` answers for somebody else, `break_glass` grants of
    emergency access that reach it.
    """

    looks: Count = 0
    refused: Count = 0
    abandoned: Count = 0
    calls: Count = 0
    failed: Count = 0
    released: Count = 0
    withheld: Count = 0
    mismatches: Count = 0
    break_glass: Count = 0


class ReceiptLine(Totals, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The totals of one organisation, in one role, for one purpose; empty where there is none."""

    organisation: str = ""
    acting_as: str = ""
    role: str = ""
    purpose: str = ""


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest event of a writer when it was counted.

    Those up to `archived` had left the store before, and were written before the month.
    """

    writer: str
    sequence: Sequence_
    hash: Hex
    archived: Count = 0


class Receipt(Statement, frozen=True, kw_only=True):
    """A month of one node, by local days; `complete`: the month was over when it was made."""

    typ: ClassVar[str] = "watling-receipt+jws"
    gateway: str
    node: NodeId
    month: Month
    complete: bool
    made_at: datetime
    total: Totals
    lines: tuple[ReceiptLine, ...]
    heads: tuple[Head, ...]


_Key = tuple[str, str, str, str]
_NAMES = Totals.__struct_fields__


class Tally:
    """Counts what was asked of a node in a month, event by event."""

    def __init__(self, node: NodeId, month: str) -> None:
        self._node = node
        self._month = month
        self._counts: dict[_Key, Counter[str]] = {}

    def add(self, event: Opened) -> None:
        """Count it, where it is of this node and month."""
        if month_of(event.plain.at) != self._month:
            return
        counts = Counter({name: int(many) for name, many in _counts(event, self._node)})
        if counts.total():
            self._counts.setdefault(_key(event), Counter()).update(counts)

    def lines(self) -> tuple[ReceiptLine, ...]:
        """Every organisation, role and purpose, in order."""
        return tuple(
            ReceiptLine(
                organisation=organisation,
                acting_as=acting_as,
                role=role,
                purpose=purpose,
                **self._counts[organisation, acting_as, role, purpose],
            )
            for organisation, acting_as, role, purpose in sorted(self._counts)
        )

    def total(self) -> Totals:
        """All of them together."""
        return Totals(**sum(self._counts.values(), Counter()))


async def count(
    rows: AsyncIterator[AuditRow],
    sealer: Sealer,
    *,
    gateway: str,
    node: NodeId,
    month: str,
    at: datetime,
    checkpoints: Iterable[Checkpoint] = (),
    segments: Iterable[Segment] = (),
) -> Receipt:
    """The receipt; rows are all of the store, in order of writer and sequence.

    Held against what was signed of the log. Raises `AuditBrokenError` for the first event that is
    not as it was written: nothing is signed of a log that does not hold; and `SettingsError` where
    events of the month may have been archived.
    """
    tally = Tally(node, month)
    begins: dict[str, datetime] = {}
    proofs = await prove(_counted(rows, sealer, tally, begins), checkpoints, segments=segments)
    for writer, proof in proofs.items():
        if proof.broken is not None:
            raise proof.broken
        if proof.unread and (writer not in begins or month_of(begins[writer]) >= month):
            raise SettingsError(f"events of {writer!r} that may be of {month} are archived")
    return Receipt(
        gateway=gateway,
        node=node,
        month=month,
        complete=month_of(at) > month,
        made_at=at,
        total=tally.total(),
        lines=tally.lines(),
        heads=tuple(_head(writer, proof) for writer, proof in proofs.items()),
    )


def _head(writer: str, proof: ChainProof) -> Head:
    return Head(
        writer=writer,
        sequence=proof.head.sequence,
        hash=proof.head.hash.hex(),
        archived=proof.unread,
    )


def month_of(at: datetime) -> str:
    """The month in the United Kingdom: 2026-11."""
    return local_day(at).isoformat()[:7]


async def _counted(
    rows: AsyncIterator[AuditRow], sealer: Sealer, tally: Tally, begins: dict[str, datetime]
) -> AsyncIterator[AuditRow]:
    async for row in rows:
        tally.add(open_row(row, sealer))
        begins.setdefault(row.writer, row.at)
        yield row


def _counts(event: Opened, node: NodeId) -> Iterator[tuple[str, int]]:
    plain = event.plain
    mine = concerns(event, node)
    called = is_call(event, node)
    failed = plain.outcome is None or plain.outcome.state is not None
    yield "looks", mine and plain.kind is EventKind.VIEW
    yield "refused", mine and plain.kind is EventKind.VIEW and bool(refused(event, node))
    yield "abandoned", mine and plain.kind is EventKind.ABANDONED
    yield "calls", called
    yield "failed", called and failed
    yield "released", released(event, node)
    yield "withheld", withheld(event, node)
    yield "mismatches", is_mismatch(event, node)
    yield "break_glass", mine and plain.kind is EventKind.BREAK_GLASS


def _key(event: Opened) -> _Key:
    asker = event.plain.asker
    return (
        (asker and asker.organisation) or "",
        asker.kind if asker else "",
        (asker and asker.role) or "",
        event.plain.purpose or "",
    )
