"""The medicines of the demo and how they are commonly taken.

A dm+d code stands only where it is certain (UK Core examples, NHS dm+d guidance, published code
lists); other medicines are named in the dictionary's words and carry no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from msgspec import Struct

from demo.population.pen import Pen, day_text
from demo.population.terms import DMD
from federation.records.allergies import Allergy
from federation.records.base import Coding, Concept, Item
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind


class Medicine(Struct, frozen=True, kw_only=True):
    """One product and its usual directions.

    `from_age` keeps old people's medicines from the young.
    """

    name: str
    directions: tuple[str, ...]
    code: str | None = None
    form: str = "Tablet"
    route: str = "Oral"
    indication: str | None = None
    quantity: str = "28 tablets"
    from_age: int = 18

    @property
    def concept(self) -> Concept:
        """The medicine as the record names it."""
        if self.code is None:
            return Concept(display=self.name, original_text=self.name)
        coding = Coding(system=DMD, code=self.code, display=self.name)
        return Concept(display=self.name, codings=(coding,))


FUROSEMIDE = Medicine(
    name="Furosemide 40mg tablets",
    code="317972000",
    directions=("One tablet in the morning", "Two tablets in the morning"),
    indication="Heart failure",
    from_age=60,
)
APIXABAN = Medicine(
    name="Apixaban 5mg tablets",
    code="42206511000001102",
    directions=("One tablet twice a day",),
    indication="Atrial fibrillation",
    quantity="56 tablets",
    from_age=60,
)
SALBUTAMOL = Medicine(
    name="Salbutamol 100micrograms/dose inhaler CFC free",
    code="39113611000001102",
    directions=("Two puffs when needed", "One or two puffs up to four times a day"),
    form="Pressurised inhalation",
    route="Inhalation",
    indication="Asthma",
    quantity="1 inhaler",
    from_age=5,
)
AMOXICILLIN = Medicine(
    name="Amoxicillin 500mg capsules",
    code="39732411000001106",
    directions=("One capsule three times a day for five days",),
    form="Capsule",
    indication="Chest infection",
    quantity="15 capsules",
    from_age=12,
)
DOXYCYCLINE = Medicine(
    name="Doxycycline 100mg capsules",
    code="41948311000001104",
    directions=("Two capsules on the first day, then one a day for four days",),
    form="Capsule",
    indication="Chest infection",
    quantity="6 capsules",
)
CLARITHROMYCIN = Medicine(
    name="Clarithromycin 500mg tablets",
    code="41946511000001109",
    directions=("One tablet twice a day for seven days",),
    indication="Chest infection",
    quantity="14 tablets",
)
METFORMIN = Medicine(
    name="Metformin 500mg tablets",
    directions=("One tablet twice a day with food", "Two tablets twice a day with food"),
    indication="Type 2 diabetes",
    quantity="56 tablets",
    from_age=35,
)
RAMIPRIL = Medicine(
    name="Ramipril 5mg capsules",
    directions=("One capsule once a day",),
    form="Capsule",
    indication="High blood pressure",
    quantity="28 capsules",
    from_age=40,
)
BISOPROLOL = Medicine(
    name="Bisoprolol 2.5mg tablets",
    directions=("One tablet once a day",),
    indication="Atrial fibrillation",
    from_age=50,
)
ATORVASTATIN = Medicine(
    name="Atorvastatin 20mg tablets",
    directions=("One tablet at night",),
    indication="Prevention of heart disease",
    from_age=45,
)
PARACETAMOL = Medicine(
    name="Paracetamol 500mg tablets",
    directions=("Two tablets up to four times a day when needed",),
    indication="Pain",
    quantity="100 tablets",
)
REPEATS = (
    FUROSEMIDE,
    APIXABAN,
    SALBUTAMOL,
    METFORMIN,
    RAMIPRIL,
    BISOPROLOL,
    ATORVASTATIN,
    PARACETAMOL,
    Medicine(
        name="Amlodipine 5mg tablets",
        directions=("One tablet once a day",),
        indication="High blood pressure",
        from_age=40,
    ),
    Medicine(
        name="Omeprazole 20mg gastro-resistant capsules",
        directions=("One capsule once a day before food",),
        form="Gastro-resistant capsule",
        indication="Acid reflux",
        quantity="28 capsules",
    ),
    Medicine(
        name="Levothyroxine sodium 50microgram tablets",
        directions=("One tablet in the morning", "Two tablets in the morning"),
        indication="Underactive thyroid",
        from_age=25,
    ),
    Medicine(
        name="Sertraline 50mg tablets",
        directions=("One tablet once a day", "Two tablets once a day"),
        indication="Depression",
    ),
)
COURSES = (
    AMOXICILLIN,
    DOXYCYCLINE,
    CLARITHROMYCIN,
    Medicine(
        name="Prednisolone 5mg tablets",
        directions=("Six tablets each morning for five days",),
        indication="Flare-up of asthma",
        quantity="30 tablets",
    ),
)


def repeats(pen: Pen, age: int) -> list[Medication]:
    """What somebody of this age takes for good, as their practice prescribes it."""
    fitting = [medicine for medicine in REPEATS if age >= medicine.from_age]
    most = min(len(fitting), max(0, (age - 10) // 12))
    return [
        repeat(pen, medicine) for medicine in pen.draw.sample(fitting, pen.draw.randint(0, most))
    ]


def repeat(pen: Pen, medicine: Medicine) -> Medication:
    """One medicine taken for good; one in eight has been stopped."""
    draw = pen.draw
    started = pen.earlier(200, 2500)
    stopped = draw.random() < 0.125
    last = pen.earlier(90, 180) if stopped else pen.earlier(1, 40)
    return Medication(
        **pen.envelope(started),
        medicine=medicine.concept,
        status=MedicationStatus.STOPPED if stopped else MedicationStatus.ACTIVE,
        kind=PrescriptionKind.REPEAT,
        form=medicine.form,
        dosage=draw.choice(medicine.directions),
        route=medicine.route,
        indication=medicine.indication,
        start=day_text(started),
        end=day_text(last) if stopped else None,
        last_issued=day_text(last),
        quantity=medicine.quantity,
        stop_reason="No longer needed" if stopped else None,
    )


def course(
    pen: Pen, medicine: Medicine, kind: PrescriptionKind = PrescriptionKind.ACUTE
) -> Medication:
    """One short course, over by now."""
    started = pen.earlier(20, 700)
    return Medication(
        **pen.envelope(started),
        medicine=medicine.concept,
        status=MedicationStatus.COMPLETED,
        kind=kind,
        form=medicine.form,
        dosage=medicine.directions[0],
        route=medicine.route,
        indication=medicine.indication,
        start=day_text(started),
        last_issued=day_text(started),
        quantity=medicine.quantity,
    )


_FROM_AGES = {one.name: one.from_age for one in (*REPEATS, *COURSES)}


def fitting(
    pen: Pen, medicines: Sequence[Medication], known: Sequence[Item]
) -> tuple[Medication, ...]:
    """Those that nobody would have kept from this person: for age, allergy or asthma."""
    allergens = {one.substance.display for one in known if isinstance(one, Allergy)}
    asthma = any("asthma" in (one.indication or "").lower() for one in medicines)
    return tuple(
        one
        for one in medicines
        if not (one.medicine == AMOXICILLIN.concept and allergens & _PENICILLINS)
        and not (one.medicine == BISOPROLOL.concept and asthma)
        and not (one.kind in _COURSE_KINDS and _too_young(pen, one))
    )


_PENICILLINS = frozenset(("Penicillin", "Amoxicillin"))
_COURSE_KINDS = frozenset((PrescriptionKind.ACUTE, PrescriptionKind.DISCHARGE))


def _too_young(pen: Pen, medicine: Medication) -> bool:
    begun = date.fromisoformat(str(medicine.start))
    return (begun - pen.born).days < 366 * _FROM_AGES[medicine.medicine.display]


def short_courses(pen: Pen, age: int) -> list[Medication]:
    """None to two short courses."""
    fitting = [medicine for medicine in COURSES if age >= medicine.from_age]
    chosen: list[Medicine] = _sample(pen.draw, fitting, 2)
    return [course(pen, medicine) for medicine in chosen]


def _sample(draw: Random, choices: list[Medicine], most: int) -> list[Medicine]:
    return draw.sample(choices, draw.randint(0, min(most, len(choices))))
