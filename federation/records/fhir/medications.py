"""Reading medications from FHIR R4: statements, requests, dispenses, administrations (UK Core).

How a dose reads is in `dosage.py`, what a `Medication` says in `products.py`, what a
prescription says of others in `prescriptions.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from federation.model import Assertion
from federation.records.fhir import dosage, r4
from federation.records.fhir.elements import Period, Reference, joined
from federation.records.fhir.performed import actors, performed_by, reasons
from federation.records.fhir.prescriptions import (
    changes,
    kind_of,
    order_of,
    said_of_request,
)
from federation.records.fhir.products import product
from federation.records.fhir.r4 import one_of, when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.medicines import (
    Dosage,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from federation.records.fhir.telling import length, notes
from federation.records.fhir.words import labelled
from federation.records.medications import (
    Medication,
    MedicationEvent,
    MedicationStatus,
    PrescriptionKind,
)

Found = MedicationStatement | MedicationRequest | MedicationDispense | MedicationAdministration

_WISHED = frozenset(("proposal", "option"))
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
    order = order_of((*found.based_on, *found.derived_from), found, inside)
    period = found.effective_period or Period(start=found.effective_date_time)
    bounds = dosage.bounds(found.dosage)
    more = (labelled("Setting", (joined((found.category,)),)),)
    return Medication(
        **_shared(found, inside, found.dosage, (found.information_source,), more),
        event=MedicationEvent.STATED,
        status=_status(found.status),
        kind=order.kind,
        prescriber=order.prescriber,
        quantity=order.quantity,
        start=when(period.start or bounds.start),
        end=when(period.end or bounds.end),
        recorded_at=when(found.date_asserted),
        stop_reason=joined(found.status_reason),
        **changes(found.extension),
    )


def read_request(resource: Resource, references: References) -> Medication | Assertion | None:
    """That somebody is to have it."""
    found = resource.read(MedicationRequest)
    if _in_error(found):
        return None
    if found.do_not_perform:
        raise UnreadableError("an instruction not to give a medicine")
    inside = references.within(resource)
    wished = found.intent in _WISHED and found.status in {"active", "draft"}
    supply = found.dispense_request
    bounds = dosage.bounds(found.dosage_instruction)
    valid = supply.validity_period or Period()
    people = (found.recorder, found.requester)
    return Medication(
        **_shared(found, inside, found.dosage_instruction, people, said_of_request(found, inside)),
        event=MedicationEvent.PRESCRIBED,
        status=MedicationStatus.INTENDED if wished else _status(found.status),
        kind=kind_of(found),
        prescriber=r4.practitioner(found.requester, inside),
        start=when(bounds.start or valid.start),
        end=when(bounds.end),
        recorded_at=when(found.authored_on),
        quantity=supply.quantity.words() if supply.quantity else None,
        stop_reason=joined((found.status_reason,)),
        **changes(found.extension),
    )


def read_dispense(resource: Resource, references: References) -> Medication | Assertion | None:
    """That it was handed out, or was to be."""
    found = resource.read(MedicationDispense)
    if _in_error(found):
        return None
    inside = references.within(resource)
    order = order_of(found.authorizing_prescription, found, inside)
    bounds = dosage.bounds(found.dosage_instruction)
    people = tuple(actors(found.performer))
    return Medication(
        **_shared(found, inside, found.dosage_instruction, people, _of_dispense(found, inside)),
        event=MedicationEvent.DISPENSED,
        status=_status(found.status),
        kind=order.kind,
        prescriber=order.prescriber,
        start=when(bounds.start),
        end=when(bounds.end),
        last_issued=when(found.when_handed_over or found.when_prepared),
        quantity=found.quantity.words() if found.quantity else None,
        stop_reason=joined((found.status_reason_codeable_concept,)),
    )


def read_administration(
    resource: Resource, references: References
) -> Medication | Assertion | None:
    """That it was given, or was to be and was not."""
    found = resource.read(MedicationAdministration)
    if _in_error(found):
        return None
    inside = references.within(resource)
    order = order_of((found.request,), found, inside)
    period = found.effective_period or Period(start=found.effective_date_time)
    given = found.status in {"completed", "in-progress", "stopped"}
    dosages = (found.dosage,) if found.dosage else ()
    people = tuple(actors(found.performer))
    return Medication(
        **_shared(found, inside, dosages, people, _of_administration(found, inside)),
        event=MedicationEvent.ADMINISTERED,
        status=_status(found.status),
        kind=PrescriptionKind.ADMINISTERED,
        prescriber=order.prescriber,
        start=when(period.start),
        end=when(period.end),
        last_issued=when(period.start) if given else None,
        stop_reason=joined(found.status_reason),
    )


def _in_error(found: Found) -> bool:
    return found.status == "entered-in-error"


def _shared(
    found: Found,
    references: References,
    dosages: tuple[Dosage, ...],
    authors: Iterable[Reference | None],
    more: Iterable[str | None],
) -> dict[str, Any]:
    dosages = dosage.in_order(dosages)
    made = product(found, references)
    return {
        **r4.envelope(found, references, authors=authors),
        "medicine": made.medicine,
        "form": made.form,
        "dosage": dosage.dose_in_words(dosages),
        "route": joined(one.route for one in dosages),
        "site": joined(one.site for one in dosages),
        "as_needed": dosage.as_needed(dosages),
        "indication": reasons(found.reason_code, found.reason_reference, references, found.subject),
        "note": notes(found.note, *dosage.rest(dosages), *more, *made.rest),
    }


def _status(code: str) -> MedicationStatus:
    return _STATUSES.get(code) or one_of(MedicationStatus, code, MedicationStatus.UNKNOWN)


def _of_dispense(found: MedicationDispense, references: References) -> Iterator[str | None]:
    yield labelled("Setting", (joined((found.category,)),))
    yield labelled("Supply for", (length(found.days_supply),))
    if found.when_handed_over:
        yield labelled("Prepared", (when(found.when_prepared),))
    if found.substitution.was_substituted:
        why = joined(found.substitution.reason)
        yield f"Something else was handed out than was ordered{f' ({why})' if why else ''}"
    if len(found.performer) > 1:
        yield labelled("Performed by", (performed_by(found.performer, references),))


def _of_administration(
    found: MedicationAdministration, references: References
) -> Iterator[str | None]:
    yield labelled("Setting", (joined((found.category,)),))
    if len(found.performer) > 1:
        yield labelled("Performed by", (performed_by(found.performer, references),))


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
    points_at=("Medication", "Condition"),
)
