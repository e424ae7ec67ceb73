"""Makes one random person after another: who they are, and which nodes hold what of them.

Every person has a generator of their own, so that person 7 is the same whether ten people are made
or a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from demo.model import (
    CARE_PLAN_NODE,
    HERTS,
    LONDON,
    MILTON_KEYNES,
    Holding,
    Resident,
    TracedNumber,
)
from demo.population.histories import elsewhere, home_record, life_of, planned
from demo.population.names import FAMILIES, first_names
from demo.population.pen import AS_OF, day_text
from demo.population.registration import registered
from demo.population.wholeness import Chart, whole_elsewhere, whole_home, whole_plan
from demo.population.world import PRACTICES, STREET_KINDS, STREETS, TOWNS, Town
from federation.model import NodeId
from federation.nhs_number import NhsNumber
from federation.records.person import Address, Gender, HumanName, Person

REGIONS = (LONDON, HERTS, MILTON_KEYNES)
WEIGHTS = (5, 3, 2)
LANGUAGES = ("Polish", "Romanian", "Urdu", "Bengali", "Gujarati", "Punjabi", "Arabic", "Portuguese")
ADJUSTMENTS = (
    "Large print letters",
    "British Sign Language interpreter",
    "Step-free access",
    "Longer appointments",
)
POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""The letters that the second half of a postcode is made of."""


class Life(Struct, frozen=True, kw_only=True):
    """One person before anything is written down about them. `key` names them for chance."""

    key: str
    draw: Random
    person: Person
    age: int
    home: NodeId


def residents(seed: int, numbers: Iterator[NhsNumber], people: int) -> Iterator[Resident]:
    """So many people, in order."""
    for index in range(people):
        life = _life(f"{seed}:{index}", next(numbers))
        draw = life.draw
        old = next(numbers) if draw.random() < 0.01 else None
        yield _resident(life, old)


def _life(key: str, number: NhsNumber) -> Life:
    draw = Random(key)  # noqa: S311 - synthetic people, the same for the same seed
    home = draw.choices(REGIONS, WEIGHTS)[0]
    gender = draw.choice((Gender.FEMALE, Gender.MALE))
    age = min(draw.randint(0, 97), draw.randint(0, 110))
    birth = AS_OF - timedelta(days=age * 365 + age // 4 + draw.randint(0, 364))
    practice = draw.choice(PRACTICES[home]).organisation
    foreign = draw.random() < 0.04
    person = Person(
        nhs_number=number,
        name=_name(draw, gender),
        birth_date=day_text(birth),
        gender=gender,
        address=address(draw, draw.choice(TOWNS[home])),
        phones=(f"07700 900{draw.randint(0, 999):03d}",),
        gp_practice=practice,
        language=draw.choice(LANGUAGES) if foreign else None,
        interpreter_needed=True if foreign else None,
        reasonable_adjustments=(draw.choice(ADJUSTMENTS),) if draw.random() < 0.05 else (),
    )
    person = replace(person, **_special(draw, age))
    chance = Random(f"{key}:registration")  # noqa: S311 - likewise
    person = replace(person, **registered(chance, person, home))
    return Life(key=key, draw=draw, person=person, age=age, home=home)


def _special(draw: Random, age: int) -> dict[str, Any]:
    if draw.random() < 0.002:
        return {"restricted": True, "address": None, "phones": (), "gp_practice": None}
    if age > 70 and draw.random() < 0.04:
        return {
            "deceased": True,
            "deceased_at": day_text(AS_OF - timedelta(days=draw.randint(5, 600))),
        }
    return {}


def _name(draw: Random, gender: Gender) -> HumanName:
    count = 2 if draw.random() < 0.4 else 1
    given = tuple(draw.choice(first_names(gender)) for _ in range(count))
    family = draw.choice(FAMILIES)
    if draw.random() < 0.04:
        family = f"{family}-{draw.choice(FAMILIES)}"
    return written(given, family, "Ms" if gender is Gender.FEMALE else "Mr")


def written(given: tuple[str, ...], family: str, prefix: str | None = None) -> HumanName:
    """A name in its parts and as it is written."""
    text = " ".join(part for part in (prefix, *given, family) if part)
    return HumanName(text=text, family=family, given=given, prefix=prefix)


def address(draw: Random, town: Town) -> Address:
    """A house in an invented street."""
    street = f"{draw.randint(1, 180)} {draw.choice(STREETS)} {draw.choice(STREET_KINDS)}"
    letters = draw.choice(POSTCODE_LETTERS) + draw.choice(POSTCODE_LETTERS)
    postcode = f"{draw.choice(town.districts)} {draw.randint(1, 9)}{letters}"
    return Address(
        text=f"{street}, {town.name}, {postcode}", lines=(street, town.name), postcode=postcode
    )


def _resident(life: Life, old: NhsNumber | None) -> Resident:
    person = life.person
    holdings = _whole(life, _known(life))
    traced = [TracedNumber(number=person.nhs_number, person=person)]
    if old:
        traced.append(TracedNumber(number=old, person=person))
        behind = holdings[-1]
        # The last node to be told still keeps the record under the number that was replaced.
        holdings[-1] = replace(behind, person=replace(behind.person, nhs_number=old))
    return Resident(traced=tuple(traced), holdings=tuple(holdings))


def _known(life: Life) -> list[Holding]:
    """Which nodes know the person: home first, with what all else is made to fit."""
    draw, person = life.draw, life.person
    home = home_record(draw, person, life.age, life.home)
    others = [node for node in REGIONS if node != life.home]
    draw.shuffle(others)
    also = draw.random()
    met = 2 if also < 0.04 else 1 if also < 0.3 else 0
    holdings = [home, *(elsewhere(draw, home, node) for node in others[:met])]
    if len(holdings) < 3 and draw.random() < (0.2 if life.age > 70 else 0.01):
        holdings.append(planned(draw, person, CARE_PLAN_NODE))
    return holdings


def _whole(life: Life, holdings: list[Holding]) -> list[Holding]:
    born, until = life_of(life.person)
    first, *more = (
        Chart(key=life.key, holding=one, age=life.age, born=born, until=until) for one in holdings
    )
    home = whole_home(first)
    return [
        home,
        *(
            whole_plan(chart)
            if chart.holding.node == CARE_PLAN_NODE
            else whole_elsewhere(chart, home)
            for chart in more
        ),
    ]
