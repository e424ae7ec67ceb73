"""Reading alerts from FHIR R4 `Flag` (UK Core)."""

from __future__ import annotations

from msgspec.structs import replace

from federation.model import Assertion
from federation.records.alerts import Alert, AlertStatus
from federation.records.base import Concept
from federation.records.fhir import r4
from federation.records.fhir.elements import CodeableConcept, Period, joined
from federation.records.fhir.r4 import one_of, when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource
from federation.records.fhir.structs.resources import FhirFlag

PRIORITY_URL = "http://hl7.org/fhir/StructureDefinition/flag-priority"
ACTION_URL = "https://watling.example/fhir/StructureDefinition/alert-action"
SCOPE_URL = "https://watling.example/fhir/StructureDefinition/alert-scope"
"""R4 has no element for what to do and where an alert holds; a node may say both so."""


def read_alert(resource: Resource, references: References) -> Alert | Assertion | None:
    """One alert, whether it still holds or not; None for one entered in error."""
    found = resource.read(FhirFlag)
    if found.status == "entered-in-error":
        return None
    kind = _kind(found.code)
    period = found.period or Period()
    return Alert(
        **r4.envelope(found, references.within(resource), authors=(found.author,)),
        kind=kind,
        text=found.code.text or kind.display,
        severity=_said(found, PRIORITY_URL),
        start=when(period.start),
        end=when(period.end),
        action=_said(found, ACTION_URL),
        status=one_of(AlertStatus, found.status, AlertStatus.UNKNOWN),
        area=joined(found.category),
        scope=_said(found, SCOPE_URL),
    )


def _kind(code: CodeableConcept) -> Concept:
    kind = r4.concept(code)
    if not kind.codings:
        return replace(kind, original_text=kind.display)
    # The recorded words are the alert's text; only where they are all there is, the kind keeps
    # them.
    return kind if kind.degraded or kind.display == code.text else replace(kind, original_text=None)


def _said(found: FhirFlag, url: str) -> str | None:
    one = r4.extension(found.extension, url)
    return one.words() if one else None


READING = FhirReading(
    searches=(Search(kind="Flag", includes=("author",)),),
    readers={"Flag": read_alert},
)
