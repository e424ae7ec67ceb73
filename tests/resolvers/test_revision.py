"""The revision changes with whatever a reader could read another way, and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from federation.flow import DemographicsSection, Entry, Page, Record, Section, Window
from federation.model import Category
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import Item
from federation.records.care_plans import CprDecision
from federation.status import SourceStatus
from resolvers.types.revision import content_of
from tests.builders import NOW, a_question
from tests.filled import Filling, Path, the_way
from tests.resolvers.asking import an_answer

TIMES = {
    (Record, "as_of"),
    (Section, "as_of"),
    (DemographicsSection, "as_of"),
    (SourceStatus, "retrieved_at"),
    (SourceStatus, "data_current_to"),
    (SourceStatus, "last_success_at"),
    (SourceStatus, "retry_after_seconds"),
    (CprDecision, "confirmed_at"),
}
"""When something was asked, fetched or confirmed, how old it may be and how long to wait."""
DERIVED = {(Page, "cursors"), (SourceStatus, "planned_until")}
"""Made from the entries, which count themselves; said in the row's message."""


def _filling(category: Category, turned: Path | None = None) -> Filling:
    """Fills everything in, and one value in another way; the question stays the same."""
    filling = Filling(
        turn=lambda path: int(path == turned),
        own={
            Category: lambda path: Category.DEMOGRAPHICS if path == turned else category,
            Window: lambda _path: Window(),
            # The lead of a line is one of its items.
            Item: lambda path: filling.struct(
                DEFINITIONS[category].item, (*path[:-1], (Entry, "items"))
            ),
        },
    )
    return filling


_OWN = frozenset(("category", "sections", "pages", "lead", "items"))
"""Filled in by the test itself: what is below them changes, they do not."""

_SKIPPED = frozenset(("repeated",))
"""What sources call their items, by which ids are made."""


def _changes(category: Category, kind: type[Any]) -> Iterator[tuple[Path, Any]]:
    """The way to each value of a struct, and the struct with just that value another."""
    every = _filling(category)
    every.struct(kind, skip=_SKIPPED)
    for path in dict.fromkeys(every.paths):
        if path[-1][1] not in _OWN:
            yield path, _filling(category, path).struct(kind, skip=_SKIPPED)


def _is_a_time(path: Path) -> bool:
    return path[-1] in TIMES or path[-1][1] == "retrieved_at"


def test_every_part_of_a_record_counts() -> None:
    """Any row, warning, conflict, sentence or fact that changes is another revision."""
    category = Category.ALERTS
    said = content_of(_filling(category).struct(Record, skip=_SKIPPED))
    for path, record in _changes(category, Record):
        same = _is_a_time(path) or path[-1] in DERIVED
        assert (content_of(record) == said) is same, the_way(path)


def _of_item(category: Category, item: Any) -> bytes:
    """What a record says that has this item alone."""
    record = an_answer(a_question(category)).record
    section = record.sections[category]
    entry = Entry(
        category=category,
        fact=("fact",),
        title="title",
        basis=DEFINITIONS[category].same_fact_basis,
        lead=item,
        items=(item,),
    )
    pages = {window: replace(page, entries=(entry,)) for window, page in section.pages.items()}
    section = replace(section, entries=() if pages else (entry,), pages=pages)
    return content_of(replace(record, sections={category: section}))


@pytest.mark.parametrize("category", [definition.category for definition in CATEGORIES])
def test_every_field_of_an_item_counts(category: Category) -> None:
    """Any field of an item of any category, at any depth, that changes is another revision."""
    kind = DEFINITIONS[category].item
    said = _of_item(category, _filling(category).struct(kind))
    found = {said}
    for path, item in _changes(category, kind):
        content = _of_item(category, item)
        assert (content == said) is _is_a_time(path), the_way(path)
        assert content == said or content not in found, the_way(path)
        found.add(content)


@pytest.mark.parametrize("category", [definition.category for definition in CATEGORIES])
def test_a_text_that_looks_like_a_time_counts(category: Category) -> None:
    """Words that read like the times which are left out are words all the same."""
    texts = (f'"retrievedAt":"{moment.isoformat()}"' for moment in (NOW, NOW.replace(year=1999)))
    kind = DEFINITIONS[category].item
    said = {
        _of_item(category, Filling(say=lambda _path, text=text: text).struct(kind))
        for text in texts
    }
    assert len(said) == 2
