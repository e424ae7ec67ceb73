"""Medications as prescribed, dispensed, administered or taken. A whole list."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from federation.model import Category
from federation.records.base import (
    CategoryDefinition,
    Concept,
    Item,
    PartialDate,
    PartialDateTime,
    Shape,
    described,
)


class MedicationStatus(StrEnum):
    """Whether it is being taken."""

    ACTIVE = "ACTIVE"
    ON_HOLD = "ON_HOLD"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"
    CANCELLED = "CANCELLED"
    NOT_TAKEN = "NOT_TAKEN"
    INTENDED = "INTENDED"
    UNKNOWN = "UNKNOWN"


class PrescriptionKind(StrEnum):
    """How it came to be prescribed or given; differing kinds are never one line."""

    ACUTE = "ACUTE"
    REPEAT = "REPEAT"
    REPEAT_DISPENSED = "REPEAT_DISPENSED"
    DISCHARGE = "DISCHARGE"
    ADMINISTERED = "ADMINISTERED"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class Medication(Item, frozen=True, kw_only=True):
    """One medicine as one source holds it."""

    medicine: Annotated[Concept, described("The medicine, by dm+d where the source codes it.")]
    status: Annotated[MedicationStatus, described("Whether it is being taken.")] = MedicationStatus.UNKNOWN
    kind: Annotated[PrescriptionKind, described("How it is prescribed or given.")] = PrescriptionKind.UNKNOWN
    form: Annotated[str | None, described("Tablet, capsule, patch ...")] = None
    dosage: Annotated[str | None, described("Dose and frequency, in the source's words.")] = None
    route: Annotated[str | None, described("By which route it is taken.")] = None
    indication: Annotated[str | None, described("What it is for.")] = None
    start: Annotated[PartialDate | None, described("From when.")] = None
    end: Annotated[
        PartialDate | None,
        described("Until when; null when the source records no end, which is not a promise that it goes on."),
    ] = None
    last_issued: Annotated[PartialDate | None, described("When it was last issued, dispensed or given.")] = None
    quantity: Annotated[str | None, described("How much was issued.")] = None
    stop_reason: Annotated[str | None, described("Why it was stopped.")] = None
    changed_recently: Annotated[bool, described("Whether the source marks a recent change of dose.")] = False


def _date(medication: Medication) -> PartialDateTime | None:
    # Source: merge rules, "order by last issued or administered".
    return medication.last_issued or medication.start or medication.effective_at or medication.recorded_at


def _subtitle(medication: Medication) -> str | None:
    return ", ".join(part for part in (medication.dosage, medication.route) if part) or None


MEDICATIONS = CategoryDefinition(
    category=Category.MEDICATIONS,
    field_name="medications",
    section_name="MedicationsSection",
    item=Medication,
    shape=Shape.WHOLE_LIST,
    description="Medicines, as prescribed, dispensed, administered or taken.",
    title=lambda medication: medication.medicine.display,
    subtitle=_subtitle,
    clinical_date=_date,
    codes=lambda medication: medication.medicine.codings,
    filled=True,
)
