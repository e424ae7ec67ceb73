"""What tests of the population ask of many items: all of them, their dates, their codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from demo.model import Holding, Resident
from federation.model import Category
from federation.records.base import STAMPED_FIELDS, Coding, Item


def holdings_of(residents: Iterable[Resident]) -> Iterator[Holding]:
    return (holding for resident in residents for holding in resident.holdings)


def items_of(residents: Iterable[Resident]) -> Iterator[Item]:
    for holding in holdings_of(residents):
        for items in holding.items.values():
            yield from items


def within(value: Any) -> Iterator[Any]:
    """Every value in a value, at any depth, itself included."""
    yield value
    if isinstance(value, tuple):
        for one in value:
            yield from within(one)
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            if field not in STAMPED_FIELDS:
                yield from within(getattr(value, field))


def codings_of(item: Item) -> Iterator[Coding]:
    return (value for value in within(item) if isinstance(value, Coding))


def texts_of(item: Item) -> Iterator[str]:
    return (value for value in within(item) if isinstance(value, str))


_TIMES = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_MOVED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def has_snomed_check_digit(code: str) -> bool:
    """Whether a SNOMED CT identifier's last digit fits the others (Verhoeff's scheme)."""
    found = 0
    for place, digit in enumerate(reversed(code)):
        found = _TIMES[found][_MOVED[place % 8][int(digit)]]
    return found == 0


def held(holding: Holding, category: Category) -> tuple[Any, ...]:
    """What a holding has of one category, typed as the test knows it to be."""
    return holding.items.get(category, ())
