"""What the value sets would find in a region's data, counted: which class, by what, how often.

For whoever answers for a region's data and wants to know, before the node is live, what the network
would keep back of it. Counts, and entries of the network's own tables: nothing of the data itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from federation.records import DEFINITIONS
from federation.records.base import Item
from federation.sharing.item_class import carries_cpr, class_of
from federation.sharing.never_hidden import CORE
from federation.sharing.signs import Sign, signs_of

_CORE = frozenset(DEFINITIONS[category].item for category in CORE)


class Found(Struct, kw_only=True):
    """What was found of one class: `shown` of the `items` are shown all the same, without origin.

    `by` counts the items that each entry of a table caught.
    """

    items: int = 0
    shown: int = 0
    by: Counter[Sign] = field(default_factory=Counter)


class Preview(Struct, kw_only=True):
    """How many items there are, how many have a class at all, and what was found, by class."""

    items: int = 0
    classed: int = 0
    found: dict[str, Found] = field(default_factory=dict)

    def look_at(self, item: Item) -> None:
        """Count one item in."""
        self.items += 1
        signs = signs_of(item)
        classes = class_of(item, "", frozenset()).classes
        self.classed += bool(classes)
        for name in {*classes, *(sign.says for sign in signs)}:
            found = self.found.setdefault(name, Found())
            found.items += 1
            found.shown += type(item) in _CORE or carries_cpr(item)
            found.by.update(sign for sign in signs if sign.says == name)


def preview(items: Iterable[Item]) -> Preview:
    """What would be found in these items."""
    made = Preview()
    for item in items:
        made.look_at(item)
    return made
