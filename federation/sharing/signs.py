"""What tells that a thing is sensitive: its labels, its codes, and its words on the cautious path.

A source filters its own data, and the gateway looks again: a letter can say in words what a filter
of codes took out. Found here is of which classes an item is, and nothing is decided. Whoever wrote
`in no way related to HIV` is found as well; that is the price of caution.

Nearly every item has no sign at all, and is done with after one look-up: of what tells nothing the
hash is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from federation.model import Category, Organisation, Practitioner
from federation.records import CATEGORIES
from federation.records.base import Coding, Item, SecurityLabel
from federation.records.systems import ORDINARY_LABELS, token
from federation.sharing.labels import labels_of
from federation.sharing.said import AMOUNTS, codings_of, reading_of, texts_of
from federation.sharing.sensitivity import Sensitivity
from federation.sharing.valuesets import load_labels, load_value_sets, systems_of

LABELS_TABLE = load_labels()
VALUE_SETS = load_value_sets()
EMERGENCY_PATH = "EMERGENCY_PATH"
CLINICALLY_NEEDED = "CLINICALLY_NEEDED"
UNRELEASED = "UNRELEASED"
MARKS = frozenset((EMERGENCY_PATH, CLINICALLY_NEEDED, UNRELEASED))
"""What a label can say beside a class."""
MOST_REMEMBERED = 65_536
_VERY_RESTRICTED = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|V"
_LABELS: Mapping[str, str] = {f"{one.system}|{one.code}": one.says for one in LABELS_TABLE.labels}
_COLUMNS = ("codes", "services", "functions")
_STEM = 3
_WORD = re.compile(r"[a-z0-9]+")
_OF_ORIGIN = (Organisation, Practitioner)


class Sign(NamedTuple):
    """One thing that tells: of which class, in which table, and the entry there."""

    says: str
    table: str
    entry: str
    only_in: tuple[Category, ...] = ()


def _by_code() -> Iterator[tuple[str, Sign]]:
    for name, table in VALUE_SETS.items():
        for column in _COLUMNS:
            only_in = () if column == "codes" else table.only_in
            for system in systems_of(column):
                for one in getattr(table, column):
                    entry = f"{one.code} {one.name}"
                    yield f"{system}|{one.code}", Sign(table.sensitivity, name, entry, only_in)


def _gathered(pairs: Iterable[tuple[str, Sign]]) -> dict[str, tuple[Sign, ...]]:
    found: dict[str, tuple[Sign, ...]] = {}
    for key, sign in pairs:
        found[key] = (*found.get(key, ()), sign)
    return found


_CODES = _gathered(_by_code())
_STEMS = _gathered(
    (one.code.replace(".", ""), Sign(table.sensitivity, name, f"{one.code} {one.name}"))
    for name, table in VALUE_SETS.items()
    for one in table.icd10
)
_CATEGORIES = {definition.item: definition.category for definition in CATEGORIES}
_NEVER_OF = {
    code: frozenset(other.sensitivity for other in VALUE_SETS.values() if code in other.never_of)
    for table in VALUE_SETS.values()
    for code in table.never_of
}
_ICD_SYSTEMS = frozenset(systems_of("icd10"))
_STEM_STARTS = frozenset(stem[:_STEM] for stem in _STEMS)
_BARE = frozenset(key.rpartition("|")[2] for key in _CODES)
_TERMS = _gathered(
    (" ".join(_WORD.findall(term)), Sign(table.sensitivity, name, term, table.only_in))
    for name, table in VALUE_SETS.items()
    for term in table.terms
)
_FIRST_WORDS = frozenset(
    word + plural for term in _TERMS for word in term.split(" ")[:1] for plural in ("", "s")
)
_ANY_TERM = re.compile(
    # The longest first, so that `sexual health clinic` is told as such.
    rf"\b(?:{'|'.join(sorted(map(re.escape, _TERMS), key=len, reverse=True))})(?=s?\b)"
)


def signs_of(item: Item) -> tuple[Sign, ...]:
    """Everything about an item that tells a class or a mark, labels first."""
    if not item.security_labels and not _speaks(item):
        return ()
    return _meant(item, (*_in_labels(item.security_labels), *_in_words(item)))


def signs_beside_its_origin(item: Item) -> tuple[Sign, ...]:
    """The same, but for the names of who keeps it, who wrote it and the system that it is from."""
    told = replace(item, source_system=None) if item.source_system else item
    return _meant(told, (*_in_labels(item.security_labels), *_in_words(told, _OF_ORIGIN)))


def _meant(item: Item, said: Iterable[Sign]) -> tuple[Sign, ...]:
    category = _CATEGORIES[type(item)]
    exempt = {one for coding in codings_of(item) for one in _NEVER_OF.get(coding.code, ())}
    return tuple(
        dict.fromkeys(
            sign
            for sign in said
            if sign.says not in exempt and (not sign.only_in or category in sign.only_in)
        )
    )


# ── labels ────────────────────────────────────────────────────────────────────────────────────


def _in_labels(labels: tuple[SecurityLabel, ...]) -> tuple[Sign, ...]:
    return _told_by(labels_of(labels)) if labels else ()


@lru_cache(maxsize=4_096)
def _told_by(labels: frozenset[str]) -> tuple[Sign, ...]:
    """What labels say. `Restricted` says nothing more where another label says why."""
    told = tuple(
        Sign(_LABELS.get(label, Sensitivity.UNKNOWN_LABEL), "labels.toml", _shown(label))
        for label in sorted(labels - ORDINARY_LABELS)
    )
    why = {sign.says for sign in told} - MARKS - {Sensitivity.RESTRICTED}
    if why and _VERY_RESTRICTED not in labels:
        return tuple(sign for sign in told if sign.says != Sensitivity.RESTRICTED)
    return told


def _shown(label: str) -> str:
    # What a source wrote could be anything; only what is in the table is repeated.
    return label if label in _LABELS else "a label that is not known here"


# ── codes and words ───────────────────────────────────────────────────────────────────────────

_plain: set[int] = set()
"""Hashes of values that tell nothing, so that each is read once. Nothing of what they say is kept;
that two values share 64 bits of a hash that is seeded anew by each process is left to chance."""


def _speaks(value: Struct) -> bool:
    """Whether a code or a word is of interest, at any depth; nearly always none is."""
    reading = reading_of(type(value))
    values = reading.values(value)
    if not _plain.issuperset(map(hash, values)) and any(map(_tells, values)):
        return True
    for name in reading.measured:
        held = getattr(value, name)
        if type(held) not in AMOUNTS and held is not None and _tells_beside_amounts(held):
            return True
    return False


def _tells_beside_amounts(held: Any) -> bool:
    return any(map(_speaks, held)) if isinstance(held, tuple) else _speaks(held)


def _tells(value: Any) -> bool:
    """Whether one value is of interest; one that is not is remembered."""
    key = hash(value)
    if key in _plain:
        return False
    if isinstance(value, str):
        told = _has_term(value)
    elif isinstance(value, tuple):
        told = any(map(_tells, value))
    else:
        told = isinstance(value, Struct) and (_is_of_interest(value) or _speaks(value))
    if not told:
        if len(_plain) >= MOST_REMEMBERED:
            _plain.clear()
        _plain.add(key)
    return told


def _is_of_interest(value: Struct) -> bool:
    return isinstance(value, Coding) and (value.code in _BARE or value.code[:_STEM] in _STEM_STARTS)


def _has_term(text: str) -> bool:
    words = _WORD.findall(text.casefold())
    if _FIRST_WORDS.isdisjoint(words):
        return False
    return _ANY_TERM.search(" ".join(words)) is not None


def _in_words(item: Item, but_for: tuple[type[Struct], ...] = ()) -> Iterator[Sign]:
    for coding in codings_of(item):
        yield from _CODES.get(token(coding), ())
        if coding.system in _ICD_SYSTEMS:
            yield from _in_icd10(coding.code.replace(".", ""))
    for text in texts_of(item, but_for):
        for found in _ANY_TERM.finditer(" ".join(_WORD.findall(text.casefold()))):
            yield from _TERMS[found.group()]


def _in_icd10(code: str) -> Iterator[Sign]:
    for length in range(_STEM, len(code) + 1):
        yield from _STEMS.get(code[:length], ())
