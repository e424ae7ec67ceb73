"""Whether what a node says now would have changed what was seen of allergies, alerts and CPR.

Pure. An item is known by what it states and by how its line reads: the same allergy with another
reaction is news, the same from another source is not. Only what may be shown now gets here, so that
nothing hidden ever tells.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from federation.flow import News, Record
from federation.model import Category
from federation.records import DEFINITIONS
from federation.records.base import Item
from federation.records.care_plans import CarePlan

SAFETY = frozenset((Category.ALLERGIES, Category.ALERTS, Category.CARE_PLANS))
"""Where that can be which a reader must hear of even afterwards."""
_DIGEST_BYTES = 16


def seen(record: Record) -> frozenset[str]:
    """Digests of everything in a record that a reader must hear of."""
    return frozenset(_digest(category, item) for category, item in _items(record))


def news(record: Record, before: frozenset[str]) -> tuple[News, ...]:
    """What stands in the record now, and was not among what was `seen` before; each once."""
    found = {_digest(category, item): (category, item) for category, item in _items(record)}
    return tuple(_told(*each) for digest, each in found.items() if digest not in before)


def _items(record: Record) -> Iterator[tuple[Category, Item]]:
    for category in sorted(SAFETY & record.sections.keys()):
        for entry in record.sections[category].entries:
            for item in entry.items:
                if not isinstance(item, CarePlan) or item.cpr is not None:
                    yield category, item


def _digest(category: Category, item: Item) -> str:
    definition = DEFINITIONS[category]
    # What links with nothing is known by its source's own id.
    fact = definition.same_fact(item) or (item.source.id, item.source_id)
    said = json.dumps((category, fact, definition.title(item), definition.subtitle(item)))
    return hashlib.blake2b(said.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _told(category: Category, item: Item) -> News:
    definition = DEFINITIONS[category]
    said = (definition.title(item), definition.subtitle(item), item.source.name)
    return News(
        node=item.source.id,
        source_id=item.source_id,
        version=item.version,
        category=category,
        message=", ".join(each for each in said if each),
    )
