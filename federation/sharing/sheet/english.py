"""The sheet in English: every row as a sentence or a few that whoever signs can answer for."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from federation.sharing.sheet import agreements
from federation.sharing.sheet.clauses import dated
from federation.sharing.sheet.file import Sheet
from federation.sharing.sheet.templates import TEMPLATES


class Sentence(Struct, frozen=True, kw_only=True):
    """One row, said back. `what` is agreement or rule."""

    what: str
    id: str
    english: str


def sentences(sheet: Sheet) -> Iterator[Sentence]:
    """What each row says, agreements first: only they open anything."""
    for agreement in sheet.agreements:
        yield Sentence(what="agreement", id=agreement.id, english=agreements.english_of(agreement))
    for row in sheet.rules:
        meaning = dated(row, TEMPLATES[row.template].means(row))
        yield Sentence(what="rule", id=row.id, english=meaning.english)
