"""The people around somebody: family, professionals, and what matters to the person themselves."""

from __future__ import annotations

from random import Random

from demo.model import Desk
from demo.population.names import FAMILIES, first_names
from demo.population.pen import Pen
from federation.records.about_me import AboutMe
from federation.records.contacts import Contact
from federation.records.person import Gender, Person

_YOUNG = ("Mother", "Father")
_GROWN = ("Partner", "Mother", "Sister", "Brother", "Friend")
_OLD = ("Daughter", "Son", "Husband or wife", "Neighbour", "Niece")
_FEMALE = frozenset(("Mother", "Sister", "Daughter", "Niece"))
_MALE = frozenset(("Father", "Brother", "Son"))
_STRANGERS = frozenset(("Friend", "Neighbour", "Partner"))

_MATTERS = (
    ("What matters to me", "My garden, and that somebody feeds the cat when I am away."),
    ("What matters to me", "Going to the mosque on Fridays and seeing my grandchildren."),
    ("What matters to me", "The crossword, a pot of strong tea, and not being talked over."),
    ("What matters to me", "Staying in my own home for as long as it is safe."),
)
_TALKING = (
    ("How to communicate with me", "Speak to my right side; my hearing aid is in that ear."),
    ("How to communicate with me", "Give me time to answer. Please write down what we agree."),
    ("How to communicate with me", "Please ring before you come; I am slow to the door."),
)


def contacts(pen: Pen, person: Person, age: int, nurse: Desk | None) -> list[Contact]:
    """Next of kin, a second person for some of the old, and the community nurse if there is one."""
    draw = pen.draw
    chosen = _relations(draw, age)
    found = [_relative(pen, person, relation, rank) for rank, relation in enumerate(chosen, 1)]
    if nurse:
        found.append(professional(pen, nurse, "Community nursing", rank=len(found) + 1))
    return found


def contact(pen: Pen, name: str, relationship: str, **more: object) -> Contact:
    """Somebody to ring."""
    envelope = pen.envelope(pen.earlier(30, 1500))
    return Contact(**envelope, name=name, relationship=relationship, **more)  # type: ignore[arg-type]  # fields by name


def professional(
    pen: Pen, desk: Desk, team: str, rank: int | None = None, line: str | None = None
) -> Contact:
    """A member of staff to ring at their organisation, or on a line of their own."""
    who = desk.staff[0]
    phone = line or desk.organisation.phone
    return contact(
        pen,
        who.name,
        "Professional",
        phones=(phone,) if phone else (),
        rank=rank,
        role=who.role,
        organisation=desk.organisation,
        team=team,
    )


def about_me(pen: Pen) -> list[AboutMe]:
    """What somebody wants known, in their own words."""
    draw = pen.draw
    said = (draw.choice(_MATTERS), draw.choice(_TALKING))
    return [told(pen, heading, text) for heading, text in said[: draw.randint(1, 2)]]


def told(pen: Pen, heading: str, text: str) -> AboutMe:
    """One thing that somebody told a desk about themselves."""
    return AboutMe(**pen.envelope(pen.earlier(10, 500)), heading=heading, text=text)


def _relations(draw: Random, age: int) -> list[str]:
    if age < 18:
        return [draw.choice(_YOUNG)]
    choices = _GROWN if age < 65 else _OLD
    return draw.sample(choices, 2 if age >= 75 and draw.random() < 0.4 else 1)


def _relative(pen: Pen, person: Person, relation: str, rank: int) -> Contact:
    draw = pen.draw
    gender = Gender.FEMALE if relation in _FEMALE else Gender.MALE
    if relation not in _FEMALE | _MALE:
        gender = draw.choice((Gender.FEMALE, Gender.MALE))
    shared = person.name.family if person.name else None
    family = draw.choice(FAMILIES) if relation in _STRANGERS or not shared else shared
    return contact(
        pen,
        f"{draw.choice(first_names(gender))} {family}",
        relation,
        phones=(f"07700 900{draw.randint(0, 999):03d}",),
        next_of_kin=rank == 1,
        emergency=rank == 1,
        rank=rank,
        carer=relation == "Husband or wife" and draw.random() < 0.4,
    )
