"""Robin Ashdown, who was once registered as somebody else, and Aubrey Stannard, who was not."""

from __future__ import annotations

from datetime import date

from demo.model import HERTS, LONDON, Holding, Story, TracedNumber
from demo.population.conditions import problem
from demo.population.labels import GENDER_HISTORY, RESTRICTED
from demo.population.letters import CLINIC_LETTER, document
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.terms import spoken
from demo.population.visits import CLINIC, consultation, encounter
from demo.population.world import LISTER, PRACTICES
from federation.records.base import Item
from federation.records.person import Gender, Person


def gender_history() -> tuple[Story, Story]:
    """Pregnant, with a former gender that nothing tells, and somebody alike without."""
    slug, gp = "gender-history", PRACTICES[HERTS][2]
    person = someone(
        "9990000573",
        "Mr Robin Ashdown",
        "1993-11-05",
        Gender.MALE,
        gp,
        ("31 Larkrise Avenue", "St Albans", "AL3 6JN"),
    )
    former = someone(
        "9990000581",
        "Miss Rebecca Ashdown",
        "1993-11-05",
        Gender.FEMALE,
        PRACTICES[LONDON][3],
        ("2 Copperbeech Way", "London", "N7 8TR"),
    )
    visit = consultation(
        pen(f"{slug}:former", PRACTICES[LONDON][3]), at(date(2011, 2, 3), 10, 0), "Sore throat"
    )
    practice = pen(slug, gp)
    letter = document(practice, CLINIC_LETTER, "Gender identity clinic letter", date(2019, 4, 8))
    noted = problem(practice, spoken("Gender reassignment"), date(2018, 9, 1))
    history = (
        labelled(letter, GENDER_HISTORY, RESTRICTED),
        labelled(noted, GENDER_HISTORY, RESTRICTED),
    )
    like = someone(
        "9990000603",
        "Mr Aubrey Stannard",
        "1993-11-06",
        Gender.MALE,
        gp,
        ("33 Larkrise Avenue", "St Albans", "AL3 6JN"),
    )
    return (
        tell(
            slug,
            person,
            "Robin is expecting a child. A midwife needs to know of the pregnancy and not of the "
            "name that he was born with; the number that he had then is never linked to his.",
            _expecting(slug, person, history),
            held(LONDON, former, (visit,)),
            traced=(
                TracedNumber(number=person.nhs_number, person=person),
                TracedNumber(number=former.nhs_number, person=None),
            ),
            old_number=former.nhs_number,
        ),
        tell(
            "gender-history-alike",
            like,
            "Aubrey is expecting a child too, and there is no more to know: an answer about Robin "
            "tells the same.",
            _expecting("gender-history-alike", like, ()),
        ),
    )


def _expecting(slug: str, person: Person, history: tuple[Item, ...]) -> Holding:
    practice, hospital = pen(f"{slug}:care", PRACTICES[HERTS][2]), pen(slug, LISTER)
    booking = encounter(
        hospital,
        CLINIC,
        at(date(2026, 5, 19), 10, 30),
        kind="ambulatory",
        specialty="Obstetrics",
        reason="Antenatal booking at 12 weeks",
    )
    return held(
        HERTS,
        person,
        (
            problem(practice, spoken("Pregnancy"), date(2026, 4, 20)),
            booking,
            *history,
        ),
        no_allergies=True,
    )
