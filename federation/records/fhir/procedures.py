"""Reading procedures, done, planned and not done, from FHIR R4 `Procedure` (UK Core)."""

from __future__ import annotations

from collections.abc import Iterator

from federation.model import Assertion
from federation.records.fhir import r4
from federation.records.fhir.elements import UK_CORE_EXTENSION, joined
from federation.records.fhir.performed import actors, performed_by, reasons
from federation.records.fhir.pointers import linked
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.clinical import FhirProcedure, FocalDevice
from federation.records.fhir.telling import Told, notes, told
from federation.records.fhir.words import labelled
from federation.records.procedures import Procedure

ANAESTHETIC_URL = f"{UK_CORE_EXTENSION}AnaestheticIssues"


def read_procedure(resource: Resource, references: References) -> Procedure | Assertion | None:
    """One procedure; None for one entered in error."""
    found = resource.read(FhirProcedure)
    if found.status == "entered-in-error":
        return None
    if found.code is None:
        raise UnreadableError("a procedure without a name")
    inside = references.within(resource)
    performed = _performed(found)
    authors = (found.recorder, found.asserter, *actors(found.performer))
    return Procedure(
        **r4.envelope(found, inside, authors=authors),
        code=r4.concept(found.code),
        status=found.status.replace("-", " ") if found.status else None,
        body_site=joined(found.body_site),
        outcome=joined((found.outcome,)),
        complication=_complication(found, inside),
        reason=_reason(found, inside),
        effective_at=performed.start,
        end=performed.end,
        place=r4.place(found.location, inside),
        note=notes(found.note, labelled("Performed", (performed.words,)), *_rest(found, inside)),
    )


def _performed(found: FhirProcedure) -> Told:
    others = (found.performed_age, found.performed_range, found.performed_string)
    return told(found.performed_date_time, found.performed_period, *others)


def _complication(found: FhirProcedure, references: References) -> str | None:
    return reasons(found.complication, found.complication_detail, references, found.subject)


def _reason(found: FhirProcedure, references: References) -> str | None:
    why = reasons(found.reason_code, found.reason_reference, references, found.subject)
    not_so = joined((found.status_reason,))
    if why and not_so:
        return f"{why}; {(found.status or 'status').replace('-', ' ')}: {not_so}"
    return why or not_so


def _rest(found: FhirProcedure, references: References) -> Iterator[str | None]:
    if found.recorder or found.asserter or len(found.performer) > 1:
        # Else whoever did it is the author.
        yield labelled("Performed by", (performed_by(found.performer, references),))
    yield labelled("Category", (joined((found.category,)),))
    issues = r4.extension(found.extension, ANAESTHETIC_URL)
    yield labelled("Anaesthetic issues", (issues.words() if issues else None,))
    devices = (_device(one, found, references) for one in found.focal_device)
    yield labelled("Device", devices)
    yield labelled("Used", (joined(found.used_code),))
    yield labelled("Follow-up", (joined(found.follow_up),))


def _device(one: FocalDevice, found: FhirProcedure, references: References) -> str | None:
    name = linked(one.manipulated, references, found.subject)
    action = joined((one.action,))
    return f"{name} ({action})" if name and action else name or action


READING = FhirReading(
    searches=(Search(kind="Procedure", includes=("performer",)),),
    readers={"Procedure": read_procedure},
    points_at=("Location", "Condition"),
)
