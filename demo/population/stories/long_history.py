"""Kenneth Abara, measured some four hundred times in three regions: for paging across nodes."""

from __future__ import annotations

from datetime import date, time, timedelta

from demo.model import HERTS, LONDON, MILTON_KEYNES, Desk, Story
from demo.population.formulary import BISOPROLOL, FUROSEMIDE, repeat
from demo.population.stories.telling import held, pen, someone, tell
from demo.population.vitals import blood_pressure, pulse
from demo.population.world import MILTON_KEYNES_HOSPITAL, PRACTICES, WATFORD
from federation.records.observations import Observation
from federation.records.person import Gender

SLUG = "long-history"
LAST = date(2026, 6, 29)


def long_history() -> Story:
    """Home readings for the practice, a virtual ward in Watford, exercise in Milton Keynes."""
    gp = PRACTICES[LONDON][2]
    person = someone(
        "9990000093",
        "Mr Kenneth Abara",
        "1958-04-22",
        Gender.MALE,
        gp,
        ("65 Kingfisher Way", "London", "NW1 2BP"),
    )
    at = pen(SLUG, gp)
    return tell(
        SLUG,
        person,
        "Kenneth measures himself before breakfast and is measured by everybody else: some four "
        "hundred readings in three regions, newest first, page by page.",
        held(
            LONDON,
            person,
            (repeat(at, BISOPROLOL), repeat(at, FUROSEMIDE), *_readings(gp, 200, 5, time(7, 10))),
            no_allergies=True,
        ),
        held(HERTS, person, _readings(WATFORD, 120, 9, time(12, 0))),
        held(MILTON_KEYNES, person, _readings(MILTON_KEYNES_HOSPITAL, 80, 14, time(15, 30))),
    )


def _readings(desk: Desk, count: int, every_days: int, clock: time) -> tuple[Observation, ...]:
    """So many readings, going back from the last day: blood pressure and pulse in turn."""
    at = pen(f"{SLUG}:readings", desk)
    taken: list[Observation] = []
    for index in range(count):
        day = LAST - timedelta(days=index * every_days)
        if index % 2:
            taken.append(pulse(at, day, clock, 58 + index % 23))
        else:
            taken.append(blood_pressure(at, day, clock, 118 + index % 37, 66 + index % 19))
    return tuple(taken)
