"""Nothing that a field tells gets past the rules that keep it back, however deep it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from federation.model import Category
from federation.protocols.graphql.shapes import structs_below
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import STAMPED_FIELDS, Item
from federation.records.person import Person
from federation.sharing.redact import GROUPS, MESSAGE, emptied
from federation.status import SourceCode, SourceState
from tests.builders import LONDON
from tests.classified import TELLS, tells_origin, tells_place, undecided
from tests.federation.sharing.given import held, released_from, verified_of
from tests.filled import Filling, Path, the_way

ITEMS = [definition.category for definition in CATEGORIES]
EVERY_KIND = (Person, *(definition.item for definition in CATEGORIES))
TURNS = range(3)
"""An observed value is an amount, a code or words."""


def _mark(path: Path) -> str:
    return f"<{the_way(path)}>"


def _filled(kind: type[Any], turn: int = 0) -> tuple[Any, list[Path]]:
    """A record with a mark in every text, and the ways to all of them."""
    marked: list[Path] = []

    def say(path: Path) -> str:
        marked.append(path)
        return _mark(path)

    filling = Filling(say=say, turn=lambda path: turn if _is_a_choice(path) else 0)
    skip = STAMPED_FIELDS if issubclass(kind, Item) else frozenset()
    return filling.struct(kind, skip=skip), list(dict.fromkeys(marked))


def _is_a_choice(path: Path) -> bool:
    return path[-1][1] == "value"


def _check(shown: Any, marked: list[Path], keeps_back: Callable[[Path], bool]) -> None:
    """Every mark that must go is gone, and every other still there."""
    text = msgspec.json.encode(shown).decode()
    for path in marked:
        assert (f"{_mark(path)}" in text) is not keeps_back(path), the_way(path)


def test_every_field_of_every_record_is_decided_on() -> None:
    """A field that is added to a record has a row in the table of what it tells."""
    below = {Item, *structs_below(*EVERY_KIND)}
    assert undecided(below) == []
    assert set(TELLS) <= below


def test_the_fields_that_rules_empty_are_fields() -> None:
    """No name in the tables of redaction is of a field that is gone."""
    for fields in GROUPS.values():
        for field in fields:
            assert any(_leads_on(kind, field) for kind in EVERY_KIND), field


def _leads_on(kind: type[Any], field: str) -> bool:
    _, marked = _filled(kind)
    way = field.removeprefix(f"{kind.__name__}.")
    return any(f"{the_way(path)}.".startswith(f"{way}.") for path in marked)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_emptying_takes_what_tells_and_nothing_else(kind: type[Any], turn: int) -> None:
    """Of every record, at any depth, each action's fields go, and all others stay."""
    whole, marked = _filled(kind, turn)
    without, redactions = emptied(whole, GROUPS["whereabouts"])
    _check(without, marked, tells_place)
    assert bool(redactions) is any(map(tells_place, marked))
    if kind is not Person:
        _check(emptied(whole, GROUPS["origin"])[0], marked, tells_origin)


@pytest.mark.parametrize("category", ITEMS)
def test_nothing_tells_where_a_protected_person_is(rules, category: Category) -> None:
    """Every item is released without its places; an appointment is not released."""
    item, marked = _filled(DEFINITIONS[category].item)
    verified = verified_of(LONDON, held(**{category.lower(): [_ordinary(item)]}))
    (released,) = released_from(rules, verified, restricted=True)
    if category is Category.APPOINTMENTS:
        told = released.rows[category]
        assert (told.state, told.code) == (SourceState.WITHHELD, SourceCode.NOT_PERMITTED)
        assert category not in released.items
        return
    (shown,) = released.items[category]
    labels = {path for path in marked if path[0][1] == "security_labels"}
    _check(shown, [path for path in marked if path not in labels], tells_place)


def _ordinary(item: Any) -> Any:
    return msgspec.structs.replace(item, security_labels=())


NEVER_HIDDEN = {Category.ALLERGIES, Category.MEDICATIONS, Category.ALERTS, Category.CARE_PLANS}


@pytest.mark.parametrize("category", ITEMS)
def test_nothing_tells_where_a_sensitive_item_comes_from(rules, category: Category) -> None:
    """What no rule may hide is shown without its origin; everything else is not shown."""
    item, marked = _filled(DEFINITIONS[category].item)
    (released,) = released_from(rules, verified_of(LONDON, held(**{category.lower(): [item]})))
    if category not in NEVER_HIDDEN:
        assert category not in released.items
        assert released.withheld == {category: 1}
        return
    (shown,) = released.items[category]
    _check(shown, marked, tells_origin)


def test_a_letterhead_gives_way_to_the_kind_of_document() -> None:
    """A document keeps its line: under its kind, and with word of what is kept back."""
    document, _ = _filled(DEFINITIONS[Category.DOCUMENTS].item)
    shown, redactions = emptied(document, GROUPS["whereabouts"])
    assert (shown.name, shown.type) == (document.type.display, document.type)
    assert "name" in {redaction.field for redaction in redactions}
    plain = msgspec.structs.replace(document, name=document.type.display)
    assert "name" not in {told.field for told in emptied(plain, GROUPS["whereabouts"])[1]}


def test_a_text_without_a_code_beside_it_gives_way_to_the_wording() -> None:
    """What comes with a report stays, as something whose name is not shown."""
    result, _ = _filled(DEFINITIONS[Category.RESULTS].item)
    shown, redactions = emptied(result, GROUPS["whereabouts"])
    assert {attachment.name for attachment in shown.attachments} == {MESSAGE}
    assert "attachments.name" in {redaction.field for redaction in redactions}


def test_a_persons_own_name_is_no_letterhead() -> None:
    """A field that rules empty of one record stays in another that calls something else so."""
    person, _ = _filled(Person)
    assert emptied(person, GROUPS["whereabouts"])[0].name == person.name
