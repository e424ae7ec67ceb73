"""Problems and diagnoses: what lies behind somebody's medicines, and what comes with age.

Nobody here takes a medicine without the problem that it is for. Codes: see `terms.py`; reflux
disease is coded as in OMOP's public vocabulary, epilepsy as in Synthea's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from demo.population.pen import Pen, day_text
from demo.population.terms import called, snomed
from federation.records.base import Concept, PartialDateTime
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.medications import Medication
from federation.records.person import Gender
from federation.records.problems import Problem

HEART_FAILURE = snomed("84114007", "Heart failure")
ATRIAL_FIBRILLATION = snomed("49436004", "Atrial fibrillation")
ASTHMA = snomed("195967001", "Asthma")
DIABETES = called("Type 2 diabetes mellitus", "44054006", "Diabetes mellitus type 2")
INSULIN_DIABETES = called("Type 1 diabetes mellitus", "46635009", "Diabetes mellitus type 1")
HYPERTENSION = snomed("59621000", "Essential hypertension")
LIPIDS = called("Raised cholesterol", "55822004", "Hyperlipidemia")
REFLUX = called("Acid reflux", "235595009", "Gastroesophageal reflux disease")
HYPOTHYROIDISM = snomed("40930008", "Hypothyroidism")
DEPRESSION = called("Depression", "35489007", "Depressive disorder")
OSTEOARTHRITIS = snomed("396275006", "Osteoarthritis")
BACK_PAIN = snomed("279039007", "Low back pain")
KIDNEY_DISEASE = snomed("433144002", "Chronic kidney disease stage 3")
COPD = snomed("13645005", "Chronic obstructive lung disease")
OSTEOPOROSIS = snomed("64859006", "Osteoporosis")
DEMENTIA = snomed("52448006", "Dementia")
CATARACT = snomed("193570009", "Cataract")
HEART_ATTACK = snomed("22298006", "Myocardial infarction")
EPILEPSY = snomed("84757009", "Epilepsy")
BIPOLAR = snomed("13746004", "Bipolar affective disorder")
RHEUMATOID = snomed("69896004", "Rheumatoid arthritis")
LUNG_CANCER = called("Lung cancer", "93880001", "Primary malignant neoplasm of lung")
PNEUMONIA = snomed("233604007", "Pneumonia")
OTITIS = snomed("65363002", "Otitis media")
CYSTITIS = called("Urinary tract infection", "68566005", "Urinary tract infectious disease")
MIGRAINE = snomed("37796009", "Migraine")
COLD = snomed("54150009", "Upper respiratory infection")

BEHIND = {
    "Heart failure": HEART_FAILURE,
    "Atrial fibrillation": ATRIAL_FIBRILLATION,
    "Asthma": ASTHMA,
    "Flare-up of asthma": ASTHMA,
    "Type 2 diabetes": DIABETES,
    "High blood pressure": HYPERTENSION,
    "Prevention of heart disease": LIPIDS,
    "Acid reflux": REFLUX,
    "Underactive thyroid": HYPOTHYROIDISM,
    "Depression": DEPRESSION,
    "Pain": BACK_PAIN,
}
"""The problem that a medicine's indication in the formulary speaks of."""


class Ageing(Struct, frozen=True, kw_only=True):
    """A lasting problem that comes with age, and in what share of people."""

    condition: Concept
    from_age: int
    share: float
    gender: Gender | None = None


AGEING = (
    Ageing(condition=OSTEOARTHRITIS, from_age=60, share=0.25),
    Ageing(condition=KIDNEY_DISEASE, from_age=72, share=0.12),
    Ageing(condition=OSTEOPOROSIS, from_age=70, share=0.15, gender=Gender.FEMALE),
    Ageing(condition=COPD, from_age=60, share=0.05),
    Ageing(condition=CATARACT, from_age=70, share=0.12),
    Ageing(condition=HEART_ATTACK, from_age=65, share=0.05),
    Ageing(condition=DEMENTIA, from_age=78, share=0.08),
)
_PASSING = (OTITIS, COLD)
_PASSING_LATER = (COLD, BACK_PAIN, CYSTITIS, MIGRAINE)


def problems(pen: Pen, medicines: Iterable[Medication], age: int, gender: Gender) -> list[Problem]:
    """What a practice has on somebody's problem list."""
    draw = pen.draw
    lasting = _treated(medicines)
    for one in AGEING:
        if age >= one.from_age and draw.random() < one.share and one.gender in {None, gender}:
            lasting.setdefault(one.condition.display, (one.condition, None))
    return [
        *(problem(pen, condition, _onset(pen, treated)) for condition, treated in lasting.values()),
        *_passed(pen, age, gender, frozenset(lasting)),
    ]


def problem(pen: Pen, condition: Concept, onset: date, **more: Any) -> Problem:
    """One problem as a practice writes it down on the day that it began."""
    given: dict[str, Any] = {
        "clinical_status": ClinicalStatus.ACTIVE,
        "verification_status": VerificationStatus.CONFIRMED,
        "significance": "major",
        "onset": remembered(pen, onset),
        "recorded_as": "Problem list item",
    }
    return Problem(**pen.envelope(onset), condition=condition, **(given | more))


def remembered(pen: Pen, day: date) -> PartialDateTime:
    """A day as it is remembered: to the day when it is recent, else to the month or the year."""
    years = (pen.until - day).days // 365
    if years < 3:
        return day_text(day)
    return PartialDateTime(day.isoformat()[: 7 if years < 8 else 4])


def conditions_of(found: Iterable[Problem]) -> frozenset[str]:
    """What somebody has now, by name."""
    return frozenset(
        one.condition.display for one in found if one.clinical_status is ClinicalStatus.ACTIVE
    )


def _treated(medicines: Iterable[Medication]) -> dict[str, tuple[Concept, date | None]]:
    """The problems behind some medicines, each with the day that it was first treated."""
    found: dict[str, tuple[Concept, date | None]] = {}
    for medicine in medicines:
        condition = BEHIND.get(medicine.indication or "")
        if condition is None or medicine.start is None:
            continue
        since = date.fromisoformat(medicine.start)
        known = found.get(condition.display, (condition, None))[1]
        found[condition.display] = (condition, min(since, known) if known else since)
    return found


def _onset(pen: Pen, treated: date | None) -> date:
    if treated is None:
        return pen.earlier(200, 3000)
    return pen.not_before_birth(treated - timedelta(days=pen.draw.randint(0, 400)))


def _passed(pen: Pen, age: int, gender: Gender, lasting: frozenset[str]) -> list[Problem]:
    draw = pen.draw
    choices = [
        one
        for one in (_PASSING if age < 16 else _PASSING_LATER)
        if one.display not in lasting and (one is not CYSTITIS or gender is Gender.FEMALE)
    ]
    chosen = draw.sample(choices, draw.choice((0, 0, 1, 1, 2)))
    return [_over(pen, condition) for condition in chosen]


def _over(pen: Pen, condition: Concept) -> Problem:
    began = pen.earlier(60, 2500)
    return problem(
        pen,
        condition,
        began,
        clinical_status=ClinicalStatus.RESOLVED,
        significance="minor",
        abated=day_text(min(began + timedelta(days=pen.draw.randint(5, 40)), pen.until)),
    )
