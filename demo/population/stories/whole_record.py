"""The rest of Rosalind Achebe's record: entries in every category, over all the nodes.

Her allergies, medicines, measurements and plans are in `everywhere.py`. What is here fits them: the
heart that London looks after, the chest infection in Milton Keynes, the practice in Watford.
"""

from __future__ import annotations

from datetime import date
from random import Random

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, MILTON_KEYNES
from demo.population.bookings import ORTHOPAEDICS, Service, appointment, referral
from demo.population.circle import contact, professional, told
from demo.population.conditions import (
    ATRIAL_FIBRILLATION,
    DIABETES,
    HEART_FAILURE,
    HYPERTENSION,
    LIPIDS,
    OSTEOARTHRITIS,
    PNEUMONIA,
    problem,
)
from demo.population.laboratory import panel_of, passed_on, sampled
from demo.population.letters import (
    CLINIC_LETTER,
    DISCHARGE_SUMMARY,
    corrected,
    document,
)
from demo.population.panels import (
    BLOOD_COUNT,
    DIABETES_CONTROL,
    INFLAMMATION_MARKER,
    KIDNEYS,
    LIPID_PROFILE,
)
from demo.population.pen import Pen, day_text, relay
from demo.population.services import COMMUNITY, COUNCILS, HOME_CARE
from demo.population.stories.telling import at, pen
from demo.population.support import EQUIPMENT, FALLS, NEEDS, PACKAGE, alert, social_fact
from demo.population.terms import spoken
from demo.population.vaccines import (
    COVID,
    COVID_ADAPTED,
    INFLUENZA,
    SHINGLES,
    not_given,
    vaccination,
)
from demo.population.visits import (
    CALL,
    CHEST_X_RAY,
    CLINIC,
    ECHOCARDIOGRAM,
    ELECTROCARDIOGRAM,
    REVIEW,
    attendance,
    consultation,
    encounter,
    procedure,
    stay,
)
from demo.population.world import (
    LONDON_AMBULANCE,
    MILTON_KEYNES_HOSPITAL,
    PLAN_LINE,
    PLAN_TEAM,
    PRACTICES,
    UCLH,
    WATFORD,
)
from federation.model import NodeId
from federation.records.base import Item
from federation.records.clinical import ClinicalStatus
from federation.records.person import Gender
from federation.records.problems import Problem
from federation.records.results import Result

SLUG = "everywhere:record"
HEART_CLINIC = Service(
    concept=spoken("Heart failure clinic"),
    specialty="Cardiology",
    reason="Breathless on one flight of stairs, swollen ankles",
)


def rest_of_the_record() -> dict[NodeId, tuple[Item, ...]]:
    """What each node holds of her beside what `everywhere.py` tells."""
    practice = pen(SLUG, PRACTICES[HERTS][0])
    listed = _problems(practice)
    draw = Random(SLUG)  # noqa: S311 - fixed ids
    return {
        HERTS: (*listed, *_at_practice(practice), *_at_watford(), *_council()),
        LONDON: (
            *(relay(draw, one, LONDON) for one in listed[:2]),
            *_heart_clinic(pen(SLUG, UCLH)),
            *_crew(pen(SLUG, LONDON_AMBULANCE)),
        ),
        MILTON_KEYNES: (
            *(relay(draw, one, MILTON_KEYNES) for one in listed[:3]),
            *_chest_infection(pen(SLUG, MILTON_KEYNES_HOSPITAL)),
            *passed_on(draw, _bloods_of_may(pen(f"{SLUG}:bloods", UCLH)), MILTON_KEYNES),
        ),
        CARE_PLAN_NODE: _beside_the_plan(pen(SLUG, PLAN_TEAM)),
    }


def _problems(by: Pen) -> tuple[Problem, ...]:
    return (
        problem(by, HEART_FAILURE, date(2019, 10, 14)),
        problem(by, ATRIAL_FIBRILLATION, date(2018, 3, 27)),
        problem(by, DIABETES, date(2011, 8, 30)),
        problem(by, HYPERTENSION, date(2014, 1, 7)),
        problem(by, LIPIDS, date(2011, 8, 30), significance="minor"),
        problem(by, OSTEOARTHRITIS, date(2016, 5, 1), body_site="Right hip", significance="minor"),
    )


def _at_practice(by: Pen) -> tuple[Item, ...]:
    review = sampled(by, date(2026, 4, 14))
    fats = sampled(by, date(2025, 4, 15))
    return (
        consultation(by, at(date(2026, 4, 20), 10, 15), "Yearly diabetes and heart check", REVIEW),
        consultation(by, at(date(2026, 6, 12), 9, 5), "Pain in the right hip"),
        *panel_of(by, DIABETES_CONTROL, review, 78, Gender.FEMALE, (55.0,)),
        *panel_of(by, KIDNEYS, review, 78, Gender.FEMALE, (138.0, 4.7, 8.4, 96.0)),
        *panel_of(by, LIPID_PROFILE, fats, 77, Gender.FEMALE, (4.1, 1.3, 1.6)),
        vaccination(by, COVID, date(2021, 2, 11), "1"),
        vaccination(by, COVID, date(2021, 4, 29), "2"),
        vaccination(by, SHINGLES, date(2024, 5, 9), "1"),
        vaccination(by, SHINGLES, date(2024, 11, 14), "2"),
        vaccination(by, INFLUENZA, date(2024, 10, 10)),
        vaccination(by, INFLUENZA, date(2025, 10, 9)),
        vaccination(by, COVID_ADAPTED, date(2026, 4, 20)),
        not_given(by, COVID_ADAPTED, date(2025, 10, 9), "Out of stock"),
        referral(by, HEART_CLINIC, UCLH, date(2019, 10, 15), status="completed", priority="urgent"),
        referral(by, ORTHOPAEDICS, WATFORD, date(2026, 6, 12)),
        appointment(
            by,
            "General practice appointment",
            date(2026, 6, 12),
            at(date(2026, 7, 3), 11, 20),
            minutes=15,
            status="booked",
            mode="Telephone",
            reason="Results of the hip film",
        ),
        alert(
            by,
            FALLS,
            "Two falls at home in the last year.",
            date(2025, 11, 10),
            area="safety",
            action="Stick in the right hand; watch her on stairs.",
        ),
        _daughter(by),
        professional(by, COMMUNITY[HERTS], "Community nursing", rank=3),
        told(by, "What matters to me", "Choir on Thursdays. My church. My grandchildren's faces."),
        told(by, "How to communicate with me", "Call me Rosa. I read lips better than I let on."),
    )


def _at_watford() -> tuple[Item, ...]:
    by, day = pen(SLUG, WATFORD), date(2025, 11, 3)
    return (
        attendance(by, at(day, 19, 5), "Fall at home", hours=5),
        procedure(by, CHEST_X_RAY, day, outcome="Enlarged heart, no fracture", reason="Fall"),
        *panel_of(by, BLOOD_COUNT, sampled(by, day), 77, Gender.FEMALE, (117.0, 7.9, 233.0, 91.0)),
        appointment(
            by,
            "Orthopaedics",
            date(2026, 6, 16),
            at(date(2026, 8, 26), 9, 30),
            status="booked",
            specialty="Trauma and orthopaedics",
            reason="Pain in the right hip",
        ),
    )


def _council() -> tuple[Item, ...]:
    by, since = pen(SLUG, COUNCILS[HERTS]), date(2025, 12, 1)
    return (
        social_fact(by, NEEDS, "Needs help with bathing and with shopping.", since),
        social_fact(
            by,
            PACKAGE,
            "A carer visits each morning: washing, dressing, weighing, medicines prompted.",
            since,
            provider=HOME_CARE[HERTS],
        ),
        social_fact(by, EQUIPMENT, "Pendant alarm, bath seat, second stair rail.", since),
    )


def _heart_clinic(by: Pen) -> tuple[Item, ...]:
    day = date(2026, 5, 6)
    letter = document(
        by,
        CLINIC_LETTER,
        "Heart failure clinic letter",
        date(2026, 5, 8),
        setting="Cardiology",
        summary="Stable. Continue furosemide. Review in six months.",
    )
    return (
        encounter(
            by,
            CLINIC,
            at(day, 10, 40),
            kind="ambulatory",
            specialty="Cardiology",
            reason="Heart failure review",
        ),
        procedure(
            by, ECHOCARDIOGRAM, day, outcome="Ejection fraction 38 %", reason="Heart failure"
        ),
        procedure(by, ELECTROCARDIOGRAM, day, outcome="Atrial fibrillation, rate 70"),
        *_bloods_of_may(pen(f"{SLUG}:bloods", UCLH)),
        *corrected(by, letter, date(2026, 5, 12)),
        appointment(
            by,
            "Heart failure clinic",
            day,
            at(date(2026, 11, 4), 10, 30),
            status="booked",
            specialty="Cardiology",
            reason="Heart failure review",
        ),
    )


def _bloods_of_may(by: Pen) -> list[Result]:
    sample = sampled(by, date(2026, 5, 6))
    return panel_of(by, KIDNEYS, sample, 78, Gender.FEMALE, (137.0, 4.9, 9.1, 101.0))


def _crew(by: Pen) -> tuple[Item, ...]:
    return (
        encounter(
            by,
            CALL,
            at(date(2025, 11, 3), 18, 22),
            kind="field",
            reason="Fall at home",
            discharged_to="Emergency department",
        ),
    )


def _chest_infection(by: Pen) -> tuple[Item, ...]:
    day = date(2026, 2, 9)
    marker = panel_of(by, INFLAMMATION_MARKER, sampled(by, day), 77, Gender.FEMALE, (84.0,))
    return (
        stay(by, at(day, 6, 10), 2, "Chest infection", specialty="Respiratory medicine"),
        problem(
            by,
            PNEUMONIA,
            day,
            clinical_status=ClinicalStatus.RESOLVED,
            abated=day_text(date(2026, 3, 9)),
            recorded_as="Encounter diagnosis",
        ),
        procedure(by, CHEST_X_RAY, day, outcome="Shadow at the right base", reason="Cough"),
        *marker,
        document(
            by,
            DISCHARGE_SUMMARY,
            "Discharge summary: chest infection",
            date(2026, 2, 11),
            setting="Respiratory medicine",
            summary="Doxycycline for five days. Repeat film in six weeks.",
        ),
    )


def _daughter(by: Pen) -> Item:
    return contact(
        by,
        "Chioma Achebe",
        "Daughter",
        phones=("07700 900042",),
        next_of_kin=True,
        emergency=True,
        lasting_power_of_attorney="Health and welfare",
        rank=1,
    )


def _beside_the_plan(by: Pen) -> tuple[Item, ...]:
    return (
        _daughter(by),
        professional(by, PLAN_TEAM, "Community palliative care", rank=2, line=PLAN_LINE),
        alert(
            by,
            spoken("Key safe"),
            "There is a key safe; the ambulance service has its code.",
            date(2026, 3, 2),
            area="access",
            action="Ring before entering.",
        ),
    )
