"""Reading vaccinations, given and not given, from FHIR R4 `Immunization` (UK Core)."""

from __future__ import annotations

from collections.abc import Iterator

from federation.model import Assertion
from federation.records.base import Concept
from federation.records.fhir import r4
from federation.records.fhir.elements import UK_CORE_EXTENSION, CodeableConcept, joined
from federation.records.fhir.performed import actors, performed_by, reasons
from federation.records.fhir.pointers import linked
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.clinical import (
    FhirImmunization,
    ProtocolApplied,
    VaccineReaction,
)
from federation.records.fhir.telling import notes
from federation.records.fhir.words import labelled
from federation.records.immunisations import Immunisation

PROCEDURE_URL = f"{UK_CORE_EXTENSION}VaccinationProcedure"
PARENT_URL = f"{UK_CORE_EXTENSION}ParentPresent"
_UNSAID = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_GIVEN = {"completed": True, "not-done": False}


def read_immunisation(
    resource: Resource, references: References
) -> Immunisation | Assertion | None:
    """One vaccination; None for one entered in error."""
    found = resource.read(FhirImmunization)
    if found.status == "entered-in-error":
        return None
    given = _GIVEN.get(found.status or "")
    if given is None:
        raise UnreadableError("a vaccination that does not say whether it was given")
    inside = references.within(resource)
    procedure = _procedure(found)
    why = reasons(found.reason_code, found.reason_reference, inside, found.patient)
    return Immunisation(
        **r4.envelope(found, inside, authors=actors(found.performer)),
        vaccine=_vaccine(found.vaccine_code, procedure),
        given=given,
        not_given_reason=None if given else joined((found.status_reason,)),
        dose_number=_together(map(_dose_number, found.protocol_applied)),
        lot_number=found.lot_number,
        site=joined((found.site,)),
        procedure=procedure,
        route=joined((found.route,)),
        dose=found.dose_quantity.words() if found.dose_quantity else None,
        manufacturer=_manufacturer(found, inside),
        expires=when(found.expiration_date),
        course=_together(protocol.series for protocol in found.protocol_applied),
        against=_against(found),
        reason=why,
        effective_at=when(found.occurrence_date_time),
        recorded_at=when(found.recorded),
        place=r4.place(found.location, inside),
        first_hand=found.primary_source,
        note=notes(found.note, *_rest(found, inside, given=given)),
    )


def _procedure(found: FhirImmunization) -> Concept | None:
    said = r4.extension(found.extension, PROCEDURE_URL)
    coded = said.value_codeable_concept if said else None
    return r4.concept(coded) if coded else None


def _vaccine(found: CodeableConcept | None, procedure: Concept | None) -> Concept:
    unsaid = found is None or (not found.text and _says_unknown(found))
    if procedure is not None and unsaid:
        # Which vaccine it was is not known; what was done is.
        return procedure
    if found is None:
        raise UnreadableError("a vaccination without a vaccine")
    return r4.concept(found)


def _says_unknown(found: CodeableConcept) -> bool:
    return all(coding.system == _UNSAID for coding in found.coding)


def _together(texts: Iterator[str | None]) -> str | None:
    return ", ".join(dict.fromkeys(filter(None, texts))) or None


def _dose_number(protocol: ProtocolApplied) -> str | None:
    number = protocol.dose_number_positive_int
    return str(number) if number is not None else protocol.dose_number_string


def _doses(protocol: ProtocolApplied) -> str | None:
    number = protocol.series_doses_positive_int
    return str(number) if number is not None else protocol.series_doses_string


def _against(found: FhirImmunization) -> tuple[str, ...]:
    diseases = (one.words() for each in found.protocol_applied for one in each.target_disease)
    return tuple(dict.fromkeys(filter(None, diseases)))


def _manufacturer(found: FhirImmunization, references: References) -> str | None:
    maker = r4.place(found.manufacturer, references)
    return maker.name if maker else None


def _rest(found: FhirImmunization, references: References, *, given: bool) -> Iterator[str | None]:
    yield labelled("When", (found.occurrence_string,))
    if given:
        yield labelled("Status", (joined((found.status_reason,)),))
    if found.is_subpotent:
        yield f"Too weak to count (subpotent){_because(found.subpotent_reason)}"
    yield labelled("Told by", (joined((found.report_origin,)),))
    if len(found.performer) > 1:
        yield labelled("Performed by", (performed_by(found.performer, references),))
    yield labelled("Doses in the course", (_together(map(_doses, found.protocol_applied)),))
    for reaction in found.reaction:
        yield _reaction(reaction, found, references)
    parent = r4.extension(found.extension, PARENT_URL)
    if parent is not None and parent.value_boolean is not None:
        yield f"Parent present: {'yes' if parent.value_boolean else 'no'}"


def _because(reasons_given: tuple[CodeableConcept, ...]) -> str:
    why = joined(reasons_given)
    return f": {why}" if why else ""


def _reaction(reaction: VaccineReaction, found: FhirImmunization, references: References) -> str:
    what = linked(reaction.detail, references, found.patient)
    return " ".join(filter(None, ("Reaction", when(reaction.date), what and f"({what})")))


READING = FhirReading(
    searches=(Search(kind="Immunization", includes=("performer",)),),
    readers={"Immunization": read_immunisation},
    points_at=("Location", "Condition"),
)
