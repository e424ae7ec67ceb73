"""A month of a node, added up: what counts, for whom, and from which log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from federation.audit import AuditEvent
from federation.audit.archive import Archived, Segment
from federation.audit.chain import Position, draft, extend
from federation.audit.checkpoint import Checkpoint
from federation.audit.receipt import Head, Receipt, ReceiptLine, Totals, count, month_of
from federation.errors import AuditBrokenError, SettingsError
from federation.model import NodeId
from federation.storage.base import AuditRow
from tests.builders import HERTS, LONDON, MILTON_KEYNES, NOW, NUMBER
from tests.federation.audit.every_kind import SEALER, every_kind
from tests.federation.audit.values import a_plan, the_question, the_view

OCTOBER = "2026-10"
NOVEMBER_1 = datetime(2026, 11, 1, 12, tzinfo=UTC)


def rows_of(events: Iterable[AuditEvent], writer: str = "gateway-1") -> tuple[AuditRow, ...]:
    drafts = [draft(event, SEALER) for event in events]
    rows, _ = extend(writer, Position(), drafts, NOW, SEALER)
    return rows


async def read(rows: Sequence[AuditRow]) -> AsyncIterator[AuditRow]:
    for row in rows:
        yield row


async def receipt(
    rows: Sequence[AuditRow],
    node: NodeId = HERTS.id,
    month: str = OCTOBER,
    at: datetime = NOVEMBER_1,
    **signed: Any,
) -> Receipt:
    gateway = "https://gateway.example"
    return await count(read(rows), SEALER, gateway=gateway, node=node, month=month, at=at, **signed)


async def test_a_night_of_everything_is_added_up() -> None:
    """A look with its call, what was withheld, an answer for somebody else, a grant."""
    made = await receipt(rows_of(every_kind()))
    assert made.total == Totals(
        looks=1,
        refused=1,
        abandoned=1,
        calls=1,
        released=2,
        withheld=3,
        mismatches=1,
        break_glass=1,
    )
    assert made.lines == (
        ReceiptLine(
            organisation="RRV", acting_as="PROFESSIONAL", role="R0050", purpose="", break_glass=1
        ),
        ReceiptLine(
            organisation="RRV",
            acting_as="PROFESSIONAL",
            role="R0050",
            purpose="DIRECT_CARE",
            looks=1,
            refused=1,
            abandoned=1,
            calls=1,
            released=2,
            withheld=3,
            mismatches=1,
        ),
    )


async def test_every_node_has_its_own_receipt() -> None:
    """Of others there is nothing in it: no count, and no name."""
    rows = rows_of(every_kind())
    london, milton_keynes = await receipt(rows, LONDON.id), await receipt(rows, MILTON_KEYNES.id)
    assert (london.total.released, london.total.withheld, london.total.mismatches) == (4, 0, 0)
    assert (milton_keynes.total.calls, milton_keynes.total.failed) == (1, 1)
    assert (milton_keynes.total.released, milton_keynes.total.break_glass) == (0, 0)
    text = msgspec.json.encode(milton_keynes).decode()
    for secret in (LONDON.id, HERTS.id, NUMBER, "consultant-london", "Ada", "allergy"):
        assert secret not in text, secret


def asked_at(moment: datetime) -> tuple[AuditEvent, ...]:
    question = the_question(asked_at=moment)
    return the_view(question, plan=a_plan(HERTS, question=question))


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), "2026-10"),
        (datetime(2026, 11, 1, 0, 0, tzinfo=UTC), "2026-11"),
        # In summer the day begins an hour before midnight UTC.
        (datetime(2026, 8, 31, 22, 59, tzinfo=UTC), "2026-08"),
        (datetime(2026, 8, 31, 23, 0, tzinfo=UTC), "2026-09"),
    ],
)
async def test_months_are_of_local_days(moment: datetime, month: str) -> None:
    """By when it was asked for."""
    assert month_of(moment) == month
    rows = rows_of(asked_at(moment))
    for each in ("2026-08", "2026-09", "2026-10", "2026-11"):
        assert (await receipt(rows, month=each)).total.looks == (each == month)


async def test_organisations_roles_and_purposes_are_apart() -> None:
    """And in order, whatever the order of the log."""
    views = [
        replace(event, plain=replace(event.plain, asker=replace(event.plain.asker, role=role)))
        for role in ("R8000", "R0050", "R8000")
        for event in the_view()
    ]
    made = await receipt(rows_of(views))
    assert [(line.role, line.looks, line.calls) for line in made.lines] == [
        ("R0050", 1, 1),
        ("R8000", 2, 2),
    ]
    assert made.total.looks == 3


async def test_it_says_from_which_log_it_was_counted() -> None:
    """Where every writer's chain stood, and whether the month was over."""
    rows = (*rows_of(the_view()), *rows_of(every_kind(), "gateway-2"))
    made = await receipt(rows)
    last = {row.writer: row for row in rows}
    assert made.heads == tuple(
        Head(writer=writer, sequence=last[writer].sequence, hash=last[writer].hash.hex())
        for writer in ("gateway-1", "gateway-2")
    )
    assert made.complete
    assert not (await receipt(rows, at=NOVEMBER_1 - timedelta(days=1))).complete


@pytest.mark.parametrize("number", [0, 2, 4])
async def test_nothing_is_counted_of_a_log_that_does_not_hold(number: int) -> None:
    """One event changed, of whichever node."""
    rows = rows_of(the_view())
    changed = replace(rows[number], body=rows[number].body.replace(b"R0050", b"R8000"))
    assert changed != rows[number]
    with pytest.raises(AuditBrokenError):
        await receipt((*rows[:number], changed, *rows[number + 1 :]))


@pytest.mark.parametrize("number", [0, 2, 3])
async def test_nothing_is_counted_of_a_log_with_a_gap(number: int) -> None:
    """One event taken out, of whichever node."""
    rows = rows_of(the_view())
    with pytest.raises(AuditBrokenError):
        await receipt((*rows[:number], *rows[number + 1 :]))


async def test_a_month_of_nothing() -> None:
    """Is a receipt too."""
    made = await receipt(rows_of(every_kind()), month="2026-01")
    assert made.total == Totals()
    assert made.lines == ()
    assert made.heads


def archived(rows: Sequence[AuditRow]) -> Segment:
    """These rows have left the store, and their file is not at hand."""
    first, last = rows[0], rows[-1]
    return Segment(
        said=Archived(
            writer=first.writer,
            first=first.sequence,
            last=last.sequence,
            previous=first.previous.hex(),
            hash=last.hash.hex(),
            file="an-archive",
            digest="0" * 64,
            at=NOVEMBER_1,
        )
    )


async def test_a_month_that_was_archived_is_not_counted_short() -> None:
    """What is left of it would be a receipt of too little."""
    rows = rows_of(every_kind())
    with pytest.raises(SettingsError, match="are archived"):
        await receipt(rows[5:], segments=(archived(rows[:5]),))
    for gone in (rows[5:], ()):
        with pytest.raises(AuditBrokenError if gone else SettingsError):
            await receipt(gone, segments=() if gone else (archived(rows),))


async def test_a_month_after_what_was_archived_is_counted() -> None:
    """And the receipt says up to where the events before it had left the store."""
    rows = rows_of(every_kind())
    made = await receipt(rows[5:], month="2026-11", at=NOVEMBER_1, segments=(archived(rows[:5]),))
    assert made.total == Totals()
    assert [(head.sequence, head.archived) for head in made.heads] == [(len(rows), 5)]


async def test_an_end_that_was_cut_off_is_told() -> None:
    """Where a checkpoint says that there was more."""
    rows = rows_of(every_kind())
    last = rows[-1]
    said = Checkpoint(
        writer=last.writer,
        sequence=last.sequence,
        hash=last.hash.hex(),
        events=last.sequence,
        at=NOVEMBER_1,
    )
    assert (await receipt(rows, checkpoints=(said,))).heads[0].sequence == last.sequence
    with pytest.raises(AuditBrokenError):
        await receipt(rows[:-1], checkpoints=(said,))
