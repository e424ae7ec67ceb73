"""What every section, entry and item has in common.

The types of each category are made from these in `from_record.py`.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from federation.model import Assertion, Category
from federation.records.base import Basis, Conflict, PartialDateTime
from federation.records.base import Item as ItemValue
from resolvers.types.coverage import Coverage, SectionWarning
from resolvers.types.fields import told
from resolvers.types.structs import parts_of, struct_type

NOT_SHOWN = frozenset(("identifiers",))
"""Fields of an item that clients never see: what links facts is the gateway's business."""


def _item() -> type:
    parts = tuple(parts_of(ItemValue, skip=NOT_SHOWN))
    namespace: dict[str, object] = {part.name: told(part.description) for part in parts}
    namespace["id"] = told(
        "Opaque; stable for this fact of this source and this requester's authority."
    )
    namespace["__annotations__"] = {"id": strawberry.ID} | {part.name: part.type for part in parts}
    made: type = strawberry.interface(
        type("Item", (), namespace),
        description="One recorded fact, exactly as one source holds it.",
    )
    return made


Item = _item()


@strawberry.interface(
    description=(
        "One line on the screen: the same fact as one or more sources hold it, linked and never"
        " fused. Enough to draw any line, of any category."
    )
)
class Entry:
    """Read from `flow.Entry`."""

    id: strawberry.ID = told(
        "Opaque; stable for this fact, this person and this requester's authority."
    )
    category: Category = told("Under which heading it stands.")
    title: str = told("What to write on the line.")
    subtitle: str | None = told("What to write below it.")
    date: PartialDateTime | None = told("The date that sorts it.")
    basis: Basis = told("Why its items stand on one line.")
    conflicts: list[struct_type(Conflict)] = told("What its sources disagree about.")  # type: ignore[valid-type]  # made from the struct
    related_entry_ids: list[strawberry.ID] = told(
        "Entries that speak of the same thing but must stand on their own lines, such as one"
        " medicine at two doses."
    )
    lead: Item = told("The item that stands for the line.")  # type: ignore[valid-type]  # made from the struct
    items: list[Item] = told("Every item of the line, each as its source holds it.")  # type: ignore[valid-type]  # made from the struct


@strawberry.interface(description="A part of the record under one heading.")
class Section:
    """Read from `flow.Section`, `flow.DemographicsSection` or `types.timeline.Timeline`."""

    id: strawberry.ID = told(
        "Opaque; stable for this part of this person's record and this requester's authority."
    )
    category: Category = told("Which heading it is.")
    coverage: Coverage = told("What was asked for it and what answered.")
    assertion: Assertion | None = told(
        "What an empty section means. Null where the section has entries."
    )
    warnings: list[SectionWarning] = told("Why a reader must be careful with it.")
    as_of: datetime | None = told("The oldest time among what contributed.")
