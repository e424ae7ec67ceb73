"""Medications: a practice's as MedicationStatement, a hospital's as MedicationRequest.

A statement contains its Medication; a request refers to one of the node's catalogue, which is sent
along when it is asked for, and can be read by its id.
"""

from __future__ import annotations

from demo.directory import Medicine, key_of, medicine_of
from demo.fhir.elements import (
    HL7,
    UK_CORE,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    house,
    patient,
    shared,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind

_STATEMENT = {
    MedicationStatus.ACTIVE: "active",
    MedicationStatus.ON_HOLD: "on-hold",
    MedicationStatus.COMPLETED: "completed",
    MedicationStatus.STOPPED: "stopped",
    MedicationStatus.CANCELLED: "stopped",
    MedicationStatus.NOT_TAKEN: "not-taken",
    MedicationStatus.INTENDED: "intended",
}
_REQUEST = {
    MedicationStatus.ACTIVE: "active",
    MedicationStatus.ON_HOLD: "on-hold",
    MedicationStatus.COMPLETED: "completed",
    MedicationStatus.STOPPED: "stopped",
    MedicationStatus.CANCELLED: "cancelled",
    MedicationStatus.INTENDED: "draft",
}
_COURSES = {PrescriptionKind.ACUTE: "acute", PrescriptionKind.REPEAT: "continuous"}


def statements(part: StoredPart, key: str) -> list[Resource]:
    """What the practice says is taken."""
    return [_statement(item, key) for item in _items(part) if _of_practice(item)]


def requests(part: StoredPart, key: str) -> list[Resource]:
    """What was prescribed elsewhere."""
    return [_request(item, key) for item in _items(part) if not _of_practice(item)]


def medication(medicine: Medicine, key: str) -> Resource:
    """One entry of the catalogue."""
    return trimmed(
        resourceType="Medication",
        id=key,
        code=concept(medicine.concept),
        form=words(medicine.form),
    )


def _items(part: StoredPart) -> list[Medication]:
    return [item for item in part.items if isinstance(item, Medication)]


def _of_practice(item: Medication) -> bool:
    return item.custodian is not None and item.custodian.kind == "gp"


def _statement(item: Medication, key: str) -> Resource:
    return {
        **shared(
            "MedicationStatement",
            item,
            author_role(item),
            medication(medicine_of(item), "medicine"),
        ),
        **trimmed(
            extension=[*_last_issue(item), *_changed(item)],
            status=_STATEMENT.get(item.status, "unknown"),
            statusReason=[words(item.stop_reason)] if item.stop_reason else None,
            category=_setting(item),
            medicationReference={"reference": "#medicine", "display": item.medicine.display},
            subject=patient(key),
            effectivePeriod=trimmed(start=item.start, end=item.end),
            dateAsserted=item.recorded_at,
            informationSource=contained_author(item),
            reasonCode=[words(item.indication)] if item.indication else None,
            dosage=_dosage(item),
        ),
    }


def _request(item: Medication, key: str) -> Resource:
    course = _COURSES.get(item.kind)
    return {
        **shared("MedicationRequest", item, author_role(item)),
        **trimmed(
            status=_REQUEST.get(item.status, "unknown"),
            statusReason=words(item.stop_reason),
            intent="order",
            category=[_request_category(item)],
            medicationReference={"reference": f"Medication/{key_of(medicine_of(item))}"},
            subject=patient(key),
            authoredOn=item.recorded_at,
            requester=contained_author(item),
            reasonCode=[words(item.indication)] if item.indication else None,
            courseOfTherapyType=coded(f"{HL7}/medicationrequest-course-of-therapy", course)
            if course
            else None,
            dosageInstruction=_dosage(item),
            dispenseRequest=trimmed(
                validityPeriod=trimmed(start=item.start, end=item.end),
                quantity=_amount(item.quantity),
                performer=house(item.custodian),
            ),
        ),
    }


def _last_issue(item: Medication) -> list[Resource]:
    if item.last_issued is None:
        return []
    url = f"{UK_CORE}/Extension-UKCore-MedicationStatementLastIssueDate"
    return [{"url": url, "valueDateTime": item.last_issued}]


def _changed(item: Medication) -> list[Resource]:
    if not item.changed_recently:
        return []
    url = f"{UK_CORE}/Extension-UKCore-DosageLastChanged"
    return [{"url": url, "valueDateTime": item.last_issued or item.recorded_at}]


def _setting(item: Medication) -> Resource:
    # R4 has no code for acute and repeat here; practices write the word.
    setting = coded(f"{HL7}/medication-statement-category", "community", "Community")
    return {**setting, "text": item.kind.replace("_", " ").capitalize()}


def _request_category(item: Medication) -> Resource:
    code = "discharge" if item.kind is PrescriptionKind.DISCHARGE else "outpatient"
    return coded(f"{HL7}/medicationrequest-category", code, code.capitalize())


def _dosage(item: Medication) -> list[Resource]:
    dosage = trimmed(text=item.dosage, route=words(item.route))
    return [dosage] if dosage else []


def _amount(text: str | None) -> Resource | None:
    number, _, unit = (text or "").partition(" ")
    return {"value": int(number), "unit": unit} if number.isdigit() and unit else None
