"""Two stories of disagreement: one medicine at two doses, two decisions on resuscitation."""

from __future__ import annotations

from datetime import date, time

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.formulary import FUROSEMIDE
from demo.population.pen import Pen, day_text
from demo.population.plans import ADVANCE, END_OF_LIFE
from demo.population.stories.telling import held, pen, someone, tell
from demo.population.vitals import check_up, ward_round
from demo.population.world import MILTON_KEYNES_HOSPITAL, PLAN_TEAM, PRACTICES
from federation.records.base import Concept
from federation.records.care_plans import CarePlan, CprDecision, CprKind, PlanStatus
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind
from federation.records.person import Gender


def _furosemide(at: Pen, since: date, dosage: str, issued: date) -> Medication:
    return Medication(
        **at.envelope(since),
        medicine=FUROSEMIDE.concept,
        status=MedicationStatus.ACTIVE,
        kind=PrescriptionKind.REPEAT,
        form=FUROSEMIDE.form,
        dosage=dosage,
        route=FUROSEMIDE.route,
        indication=FUROSEMIDE.indication,
        start=day_text(since),
        last_issued=day_text(issued),
        quantity=FUROSEMIDE.quantity,
    )


def two_doses() -> Story:
    """The practice still prescribes one tablet; another region's clinic doubled it."""
    slug, gp = "two-doses", PRACTICES[LONDON][0]
    person = someone(
        "9990000034",
        "Mr Desmond Whitfield",
        "1951-12-01",
        Gender.MALE,
        gp,
        ("96 Marlpit Road", "Harrow", "HA1 7QB"),
    )
    practice, clinic = pen(slug, gp), pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "Desmond's practice gives him one furosemide tablet in the morning; the heart failure "
        "clinic in Milton Keynes doubled it in May.",
        held(
            LONDON,
            person,
            (
                _furosemide(
                    practice, date(2022, 3, 9), "One tablet in the morning", date(2026, 6, 2)
                ),
                *check_up(practice, date(2026, 2, 11), time(11, 25), 88, 1.75),
            ),
            no_allergies=True,
        ),
        held(
            MILTON_KEYNES,
            person,
            (
                _furosemide(
                    clinic, date(2026, 5, 19), "Two tablets in the morning", date(2026, 5, 19)
                ),
                *ward_round(clinic, date(2026, 5, 19), time(10, 0)),
            ),
        ),
    )


def _plan(
    at: Pen, plan_type: Concept, name: str, signed: date, decision: CprKind, told: str
) -> CarePlan:
    author = at.desk.staff[0]
    return CarePlan(
        **at.envelope(signed, author),
        plan_type=plan_type,
        name=name,
        status=PlanStatus.ACTIVE,
        last_confirmed_at=day_text(signed),
        goals=("To be comfortable",),
        preferred_place_of_care="Home",
        cpr=CprDecision(
            decision=decision,
            decided_at=day_text(signed),
            clinician=author,
            discussed_with=told,
        ),
    )


def two_cpr_decisions() -> Story:
    """The Universal Care Plan says one thing about resuscitation, a newer plan another."""
    slug, gp = "two-cpr-decisions", PRACTICES[HERTS][2]
    person = someone(
        "9990000042",
        "Mrs Winifred Lockhart",
        "1937-05-30",
        Gender.FEMALE,
        gp,
        ("12 Straw Close", "St Albans", "AL1 9GU"),
    )
    practice, team = pen(slug, gp), pen(slug, PLAN_TEAM)
    return tell(
        slug,
        person,
        "Winifred's Universal Care Plan says not to attempt resuscitation; she changed her mind "
        "and told her practice, which wrote it down in its own plan. Both are shown, neither "
        "wins.",
        held(
            HERTS,
            person,
            (
                _furosemide(
                    practice, date(2020, 8, 4), "One tablet in the morning", date(2026, 6, 15)
                ),
                _plan(
                    practice,
                    ADVANCE,
                    "Advance care plan",
                    date(2026, 5, 21),
                    CprKind.ATTEMPT_CPR,
                    "Winifred",
                ),
            ),
        ),
        held(
            CARE_PLAN_NODE,
            person,
            (
                _plan(
                    team,
                    END_OF_LIFE,
                    "Universal Care Plan",
                    date(2025, 10, 8),
                    CprKind.DO_NOT_ATTEMPT_CPR,
                    "Winifred and her son",
                ),
            ),
        ),
    )
