"""Reading encounters from FHIR R4 `Encounter` and `EpisodeOfCare` (UK Core).

What R4 says and the record has no field for stands in the note. An episode of social care is read
under that category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from federation.model import Organisation, Practitioner
from federation.records.base import Coding, Concept
from federation.records.encounters import Encounter
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    UK_CORE_EXTENSION,
    CodeableConcept,
    Extension,
    Period,
    Reference,
    joined,
)
from federation.records.fhir.episodes import is_social_care
from federation.records.fhir.pointers import pointed_at
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.encounters import (
    Diagnosis,
    FhirEncounter,
    FhirEpisode,
    Participant,
)
from federation.records.fhir.words import labelled, lines

EPISODE = "Episode of care"
KINDS = {
    # HL7's v3 ActEncounterCode. The same words whatever a source calls them, since two sources'
    # encounters are one only where they are of one kind.
    "AMB": "Ambulatory",
    "EMER": "Emergency",
    "FLD": "Field",
    "HH": "Home health",
    "IMP": "Inpatient",
    "ACUTE": "Inpatient acute",
    "NONAC": "Inpatient non-acute",
    "OBSENC": "Observation",
    "PRENC": "Pre-admission",
    "SS": "Short stay",
    "VR": "Virtual",
}
AUTHORS = frozenset(("AUT", "ENT", "INF"))
"""HL7's v3 ParticipationType: who wrote it down and did not see the person by that."""
NOTE_URL = "http://hl7.org/fhir/StructureDefinition/note"
"""R4 has no place for a note of an encounter; this is HL7's extension for one, with words."""
_NO_ITEM = "entered-in-error"


def read_encounter(resource: Resource, references: References) -> Encounter | None:
    """One encounter; None for one entered in error."""
    found = resource.read(FhirEncounter)
    if found.status == _NO_ITEM:
        return None
    inside = references.within(resource)
    stay, period = found.hospitalization, found.period or Period()
    methods = (*found.extension, *stay.extension)
    writers = [one.individual for one in _took_part(found, writing=True)]
    others = _took_part(found, writing=False)
    authors = (*writers, *(one.individual for one in others), found.service_provider)
    return Encounter(
        **r4.envelope(found, inside, authors=authors),
        type=_type(found),
        kind=_kind(found),
        status=found.status if found.status != "unknown" else None,
        start=when(period.start),
        end=when(period.end),
        specialty=joined((found.service_type,)),
        reason=_reason(found, inside),
        place=_place(found, inside),
        discharged_to=joined((stay.discharge_disposition,)) or _pointed(stay.destination, inside),
        clinicians=tuple(_clinicians(others, inside)),
        admission_method=_said(methods, "AdmissionMethod"),
        discharge_method=_said(methods, "DischargeMethod"),
        legal_status=_legal_status(found.extension),
        note=_note(found, inside),
    )


def read_episode(resource: Resource, references: References) -> Encounter | None:
    """One episode of care; None for social care and for one entered in error."""
    found = resource.read(FhirEpisode)
    inside = references.within(resource)
    if found.status == _NO_ITEM or is_social_care(found, inside):
        return None
    period, manager = found.period or Period(), found.managing_organization
    teams = (pointed_at(one, inside) for one in found.team)
    return Encounter(
        **r4.envelope(found, inside, authors=(manager, found.care_manager)),
        type=_all_of(found.type) or Concept(display=EPISODE, original_text=EPISODE),
        kind=EPISODE,
        status=found.status,
        start=when(period.start),
        end=when(period.end),
        reason=_conditions(found.diagnosis, inside),
        place=r4.organisation(manager, inside),
        clinicians=tuple(_clinicians((Participant(individual=found.care_manager),), inside)),
        note=labelled("Team", teams),
    )


def _type(found: FhirEncounter) -> Concept:
    """Its types; without one, what it was for or at least its class."""
    kinds = _all_of(found.type) or (found.service_type and r4.concept(found.service_type))
    if kinds:
        return kinds
    if found.class_ is None:
        raise UnreadableError("an encounter without a type or a class")
    return r4.concept(CodeableConcept(coding=(found.class_,)))


def _all_of(kinds: Iterable[CodeableConcept]) -> Concept | None:
    """Several types are as many views of one encounter: all their codes, all their words."""
    concepts = [r4.concept(one) for one in kinds]
    if not concepts:
        return None
    if len(concepts) == 1:
        return concepts[0]
    codings: tuple[Coding, ...] = tuple(code for one in concepts for code in one.codings)
    return Concept(display=", ".join(one.display for one in concepts), codings=codings)


def _kind(found: FhirEncounter) -> str | None:
    if found.class_ is None:
        return None
    return KINDS.get(found.class_.code or "") or found.class_.display or found.class_.code


def _took_part(found: FhirEncounter, *, writing: bool) -> list[Participant]:
    return [one for one in found.participant if _wrote(one) is writing]


def _wrote(found: Participant) -> bool:
    return any(AUTHORS.intersection(kind.codes()) for kind in found.type)


def _clinicians(found: Iterable[Participant], references: References) -> Iterator[Practitioner]:
    """Who saw the person, as the source says what they are or else as what they took part."""
    for one in found:
        if who := r4.practitioner(one.individual, references):
            part: Practitioner = msgspec.structs.replace(who, role=who.role or joined(one.type))
            yield part


def _reason(found: FhirEncounter, references: References) -> str | None:
    pointed = (pointed_at(one, references) for one in found.reason_reference)
    told = dict.fromkeys((*(one.words() for one in found.reason_code), *pointed))
    return ", ".join(filter(None, told)) or None


def _conditions(diagnoses: Iterable[Diagnosis], references: References) -> str | None:
    return (
        ", ".join(filter(None, (_pointed(one.condition, references) for one in diagnoses))) or None
    )


def _place(found: FhirEncounter, references: References) -> Organisation | None:
    """Where it was: a place with a code of its own, else by its name and the provider's."""
    provider = r4.place(found.service_provider, references)
    places = (r4.place(one.location, references) for one in found.location)
    here = next(filter(None, places), None)
    if here is None or provider is None:
        return here or provider
    if here.ods_code and here.ods_code != provider.ods_code:
        return here
    name = here.name if provider.name in here.name else f"{here.name}, {provider.name}"
    # Two sources' encounters are compared by the provider, not by the ward.
    code, phone = provider.ods_code or here.ods_code, here.phone or provider.phone
    return Organisation(ods_code=code, name=name, phone=phone)


def _said(extensions: Iterable[Extension], name: str) -> str | None:
    found = r4.extension(extensions, f"{UK_CORE_EXTENSION}{name}")
    return found.words() if found else None


def _legal_status(extensions: Iterable[Extension]) -> str | None:
    """Each status with its context, as `Informal (admission)`."""
    told = []
    for one in extensions:
        if one.url == f"{UK_CORE_EXTENSION}LegalStatus":
            parts = {part.url: part.words() for part in one.extension}
            status = parts.get("legalStatusClassification") or one.words()
            context = parts.get("legalStatusContext")
            told.append(f"{status} ({context})" if status and context else status or context)
    return "; ".join(filter(None, told)) or None


def _note(found: FhirEncounter, references: References) -> str | None:
    stay = found.hospitalization
    further = (_pointed(one.location, references) for one in found.location[1:])
    return lines(
        *(one.words() for one in found.extension if one.url == NOTE_URL),
        labelled("Priority", (joined((found.priority,)),)),
        labelled("Came from", (joined((stay.admit_source,)),)),
        labelled("Diagnosis", (_diagnosis(one, references) for one in found.diagnosis)),
        labelled("Also at", further),
        labelled("Outcome", (_said(found.extension, "OutcomeOfAttendance"),)),
        labelled("Status at discharge", (_said(found.extension, "EmergencyCareDischargeStatus"),)),
    )


def _diagnosis(found: Diagnosis, references: References) -> str | None:
    named = _pointed(found.condition, references)
    use = joined((found.use,))
    return f"{named} ({use})" if named and use else named


def _pointed(reference: Reference | None, references: References) -> str | None:
    return pointed_at(reference, references) if reference else None


READING = FhirReading(
    searches=(
        Search(kind="Encounter", includes=("participant", "location", "service-provider")),
        Search(kind="EpisodeOfCare", includes=("care-manager", "organization"), spared=True),
    ),
    readers={"Encounter": read_encounter, "EpisodeOfCare": read_episode},
    points_at=("Location", "Condition", "Procedure", "Observation"),
)
