"""How the categories' rules compare what different sources wrote: codes, words, places.

Two codes are the same only within SNOMED CT (dm+d's codes are SNOMED CT codes of its drug
extension); words are the same when they differ in nothing but case, spacing and closing
punctuation. Nothing here guesses: what cannot be compared is not the same. What is done with it
stands in each category's file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from federation.records.base import (
    Concept,
    Conflict,
    ConflictingValue,
    Item,
    PartialDateTime,
    Severity,
)
from federation.records.partial_date import sort_key

SNOMED_SYSTEMS = frozenset(
    (
        "http://snomed.info/sct",
        "https://dmd.nhs.uk",
        "https://dmd.nhs.uk/",
        "urn:oid:2.16.840.1.113883.2.1.3.2.4.15",
    )
)
"""SNOMED CT, and dm+d by the names under which it is seen in the field."""

MOST_VALUES = 32
"""So many values one conflict shows."""

_SPACES = re.compile(r"\s+")
_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=[a-z%])")


@lru_cache(maxsize=32_768)
def plain(text: str | None) -> str:
    """A text without what does not change its meaning.

    >>> plain(" Take 500 mg  twice daily. ")
    'take 500mg twice daily'
    """
    if not text:
        return ""
    # Closing punctuation alone: the point before ".5 mg" is a tenth.
    return _NUMBER_AND_UNIT.sub("", _SPACES.sub(" ", text).rstrip(" .,;").strip().casefold())


def differ(one: str | None, other: str | None) -> bool:
    """Whether both say something, and not the same."""
    return bool(one and other) and plain(one) != plain(other)


def snomed_code(concept: Concept) -> str | None:
    """The first SNOMED CT code of a concept; None for free text and for a degraded code."""
    if concept.degraded:
        return None
    for coding in concept.codings:
        if coding.system in SNOMED_SYSTEMS:
            return coding.code
    return None


def share_identifier(one: Item, other: Item) -> bool:
    """Whether two items carry one business identifier."""
    return any(identifier in other.identifiers for identifier in one.identifiers)


def same_source(one: Item, other: Item) -> bool:
    """Whether both come from one custodian through one node, as far as that is known.

    A source that lists two things means two things; it does not contradict itself by that.
    """
    custodian = custodian_code(one)
    if one.source.id != other.source.id or custodian is None:
        return False
    return custodian == custodian_code(other)


def custodian_code(item: Item) -> str | None:
    """The ODS code of the organisation whose data it is."""
    return item.custodian.ods_code if item.custodian else None


@lru_cache(maxsize=32_768)
def at_instant(text: PartialDateTime | None) -> str | None:
    """An instant in one notation, whatever its offset; None for a day, a month or a year."""
    return str(sort_key(text)[0]) if text and len(text) > len("2019-04-02") else None


def places(items: Iterable[Item]) -> str:
    """The sources of some items in words: `A`, `A and B`, `A, B and C`."""
    names = sorted({item.source.name for item in items})
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def values_said(
    items: Sequence[Any], say: Callable[[Any], str | None]
) -> tuple[ConflictingValue, ...]:
    """What each source says, once, in an order that does not depend on which answered first.

    A source that says more different things than anybody could read is cut short.
    """
    said = {(item.source.id, text): item.source for item in items if (text := say(item))}
    told = sorted(said)[:MOST_VALUES]
    return tuple(ConflictingValue(source=said[key], value=key[1]) for key in told)


def safety(
    field: str, message: str, items: Sequence[Any], say: Callable[[Any], str | None]
) -> Conflict:
    """A conflict that can harm the person if it is overlooked."""
    return Conflict(
        field=field, severity=Severity.SAFETY, message=message, values=values_said(items, say)
    )
