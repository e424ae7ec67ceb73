"""Reading medications from FHIR R4: statements, requests, dispenses, administrations (UK Core)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from federation.model import Assertion
from federation.records import fhir_r4
from federation.records.base import Concept
from federation.records.fhir_elements import CodeableConcept, Period, Reference
from federation.records.fhir_medicines import (
    Dosage,
    FhirMedication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from federation.records.fhir_r4 import References, Resource, UnreadableError, one_of, when
from federation.records.fhir_reading import FhirReading, Search
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind

Found = MedicationStatement | MedicationRequest | MedicationDispense | MedicationAdministration

_UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
LAST_ISSUE_URL = f"{_UK_CORE}MedicationStatementLastIssueDate"
DOSAGE_CHANGED_URL = f"{_UK_CORE}DosageLastChanged"
_WISHED = frozenset(("proposal", "option"))
_KINDS = {
    # HL7's course of therapy types, and NHS England's addition for repeat dispensing.
    "acute": PrescriptionKind.ACUTE,
    "continuous": PrescriptionKind.REPEAT,
    "continuous-repeat-dispensing": PrescriptionKind.REPEAT_DISPENSED,
    "repeat": PrescriptionKind.REPEAT,
    "repeat-dispensing": PrescriptionKind.REPEAT_DISPENSED,
    "seasonal": PrescriptionKind.OTHER,
    "discharge": PrescriptionKind.DISCHARGE,
}
_STATUSES = {
    # Those that are not the record's own word for it.
    "draft": MedicationStatus.INTENDED,
    "preparation": MedicationStatus.INTENDED,
    "in-progress": MedicationStatus.ACTIVE,
    "not-done": MedicationStatus.NOT_TAKEN,
    "declined": MedicationStatus.CANCELLED,
}


def read_statement(resource: Resource, references: References) -> Medication | Assertion | None:
    """That somebody takes, took or does not take it."""
    found = resource.read(MedicationStatement)
    if _in_error(found):
        return None
    inside = references.within(resource)
    period = found.effective_period or Period(start=found.effective_date_time)
    issued = fhir_r4.extension(found.extension, LAST_ISSUE_URL)
    return Medication(
        **_shared(found, inside, found.dosage, (found.information_source,)),
        status=_status(found.status),
        start=when(period.start),
        end=when(period.end),
        recorded_at=when(found.date_asserted),
        last_issued=when(issued.value_date_time if issued else None),
        stop_reason=fhir_r4.words(found.status_reason),
        changed_recently=fhir_r4.extension(found.extension, DOSAGE_CHANGED_URL) is not None,
    )


def read_request(resource: Resource, references: References) -> Medication | Assertion | None:
    """That somebody is to have it."""
    found = resource.read(MedicationRequest)
    if _in_error(found):
        return None
    if found.do_not_perform:
        raise UnreadableError("an instruction not to give a medicine")
    wished = found.intent in _WISHED and found.status in {"active", "draft"}
    supply = found.dispense_request
    bounds = _bounds(found.dosage_instruction)
    valid = supply.validity_period or Period()
    return Medication(
        **_shared(
            found,
            references.within(resource),
            found.dosage_instruction,
            (found.requester, found.recorder),
        ),
        status=MedicationStatus.INTENDED if wished else _status(found.status),
        kind=_kind((*found.category, found.course_of_therapy_type)),
        start=when(bounds.start or valid.start),
        end=when(bounds.end),
        recorded_at=when(found.authored_on),
        quantity=supply.quantity.words() if supply.quantity else None,
        stop_reason=found.status_reason.words() if found.status_reason else None,
    )


def read_dispense(resource: Resource, references: References) -> Medication | Assertion | None:
    """That it was handed out."""
    found = resource.read(MedicationDispense)
    if _in_error(found):
        return None
    authors = tuple(performer.actor for performer in found.performer)
    reason = found.status_reason_codeable_concept
    return Medication(
        **_shared(found, references.within(resource), found.dosage_instruction, authors),
        status=_status(found.status),
        last_issued=when(found.when_handed_over or found.when_prepared),
        quantity=found.quantity.words() if found.quantity else None,
        stop_reason=reason.words() if reason else None,
    )


def read_administration(
    resource: Resource, references: References
) -> Medication | Assertion | None:
    """That it was given, or was to be and was not."""
    found = resource.read(MedicationAdministration)
    if _in_error(found):
        return None
    authors = tuple(performer.actor for performer in found.performer)
    period = found.effective_period or Period(start=found.effective_date_time)
    given = found.status in {"completed", "in-progress", "stopped"}
    dosage = (found.dosage,) if found.dosage else ()
    return Medication(
        **_shared(found, references.within(resource), dosage, authors),
        status=_status(found.status),
        kind=PrescriptionKind.ADMINISTERED,
        start=when(period.start),
        end=when(period.end),
        last_issued=when(period.start) if given else None,
        stop_reason=fhir_r4.words(found.status_reason),
    )


def _in_error(found: Found) -> bool:
    return found.status == "entered-in-error"


def _shared(
    found: Found,
    references: References,
    dosages: Iterable[Dosage],
    authors: Iterable[Reference | None],
) -> dict[str, Any]:
    taken = tuple(dosages)
    routes = tuple(one.route for one in taken if one.route)
    medicine, form = _medicine(found, references)
    return {
        **fhir_r4.envelope(found, references, authors=authors),
        "medicine": medicine,
        "form": form,
        "dosage": "; ".join(text for one in taken if (text := _dose(one))) or None,
        "route": fhir_r4.words(dict.fromkeys(routes)),
        "indication": fhir_r4.words(found.reason_code),
    }


def _medicine(found: Found, references: References) -> tuple[Concept, str | None]:
    if found.medication_codeable_concept is not None:
        return fhir_r4.concept(found.medication_codeable_concept), None
    target = references.find(found.medication_reference)
    medication = target.read(FhirMedication) if target else None
    if medication is None or medication.code is None:
        name = fhir_r4.named(found.medication_reference)
        if name is None:
            raise UnreadableError("a medicine that is not named")
        return name, None
    form = medication.form.words() if medication.form else None
    return fhir_r4.concept(medication.code), form


def _dose(dosage: Dosage) -> str | None:
    if dosage.text or dosage.patient_instruction:
        return dosage.text or dosage.patient_instruction
    amounts = [dosage.dose, *(one.dose_quantity for one in dosage.dose_and_rate)]
    return ", ".join(text for one in amounts if one and (text := one.words())) or None


def _bounds(dosages: Iterable[Dosage]) -> Period:
    bounds = (dosage.timing.repeat.bounds_period for dosage in dosages)
    return next((one for one in bounds if one), Period())


def _status(code: str) -> MedicationStatus:
    return _STATUSES.get(code) or one_of(MedicationStatus, code, MedicationStatus.UNKNOWN)


def _kind(concepts: Iterable[CodeableConcept]) -> PrescriptionKind:
    codes = (code for concept in concepts for code in concept.codes())
    return next((_KINDS[code] for code in codes if code in _KINDS), PrescriptionKind.UNKNOWN)


READING = FhirReading(
    searches=(
        Search(kind="MedicationStatement", includes=("medication",)),
        Search(kind="MedicationRequest", includes=("medication", "requester")),
        Search(kind="MedicationDispense", includes=("medication",), spared=True),
        Search(kind="MedicationAdministration", includes=("medication",), spared=True),
    ),
    readers={
        "MedicationStatement": read_statement,
        "MedicationRequest": read_request,
        "MedicationDispense": read_dispense,
        "MedicationAdministration": read_administration,
    },
    points_at=("Medication",),
)
