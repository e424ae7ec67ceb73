"""Reading referrals from FHIR R4: a `ServiceRequest` and the `Task` that fulfils one (UK Core).

Each is a line of its own: a task tells how far a request has come. What has no field of its own
goes into the note. A task that fulfils no request is no referral.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from federation.model import Assertion, Organisation
from federation.records.base import Concept, SecurityLabel
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    UK_CORE_EXTENSION,
    CodeableConcept,
    DomainResource,
    Period,
    Reference,
    joined,
)
from federation.records.fhir.pointers import pointed_at, type_of
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.scheduling import (
    FhirHealthcareService,
    FhirServiceRequest,
    FhirTask,
)
from federation.records.fhir.words import labelled, lines
from federation.records.referrals import Referral

PRIORITY_REASON_URL = f"{UK_CORE_EXTENSION}PriorityReason"
SOURCE_URL = f"{UK_CORE_EXTENSION}SourceOfServiceRequest"
_REQUEST = "ServiceRequest"


def read_request(resource: Resource, references: References) -> Referral | Assertion | None:
    """That something was asked for; None for one entered in error."""
    found = resource.read(FhirServiceRequest)
    if found.status == "entered-in-error":
        return None
    if found.do_not_perform:
        raise UnreadableError("a request not to do something")
    inside = references.within(resource)
    origin = r4.extension(found.extension, SOURCE_URL)
    # UK Core puts the reason on the priority that it explains; some sources put it beside.
    extensions = (*found.about_priority.extension, *found.extension)
    urgent = r4.extension(extensions, PRIORITY_REASON_URL)
    period = found.occurrence_period or Period(start=found.occurrence_date_time)
    asked = (found.performer_type,) if found.performer_type else ()
    return Referral(
        **_shared(found, inside),
        **_parties(found.requester, found.performer, asked, inside),
        service=_service(found),
        kind=joined(found.category),
        priority_reason=urgent.words() if urgent else None,
        origin=origin.words() if origin else None,
        reason=_reason(found.reason_code, found.reason_reference, inside),
        due=when(period.start or period.end),
        note=_request_note(found, period, inside),
    )


def read_task(resource: Resource, references: References) -> Referral | Assertion | None:
    """How far a request has come; None for a task that fulfils none or was entered in error."""
    found = resource.read(FhirTask)
    inside = references.within(resource)
    request = _fulfilled(found, inside)
    if found.status == "entered-in-error" or request is None:
        return None
    owners = (found.owner,) if found.owner else ()
    period = found.restriction.period or Period()
    shared = _shared(found, inside)
    shared["security_labels"] += _labels(request, inside)
    return Referral(
        **shared,
        **_parties(found.requester, owners, found.performer_type, inside),
        service=_task_service(found, request, inside),
        kind=labelled("Task", (found.code.words() if found.code else None,)) or "Task",
        reason=_reason(
            (found.reason_code,) if found.reason_code else (),
            (found.reason_reference,) if found.reason_reference else (),
            inside,
        ),
        due=when(period.end or period.start),
        note=_task_note(found),
    )


def _shared(found: FhirServiceRequest | FhirTask, references: References) -> dict[str, Any]:
    return {
        **r4.envelope(found, references, authors=(found.requester,)),
        "status": found.status,
        "intent": found.intent,
        "priority": found.priority,
        "recorded_at": when(found.authored_on),
    }


def _parties(
    requester: Reference | None,
    performers: Iterable[Reference],
    types: Iterable[CodeableConcept],
    references: References,
) -> dict[str, Any]:
    houses = (_house(one, references) for one in performers)
    kind = ", ".join(r4.concept(one).display for one in types)
    # Where no organisation is named, it is at least told what sort of service was asked.
    asked = next(filter(None, houses), None) or (Organisation(name=kind) if kind else None)
    return {
        "requested_by": r4.organisation(requester, references),
        "requested_from": asked,
    }


def _house(performer: Reference, references: References) -> Organisation | None:
    if type_of(performer, references) != "HealthcareService":
        return r4.organisation(performer, references)
    found = references.find(performer)
    service = found.read(FhirHealthcareService) if found else FhirHealthcareService()
    owner = r4.organisation(service.provided_by, references)
    name = service.name or performer.display
    if owner is None or name is None:
        return owner or (Organisation(name=name) if name else None)
    return Organisation(ods_code=owner.ods_code, name=f"{name}, {owner.name}", phone=owner.phone)


def _service(found: FhirServiceRequest) -> Concept:
    likeliest = (found.code, *found.order_detail, found.performer_type, *found.category)
    said = next((one for one in likeliest if one and one.words()), None)
    if said is None:
        raise UnreadableError("a request that does not say for what")
    return r4.concept(said)


def _task_service(found: FhirTask, request: Reference, references: References) -> Concept:
    target = references.find(request)
    if target is not None and target.kind == _REQUEST:
        asked = target.read(FhirServiceRequest)
        if asked.do_not_perform:
            raise UnreadableError("a request not to do something")
        return _service(asked)
    words = request.display or found.description
    if not words:
        raise UnreadableError("a task that does not say for what")
    return Concept(display=words, original_text=words)


def _labels(request: Reference, references: References) -> tuple[SecurityLabel, ...]:
    # The task is called after what it fulfils.
    target = references.find(request)
    return r4.labels(target.read_any(DomainResource).meta) if target else ()


def _fulfilled(found: FhirTask, references: References) -> Reference | None:
    pointers = (found.focus, *found.based_on)
    return next((one for one in pointers if one and type_of(one, references) == _REQUEST), None)


def _reason(
    codes: Iterable[CodeableConcept], pointers: Iterable[Reference], references: References
) -> str | None:
    said = (*(one.words() for one in codes), *(pointed_at(one, references) for one in pointers))
    return ", ".join(dict.fromkeys(filter(None, said))) or None


def _request_note(found: FhirServiceRequest, period: Period, references: References) -> str | None:
    detail = found.order_detail if found.code else ()
    places = (pointed_at(one, references) for one in found.location_reference)
    until = period.end if period.start else None
    return lines(
        *(one.words() for one in found.note),
        labelled("Body site", (one.words() for one in found.body_site)),
        labelled("In detail", (one.words() for one in detail)),
        labelled("Performer", _staff(found.performer, references)),
        labelled("Where", (*(one.words() for one in found.location_code), *places)),
        labelled("Until", (until,)),
        labelled("For the person", (found.patient_instruction,)),
    )


def _task_note(found: FhirTask) -> str | None:
    done = found.execution_period or Period()
    reason, business = found.status_reason, found.business_status
    return lines(
        *(one.words() for one in found.note),
        found.description,
        labelled("Where it stands", (business.words() if business else None,)),
        labelled("Because", (reason.words() if reason else None,)),
        labelled("Performer", (found.owner.display if found.owner else None,)),
        labelled("Begun", (done.start,)),
        labelled("Ended", (done.end,)),
    )


def _staff(performers: Iterable[Reference], references: References) -> list[str]:
    people = (r4.practitioner(one, references) for one in performers)
    return [one.name for one in people if one]


READING = FhirReading(
    searches=(
        Search(kind="ServiceRequest", includes=("requester", "performer")),
        Search(kind="Task", spared=True),
    ),
    readers={"ServiceRequest": read_request, "Task": read_task},
    points_at=("ServiceRequest", "HealthcareService", "Location", "Condition"),
)
