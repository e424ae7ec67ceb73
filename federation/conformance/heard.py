"""What a node said, as it said it: one view of both protocols for checks to look at.

Nothing is set right here: a state that is no state, an id that is missing and a date that is none
stay as they came, because finding them is what checks are for. `speakers/` makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx
from msgspec import Struct, field

from federation.model import Category
from federation.nhs_number import NhsNumber

LIMITED = ("RATE_LIMITED", "TOO_MANY_REQUESTS", "HTTP 429")
"""How the word of a refusal begins that asks to come again later."""


_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,47}")


def word(text: object) -> str:
    """A code as a report may repeat it: a node could put anything into one."""
    told = text if isinstance(text, str) else ""
    return told if _WORD.fullmatch(told) else "a word of its own"


class Sent(Struct, frozen=True, kw_only=True):
    """One request. `path` goes on from the node's registered address."""

    method: str = "POST"
    path: str = ""
    media_type: str | None = "application/json"
    body: bytes = b""
    numbers: tuple[NhsNumber, ...] = ()
    categories: tuple[Category, ...] = ()


class Exchange(Struct, frozen=True, kw_only=True):
    """One request and what came of it.

    `broke` names the kind of what stopped it, in which case there is no answer; `said` is the body
    as JSON, None where it is none. `echoes`: it says which request it is to, and it is this one.
    """

    sent: Sent
    request_id: str
    seconds: float
    status: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    broke: str | None = None
    echo: str | None = None
    expected_echo: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it was answered with 200."""
        return self.broke is None and self.status == httpx.codes.OK


class HeardItem(Struct, frozen=True, kw_only=True):
    """One recorded fact, raw."""

    id: str
    version: str | None
    last_updated: str | None
    labels: frozenset[str]
    raw: Mapping[str, Any]


class HeardPart(Struct, frozen=True, kw_only=True):
    """What was said of one category."""

    state: str
    code: str | None = None
    assertion: str | None = None
    current_to: str | None = None
    items: tuple[HeardItem, ...] = ()


class HeardPerson(Struct, frozen=True, kw_only=True):
    """Whose record it is said to be. `whereabouts`: an address or a telephone is told."""

    number: str
    family: str
    birth_date: str
    gender: str
    deceased: bool
    restricted: bool
    whereabouts: bool


class HeardRecord(Struct, frozen=True, kw_only=True):
    """One record that the node holds."""

    person: HeardPerson
    parts: Mapping[Category, HeardPart]


class Heard(Struct, frozen=True, kw_only=True):
    """The whole answer to one question.

    `refusal` is the word for why there is none, in the protocol's own letters.
    """

    records: tuple[HeardRecord, ...] = ()
    refusal: str | None = None
    exchanges: tuple[Exchange, ...] = ()

    def bodies(self) -> Iterator[bytes]:
        """Every body that came."""
        return (one.body for one in self.exchanges)


class Said(NamedTuple):
    """A concept somewhere in an item: its codes, and its words."""

    codes: tuple[tuple[str, str], ...]
    words: frozenset[str]


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a JSON value, with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from strings(inside, name)
    elif isinstance(value, list):
        for inside in value:
            yield from strings(inside, key)


def concepts(value: Any) -> Iterator[Said]:
    """Every concept of a JSON value, in whichever of the two protocols' words."""
    if isinstance(value, list):
        for inside in value:
            yield from concepts(inside)
    if not isinstance(value, dict):
        return
    codings = value.get("codings", value.get("coding"))
    if isinstance(codings, list):
        rows = [one for one in codings if isinstance(one, dict)]
        words = [value.get(name) for name in ("text", "originalText", "display")]
        words += [one.get("display") for one in rows]
        yield Said(
            tuple((str(one.get("system") or ""), str(one.get("code") or "")) for one in rows),
            frozenset(one for one in words if isinstance(one, str) and one),
        )
    for inside in value.values():
        yield from concepts(inside)
