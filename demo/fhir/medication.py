"""Medications by what was written down: stated, ordered, handed out or given.

Where a source does not say which, a practice's are stated and a hospital's ordered. A statement
contains its Medication, a request refers to one of the node's catalogue, which is sent along when
it is asked for and can be read by its id. What only a prescription can say stands in one that is
contained.
"""

from __future__ import annotations

from demo.directory import Medicine, key_of, medicine_of
from demo.fhir.elements import (
    HL7,
    Resource,
    amount,
    author_role,
    coded,
    concept,
    contained_author,
    extension_words,
    extensions,
    notes,
    patient,
    role_of,
    shared,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.medications import (
    Medication,
    MedicationEvent,
    MedicationStatus,
    PrescriptionKind,
)

HL7_EXTENSION = "http://hl7.org/fhir/StructureDefinition"
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
_DISPENSE = {
    MedicationStatus.ACTIVE: "in-progress",
    MedicationStatus.ON_HOLD: "on-hold",
    MedicationStatus.COMPLETED: "completed",
    MedicationStatus.STOPPED: "stopped",
    MedicationStatus.CANCELLED: "declined",
    MedicationStatus.INTENDED: "preparation",
}
_ADMINISTRATION = {
    MedicationStatus.ACTIVE: "in-progress",
    MedicationStatus.ON_HOLD: "on-hold",
    MedicationStatus.COMPLETED: "completed",
    MedicationStatus.STOPPED: "stopped",
    MedicationStatus.NOT_TAKEN: "not-done",
}
_COURSES = {
    PrescriptionKind.ACUTE: (f"{HL7}/medicationrequest-course-of-therapy", "acute"),
    PrescriptionKind.REPEAT: (f"{HL7}/medicationrequest-course-of-therapy", "continuous"),
    PrescriptionKind.OTHER: (f"{HL7}/medicationrequest-course-of-therapy", "seasonal"),
    PrescriptionKind.REPEAT_DISPENSED: (
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-MedicationRequestCourseOfTherapy",
        "continuous-repeating-dispensing",
    ),
}


def statements(part: StoredPart, key: str) -> list[Resource]:
    """What somebody says is taken."""
    return [_statement(item, key) for item in _items(part, MedicationEvent.STATED)]


def requests(part: StoredPart, key: str) -> list[Resource]:
    """What was ordered."""
    return [_request(item, key) for item in _items(part, MedicationEvent.PRESCRIBED)]


def dispenses(part: StoredPart, key: str) -> list[Resource]:
    """What was handed out."""
    return [_dispense(item, key) for item in _items(part, MedicationEvent.DISPENSED)]


def administrations(part: StoredPart, key: str) -> list[Resource]:
    """What was given."""
    return [_administration(item, key) for item in _items(part, MedicationEvent.ADMINISTERED)]


def medication(medicine: Medicine, key: str) -> Resource:
    """One entry of the catalogue."""
    return trimmed(
        resourceType="Medication",
        id=key,
        code=concept(medicine.concept),
        form=words(medicine.form),
    )


def _items(part: StoredPart, event: MedicationEvent) -> list[Medication]:
    items = (item for item in part.items if isinstance(item, Medication))
    return [item for item in items if _event(item) is event]


def _event(item: Medication) -> MedicationEvent:
    if item.event is not MedicationEvent.UNKNOWN:
        return item.event
    of_practice = item.custodian is not None and item.custodian.kind == "gp"
    return MedicationEvent.STATED if of_practice else MedicationEvent.PRESCRIBED


def _statement(item: Medication, key: str) -> Resource:
    order = _order(item, key, item.quantity)
    return {
        **_whole("MedicationStatement", item, order),
        **trimmed(
            extension=_extensions(item),
            basedOn=[_POINTER] if order else None,
            status=_STATEMENT.get(item.status, "unknown"),
            statusReason=[words(item.stop_reason)] if item.stop_reason else None,
            **_about(item, key),
            effectivePeriod=trimmed(start=item.start, end=item.end),
            dateAsserted=item.recorded_at,
            informationSource=contained_author(item),
            dosage=_dosage(item),
        ),
    }


def _request(item: Medication, key: str) -> Resource:
    prescriber = role_of(item.prescriber, None, "prescriber")
    return {
        **shared("MedicationRequest", item, author_role(item), prescriber),
        **trimmed(
            extension=_extensions(item),
            status=_REQUEST.get(item.status, "unknown"),
            statusReason=words(item.stop_reason),
            intent="order",
            **_prescribed(item),
            **_about(item, key)
            | {"medicationReference": {"reference": f"Medication/{key_of(medicine_of(item))}"}},
            authoredOn=item.recorded_at,
            requester={"reference": "#prescriber"} if prescriber else None,
            recorder=contained_author(item),
            dosageInstruction=_dosage(item, start=item.start, end=item.end),
            dispenseRequest=trimmed(quantity=amount(item.quantity)),
        ),
    }


def _dispense(item: Medication, key: str) -> Resource:
    order, author = _order(item, key, None), contained_author(item)
    return {
        **_whole("MedicationDispense", item, order),
        **trimmed(
            status=_DISPENSE.get(item.status, "unknown"),
            statusReasonCodeableConcept=words(item.stop_reason),
            **_about(item, key),
            performer=[{"actor": author}] if author else None,
            authorizingPrescription=[_POINTER] if order else None,
            quantity=amount(item.quantity),
            whenHandedOver=item.last_issued,
            dosageInstruction=_dosage(item, start=item.start, end=item.end),
        ),
    }


def _administration(item: Medication, key: str) -> Resource:
    order, author = _order(item, key, None), contained_author(item)
    return {
        **_whole("MedicationAdministration", item, order),
        **trimmed(
            status=_ADMINISTRATION.get(item.status, "unknown"),
            statusReason=[words(item.stop_reason)] if item.stop_reason else None,
            **_about(item, key),
            effectivePeriod=trimmed(start=item.start, end=item.end),
            performer=[{"actor": author}] if author else None,
            request=_POINTER if order else None,
            dosage=trimmed(text=item.dosage, site=words(item.site), route=words(item.route)),
        ),
    }


_POINTER = {"reference": "#prescription"}


def _whole(resource_type: str, item: Medication, order: Resource | None) -> Resource:
    prescriber = role_of(item.prescriber, None, "prescriber")
    product = medication(medicine_of(item), "medicine")
    return shared(resource_type, item, author_role(item), prescriber, product, order)


def _about(item: Medication, key: str) -> Resource:
    return trimmed(
        medicationReference={"reference": "#medicine", "display": item.medicine.display},
        subject=patient(key),
        reasonCode=[words(item.indication)] if item.indication else None,
        note=notes(item.note),
    )


def _order(item: Medication, key: str, quantity: str | None) -> Resource | None:
    """The prescription behind something, where there is anything to say of it."""
    said = trimmed(
        requester={"reference": "#prescriber"} if item.prescriber else None,
        dispenseRequest=trimmed(quantity=amount(quantity)),
        **_prescribed(item),
    )
    if not said:
        return None
    return {
        "resourceType": "MedicationRequest",
        "id": "prescription",
        "status": "unknown",
        "intent": "order",
        "medicationReference": {"reference": "#medicine"},
        "subject": patient(key),
        **said,
    }


def _prescribed(item: Medication) -> Resource:
    course = _COURSES.get(item.kind)
    discharge = item.kind is PrescriptionKind.DISCHARGE
    category = coded(f"{HL7}/medicationrequest-category", "discharge", "Discharge")
    return trimmed(
        category=[category] if discharge else None,
        courseOfTherapyType=coded(*course) if course else None,
    )


def _extensions(item: Medication) -> list[Resource]:
    issued = {"valueDateTime": item.last_issued} if item.last_issued else None
    details = {"url": "detailsOfAmendment", "valueString": item.change_summary}
    return extensions(
        MedicationStatementLastIssueDate=issued,
        MedicationDosageLastChanged=_changed(item),
        MedicationChangeSummary={"extension": [details]} if item.change_summary else None,
        MedicationPrescribingOrganizationType=extension_words(item.prescribed_by),
    )


def _changed(item: Medication) -> Resource | None:
    if item.dosage_changed_at:
        return {"valueDateTime": item.dosage_changed_at}
    absent = {"url": f"{HL7_EXTENSION}/data-absent-reason", "valueCode": "unknown"}
    # That the dose was changed is known, and when is not.
    return {"_valueDateTime": {"extension": [absent]}} if item.changed_recently else None


def _dosage(
    item: Medication, *, start: str | None = None, end: str | None = None
) -> list[Resource]:
    bounds = trimmed(start=start, end=end)
    dosage = trimmed(
        text=item.dosage,
        timing={"repeat": {"boundsPeriod": bounds}} if bounds else None,
        asNeededBoolean=item.as_needed,
        site=words(item.site),
        route=words(item.route),
    )
    return [dosage] if dosage else []
