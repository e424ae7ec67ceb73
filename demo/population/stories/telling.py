"""How a curated person is put together: fixed ids, fixed days, one sentence or two."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from demo.model import Desk, Holding, Resident, Story, TracedNumber
from demo.population.pen import Pen
from federation.model import Assertion, Category, NodeId
from federation.nhs_number import NhsNumber
from federation.records.allergies import Allergy
from federation.records.base import Item, PartialDateTime
from federation.records.care_plans import CarePlan
from federation.records.medications import Medication
from federation.records.observations import Observation
from federation.records.person import Address, Gender, HumanName, Person

_CATEGORIES: dict[type[Item], Category] = {
    Allergy: Category.ALLERGIES,
    Medication: Category.MEDICATIONS,
    Observation: Category.OBSERVATIONS,
    CarePlan: Category.CARE_PLANS,
}


def pen(slug: str, desk: Desk) -> Pen:
    """A pen whose ids are the same in every build."""
    return Pen(Random(f"{slug}:{desk.organisation.ods_code}"), desk)  # noqa: S311 - fixed ids


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
