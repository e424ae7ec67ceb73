"""How the categories' rules compare what different sources wrote: codes, words, places.

Two codes are the same only within SNOMED CT (dm+d's codes are SNOMED CT codes of its drug
extension); words are the same when they differ in nothing but case, spacing and closing
punctuation. Nothing here guesses: what cannot be compared is not the same. What is done with it
stands in each category's file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from federation.model import Organisation
from federation.records.base import (
    Concept,
    Conflict,
    ConflictingValue,
    Item,
    PartialDateTime,
    Severity,
)
from federation.records.partial_date import local_days, sort_key
from federation.records.systems import (
    DEGRADED_CODES,
    SNOMED_SYSTEMS,
    identities,
    same_system,
    token,
)

_DAY = len("2019-04-02")

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
    return bool(one and other) and one != other and plain(one) != plain(other)


def snomed_code(concept: Concept) -> str | None:
    """The first SNOMED CT code of a concept; None for free text and for a degraded code."""
    for coding in concept.codings:
        if coding.system in SNOMED_SYSTEMS:
            # A node may not have noticed that the code says nothing any more.
            return None if concept.degraded or coding.code in DEGRADED_CODES else coding.code
    return None


def shared_code(concept: Concept) -> str | None:
    """The SNOMED CT code, else the first of another system, with its system; None without any.

    For what an identifier or a custodian and an instant tie together already.
    """
    if concept.degraded or not concept.codings:
        return None
    first = concept.codings[0]
    if first.system in SNOMED_SYSTEMS:  # nearly always, and asked of every item
        return None if first.code in DEGRADED_CODES else first.code
    code = snomed_code(concept)
    if code is None and first.code not in DEGRADED_CODES:
        return token(first)
    return code


def codes_differ(one: Concept | None, other: Concept | None) -> bool:
    """Whether a system that codes both tells them apart; two systems are not compared."""
    ours, theirs = _by_system(one), _by_system(other)
    return any(ours[system].isdisjoint(theirs[system]) for system in ours.keys() & theirs.keys())


def _by_system(concept: Concept | None) -> Mapping[str, set[str]]:
    codes: dict[str, set[str]] = {}
    for coding in concept.codings if concept and not concept.degraded else ():
        if coding.code not in DEGRADED_CODES:
            codes.setdefault(same_system(coding.system), set()).add(coding.code)
    return codes


def share_identifier(one: Item, other: Item) -> bool:
    """Whether two items carry one business identifier."""
    if not one.identifiers or not other.identifiers:
        return False
    return not set(identities(one.identifiers)).isdisjoint(identities(other.identifiers))


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
    return ods_code(item.custodian)


def ods_code(organisation: Organisation | None) -> str | None:
    """An organisation's ODS code as ODS writes it: in capitals."""
    if organisation is None or not organisation.ods_code:
        return None
    return organisation.ods_code.strip().upper()


def at_instant(text: PartialDateTime | None) -> float | None:
    """An instant in seconds since 1970, whatever its offset; None for a day, a month or a year."""
    return sort_key(text)[0] if text and len(text) > _DAY else None


@lru_cache(maxsize=32_768)
def time_key(text: PartialDateTime | None) -> str | None:
    """What two dates must share to be the same: an instant, or a day, month or year as written."""
    if not text:
        return None
    return text if len(text) <= _DAY else str(sort_key(text)[0])


def days_apart(one: PartialDateTime | None, other: PartialDateTime | None) -> bool:
    """Whether both are dated, and on no day that both could mean."""
    if not one or not other or one == other:
        return False
    ours, theirs = local_days(one), local_days(other)
    return ours[1] < theirs[0] or theirs[1] < ours[0]


def statuses_differ(items: Sequence[Any]) -> tuple[Conflict, ...]:
    """That sources differ in where a thing stands: booked or cancelled, done or not done."""
    if len({plain(item.status) for item in items if item.status}) <= 1:
        return ()
    stated = [item for item in items if item.status]
    message = f"Sources differ in where it stands: {places(stated)}."
    return (safety("status", message, stated, lambda item: item.status),)


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


def information(
    field: str, message: str, items: Sequence[Any], say: Callable[[Any], str | None]
) -> Conflict:
    """A conflict that a reader should know of."""
    return Conflict(
        field=field, severity=Severity.INFORMATION, message=message, values=values_said(items, say)
    )


def safety(
    field: str, message: str, items: Sequence[Any], say: Callable[[Any], str | None]
) -> Conflict:
    """A conflict that can harm the person if it is overlooked."""
    return Conflict(
        field=field, severity=Severity.SAFETY, message=message, values=values_said(items, say)
    )


def with_two_sides(conflict: Conflict) -> tuple[Conflict, ...]:
    """The conflict, none where one source wrote both alike: nothing can be held side by side."""
    return (conflict,) if len(conflict.values) > 1 else ()
