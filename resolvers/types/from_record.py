"""The GraphQL types of a category, derived from its definition: item, entry, section.

Nothing of a category is written a second time: fields, descriptions, enums and nested types come
from its struct, names and shape from its `CategoryDefinition`. A new category therefore appears in
the schema by being listed in `records.CATEGORIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import msgspec
import strawberry

from federation.flow import Entry as EntryValue
from federation.flow import Section as SectionValue
from federation.model import Category
from federation.records.base import CategoryDefinition, Shape, SourceItemId
from federation.records.base import Item as ItemValue
from resolvers.ids import ViewIds
from resolvers.types.enums import summary
from resolvers.types.fields import reads, told
from resolvers.types.interfaces import NOT_SHOWN, Entry, Item, Section
from resolvers.types.made_from import MadeFrom
from resolvers.types.structs import parts_of
from resolvers.types.timeline import PageInfo, Timeline


class CategoryTypes(NamedTuple):
    """The output types of one category. `section` is its whole list or its connection."""

    item: type
    entry: type
    section: type


def category_types(definition: CategoryDefinition[Any]) -> CategoryTypes:
    """Derive them."""
    item = _item_type(definition)
    entry = _entry_type(definition, item)
    if definition.shape is Shape.WHOLE_LIST:
        return CategoryTypes(item, entry, _list_type(definition, entry))
    return CategoryTypes(item, entry, _connection_type(definition, entry))


def implementing(
    interface: type,
    name: str,
    description: str,
    source: MadeFrom,
    annotations: dict[str, Any],
    fields: dict[str, Any],
) -> type:
    """A type of an interface whose values are structs that know nothing of it."""
    namespace = fields | source.marks() | {"__annotations__": annotations}
    made: type = strawberry.type(
        type(name, (interface,), namespace), name=name, description=description
    )
    return made


def _item_type(definition: CategoryDefinition[Any]) -> type:
    struct, category = definition.item, definition.category

    def own_id(item: ItemValue, ids: ViewIds) -> str:
        return ids.item(category, item)

    shared = {field.name for field in msgspec.structs.fields(ItemValue)} - NOT_SHOWN
    parts = tuple(parts_of(struct, skip=NOT_SHOWN | shared))
    fields: dict[str, Any] = {part.name: told(part.description) for part in parts}
    fields["id"] = reads(
        own_id,
        strawberry.ID,
        "Opaque; stable for this fact of this source and this requester's authority.",
    )
    others = _links(struct)
    for part in parts:
        if part.name in others:
            fields[part.name] = reads(
                _id_of_another(category, part.name), strawberry.ID | None, part.description
            )
    annotations = {part.name: part.type for part in parts if part.name not in others}
    return implementing(
        Item, struct.__name__, summary(struct), MadeFrom(struct), annotations, fields
    )


def _links(struct: type[ItemValue]) -> frozenset[str]:
    """The fields that hold the source's id of another item of the same category."""
    return frozenset(
        field.name for field in msgspec.structs.fields(struct) if _speaks_of(field.type)
    )


def _speaks_of(annotation: Any) -> bool:
    return annotation is SourceItemId or any(_speaks_of(part) for part in get_args(annotation))


def _id_of_another(category: Category, name: str) -> Callable[[Any, ViewIds], str | None]:
    def read(item: Any, ids: ViewIds) -> str | None:
        other = getattr(item, name)
        return None if other is None else ids.item_called(category, item.source.id, other)

    return read


def _entry_id(entry: EntryValue, ids: ViewIds) -> str:
    return ids.entry(entry.category, entry.fact)


def _related_ids(entry: EntryValue, ids: ViewIds) -> list[str]:
    return [ids.entry(entry.category, fact) for fact in entry.related_facts]


def _entry_type(definition: CategoryDefinition[Any], item: type) -> type:
    name = f"{definition.item.__name__}Entry"
    fields = {
        "id": reads(
            _entry_id,
            strawberry.ID,
            "Opaque; stable for this fact, this person and this requester's authority.",
        ),
        "related_entry_ids": reads(
            _related_ids,
            list[strawberry.ID],
            "Entries that speak of the same thing but must stand on their own lines, such as one"
            " medicine at two doses.",
        ),
        "lead": told("The item that stands for the line."),
        "items": told("Every item of the line, each as its source holds it."),
    }
    annotations = {"lead": item, "items": list[item]}  # type: ignore[valid-type]  # made at run time
    source = MadeFrom(EntryValue, definition.category)
    return implementing(
        Entry, name, f"One line of `{definition.field_name}`.", source, annotations, fields
    )


def _section_id(section: SectionValue, ids: ViewIds) -> str:
    return ids.section(section.category)


def _page_id(page: Timeline, ids: ViewIds) -> str:
    return ids.section(page.category, page.window)


_SECTION_ID = "Opaque; stable for this part of this person's record and this requester's authority."


def _list_type(definition: CategoryDefinition[Any], entry: type) -> type:
    fields = {
        "id": reads(_section_id, strawberry.ID, _SECTION_ID),
        "entries": told("Every entry, in order: a whole list is never paged."),
    }
    source = MadeFrom(SectionValue, definition.category)
    return implementing(
        Section,
        definition.section_name,
        definition.description,
        source,
        {"entries": list[entry]},  # type: ignore[valid-type]  # made at run time
        fields,
    )


def _connection_type(definition: CategoryDefinition[Any], entry: type) -> type:
    fields = {
        "id": reads(_page_id, strawberry.ID, _SECTION_ID),
        "edges": told("The entries of this page, each with its cursor."),
        "entries": told("The entries of this page."),
        "page_info": told("Whether there is more."),
    }
    annotations = {
        "edges": list[_edge_type(definition, entry)],  # type: ignore[misc]  # made at run time
        "entries": list[entry],  # type: ignore[valid-type]  # made at run time
        "page_info": PageInfo,
    }
    source = MadeFrom(Timeline, definition.category)
    return implementing(
        Section, definition.section_name, definition.description, source, annotations, fields
    )


def _edge_type(definition: CategoryDefinition[Any], entry: type) -> type:
    name = f"{definition.item.__name__}Edge"
    namespace = {
        "__annotations__": {"cursor": str, "node": entry},
        "cursor": told("Where this entry stands; give it as `after` to read on behind it."),
        "node": told("The entry."),
    }
    made: type = strawberry.type(
        type(name, (), namespace),
        name=name,
        description=f"One entry of a page of `{definition.field_name}`.",
    )
    return made
