"""The chain of one writer's events: how rows follow each other, and how one can tell if not.

`hash` = SHA-256 over every other column of the row, the previous row's hash among them, each
preceded by its length. Without a key that finds whatever was changed, dropped, inserted or
reordered by somebody who did not hash the rest anew; with the key, the seals find those who did.
What no chain can find is that its newest events were cut off: the caller compares heads with what
was noted.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from federation.audit.clues import entry, indexed
from federation.audit.event import AuditEvent, Plain, Sealed
from federation.audit.seal import Seal, SealBrokenError, Sealer
from federation.errors import AuditBrokenError
from federation.model import ViewId
from federation.storage.base import AuditRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMAT = 1

# Invariant: the same event has the same bytes on every machine and release, or a body would not
# hash again as it did.
_encode = msgspec.json.Encoder(order="sorted").encode


class Position(Struct, frozen=True):
    """Where a chain stands: its newest event's sequence and hash, or 0 and zeros."""

    sequence: int = 0
    hash: bytes = bytes(32)


class Draft(Struct, frozen=True, kw_only=True):
    """An event as bytes, before it has a place in a chain; `entries` are for the index."""

    kind: str
    view_id: ViewId | None
    person_key: bytes | None
    plain: bytes
    secret: bytes
    entries: tuple[str, ...] = ()


class Opened(Struct, frozen=True, kw_only=True):
    """An event read back, with its seal opened: so it is what was written, where it was written."""

    writer: str
    sequence: int
    written_at: datetime
    plain: Plain
    sealed: Sealed


class _Body(Struct, frozen=True, kw_only=True):
    format: int
    plain: msgspec.Raw
    seal: Seal


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_plain = msgspec.json.Decoder(Plain).decode
_decode_sealed = msgspec.json.Decoder(Sealed).decode


def draft(event: AuditEvent, sealer: Sealer) -> Draft:
    """The event as bytes; what cannot be encoded fails here, in the caller that made it."""
    return Draft(
        kind=event.plain.kind.value,
        view_id=event.plain.view_id,
        person_key=sealer.person_key(number) if (number := event.sealed.number) else None,
        plain=_encode(event.plain),
        secret=_encode(event.sealed),
        entries=tuple(entry(clue, sealer) for clue in indexed(event.plain, event.sealed)),
    )


def extend(
    writer: str, after: Position, drafts: Sequence[Draft], at: datetime, sealer: Sealer
) -> tuple[tuple[AuditRow, ...], Position]:
    """The rows that follow a position, and the position after them."""
    rows: list[AuditRow] = []
    for each in drafts:
        rows.append(row := _row(writer, after, each, at, sealer))
        after = Position(row.sequence, row.hash)
    return tuple(rows), after


def _row(writer: str, after: Position, event: Draft, at: datetime, sealer: Sealer) -> AuditRow:
    row = AuditRow(
        writer=writer,
        sequence=after.sequence + 1,
        at=at,
        kind=event.kind,
        view_id=event.view_id,
        person_key=event.person_key,
        body=b"",
        previous=after.hash,
        hash=b"",
    )
    place = _place(row)
    seal = sealer.seal(event.secret, place + event.plain)
    body = _encode(_Body(format=_FORMAT, plain=msgspec.Raw(event.plain), seal=seal))
    return msgspec.structs.replace(row, body=body, hash=_hash(place, body))


def _place(row: AuditRow) -> bytes:
    """Every column but body and hash, so that no two different rows give the same bytes."""
    columns = (
        row.writer.encode(),
        row.sequence.to_bytes(8),
        ((row.at - _EPOCH) // timedelta(microseconds=1)).to_bytes(8, signed=True),
        row.kind.encode(),
        row.view_id.encode() if row.view_id is not None else None,
        row.person_key,
        row.previous,
    )
    return b"".join(
        b"\xff" * 4 if column is None else len(column).to_bytes(4) + column for column in columns
    )


def _hash(place: bytes, body: bytes) -> bytes:
    return hashlib.sha256(place + body).digest()


async def verify(
    rows: AsyncIterator[AuditRow], sealer: Sealer | None = None
) -> dict[str, Position]:
    """Where each writer's chain stands, if all of them hold.

    Rows come in order of writer and sequence. Raises `AuditBrokenError` naming the first event that
    was changed, is missing or stands out of order.
    """
    heads: dict[str, Position] = {}
    async for row in rows:
        after = heads.get(row.writer, Position())
        check_row(row, after, sealer)
        heads[row.writer] = Position(row.sequence, row.hash)
    return heads


def check_row(row: AuditRow, after: Position, sealer: Sealer | None = None) -> None:
    """Raise `AuditBrokenError` unless this is the row that follows, and with its seal whole."""
    _check_place(row, after)
    if sealer is not None:
        open_row(row, sealer)


def _check_place(row: AuditRow, after: Position) -> None:
    expected = after.sequence + 1
    if not isinstance(row.sequence, int) or row.sequence < expected:
        raise _broken(row.writer, row.sequence, "stands out of order")
    if row.sequence > expected:
        raise _broken(row.writer, expected, "is missing")
    if not _hashes(row):
        raise _broken(row.writer, row.sequence, "was changed")
    if row.previous != after.hash:
        raise _broken(row.writer, row.sequence, "does not follow the one before it")


def _hashes(row: AuditRow) -> bool:
    try:
        return row.hash == _hash(_place(row), row.body)
    except (TypeError, AttributeError, OverflowError):
        # Somebody wrote a value of another type into a column.
        return False


def open_row(row: AuditRow, sealer: Sealer) -> Opened:
    """Read an event back, or raise `AuditBrokenError` if it is not what was written here."""
    try:
        body = _decode_body(row.body)
        secret = sealer.open(body.seal, _place(row) + bytes(body.plain))
        plain, sealed = _decode_plain(body.plain), _decode_sealed(secret)
    except (
        SealBrokenError,
        msgspec.MsgspecError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        what = "was changed: its sealed part does not open in this place"
        raise _broken(row.writer, row.sequence, what) from error
    return Opened(
        writer=row.writer, sequence=row.sequence, written_at=row.at, plain=plain, sealed=sealed
    )


def sealed_under(row: AuditRow) -> str:
    """The id of the key that sealed a row, which was the current one then; of an opened row."""
    return _decode_body(row.body).seal.key


def _broken(writer: object, sequence: object, what: str) -> AuditBrokenError:
    # Read from a file that somebody may have written to: quoted, so that nothing in it reaches a
    # terminal as it is.
    return AuditBrokenError(f"event {sequence!r} of writer {writer!r} {what}")
