"""How a curated person is put together: fixed ids, fixed days, one sentence or two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any

from msgspec.structs import replace

from demo.model import Desk, Holding, Resident, Story, TracedNumber
from demo.population.pen import AS_OF, Pen, SomeItem
from federation.model import Assertion, Category, NodeId
from federation.nhs_number import NhsNumber
from federation.records import DEFINITIONS
from federation.records.base import Item, PartialDateTime, SecurityLabel
from federation.records.person import Address, Gender, HumanName, Person

_CATEGORIES: dict[type[Item], Category] = {
    definition.item: definition.category for definition in DEFINITIONS.values()
}


def pen(slug: str, desk: Desk, until: date = AS_OF, born: date = date.min) -> Pen:
    """A pen whose ids are the same in every build."""
    draw = Random(f"{slug}:{desk.organisation.ods_code}")  # noqa: S311 - fixed ids
    return Pen(draw, desk, born, until)


def someone(
    number: str,
    name: str,
    birth_date: str,
    gender: Gender,
    practice: Desk,
    address: tuple[str, str, str],
) -> Person:
    """A person as everybody who knows them well would write them down.

    `name` is "Prefix Given ... Family".
    """
    prefix, *given, family = name.split()
    street, town, postcode = address
    return Person(
        nhs_number=NhsNumber(number),
        name=HumanName(
            text=" ".join((prefix, *given, family)),
            family=family,
            given=tuple(given),
            prefix=prefix,
        ),
        birth_date=PartialDateTime(birth_date),
        gender=gender,
        address=Address(text=", ".join(address), lines=(street, town), postcode=postcode),
        phones=(f"07700 900{number[6:9]}",),
        gp_practice=practice.organisation,
    )


def held(
    node: NodeId, person: Person, items: Iterable[Item] = (), *, no_allergies: bool = False
) -> Holding:
    """What one node holds. `no_allergies`: it says that there are none known."""
    by_category: dict[Category, tuple[Item, ...]] = {}
    for item in items:
        category = _CATEGORIES[type(item)]
        by_category[category] = (*by_category.get(category, ()), item)
    return Holding(
        node=node,
        person=person,
        items=by_category,
        assertions={Category.ALLERGIES: Assertion.NONE_KNOWN} if no_allergies else {},
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A minute of a day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


def labelled(item: SomeItem, *labels: SecurityLabel) -> SomeItem:
    """The same fact with confidentiality labels on it."""
    return replace(item, security_labels=labels)


def rewritten(item: SomeItem, by: Pen, **more: Any) -> SomeItem:
    """The same fact typed in again elsewhere: other ids, nothing that says where it came from."""
    fresh = by.envelope(date(2026, 1, 1))
    return replace(
        item,
        source_id=fresh["source_id"],
        source_system=fresh["source_system"],
        identifiers=fresh["identifiers"],
        **more,
    )


def tell(
    slug: str,
    person: Person,
    story: str,
    *holdings: Holding,
    traced: tuple[TracedNumber, ...] | None = None,
    old_number: NhsNumber | None = None,
) -> Story:
    """The whole of one story.

    `traced` is what the tracing service says, where it is more than the plain person.
    """
    known = (TracedNumber(number=person.nhs_number, person=person),) if traced is None else traced
    given = " ".join(person.name.given) if person.name else ""
    return Story(
        slug=slug,
        name=f"{given} {person.name.family if person.name else ''}".strip(),
        nhs_number=person.nhs_number,
        birth_date=str(person.birth_date),
        story=story,
        resident=Resident(traced=known, holdings=holdings),
        old_number=old_number,
    )
