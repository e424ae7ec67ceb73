"""Panels of blood tests: what is measured together, in which units, and what is usual.

Codes: see `terms.py`. Sodium, potassium, creatinine and haemoglobin also stand in NHS England's
"SNOMED code usage in primary care"; for urea and for most panels no code was confirmed, so they
stand in words. Ranges are those agreed by Pathology Harmony for adults, or the usual ones.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from demo.population.conditions import (
    ATRIAL_FIBRILLATION,
    DIABETES,
    HEART_FAILURE,
    HYPERTENSION,
    HYPOTHYROIDISM,
    INSULIN_DIABETES,
    KIDNEY_DISEASE,
    LIPIDS,
)
from demo.population.terms import called, snomed, spoken
from federation.records.base import Concept

Range = tuple[float | None, float | None]
"""The lowest and the highest usual value."""


class Analyte(Struct, frozen=True, kw_only=True):
    """One thing that is measured.

    `usual` is the range for men and women, `found` what comes out when nothing is wrong.
    """

    code: Concept
    unit: str
    ucum: str
    usual: Range
    found: tuple[float, float]
    digits: int = 0
    of_women: Analyte | None = None


class Panel(Struct, frozen=True, kw_only=True):
    """What is asked for together."""

    report: Concept
    analytes: tuple[Analyte, ...]
    specimen: str = "Venous blood"


def _analyte(
    code: Concept, units: tuple[str, str], usual: Range, found: tuple[float, float], digits: int = 0
) -> Analyte:
    unit, ucum = units
    return Analyte(code=code, unit=unit, ucum=ucum, usual=usual, found=found, digits=digits)


_MMOL = ("mmol/L", "mmol/L")
_UMOL = ("umol/L", "umol/L")
_CELLS = ("10*9/L", "10*9/L")
_HAEMOGLOBIN = called("Haemoglobin", "1022431000000105", "Haemoglobin estimation")
_CREATININE = snomed("1000731000000107", "Serum creatinine level")

HAEMOGLOBIN = replace(
    _analyte(_HAEMOGLOBIN, ("g/L", "g/L"), (130, 170), (128, 168)),
    of_women=_analyte(_HAEMOGLOBIN, ("g/L", "g/L"), (120, 150), (114, 150)),
)
WHITE_CELLS = _analyte(
    called("White cell count", "1022541000000102", "Total white cell count"),
    _CELLS,
    (4.0, 10.0),
    (4.1, 10.4),
    1,
)
PLATELETS = _analyte(snomed("1022651000000100", "Platelet count"), _CELLS, (150, 410), (152, 405))
CELL_VOLUME = _analyte(
    snomed("1022491000000106", "Mean corpuscular volume"), ("fL", "fL"), (83, 101), (84, 100)
)
SODIUM = _analyte(snomed("1000661000000107", "Serum sodium level"), _MMOL, (133, 146), (134, 145))
POTASSIUM = _analyte(
    snomed("1000651000000109", "Serum potassium level"), _MMOL, (3.5, 5.3), (3.6, 5.4), 1
)
UREA = _analyte(spoken("Serum urea level"), _MMOL, (2.5, 7.8), (3.1, 8.6), 1)
CREATININE = replace(
    _analyte(_CREATININE, _UMOL, (59, 104), (64, 108)),
    of_women=_analyte(_CREATININE, _UMOL, (45, 84), (50, 86)),
)
FILTRATION = _analyte(
    called(
        "Estimated glomerular filtration rate",
        "1107411000000104",
        "eGFR (estimated glomerular filtration rate) by laboratory calculation",
    ),
    ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
    (60, None),
    (40, 90),
)
GLYCATED = _analyte(
    called(
        "Haemoglobin A1c level",
        "999791000000106",
        "Haemoglobin A1c level - International Federation of Clinical Chemistry and Laboratory "
        "Medicine standardised",
    ),
    ("mmol/mol", "mmol/mol"),
    (20, 41),
    (46, 78),
)
CHOLESTEROL = _analyte(
    snomed("1005671000000105", "Serum cholesterol level"), _MMOL, (None, 5.0), (3.4, 6.1), 1
)
GOOD_CHOLESTEROL = _analyte(
    snomed("1005681000000107", "Serum high density lipoprotein cholesterol level"),
    _MMOL,
    (1.0, None),
    (0.9, 1.9),
    1,
)
TRIGLYCERIDES = _analyte(
    snomed("1005691000000109", "Serum triglycerides level"), _MMOL, (None, 2.3), (0.7, 2.6), 1
)
THYROID = _analyte(
    snomed("1022791000000101", "Serum thyroid stimulating hormone level"),
    ("mU/L", "m[IU]/L"),
    (0.27, 4.2),
    (0.4, 5.2),
    2,
)
INFLAMMATION = _analyte(
    snomed("135842001", "Serum C reactive protein level"), ("mg/L", "mg/L"), (None, 5), (6, 140)
)

BLOOD_COUNT = Panel(
    report=snomed("26604007", "Full blood count"),
    analytes=(HAEMOGLOBIN, WHITE_CELLS, PLATELETS, CELL_VOLUME),
)
KIDNEYS = Panel(
    report=spoken("Urea and electrolytes"), analytes=(SODIUM, POTASSIUM, UREA, CREATININE)
)
DIABETES_CONTROL = Panel(report=spoken("HbA1c"), analytes=(GLYCATED,))
LIPID_PROFILE = Panel(
    report=spoken("Lipid profile"), analytes=(CHOLESTEROL, GOOD_CHOLESTEROL, TRIGLYCERIDES)
)
THYROID_FUNCTION = Panel(report=spoken("Thyroid function"), analytes=(THYROID,))
INFLAMMATION_MARKER = Panel(report=spoken("C reactive protein"), analytes=(INFLAMMATION,))

WATCHED: dict[str, tuple[Panel, ...]] = {
    DIABETES.display: (DIABETES_CONTROL, KIDNEYS),
    INSULIN_DIABETES.display: (DIABETES_CONTROL, KIDNEYS),
    HYPERTENSION.display: (KIDNEYS,),
    HEART_FAILURE.display: (KIDNEYS, BLOOD_COUNT),
    ATRIAL_FIBRILLATION.display: (BLOOD_COUNT, KIDNEYS),
    LIPIDS.display: (LIPID_PROFILE,),
    HYPOTHYROIDISM.display: (THYROID_FUNCTION,),
    KIDNEY_DISEASE.display: (KIDNEYS,),
}
"""Which panels watch over a problem."""
