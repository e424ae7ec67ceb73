"""What narrows a rule, one condition a function: as Cedar, and in English beside it.

Both stand next to each other so that they can be read against each other: what a lawyer signs and
what decides is one function here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from msgspec import Struct

from federation.sharing.sheet import words
from federation.sharing.sheet.rows import RuleRow

T = TypeVar("T", bound=str)


class Condition(Struct, frozen=True):
    """One condition: an expression of Cedar, and the words for it."""

    cedar: str
    english: str


def who(row: RuleRow) -> Iterator[Condition]:
    """Of whoever asks."""
    yield from _one_of("principal.kind", row.kinds, words.kinds)
    yield from _one_of(
        "principal.role", row.roles, lambda some: f"in the role of {words.roles(some)}"
    )
    yield from _one_of(
        "principal.organisationKind",
        row.organisation_kinds,
        lambda some: f"at {words.organisation_kinds(some)}",
    )
    yield from _one_of("principal.organisation", row.organisations, lambda some: f"at {_or(some)}")
    yield from _one_of("principal.region", row.regions, lambda some: f"of the region {_or(some)}")
    yield from _one_of("principal.device", row.devices, lambda some: f"on {words.devices(some)}")
    yield from _none_of(
        "principal.role", row.except_roles, lambda some: f"but not as {words.roles(some)}"
    )
    yield from _none_of(
        "principal.organisationKind",
        row.except_organisation_kinds,
        lambda some: f"but not at {words.organisation_kinds(some)}",
    )
    yield from _none_of(
        "principal.organisation", row.except_organisations, lambda some: f"but not at {_or(some)}"
    )


def why(row: RuleRow) -> Iterator[Condition]:
    """Of what for."""
    yield from _one_of("context.purpose", row.purposes, lambda some: f"for {words.purposes(some)}")


def what(row: RuleRow) -> Iterator[Condition]:
    """Of the things that are asked for."""
    yield from _one_of("resource.category", row.categories, words.categories)
    yield from _any_in(
        "resource.classes", row.classes, lambda some: f"of the class {words.classes(some)}"
    )
    yield from _any_in("resource.labels", row.labels, lambda some: f"labelled {_or(some)}")
    if row.custodians:
        yield Condition(
            f"resource has custodian && {cedar_list(row.custodians)}.contains(resource.custodian)",
            f"kept by {_or(row.custodians)}",
        )
    if row.author_roles:
        yield Condition(
            f"resource has authorRole && "
            f"{cedar_list(row.author_roles)}.contains(resource.authorRole)",
            f"written by somebody in the role of {words.roles(row.author_roles)}",
        )
    if row.before:
        yield Condition(
            f"resource has day && resource.day < {cedar_day(row.before)}",
            f"dated before {words.day(row.before)}",
        )
    if row.older_than_days:
        yield Condition(
            "resource has day && "
            f'resource.day < context.day.offset(duration("-{row.older_than_days}d"))',
            f"older than {row.older_than_days} days",
        )


def when(row: RuleRow) -> Iterator[Condition]:
    """Of the day on which is asked."""
    if row.starts:
        yield Condition(f"context.day >= {cedar_day(row.starts)}", f"from {words.day(row.starts)}")
    if row.until:
        yield Condition(f"context.day < {cedar_day(row.until)}", f"until {words.day(row.until)}")


def subject(row: RuleRow) -> str:
    """Who is meant, as a sentence begins: `Anybody at pharmacies may see`."""
    return _subject(row, "anybody", "may see")


def nobody(row: RuleRow) -> str:
    """Who is meant and gets nothing, as a sentence begins: `Nobody at pharmacies may see`."""
    return _subject(row, "nobody", "may see" if not row.kinds else "may not see")


def _subject(row: RuleRow, whoever: str, may: str) -> str:
    parts = [one.english for one in who(row)]
    text = " ".join(parts if row.kinds else [whoever, *parts])
    return f"{text[:1].upper()}{text[1:]} {may}"


def things(row: RuleRow, all_of_it: str = "anything") -> str:
    """What is meant: `allergies of the class HIV`."""
    parts = [one.english for one in what(row)]
    return " ".join(parts if row.categories else [all_of_it, *parts])


def purpose(row: RuleRow) -> str:
    """What for, as a sentence ends: ` for emergencies`, or nothing."""
    return "".join(f" {one.english}" for one in why(row))


def of_items(row: RuleRow) -> bool:
    """Whether it speaks of some items of a category and not of others: only then can it be silent.

    A rule for a whole category has a row that reads the same whether or not anything is held.
    """
    return bool(
        row.classes
        or row.labels
        or row.custodians
        or row.author_roles
        or row.before
        or row.older_than_days
    )


def cedar_list(values: Iterable[str]) -> str:
    """`["a", "b"]`; JSON's texts of plain characters are Cedar's too."""
    return f"[{', '.join(json.dumps(str(value)) for value in values)}]"


def cedar_day(day: date) -> str:
    """`datetime("2026-04-01")`."""
    return f'datetime("{day.isoformat()}")'


def _one_of(
    attribute: str, values: Sequence[T], english: Callable[[Sequence[T]], str]
) -> Iterator[Condition]:
    if values:
        yield Condition(f"{cedar_list(values)}.contains({attribute})", english(values))


def _none_of(
    attribute: str, values: Sequence[T], english: Callable[[Sequence[T]], str]
) -> Iterator[Condition]:
    if values:
        yield Condition(f"!{cedar_list(values)}.contains({attribute})", english(values))


def _any_in(
    attribute: str, values: Sequence[T], english: Callable[[Sequence[T]], str]
) -> Iterator[Condition]:
    if values:
        yield Condition(f"{attribute}.containsAny({cedar_list(values)})", english(values))


def _or(values: Sequence[str]) -> str:
    return words.listed(values, "or")
