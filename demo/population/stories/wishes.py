"""Stories of what people need kept from somebody: from all, from one place, from a reader."""

from __future__ import annotations

from datetime import date

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.allergens import HAZARDS, allergy
from demo.population.conditions import ASTHMA, DEMENTIA, DIABETES, HYPERTENSION, problem
from demo.population.formulary import METFORMIN, RAMIPRIL, SALBUTAMOL
from demo.population.labels import ABUSE, RESTRICTED, SAFEGUARDING, THIRD_PARTY, UNRELEASED
from demo.population.laboratory import panel_of, sampled
from demo.population.panels import BLOOD_COUNT, KIDNEYS
from demo.population.services import COUNCILS
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.support import alert, social_fact
from demo.population.terms import spoken
from demo.population.visits import attendance, consultation
from demo.population.world import MILTON_KEYNES_HOSPITAL, PRACTICES, UCLH, WATFORD
from federation.records.base import Item
from federation.records.person import Gender


def objector() -> Story:
    """He objected to being part of the London record, wherever it is asked from."""
    slug, gp = "objector", PRACTICES[LONDON][0]
    person = someone(
        "9990000670",
        "Mr Everard Coyle",
        "1955-08-30",
        Gender.MALE,
        gp,
        ("60 Osiermead Street", "London", "W12 9AS"),
    )
    practice, ward = pen(slug, gp), pen(slug, WATFORD)
    return tell(
        slug,
        person,
        "Everard objected to the London record. Nothing of it is shown, in an emergency either; "
        "the answer says so, and whom to ring. Of other regions he said nothing.",
        held(
            LONDON,
            person,
            (
                allergy(practice, HAZARDS[0]),
                taken(practice, METFORMIN, date(2019, 1, 1)),
                problem(practice, DIABETES, date(2018, 12, 1)),
            ),
        ),
        held(HERTS, person, (attendance(ward, at(date(2026, 1, 25), 12, 0), "Chest pain"),)),
    )


def objects_to_one_place() -> Story:
    """She will not have one hospital look at her record; everybody else may."""
    slug, gp = "objects-to-one-place", PRACTICES[LONDON][0]
    person = someone(
        "9990000689",
        "Mrs Cressida Vaux",
        "1967-03-07",
        Gender.FEMALE,
        gp,
        ("35 Pollard Avenue", "London", "W12 4NU"),
    )
    practice, clinic = pen(slug, gp), pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "Cressida's former husband works at the hospital in Watford, and she objected to that "
        "hospital alone. Her practice and everybody else who treats her see what they always saw.",
        held(
            LONDON,
            person,
            (
                taken(practice, RAMIPRIL, date(2022, 2, 2)),
                problem(practice, HYPERTENSION, date(2022, 1, 18)),
            ),
            no_allergies=True,
        ),
        held(MILTON_KEYNES, person, (attendance(clinic, at(date(2025, 7, 5), 18, 45), "Fall"),)),
    )


def coerced() -> tuple[Story, Story]:
    """Somebody may be reading over her shoulder; somebody alike is safe."""
    slug, gp = "coerced", PRACTICES[LONDON][2]
    person = someone(
        "9990000697",
        "Mrs Amara Whitcombe",
        "1990-10-10",
        Gender.FEMALE,
        gp,
        ("23 Saltbox Road", "London", "NW1 6EE"),
    )
    like = someone(
        "9990000700",
        "Mrs Yvette Langridge",
        "1990-10-11",
        Gender.FEMALE,
        gp,
        ("24 Saltbox Road", "London", "NW1 6EF"),
    )
    ward = pen(f"{slug}:told", UCLH)
    told_a_nurse = labelled(
        problem(ward, spoken("Injury by a partner"), date(2026, 5, 30)), ABUSE, RESTRICTED
    )
    return (
        tell(
            slug,
            person,
            "Amara told a nurse how she was hurt, and that her husband reads what she reads. A "
            "clinician marked it: her own account shows nothing of it and says nothing is missing.",
            held(LONDON, person, (*_plain(slug), told_a_nurse), no_allergies=True),
        ),
        tell(
            "coerced-alike",
            like,
            "Yvette's record holds what Amara's account shows, and no more: the two read the same.",
            held(LONDON, like, _plain("coerced-alike"), no_allergies=True),
        ),
    )


def represented() -> Story:
    """Her niece held a power of attorney until it was revoked; her nephew holds one now."""
    slug, gp = "represented", PRACTICES[LONDON][3]
    person = someone(
        "9990000719",
        "Miss Winifred Haldane",
        "1933-05-21",
        Gender.FEMALE,
        gp,
        ("1 Rushlight Gardens", "London", "N19 4WM"),
    )
    practice = pen(slug, gp)
    return tell(
        slug,
        person,
        "Winifred has dementia. Her niece's power of attorney was revoked a week ago and her "
        "nephew's is in force: one may read her record for her, the other may not any more.",
        held(
            LONDON,
            person,
            (
                problem(practice, DEMENTIA, date(2022, 6, 6)),
                taken(practice, RAMIPRIL, date(2012, 5, 5)),
                consultation(practice, at(date(2026, 5, 5), 11, 0), "Increasing confusion"),
            ),
            no_allergies=True,
        ),
    )


def asks_for_his_own() -> Story:
    """He reads his own record, of which some is not for him to read."""
    slug, gp = "asks-for-his-own", PRACTICES[LONDON][0]
    person = someone(
        "9990000727",
        "Mr Barnaby Ellwood",
        "1982-06-28",
        Gender.MALE,
        gp,
        ("44 Lanthorn Road", "London", "W12 8QA"),
    )
    practice, hospital, council = pen(slug, gp), pen(slug, WATFORD), pen(slug, COUNCILS[LONDON])
    kidneys = sampled(practice, date(2026, 5, 12))
    new = panel_of(hospital, BLOOD_COUNT, sampled(hospital, date(2026, 6, 29)), 44, Gender.MALE)
    concern = social_fact(
        council, spoken("Safeguarding enquiry"), "About a neighbour's children.", date(2026, 4, 1)
    )
    neighbour = alert(
        practice,
        spoken("Information from a neighbour"),
        "His neighbour rang: he has been drinking again. She asked not to be named.",
        date(2026, 4, 3),
    )
    return tell(
        slug,
        person,
        "Barnaby reads his own record from every region. What his neighbour said in confidence, "
        "what the council looks into and the result that nobody has talked over with him yet are "
        "not for him.",
        held(
            LONDON,
            person,
            (
                problem(practice, ASTHMA, date(1996, 1, 1)),
                taken(practice, SALBUTAMOL, date(2018, 4, 4)),
                *panel_of(practice, KIDNEYS, kidneys, 43, Gender.MALE),
                labelled(neighbour, THIRD_PARTY, RESTRICTED),
                labelled(concern, SAFEGUARDING, THIRD_PARTY, RESTRICTED),
            ),
            no_allergies=True,
        ),
        held(HERTS, person, tuple(labelled(one, UNRELEASED) for one in new)),
    )


def _plain(slug: str) -> tuple[Item, ...]:
    practice = pen(slug, PRACTICES[LONDON][2])
    return (
        problem(practice, ASTHMA, date(2001, 1, 1)),
        taken(practice, SALBUTAMOL, date(2020, 7, 7)),
        consultation(practice, at(date(2026, 2, 19), 9, 10), "Asthma"),
    )
