"""Stories of children whose parents ask for them, and of what a parent is not told."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from demo.model import LONDON, Story
from demo.population.bookings import appointment
from demo.population.circle import contact
from demo.population.conditions import ASTHMA, MIGRAINE, problem
from demo.population.formulary import SALBUTAMOL, Medicine
from demo.population.labels import CONTRACEPTION, REPRODUCTION, RESTRICTED, SAFEGUARDING
from demo.population.pen import day_text
from demo.population.services import COUNCILS
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.support import alert, social_fact
from demo.population.terms import spoken
from demo.population.vaccines import FOUR_IN_ONE, MMR, vaccination
from demo.population.visits import consultation
from demo.population.world import PRACTICES, UCLH
from federation.records.base import Item
from federation.records.person import Gender, Person

PILL = Medicine(
    name="Desogestrel 75microgram tablets",
    directions=("One tablet once a day",),
    quantity="84 tablets",
)


def child_nine() -> Story:
    """Nine years old; his mother asks for his vaccinations and appointments."""
    slug, gp = "child-of-nine", PRACTICES[LONDON][0]
    born = date(2017, 5, 16)
    person = someone(
        "9990000638",
        "Master Felix Rainsford",
        born.isoformat(),
        Gender.MALE,
        gp,
        ("26 Wainwright Lane", "London", "W12 5HT"),
    )
    practice, council = pen(slug, gp, born=born), pen(slug, COUNCILS[LONDON], born=born)
    hospital = pen(slug, UCLH, born=born)
    concern = alert(
        council,
        spoken("Safeguarding concern"),
        "A teacher raised a concern about home; being looked into.",
        date(2026, 5, 11),
        area="safeguarding",
    )
    talked = social_fact(
        council, spoken("Safeguarding enquiry"), "Felix was spoken to at school.", date(2026, 5, 14)
    )
    return tell(
        slug,
        person,
        "Felix is nine, and his mother sees his vaccinations and appointments. That somebody is "
        "worried about his home she must not learn from his record.",
        held(
            LONDON,
            person,
            (
                vaccination(practice, MMR, date(2018, 5, 22), "1"),
                vaccination(practice, FOUR_IN_ONE, date(2020, 9, 29), "1"),
                taken(practice, SALBUTAMOL, date(2023, 3, 3)),
                problem(practice, ASTHMA, date(2023, 2, 20)),
                appointment(
                    hospital,
                    "Children's asthma clinic",
                    date(2026, 5, 4),
                    at(date(2026, 12, 9), 9, 20),
                    status="booked",
                ),
                labelled(concern, SAFEGUARDING, RESTRICTED),
                labelled(talked, SAFEGUARDING, RESTRICTED),
            ),
        ),
    )


def child_fourteen() -> Story:
    """Fourteen; his father's access was to be looked at again and has not been."""
    slug, gp = "child-of-fourteen", PRACTICES[LONDON][1]
    born = date(2012, 1, 31)
    person = someone(
        "9990000646",
        "Master Jonah Ekwueme",
        born.isoformat(),
        Gender.MALE,
        gp,
        ("4 Gantry Close", "London", "E3 2RR"),
    )
    practice = pen(slug, gp, born=born)
    return tell(
        slug,
        person,
        "Jonah is fourteen. His father could see his record until it was time to ask whether Jonah "
        "decides for himself; nobody has asked yet, so that the access rests.",
        held(
            LONDON,
            person,
            (
                problem(practice, MIGRAINE, date(2024, 10, 10)),
                consultation(practice, at(date(2026, 4, 14), 15, 40), "Headache"),
            ),
            no_allergies=True,
        ),
    )


def child_fifteen() -> tuple[Story, Story]:
    """Fifteen, seen in confidence, and somebody alike who was not."""
    slug, gp = "child-of-fifteen", PRACTICES[LONDON][0]
    person = someone(
        "9990000654",
        "Miss Tabitha Lorne",
        "2011-02-18",
        Gender.FEMALE,
        gp,
        ("17 Marlpit Way", "London", "W12 3KE"),
    )
    like = someone(
        "9990000662",
        "Miss Cordelia Penrose",
        "2011-02-19",
        Gender.FEMALE,
        gp,
        ("18 Marlpit Way", "London", "W12 3KF"),
    )
    practice = pen(f"{slug}:alone", gp, born=date(2011, 2, 18))
    seen = consultation(practice, at(date(2026, 6, 9), 16, 30), "Contraception")
    private = (REPRODUCTION, CONTRACEPTION, RESTRICTED)
    confidence = (
        labelled(seen, *private),
        labelled(taken(practice, PILL, date(2026, 6, 9)), *private),
    )
    return (
        tell(
            slug,
            person,
            "Tabitha is fifteen and went to her practice alone; the doctor found that she "
            "understands. Her mother, who may see her record, sees nothing of that visit.",
            held(LONDON, person, _known(slug, person, confidence), no_allergies=True),
        ),
        tell(
            "child-of-fifteen-alike",
            like,
            "Cordelia is fifteen and was not there: an answer to her mother tells the same as one "
            "to Tabitha's.",
            held(LONDON, like, _known("child-of-fifteen-alike", like, ()), no_allergies=True),
        ),
    )


def _known(slug: str, person: Person, confidence: tuple[Item, ...]) -> tuple[Item, ...]:
    born = date.fromisoformat(str(person.birth_date))
    practice = pen(slug, PRACTICES[LONDON][0], born=born)
    mother = contact(practice, "Marian Ockenden", "Mother", rank=1)
    told = day_text(date(2024, 10, 17))
    return (
        problem(practice, ASTHMA, date(2017, 1, 1)),
        taken(practice, SALBUTAMOL, date(2019, 3, 4)),
        consultation(practice, at(date(2025, 11, 4), 16, 0), "Asthma"),
        replace(mother, recorded_at=told, effective_at=told),
        *confidence,
    )
