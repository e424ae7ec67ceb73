"""A file of events that have left the store: whole rows of one writer, up to a signed checkpoint.

Gzip of JSON lines: where the chain stood before, the rows as they were, and the checkpoint.

    {"after":{"hash":"000...","sequence":0},"format":1,"writer":"gateway-1"}
    {"at":"2026-11-02T09:00:00Z","body":"...","hash":"...","kind":"VIEW",...}
    {"checkpoint":"eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoi..."}

Bytes stand in base64, hashes of the first line in hexadecimal digits. When files are written and
deleted is `retention.py`'s; `proof.py` reads them as part of the log.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal, NoReturn

import msgspec
from msgspec import Struct

from federation.audit.chain import Position, check_row
from federation.audit.checkpoint import Checkpoint, Hex, sync_folder
from federation.audit.seal import Sealer
from federation.audit.signing import PublicKeys, Statement, read
from federation.errors import AuditBrokenError
from federation.storage.base import AuditRow
from federation.storage.keeping import SegmentRow

SUFFIX = ".jsonl.gz"
_LONGEST_LINE = 64 * 1024 * 1024


class Archived(Statement, frozen=True, kw_only=True):
    """Events `first` to `last` of a writer, which were put into a file and left the store.

    `previous` and `hash` are the hashes of the event before the first, and of the last; `digest` is
    the file's own (SHA-256).
    """

    typ: ClassVar[str] = "watling-archive+jws"
    writer: str
    first: int
    last: int
    previous: Hex
    hash: Hex
    file: str
    digest: Hex
    at: datetime

    @property
    def before(self) -> Position:
        """Where the chain stood before the first of them."""
        return Position(self.first - 1, bytes.fromhex(self.previous))

    @property
    def head(self) -> Position:
        """Where it stood after the last."""
        return Position(self.last, bytes.fromhex(self.hash))


class Purged(Statement, frozen=True, kw_only=True):
    """An archive was deleted: the same events, and `archived_at` and `at` when."""

    typ: ClassVar[str] = "watling-purge+jws"
    writer: str
    first: int
    last: int
    previous: Hex
    hash: Hex
    file: str
    digest: Hex
    archived_at: datetime
    at: datetime


class Segment(Struct, frozen=True, kw_only=True):
    """Events that left the store. `path` is their file, where it was found."""

    said: Archived
    path: Path | None = None
    purged: Purged | None = None


class _After(Struct, frozen=True):
    sequence: int
    hash: Hex


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal[1]
    writer: str
    after: _After


class _Tail(Struct, frozen=True, forbid_unknown_fields=True):
    checkpoint: str


class Contents(Struct, frozen=True, kw_only=True):
    """What an archive was found to hold; `newest` is when the last of it was written."""

    writer: str
    before: Position
    head: Position
    newest: datetime


_encode = msgspec.json.Encoder(order="sorted").encode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_tail = msgspec.json.Decoder(_Tail).decode
_decode_row = msgspec.json.Decoder(AuditRow).decode


async def write_archive(
    path: Path, rows: AsyncIterator[AuditRow], before: Position, upto: Checkpoint, signed: str
) -> None:
    """Write the rows that follow `before`, up to the checkpoint; return once they are durable.

    The file is there whole or not at all. Rows beyond the checkpoint are left. Raises `OSError`.
    """
    beside = path.with_name(f"{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        # Without a name or a time in it, so that the same events are the same file.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            after = _After(before.sequence, before.hash.hex())
            packed.write(_encode(_Head(1, upto.writer, after)) + b"\n")
            async for row in rows:
                if row.sequence > upto.sequence:
                    break
                if row.sequence > before.sequence:
                    packed.write(_encode(row) + b"\n")
            packed.write(_encode(_Tail(signed)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


class Archive:
    """A file to read. Its first line is read at once; `checkpoint` is known after its rows.

    Whatever cannot be read is an `AuditBrokenError` that names the first event that cannot.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint: str | None = None
        lines = self._lines()
        try:
            head = _decode_head(next(lines, b""))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise AuditBrokenError(f"{self!r} has no beginning that can be read") from None
        self.writer = head.writer
        self.before = Position(head.after.sequence, bytes.fromhex(head.after.hash))

    def __repr__(self) -> str:
        """Its name, quoted: it may be anybody's."""
        return f"the archive {self.path.name!r}"

    def rows(self) -> Iterator[AuditRow]:
        """Every row as it lies there, in order; whether the chain holds is the caller's to see."""
        last = self.before.sequence
        lines = self._lines()
        next(lines, None)
        for line in lines:
            row = self._row(line, last)
            if row is not None and row.writer != self.writer:
                self._ends(last)
            if row is None:
                if next(lines, None) is not None:
                    raise AuditBrokenError(f"{self!r} goes on after its checkpoint")
                return
            yield row
            last = row.sequence
        self._ends(last)

    def _row(self, line: bytes, last: int) -> AuditRow | None:
        try:
            row = _decode_row(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        else:
            if _encode(row) + b"\n" != line:
                # The same row in other words: some letters of base64 have bits that mean nothing.
                self._ends(last)
            return row
        try:
            self.checkpoint = _decode_tail(line).checkpoint
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._ends(last)
        return None

    def _ends(self, last: int) -> NoReturn:
        raise AuditBrokenError(
            f"event {last + 1} of writer {self.writer!r} cannot be read in {self!r}"
        )

    def _lines(self) -> Iterator[bytes]:
        """Line by line; where it cannot be unpacked any further, one that is none comes last."""
        try:
            with gzip.open(self.path, "rb") as file:
                while line := file.readline(_LONGEST_LINE):
                    yield line
        except (OSError, EOFError, zlib.error):
            yield b""


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_archive(path: Path, keys: PublicKeys, sealer: Sealer | None = None) -> Contents:
    """What is in it, once all of it holds: each row, the chain, and the checkpoint at its end.

    Raises `AuditBrokenError` naming the first event that does not.
    """
    archive = Archive(path)
    head, newest = archive.before, None
    for row in archive.rows():
        check_row(row, head, sealer)
        newest = row.at if newest is None else max(newest, row.at)
        head = Position(row.sequence, row.hash)
    said = read(Checkpoint, archive.checkpoint or "", keys)
    if newest is None or (said.writer, said.position) != (archive.writer, head):
        raise AuditBrokenError(f"{archive!r} does not end where its checkpoint was signed")
    return Contents(
        writer=archive.writer, before=archive.before, head=head, newest=max(newest, said.at)
    )


def of_segments(
    rows: Iterable[SegmentRow], keys: PublicKeys | None, folders: Iterable[Path] = ()
) -> tuple[Segment, ...]:
    """What the store says of its archives, each with its file where that is in one of the folders.

    Raises `AuditBrokenError` where that is not as it was signed.
    """
    return tuple(_segment(row, keys, tuple(folders)) for row in rows)


def _segment(row: SegmentRow, keys: PublicKeys | None, folders: Iterable[Path]) -> Segment:
    said = read(Archived, row.signed, keys)
    purged = read(Purged, row.purged, keys) if row.purged is not None else None
    named = (said.writer, said.first, said.last)
    if named != (row.writer, row.first, row.last) or (
        purged is not None and (*named, said.digest) != _what(purged)
    ):
        raise AuditBrokenError(
            f"what is kept of events {row.first!r} to {row.last!r} of writer {row.writer!r} is not"
            " what was signed of them"
        )
    # A name alone, so that nothing leads out of the folder.
    paths = (folder / Path(said.file).name for folder in folders)
    return Segment(
        said=said, path=next((one for one in paths if one.is_file()), None), purged=purged
    )


def _what(purged: Purged) -> tuple[str, int, int, str]:
    return purged.writer, purged.first, purged.last, purged.digest
