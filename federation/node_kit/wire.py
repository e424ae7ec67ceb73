"""Held records as the native protocol's answer: the person, and a part for every category."""

from __future__ import annotations

from typing import Any

from federation.model import Category
from federation.node_kit.source import KeptPart, KeptRecord, PartState
from federation.node_kit.whole import whole, whole_items
from federation.protocols.graphql.sdl import PART_CODES
from federation.records import CATEGORIES
from federation.status import SourceCode

Wire = dict[str, Any]

_NOT_OFFERED = KeptPart(state=PartState.NOT_OFFERED, code=SourceCode.NOT_OFFERED)
_LEFT_OUT = KeptPart(state=PartState.UNAVAILABLE, code=SourceCode.NODE_ERROR)


def record_on_wire(
    record: KeptRecord, asked: frozenset[Category], offered: frozenset[Category]
) -> Wire:
    """One held record, its parts in the order of the record."""
    parts = {
        definition.field_name: _part(record, definition.category, offered)
        for definition in CATEGORIES
        if definition.category in asked
    }
    return {"person": whole(record.person), **parts}


def _part(record: KeptRecord, category: Category, offered: frozenset[Category]) -> Wire:
    part = record.parts.get(category, _LEFT_OUT) if category in offered else _NOT_OFFERED
    items, unfit = whole_items(part.items)
    state, code = part.state, part.code
    if code is not None and code not in PART_CODES:
        code = SourceCode.OTHER
    if unfit and state is PartState.COMPLETE:
        state, code = PartState.PARTIAL, SourceCode.ITEMS_QUARANTINED
    return {
        "state": state,
        "code": code,
        "assertion": part.assertion if state is PartState.COMPLETE else None,
        "dataCurrentTo": part.data_current_to,
        "items": items,
    }
