"""Vaccinations by age: the childhood schedule, and what adults are offered.

Products and diseases are coded as in the Immunisation FHIR API (its test data for products, its
mapping for diseases); the schedule is the UK Health Security Agency's "routine immunisation
schedule" with its changes of July 2025 and January 2026, somewhat simplified.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from demo.population.pen import Pen
from demo.population.terms import snomed, spoken
from federation.records.base import Concept
from federation.records.immunisations import Immunisation


class Vaccine(Struct, frozen=True, kw_only=True):
    """A product, what it protects against, and how it is given."""

    concept: Concept
    against: tuple[str, ...]
    manufacturer: str | None = None
    dose: str = "0.5 mL"
    route: str = "Intramuscular"


class Due(Struct, frozen=True, kw_only=True):
    """One dose of the childhood schedule: for whom, by day of birth, and at what age in days."""

    vaccine: Vaccine
    days: int
    dose: str
    born_from: date = date.min
    born_until: date = date.max


_GSK, _MSD = "GlaxoSmithKline UK Ltd", "Merck Sharp & Dohme (UK) Ltd"
SIX_IN_ONE = Vaccine(
    concept=snomed(
        "34765811000001105",
        "Infanrix Hexa vaccine powder and suspension for suspension for injection 0.5ml "
        "pre-filled syringes (GlaxoSmithKline UK Ltd)",
    ),
    against=(
        "Diphtheria",
        "Tetanus",
        "Pertussis",
        "Acute poliomyelitis",
        "Haemophilus influenzae type b infection",
        "Type B viral hepatitis",
    ),
    manufacturer=_GSK,
)
FIVE_IN_ONE = Vaccine(
    concept=spoken("Diphtheria, tetanus, pertussis, polio and Hib (DTaP/IPV/Hib) vaccine"),
    against=SIX_IN_ONE.against[:5],
)
MENINGITIS_B = Vaccine(
    concept=snomed(
        "23584211000001109",
        "Bexsero vaccine suspension for injection 0.5ml pre-filled syringes "
        "(GlaxoSmithKline UK Ltd)",
    ),
    against=("Meningococcal infectious disease",),
    manufacturer=_GSK,
)
ROTAVIRUS = Vaccine(
    concept=snomed(
        "34609911000001106",
        "Rotarix vaccine live oral suspension 1.5ml tube (GlaxoSmithKline UK Ltd)",
    ),
    against=("Rotavirus infection",),
    manufacturer=_GSK,
    dose="1.5 mL",
    route="Oral",
)
PNEUMOCOCCAL = Vaccine(
    concept=snomed(
        "16649411000001104",
        "Prevenar 13 vaccine suspension for injection 0.5ml pre-filled syringes (Pfizer Ltd)",
    ),
    against=("Pneumococcal infectious disease",),
    manufacturer="Pfizer Ltd",
)
HIB_AND_C = Vaccine(
    concept=snomed(
        "9903711000001109",
        "Menitorix powder and solvent for solution for injection 0.5ml vials (GlaxoSmithKline)",
    ),
    against=("Haemophilus influenzae type b infection", "Meningococcal infectious disease"),
    manufacturer=_GSK,
)
MMR = Vaccine(
    concept=snomed(
        "13968211000001108",
        "M-M-RVAXPRO vaccine powder and solvent for suspension for injection 0.5ml pre-filled "
        "syringes (Merck Sharp & Dohme (UK) Ltd)",
    ),
    against=("Measles", "Mumps", "Rubella"),
    manufacturer=_MSD,
)
MMRV = Vaccine(
    concept=snomed(
        "45480711000001107",
        "ProQuad vaccine powder and solvent for suspension for injection 0.5ml pre-filled "
        "syringes (Merck Sharp & Dohme (UK) Ltd)",
    ),
    against=("Measles", "Mumps", "Rubella", "Varicella"),
    manufacturer=_MSD,
)
FOUR_IN_ONE = Vaccine(
    concept=snomed(
        "26267211000001100",
        "Boostrix-IPV suspension for injection 0.5ml pre-filled syringes (GlaxoSmithKline UK Ltd)",
    ),
    against=("Diphtheria", "Tetanus", "Pertussis", "Acute poliomyelitis"),
    manufacturer=_GSK,
)
PAPILLOMA = Vaccine(
    concept=snomed(
        "33493111000001108",
        "Gardasil 9 vaccine suspension for injection 0.5ml pre-filled syringes "
        "(Merck Sharp & Dohme (UK) Ltd)",
    ),
    against=("Human papillomavirus infection",),
    manufacturer=_MSD,
)
MENINGITIS_ACWY = Vaccine(
    concept=snomed(
        "39779611000001104", "MenQuadfi vaccine solution for injection 0.5ml vials (Sanofi)"
    ),
    against=("Meningococcal infectious disease",),
    manufacturer="Sanofi",
)
TEENAGE_BOOSTER = Vaccine(
    concept=spoken("Diphtheria, tetanus and polio (Td/IPV) vaccine"),
    against=("Diphtheria", "Tetanus", "Acute poliomyelitis"),
)
INFLUENZA = Vaccine(
    concept=snomed(
        "34680411000001107",
        "Quadrivalent influenza vaccine (split virion, inactivated) suspension for injection "
        "0.5ml pre-filled syringes (Sanofi Pasteur)",
    ),
    against=("Influenza",),
    manufacturer="Sanofi Pasteur",
)
COVID = Vaccine(
    concept=snomed(
        "39115611000001103",
        "Comirnaty COVID-19 mRNA Vaccine 30micrograms/0.3ml dose concentrate for dispersion for "
        "injection multidose vials (Pfizer Ltd)",
    ),
    against=("COVID-19",),
    manufacturer="Pfizer Ltd",
    dose="0.3 mL",
)
COVID_ADAPTED = Vaccine(
    concept=snomed(
        "43111411000001101",
        "Comirnaty JN.1 COVID-19 mRNA Vaccine 30micrograms/0.3ml dose dispersion for injection "
        "multidose vials (Pfizer Ltd)",
    ),
    against=("COVID-19",),
    manufacturer="Pfizer Ltd",
    dose="0.3 mL",
)
SHINGLES = Vaccine(
    concept=snomed(
        "39655511000001105",
        "Shingrix (Herpes Zoster) adjuvanted recombinant vaccine powder and suspension for "
        "suspension for injection 0.5ml vials (GlaxoSmithKline UK Ltd)",
    ),
    against=("Herpes zoster",),
    manufacturer=_GSK,
)

_OLDER, _NEWER = date(2025, 5, 5), date(2025, 5, 6)
"""Born later than the first of these, the infant doses fall under the schedule of July 2025."""
_LAST_OLD, _FIRST_NEW = date(2024, 6, 30), date(2024, 7, 1)
_WITHOUT_B, _WITH_B = date(2017, 7, 31), date(2017, 8, 1)
"""Since the second day, infants are protected against hepatitis B too."""
_ROTAVIRUS, _MENINGITIS = date(2013, 5, 1), date(2015, 5, 1)
"""The first days of birth to which these were offered."""
CHILDHOOD = (
    Due(vaccine=FIVE_IN_ONE, days=56, dose="1", born_until=_WITHOUT_B),
    Due(vaccine=SIX_IN_ONE, days=56, dose="1", born_from=_WITH_B),
    Due(vaccine=MENINGITIS_B, days=56, dose="1", born_from=_MENINGITIS),
    Due(vaccine=ROTAVIRUS, days=56, dose="1", born_from=_ROTAVIRUS),
    Due(vaccine=FIVE_IN_ONE, days=84, dose="2", born_until=_WITHOUT_B),
    Due(vaccine=SIX_IN_ONE, days=84, dose="2", born_from=_WITH_B),
    Due(vaccine=ROTAVIRUS, days=84, dose="2", born_from=_ROTAVIRUS),
    Due(vaccine=PNEUMOCOCCAL, days=84, dose="1", born_until=_OLDER),
    Due(vaccine=MENINGITIS_B, days=84, dose="2", born_from=_NEWER),
    Due(vaccine=FIVE_IN_ONE, days=112, dose="3", born_until=_WITHOUT_B),
    Due(vaccine=SIX_IN_ONE, days=112, dose="3", born_from=_WITH_B),
    Due(vaccine=MENINGITIS_B, days=112, dose="2", born_from=_MENINGITIS, born_until=_OLDER),
    Due(vaccine=PNEUMOCOCCAL, days=112, dose="1", born_from=_NEWER),
    Due(vaccine=HIB_AND_C, days=368, dose="1", born_until=_LAST_OLD),
    Due(vaccine=MMR, days=368, dose="1", born_until=date(2024, 12, 31)),
    Due(vaccine=MMRV, days=368, dose="1", born_from=date(2025, 1, 1)),
    Due(vaccine=PNEUMOCOCCAL, days=368, dose="2"),
    Due(vaccine=MENINGITIS_B, days=368, dose="3", born_from=_MENINGITIS),
    Due(vaccine=SIX_IN_ONE, days=550, dose="4", born_from=_FIRST_NEW),
    Due(vaccine=MMRV, days=550, dose="2", born_from=_FIRST_NEW),
    Due(vaccine=MMR, days=1225, dose="2", born_until=_LAST_OLD),
    Due(vaccine=FOUR_IN_ONE, days=1225, dose="1"),
    Due(vaccine=PAPILLOMA, days=4600, dose="1"),
    Due(vaccine=TEENAGE_BOOSTER, days=5200, dose="1"),
    Due(vaccine=MENINGITIS_ACWY, days=5200, dose="1"),
)
"""Whoever was born before 2008 had another schedule, and it is not in the demo."""


def immunisations(pen: Pen, age: int, at_risk: bool) -> list[Immunisation]:
    """What somebody of this age has had; one family in twelve has declined everything."""
    draw = pen.draw
    if draw.random() < 1 / 12:
        return _declined(pen, age)
    return _child(pen) if age < 18 else _adult(pen, age, at_risk)


def vaccination(
    pen: Pen, vaccine: Vaccine, day: date, dose: str | None = None, **more: Any
) -> Immunisation:
    """One dose given at a desk."""
    lot = pen.source_id()[:6].upper()
    site = "Left upper arm" if pen.draw.random() < 0.7 else "Right upper arm"
    return Immunisation(
        **pen.envelope(day),
        vaccine=vaccine.concept,
        given=True,
        dose_number=dose,
        lot_number=lot,
        site=site if vaccine.route == "Intramuscular" else None,
        route=vaccine.route,
        dose=vaccine.dose,
        manufacturer=vaccine.manufacturer,
        against=vaccine.against,
        first_hand=True,
        **more,
    )


def not_given(pen: Pen, vaccine: Vaccine, day: date, reason: str) -> Immunisation:
    """One dose that was offered and not given."""
    return Immunisation(
        **pen.envelope(day),
        vaccine=vaccine.concept,
        given=False,
        not_given_reason=reason,
        against=vaccine.against,
    )


def _child(pen: Pen) -> list[Immunisation]:
    late = pen.draw.randint(0, 12)
    due = [
        (one, pen.born + timedelta(days=one.days + late))
        for one in CHILDHOOD
        if one.born_from <= pen.born <= one.born_until
    ]
    return [vaccination(pen, one.vaccine, day, one.dose) for one, day in due if day <= pen.until]


def _adult(pen: Pen, age: int, at_risk: bool) -> list[Immunisation]:
    draw = pen.draw
    found: list[Immunisation] = []
    if age >= 65 or at_risk:
        autumn = date(2025, 10, draw.randint(1, 31))
        found += _in_time(pen, INFLUENZA, autumn - timedelta(days=364), None)
        found += _in_time(pen, INFLUENZA, autumn, None)
    if age >= 24 and draw.random() < 0.8:
        first = date(2021, 3, 1) + timedelta(days=draw.randint(0, 120))
        found += _in_time(pen, COVID, first, "1")
        found += _in_time(pen, COVID, first + timedelta(days=77), "2")
    if age >= 76:
        found += _in_time(pen, COVID_ADAPTED, date(2026, 4, draw.randint(1, 30)), None)
    if 72 <= age <= 79:
        first = date(2024, 2, 1) + timedelta(days=draw.randint(0, 300))
        found += _in_time(pen, SHINGLES, first, "1")
        found += _in_time(pen, SHINGLES, first + timedelta(days=190), "2")
    return found


def _in_time(pen: Pen, vaccine: Vaccine, day: date, dose: str | None) -> list[Immunisation]:
    """One dose, if the person was alive on that day."""
    return [vaccination(pen, vaccine, day, dose)] if pen.born <= day <= pen.until else []


def _declined(pen: Pen, age: int) -> list[Immunisation]:
    vaccine = MMR if age < 18 else INFLUENZA
    reason = "Parent declined" if age < 18 else "Person declined"
    first, last = pen.born + timedelta(days=368), date(2025, 10, 14)
    day = first if age < 18 else last
    return [not_given(pen, vaccine, day, reason)] if pen.born <= day <= pen.until else []
