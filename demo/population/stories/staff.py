"""Stories of records that draw the curious or frighten crews: a famous man, a colleague, a crew."""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import HERTS, LONDON, Story
from demo.population.conditions import HYPERTENSION, MIGRAINE, problem
from demo.population.formulary import RAMIPRIL
from demo.population.stories.medicines import taken
from demo.population.stories.safety import staff_safety
from demo.population.stories.telling import at, held, pen, someone, tell
from demo.population.visits import stay
from demo.population.vitals import ward_round
from demo.population.world import PRACTICES, UCLH
from federation.model import Category
from federation.records.base import Item
from federation.records.person import Gender


def watched() -> Story:
    """Everybody knows his name; those who treat him see his record, and every look is reviewed."""
    slug, gp = "watched", PRACTICES[LONDON][4]
    person = someone(
        "9990000735",
        "Sir Lysander Beaumont",
        "1949-01-04",
        Gender.MALE,
        gp,
        ("90 Copperbeech Lane", "London", "SE15 1XZ"),
    )
    practice, ward = pen(slug, gp), pen(slug, UCLH)
    return tell(
        slug,
        person,
        "Lysander is an actor whom everybody knows, and lies in a London hospital. Who treats him "
        "sees all of it, and every look is reviewed the same day; a clerk who is curious sees "
        "nothing.",
        held(
            LONDON,
            person,
            (
                stay(ward, at(date(2026, 6, 24), 21, 0), 5, "Chest pain"),
                *ward_round(ward, date(2026, 6, 25), time(8, 0)),
                problem(practice, HYPERTENSION, date(2009, 9, 9)),
                taken(practice, RAMIPRIL, date(2009, 9, 20)),
            ),
            no_allergies=True,
        ),
    )


def colleagues() -> tuple[Story, Story]:
    """A community nurse as a person with a record, and her husband."""
    gp = PRACTICES[HERTS][1]
    home = ("70 Kingfisher Road", "Watford", "WD18 2JJ")
    nurse = someone("9990000743", "Mrs Maeve Tarrant", "1980-04-04", Gender.FEMALE, gp, home)
    husband = someone("9990000751", "Mr Ciaran Tarrant", "1978-12-27", Gender.MALE, gp, home)
    hers, his = pen("the-nurse-herself", gp), pen("the-nurses-husband", gp)
    return (
        tell(
            "the-nurse-herself",
            nurse,
            "Maeve is a community nurse and has a record like anybody. She reads it with her own "
            "account, as everybody does, and not from work.",
            held(HERTS, nurse, (problem(hers, MIGRAINE, date(2008, 8, 8)),), no_allergies=True),
        ),
        tell(
            "the-nurses-husband",
            husband,
            "Ciaran is Maeve's husband, and her team dresses his wound. Where it sends her she may "
            "look, and somebody asks her about it; on her own word she may not.",
            held(
                HERTS,
                husband,
                (
                    problem(his, HYPERTENSION, date(2019, 9, 9)),
                    taken(his, RAMIPRIL, date(2019, 10, 1)),
                ),
                no_allergies=True,
            ),
        ),
    )


def no_marker() -> Story:
    """Alike to the man whom crews are warned of, but for the warning."""
    slug, gp = "staff-safety-alike", PRACTICES[LONDON][3]
    person = someone(
        "9990000778",
        "Mr Duncan Frayne",
        "1981-07-20",
        Gender.MALE,
        gp,
        ("3 Nettlecombe Street", "London", "N19 5ED"),
    )
    ids = pen(slug, gp)
    (his,) = staff_safety().resident.holdings
    items = (
        _with_id(item, ids.source_id())
        for category, of_category in his.items.items()
        if category is not Category.ALERTS
        for item in of_category
    )
    return tell(
        slug,
        person,
        "Duncan's record is Craig's without the warning: what either reads of his own is the same.",
        held(LONDON, person, tuple(items)),
    )


def _with_id(item: Item, own: str) -> Item:
    """The same thing, as an entry of its own in somebody else's record."""
    (identifier,) = item.identifiers
    return replace(item, source_id=own, identifiers=(replace(identifier, value=own),))
