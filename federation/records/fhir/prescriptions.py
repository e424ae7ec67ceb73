"""What a FHIR R4 prescription says of its kind, its repeats and its changes (UK Core).

Read with the prescription itself, and for the statement, supply or dose that points at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from federation.model import Practitioner
from federation.records.base import PartialDateTime
from federation.records.fhir import r4
from federation.records.fhir.elements import UK_CORE_EXTENSION, Extension, Reference, joined
from federation.records.fhir.pointers import is_of, linked
from federation.records.fhir.r4 import when
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.medicines import MedicationRequest, Medicinal
from federation.records.fhir.telling import length
from federation.records.fhir.words import labelled
from federation.records.medications import PrescriptionKind

LAST_ISSUE_URL = f"{UK_CORE_EXTENSION}MedicationStatementLastIssueDate"
DOSAGE_CHANGED_URL = f"{UK_CORE_EXTENSION}MedicationDosageLastChanged"
CHANGE_SUMMARY_URL = f"{UK_CORE_EXTENSION}MedicationChangeSummary"
REPEAT_URL = f"{UK_CORE_EXTENSION}MedicationRepeatInformation"
PRESCRIBED_BY_URL = f"{UK_CORE_EXTENSION}MedicationPrescribingOrganizationType"
_CHANGED_URLS = (DOSAGE_CHANGED_URL, f"{UK_CORE_EXTENSION}DosageLastChanged")
_PRESCRIBED_BY_URLS = (
    # And the names that UK Core gave it before.
    PRESCRIBED_BY_URL,
    f"{UK_CORE_EXTENSION}MedicationPrescribingOrganization",
    f"{UK_CORE_EXTENSION}MedicationPrescribingAgency",
)
UNORDERED = frozenset(("proposal", "plan", "option"))
"""Intents of what nobody has ordered."""
_KINDS = {
    # HL7's course of therapy types, UK Core's and NHS England's additions for repeat dispensing.
    "acute": PrescriptionKind.ACUTE,
    "continuous": PrescriptionKind.REPEAT,
    "continuous-repeating-dispensing": PrescriptionKind.REPEAT_DISPENSED,
    "continuous-repeat-dispensing": PrescriptionKind.REPEAT_DISPENSED,
    "repeat": PrescriptionKind.REPEAT,
    "repeat-dispensing": PrescriptionKind.REPEAT_DISPENSED,
    "seasonal": PrescriptionKind.OTHER,
    "discharge": PrescriptionKind.DISCHARGE,
}


class Order(NamedTuple):
    """What the prescription behind a statement, a supply or a dose says of it."""

    prescriber: Practitioner | None = None
    kind: PrescriptionKind = PrescriptionKind.UNKNOWN
    quantity: str | None = None


def kind_of(found: MedicationRequest) -> PrescriptionKind:
    """How it is prescribed."""
    concepts = (*found.category, found.course_of_therapy_type)
    codes = (code for concept in concepts for code in concept.codes())
    return next((_KINDS[code] for code in codes if code in _KINDS), PrescriptionKind.UNKNOWN)


def order_of(
    pointers: Iterable[Reference | None], found: Medicinal, references: References
) -> Order:
    """The first prescription of the same person that is pointed at and known."""
    for pointer in pointers:
        target = references.find(pointer)
        if target is None or target.kind not in MedicationRequest.resource_types:
            continue
        if references.guarded(target):
            continue
        if is_of(target, found.subject) and (
            order := _read_order(target, references.beyond(pointer, target))
        ):
            return order
    return Order()


def _read_order(target: Resource, references: References) -> Order | None:
    try:
        request = target.read(MedicationRequest)
    except UnreadableError:
        return None  # what hangs on it is not lost with it
    if request.status == "entered-in-error" or request.do_not_perform:
        return None
    amount = request.dispense_request.quantity
    return Order(
        prescriber=r4.practitioner(request.requester, references),
        kind=kind_of(request),
        quantity=amount.words() if amount else None,
    )


def _extension(among: Iterable[Extension], urls: Iterable[str]) -> Extension | None:
    told = tuple(among)
    found = (r4.extension(told, url) for url in urls)
    return next((one for one in found if one), None)


def _date_of(among: Iterable[Extension], urls: Iterable[str]) -> PartialDateTime | None:
    found = _extension(among, urls)
    return when(found.value_date_time if found else None)


def changes(among: Iterable[Extension]) -> dict[str, Any]:
    """The fields of a medication that UK Core's extensions fill.

    A change is called recent wherever the source marks one: it also says when that was.
    """
    told = tuple(among)
    elsewhere = _extension(told, _PRESCRIBED_BY_URLS)
    return {
        "last_issued": _date_of(told, (LAST_ISSUE_URL,)),
        "changed_recently": _extension(told, _CHANGED_URLS) is not None,
        "dosage_changed_at": _date_of(told, _CHANGED_URLS),
        "change_summary": _change_summary(told),
        "prescribed_by": elsewhere.words() if elsewhere else None,
    }


def _change_summary(among: Iterable[Extension]) -> str | None:
    # "Amended, 2020-07-21: now a solution (tablets too large to swallow)", as far as it is said.
    found = _extension(among, (CHANGE_SUMMARY_URL,))
    if found is None:
        return None
    parts = {one.url: one.words() or one.value_date_time for one in found.extension}
    head = ", ".join(filter(None, (parts.get("status"), parts.get("dateChanged"))))
    details, why = parts.get("detailsOfAmendment"), parts.get("indicationForChange")
    told = " ".join(filter(None, (details, f"({why})" if why else None)))
    return ": ".join(filter(None, (head, told))) or None


def said_of_request(found: MedicationRequest, references: References) -> Iterator[str | None]:
    """Lines for what a prescription says and no field takes."""
    settings = (one for one in found.category if not _KINDS.keys() & set(one.codes()))
    yield labelled("Setting", (joined(settings),))
    yield labelled("Intent", (found.intent if found.intent in UNORDERED else None,))
    if found.substitution.allowed_boolean is False:
        yield "Not to be replaced by another product"
    if found.reported_boolean:
        yield "Told by somebody else than who prescribed it"
    yield labelled("Told by", (linked(found.reported_reference, references, found.subject),))
    yield labelled("Replaces", (linked(found.prior_prescription, references, found.subject),))
    yield from _repeats(found)
    supply = found.dispense_request
    valid = supply.validity_period
    yield labelled("Prescription valid until", (when(valid.end) if valid else None,))
    yield labelled("Supply for", (length(supply.expected_supply_duration),))


def _repeats(found: MedicationRequest) -> Iterator[str | None]:
    allowed = found.dispense_request.number_of_repeats_allowed
    yield f"Repeats allowed: {allowed}" if allowed is not None else None
    repeated = r4.extension(found.extension, REPEAT_URL)
    for part in repeated.extension if repeated else ():
        if part.url == "numberOfPrescriptionsIssued" and part.value_unsigned_int is not None:
            yield f"Prescriptions issued: {part.value_unsigned_int}"
        if part.url == "authorisationExpiryDate":
            yield labelled("Repeats authorised until", (when(part.value_date_time),))
