"""Where a writer's chain stood, signed: what a chain alone cannot show is that its end was cut off.

A checkpoint lies in the store and as a line of an append-only file beside it. This is the value,
and the file; `checkpointer.py` signs on a schedule, `proof.py` holds the log against them.

    {"checkpoint":"eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoi..."}

A line that a crash cut short stays as it is: nothing is ever taken out of the file.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta, Struct

from federation.audit.chain import Position
from federation.audit.signing import PublicKeys, Statement, read
from federation.errors import AuditBrokenError
from federation.storage.keeping import CheckpointRow

Hex = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Sequence_ = Annotated[int, Meta(ge=1)]


class Checkpoint(Statement, frozen=True, kw_only=True):
    """The newest event of a writer at a moment, and how many were written since the last one."""

    typ: ClassVar[str] = "watling-checkpoint+jws"
    writer: str
    sequence: Sequence_
    hash: Hex
    events: Sequence_
    at: datetime

    @property
    def position(self) -> Position:
        """Where the chain stood."""
        return Position(self.sequence, bytes.fromhex(self.hash))


class CheckpointLines(Struct, frozen=True):
    """What a checkpoint file holds: signed texts in order, and which lines cannot be read."""

    signed: tuple[str, ...] = ()
    unreadable: tuple[int, ...] = ()


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    checkpoint: str


_decode = msgspec.json.Decoder(_Line).decode


def append_line(path: Path, signed: str) -> None:
    """Add a line, and return once it is durable; raises `OSError`, and half a line may be left."""
    new = not path.exists()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as file:
        # Commands write beside a running gateway.
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
        # What a crash left of a line must not swallow this one.
        begin = b"\n" if size and file.read(1) != b"\n" else b""
        file.write(begin + msgspec.json.encode(_Line(signed)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)


def read_lines(path: Path) -> CheckpointLines:
    """Every line of the file; one that is not there has none. Raises `OSError`."""
    if not path.exists():
        return CheckpointLines()
    signed, unreadable = [], []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            if line:
                signed.append(_decode(line).checkpoint)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unreadable.append(number)
    return CheckpointLines(tuple(signed), tuple(unreadable))


def of_lines(lines: CheckpointLines, keys: PublicKeys | None) -> dict[Checkpoint, str]:
    """The checkpoints of a file, each with its signed text; raises as `signing.read` does."""
    found = {}
    for signed in lines.signed:
        found[_read("of the checkpoint file", signed, keys)] = signed
    return found


def of_rows(rows: Iterable[CheckpointRow], keys: PublicKeys | None) -> dict[Checkpoint, str]:
    """Those of the store; a row that says something else than what was signed is broken too."""
    found = {}
    for row in rows:
        where = f"of event {row.sequence!r} of writer {row.writer!r} in the store"
        said = _read(where, row.signed, keys)
        if (said.writer, said.sequence) != (row.writer, row.sequence):
            raise AuditBrokenError(f"a checkpoint {where} is one of another event")
        found[said] = row.signed
    return found


def _read(where: str, signed: str, keys: PublicKeys | None) -> Checkpoint:
    try:
        return read(Checkpoint, signed, keys)
    except AuditBrokenError:
        raise AuditBrokenError(f"a checkpoint {where} is not as it was signed") from None


def sync_folder(folder: Path) -> None:
    """Make durable that a file is there, or no longer is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
