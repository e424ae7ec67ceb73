"""Documents as metadata: discharge summaries of stays, letters of clinics.

Types: the discharge summary as in UK Core's examples, the clinical letter as in NHS FHIR
implementation guides. Titles name an occasion, never a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec.structs import replace

from demo.population.conditions import (
    ATRIAL_FIBRILLATION,
    COPD,
    DEMENTIA,
    DIABETES,
    HEART_FAILURE,
    KIDNEY_DISEASE,
)
from demo.population.pen import Pen
from demo.population.terms import called, snomed
from demo.population.visits import STAY, Desks
from federation.records.base import Concept, SourceItemId
from federation.records.compare import custodian_code
from federation.records.documents import Availability, Document
from federation.records.encounters import Encounter

DISCHARGE_SUMMARY = snomed("373942005", "Discharge summary")
CLINIC_LETTER = called("Clinic letter", "823691000000103", "Clinical letter")

CLINICS = {
    HEART_FAILURE.display: "Heart failure clinic letter",
    ATRIAL_FIBRILLATION.display: "Arrhythmia clinic letter",
    DIABETES.display: "Diabetic eye screening letter",
    KIDNEY_DISEASE.display: "Renal clinic letter",
    COPD.display: "Respiratory clinic letter",
    DEMENTIA.display: "Memory clinic letter",
}
"""Which clinic writes about a problem."""


def summaries(pen: Pen, visits: Iterable[Encounter], desks: Desks) -> list[Document]:
    """A discharge summary for each stay, written on the day that the person left."""
    return [
        document(
            pen.at(desks[custodian_code(visit)]),
            DISCHARGE_SUMMARY,
            f"Discharge summary: {visit.reason}",
            date.fromisoformat(str(visit.end)[:10]),
            setting="General internal medicine",
            summary=f"Admitted with: {visit.reason}. Discharged home. GP to review.",
        )
        for visit in visits
        if visit.type == STAY
    ]


def clinic_letters(pen: Pen, conditions: frozenset[str]) -> list[Document]:
    """A letter or none; one in ten was corrected, and its first version is kept."""
    draw = pen.draw
    known = [CLINICS[name] for name in sorted(conditions) if name in CLINICS]
    if not known or draw.random() < 0.5:
        return []
    letter = document(pen, CLINIC_LETTER, draw.choice(known), pen.earlier(10, 700))
    return corrected(pen, letter) if draw.random() < 0.1 else [letter]


def document(pen: Pen, kind: Concept, title: str, day: date, **more: Any) -> Document:
    """One document that can be opened."""
    given: dict[str, Any] = {
        "setting": "Outpatient clinic",
        "content_type": "application/pdf",
        "size_bytes": 40_000 + pen.draw.randint(0, 90_000),
        "availability": Availability.AVAILABLE,
        "status": "current",
    }
    return Document(**pen.envelope(day), type=kind, name=title, **(given | more))


def corrected(pen: Pen, first: Document, day: date | None = None) -> list[Document]:
    """A document and the one that replaced it, which says the same occasion again."""
    written = day or date.fromisoformat(str(first.recorded_at))
    second = document(pen, first.type, f"{first.name} (corrected)", written, setting=first.setting)
    return [
        second,
        replace(first, status="superseded", superseded_by=SourceItemId(second.source_id)),
    ]
