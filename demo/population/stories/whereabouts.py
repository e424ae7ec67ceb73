"""What else is held of Imogen Farraday, each thing of which tells where she lives.

Her story is in `identities.py`. Her practice labels what it knows; a London hospital does not.
"""

from __future__ import annotations

from datetime import date

from demo.population.bookings import appointment
from demo.population.circle import contact, professional
from demo.population.labels import RESTRICTED
from demo.population.letters import CLINIC_LETTER, DISCHARGE_SUMMARY, document
from demo.population.pen import Pen
from demo.population.services import COMMUNITY
from demo.population.stories.telling import at, labelled
from demo.population.visits import ATTENDANCE, consultation, encounter
from federation.records.base import Item


def near_home(practice: Pen) -> tuple[Item, ...]:
    """What her practice holds: visits, an appointment to come, whom to ring, a letter."""
    letter = document(
        practice,
        CLINIC_LETTER,
        "Letter to housing",
        date(2026, 2, 17),
        setting="General practice",
        summary="Roding Valley Health Centre, Harlow. To whom it may concern: the person lives "
        "within our practice area in Harlow, CM20.",
    )
    return (
        consultation(practice, at(date(2026, 5, 12), 13, 0), "Yearly check of health"),
        appointment(
            practice,
            "General practice appointment",
            date(2026, 6, 22),
            at(date(2026, 7, 8), 9, 40),
            minutes=15,
            status="booked",
            reason="Follow-up",
            note="Prefers the side entrance in Hamstel Road.",
        ),
        contact(
            practice,
            "Beatrice Farraday",
            "Sister",
            phones=("07700 900124",),
            next_of_kin=True,
            rank=1,
        ),
        professional(practice, COMMUNITY[practice.desk.node], "Health visiting", rank=2),
        labelled(letter, RESTRICTED),
    )


def far_away(hospital: Pen) -> tuple[Item, ...]:
    """What the London hospital holds, which does not know that anything is protected."""
    return (
        encounter(
            hospital,
            ATTENDANCE,
            at(date(2022, 6, 21), 20, 15),
            kind="emergency",
            reason="Injury of the wrist",
            discharged_to="Her home in Harlow",
            note="Lives with her sister at 77 Foxbury Close.",
        ),
        document(
            hospital,
            DISCHARGE_SUMMARY,
            "Discharge summary: injury of the wrist",
            date(2022, 6, 21),
            setting="Emergency medicine",
            summary="Ms Imogen Farraday, 77 Foxbury Close, Harlow, CM20 6YA. Copy to Roding Valley"
            " Health Centre.",
        ),
        appointment(
            hospital,
            "Fracture clinic",
            date(2022, 6, 21),
            at(date(2022, 6, 30), 10, 20),
            status="fulfilled",
            specialty="Trauma and orthopaedics",
        ),
        contact(hospital, "Beatrice Farraday", "Sister", phones=("07700 900124",), rank=1),
    )
