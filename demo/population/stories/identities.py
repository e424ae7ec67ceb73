"""Five stories about who somebody is: other birth dates, replaced and withdrawn numbers."""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story, TracedNumber
from demo.population.allergens import HAZARDS, allergy
from demo.population.formulary import (
    AMOXICILLIN,
    ATORVASTATIN,
    METFORMIN,
    SALBUTAMOL,
    course,
    repeat,
)
from demo.population.labels import RESTRICTED
from demo.population.stories.telling import held, pen, someone, tell
from demo.population.stories.whereabouts import far_away, near_home
from demo.population.vitals import check_up, ward_round
from demo.population.world import LISTER, MILTON_KEYNES_HOSPITAL, PRACTICES, ROYAL_FREE
from federation.nhs_number import NhsNumber
from federation.records.base import PartialDateTime
from federation.records.person import Gender


def other_birth_date() -> Story:
    """Milton Keynes holds day and month the wrong way round: its record cannot be shown as his."""
    slug, gp = "other-birth-date", PRACTICES[LONDON][1]
    person = someone(
        "9990000050",
        "Mr Amir Rahman",
        "1971-12-06",
        Gender.MALE,
        gp,
        ("54 Fulling Avenue", "London", "E3 5ZT"),
    )
    practice, hospital = pen(slug, gp), pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "London knows Amir as born on 6 December 1971, Milton Keynes on 12 June. Until somebody "
        "has checked, what Milton Keynes holds may be another man's, and is not shown.",
        held(
            LONDON,
            person,
            (
                repeat(practice, METFORMIN),
                *check_up(practice, date(2025, 11, 24), time(16, 15), 79, 1.72),
            ),
            no_allergies=True,
        ),
        held(
            MILTON_KEYNES,
            replace(person, birth_date=PartialDateTime("1971-06-12")),
            (allergy(hospital, HAZARDS[0]), course(hospital, AMOXICILLIN)),
        ),
    )


def superseded() -> Story:
    """She has a new number; Hertfordshire has not heard of it."""
    slug, gp = "superseded", PRACTICES[LONDON][3]
    person = someone(
        "9990000069",
        "Ms Ewa Nowak",
        "1990-01-19",
        Gender.FEMALE,
        gp,
        ("8 Lanthorn Gardens", "Barnet", "EN5 3NX"),
    )
    old = NhsNumber("9990000204")
    practice, hospital = pen(slug, gp), pen(slug, LISTER)
    return tell(
        slug,
        person,
        "Ewa was once registered twice; one number was kept. Hertfordshire still files her asthma"
        " under the old one, and has to be asked by it.",
        held(
            LONDON,
            person,
            (
                repeat(practice, SALBUTAMOL),
                *check_up(practice, date(2026, 4, 29), time(9, 40), 64, 1.66),
            ),
        ),
        held(
            HERTS,
            replace(person, nhs_number=old),
            (allergy(hospital, HAZARDS[4]), *ward_round(hospital, date(2023, 8, 17), time(1, 20))),
        ),
        traced=(
            TracedNumber(number=person.nhs_number, person=person),
            TracedNumber(number=old, person=person),
        ),
        old_number=old,
    )


def held_nowhere() -> Story:
    """The tracing service knows him; no node does."""
    person = someone(
        "9990000077",
        "Mr Ieuan Prothero",
        "2001-07-08",
        Gender.MALE,
        PRACTICES[LONDON][4],
        ("2 Saltbox Lane", "London", "SE15 4JR"),
    )
    return tell(
        "held-nowhere",
        person,
        "Ieuan has just moved here and no node has met him yet. The answer says so node by node; "
        "it does not say that there is nothing to know.",
    )


def retired_number() -> Story:
    """A number that was withdrawn and names nobody now."""
    slug, gp = "retired-number", PRACTICES[LONDON][0]
    person = someone(
        "9990000085",
        "Mr Gordon Ballantyne",
        "1966-10-03",
        Gender.MALE,
        gp,
        ("30 Wainwright Road", "London", "W12 1LS"),
    )
    return tell(
        slug,
        person,
        "Gordon's number was withdrawn and names nobody now, though London still has an old file "
        "under it. Nothing is shown until he is traced again.",
        held(LONDON, person, (repeat(pen(slug, gp), ATORVASTATIN),)),
        traced=(TracedNumber(number=person.nhs_number, person=None),),
    )


def restricted() -> Story:
    """Where she lives is protected, and one node does not know that it is."""
    slug, gp = "restricted", PRACTICES[HERTS][3]
    person = someone(
        "9990000123",
        "Ms Imogen Farraday",
        "1986-09-27",
        Gender.FEMALE,
        gp,
        ("77 Foxbury Close", "Harlow", "CM20 6YA"),
    )
    protected = replace(
        person,
        address=None,
        phones=(),
        gp_practice=None,
        restricted=True,
        security_labels=(RESTRICTED,),
    )
    practice, hospital = pen(slug, gp), pen(slug, ROYAL_FREE)
    return tell(
        slug,
        person,
        "Imogen's whereabouts are protected. Her practice knows; a London hospital still has her "
        "address on file, and it must not be shown. Nor may anything else tell: not a letterhead, "
        "not whom to ring, not where her next appointment is.",
        held(
            HERTS,
            protected,
            (
                allergy(practice, HAZARDS[2]),
                *check_up(practice, date(2026, 5, 12), time(13, 5), 61, 1.69),
                *near_home(pen(f"{slug}:whereabouts", gp)),
            ),
        ),
        held(
            LONDON,
            person,
            (
                *ward_round(hospital, date(2022, 6, 21), time(20, 50)),
                *far_away(pen(f"{slug}:whereabouts", ROYAL_FREE)),
            ),
        ),
        traced=(TracedNumber(number=person.nhs_number, person=protected),),
    )
