"""Pages of a timeline, and the cursors that say where a page ended.

A filter is applied here again, on what was released and linked, whatever a node made of it. A
cursor names the last entry before it by date and a digest of its fact. It is sealed (AES-SIV, RFC
5297): without the key nothing can be read from it, all are of one length, and it opens only for the
person, filter, category and requester it was given out for. The same place always has the same
cursor, and nothing newer than it comes after it.

A node gives a timeline whole, or its newest with the code `TRUNCATED` (`node.graphql`), which the
section warns of. A cursor says in its first byte how it is laid out, so that one that carries each
node's own position can stand beside these, once nodes are asked page by page.

>>> from federation.model import Category
>>> seal = Sealer(bytes(32), "9990000018", "PROFESSIONAL").of(Category.RESULTS, Window())
>>> seal.open(seal.close(Standing((-1.0, -10), b"0123456789abcdef"))).place
(-1.0, -10)
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple, overload

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from federation.errors import InvalidCursorError
from federation.flow import Page, Question, SectionWarning, WarningCode, Window
from federation.merge.conflicts import Disputes
from federation.merge.lines import entries, settled
from federation.merge.link import Line, Place
from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.records.base import CategoryDefinition, FactKey
from federation.records.partial_date import local_days
from federation.records.systems import same_token, token

_LAYOUT = struct.Struct(">Bdb16s")
"""A multiple of three bytes, so that every letter of a cursor counts."""
_WHOLE = 1
"""The layout of a cursor into timelines that nodes give whole."""
_SEALED_BYTES = 16 + _LAYOUT.size
_CURSOR_LENGTH = len(urlsafe_b64encode(bytes(_SEALED_BYTES)))


class Standing(NamedTuple):
    """Where an entry stands in a timeline: the place of its date, and its fact's digest."""

    place: Place
    digest: bytes


class Seal:
    """Makes and opens the cursors of one filtered timeline."""

    def __init__(self, cipher: AESSIV, bound_to: list[bytes]) -> None:
        # Invariant: each part is authenticated by itself, so that no two bindings run together.
        self._cipher, self._bound_to = cipher, bound_to

    def close(self, standing: Standing) -> str:
        """The cursor of an entry."""
        opened = _LAYOUT.pack(_WHOLE, *standing.place, standing.digest)
        return urlsafe_b64encode(self._cipher.encrypt(opened, self._bound_to)).decode()

    def open(self, cursor: str) -> Standing:
        """Where a cursor points; `InvalidCursorError` for any that was not given out."""
        if len(cursor) != _CURSOR_LENGTH:
            raise InvalidCursorError
        try:
            sealed = urlsafe_b64decode(cursor.encode("ascii"))
            opened = self._cipher.decrypt(sealed, self._bound_to)
        except (ValueError, InvalidTag):
            raise InvalidCursorError from None
        layout, instant, precision, digest = _LAYOUT.unpack(opened)
        if layout != _WHOLE:
            raise InvalidCursorError
        return Standing((instant, precision), digest)


class Cursors(Sequence[str]):
    """The cursors of a page, each sealed when it is read: hardly anybody reads more than the last.

    The same line always has the same cursor, so that it makes no difference when that is.
    """

    def __init__(self, seal: Seal, lines: Sequence[Line]) -> None:
        self._seal, self._lines = seal, lines

    def __len__(self) -> int:
        """How many entries the page has."""
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        """The cursor of the entry at a place."""
        if isinstance(place, slice):
            return Cursors(self._seal, self._lines[place])
        return self._seal.close(_standing(self._lines[place]))

    def __eq__(self, other: object) -> bool:
        """Whether these are the same cursors, sealed already or not."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """As a tuple of them hashes."""
        return hash(tuple(self))


class Sealer:
    """Everything that one person's timelines are sealed with for one requester."""

    def __init__(self, cursor_key: bytes, number: str, authority: str) -> None:
        key = blake2b(cursor_key, digest_size=64, person=b"watling cursor").digest()
        self._cipher = AESSIV(key)
        self._whose = (number, authority)

    def of(self, category: Category, window: Window) -> Seal:
        """The seal of one timeline under one filter, whatever the size of its pages."""
        dates = [when.isoformat() if when else "" for when in (window.since, window.until)]
        parts = (*self._whose, category, *dates, *sorted(window.codes or ()))
        return Seal(self._cipher, list(map(_bytes, parts)))


def check_cursors(question: Question, number: NhsNumber, key: bytes) -> None:
    """Refuse a question with a cursor that was not given out for this person, filter and requester.

    Raises `InvalidCursorError`, before anybody is asked anything.
    """
    sealer = Sealer(key, number, question.requester.authority)
    for category, windows in question.windows.items():
        for window in windows:
            if window.after is not None:
                sealer.of(category, window).open(window.after)


def cut(
    definition: CategoryDefinition[Any],
    lines: Sequence[Line],
    disputes: Disputes,
    window: Window,
    sealer: Sealer,
    *,
    several: bool,
) -> Page:
    """One page of a timeline whose lines stand by date (`lines.by_date`).

    `several`: more than one source holds something of it.
    """
    seal = sealer.of(definition.category, window)
    matching = _matching(definition, lines, window)
    start = 0
    if window.after is not None:
        start = _behind(matching, seal.open(window.after))
    shown = settled(matching, start, start + window.first)
    return Page(
        entries=entries(definition, shown, disputes),
        cursors=Cursors(seal, shown),
        has_next=start + window.first < len(matching),
        has_previous=start > 0,
        warnings=(*_undated_warning(lines, window), *_unlinked_warning(shown, several=several)),
    )


def _matching(
    definition: CategoryDefinition[Any], lines: Sequence[Line], window: Window
) -> Sequence[Line]:
    if window.since or window.until:
        first, last = window.since or date.min, window.until or date.max
        lines = [line for line in lines if _within(line, first, last)]
    if window.codes:
        wanted = frozenset(map(same_token, window.codes))
        lines = [line for line in lines if _has_code(definition, line, wanted)]
    return lines


def _within(line: Line, first: date, last: date) -> bool:
    if line.date is None:
        return False
    begins, ends = local_days(line.date)
    return begins <= last and first <= ends


def _has_code(definition: CategoryDefinition[Any], line: Line, wanted: frozenset[str]) -> bool:
    return any(token(coding) in wanted for item in line.items for coding in definition.codes(item))


def _undated_warning(lines: Sequence[Line], window: Window) -> tuple[SectionWarning, ...]:
    if not (window.since or window.until) or not lines or lines[-1].date is not None:
        return ()
    message = "Entries without a date are left out between dates; ask without dates to see them."
    return (SectionWarning(code=WarningCode.OTHER, message=message),)


def _unlinked_warning(shown: Sequence[Line], *, several: bool) -> tuple[SectionWarning, ...]:
    """Says where the bound of linking was met: by an identifier, or by what happened on one day."""
    if not several or not any(line.nameless for line in shown):
        return ()
    message = (
        "Entries without an identifier, or a code and a full date, are not linked; one that"
        " several sources hold stands once for each."
    )
    return (SectionWarning(code=WarningCode.OTHER, message=message),)


def _behind(lines: Sequence[Line], standing: Standing) -> int:
    """How many lines stand up to and including where a cursor points.

    Where its line is no longer there, those of the same date are shown again rather than lost.
    """
    start = bisect_left(lines, standing.place, key=_place)
    stop = bisect_right(lines, standing.place, key=_place)
    for count, line in enumerate(settled(lines, start, stop), start + 1):
        if _digest(line.fact) == standing.digest:
            return count
    return start


def _place(line: Line) -> Place:
    return line.place


def _standing(line: Line) -> Standing:
    return Standing(line.place, _digest(line.fact))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _digest(fact: FactKey) -> bytes:
    told = msgspec.json.encode(fact)  # no two facts are written alike
    return blake2b(told, digest_size=16, person=b"watling place").digest()
