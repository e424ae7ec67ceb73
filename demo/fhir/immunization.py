"""Vaccinations as Immunization."""

from __future__ import annotations

from demo.fhir.elements import (
    Resource,
    amount,
    author_role,
    concept,
    contained_author,
    extensions,
    notes,
    patient,
    place,
    shared,
    some_words,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.immunisations import Immunisation


def immunizations(part: StoredPart, key: str) -> list[Resource]:
    """Every vaccination that a node holds."""
    return [_immunization(item, key) for item in part.items if isinstance(item, Immunisation)]


def _immunization(item: Immunisation, key: str) -> Resource:
    where = place(item.place)
    procedure = {"valueCodeableConcept": concept(item.procedure)} if item.procedure else None
    author = contained_author(item)
    return {
        **shared("Immunization", item, author_role(item), where),
        **trimmed(
            extension=extensions(VaccinationProcedure=procedure),
            status="completed" if item.given else "not-done",
            statusReason=words(item.not_given_reason),
            vaccineCode=concept(item.vaccine),
            patient=patient(key),
            occurrenceDateTime=item.effective_at,
            recorded=item.recorded_at,
            primarySource=item.first_hand,
            location={"reference": "#place"} if where else None,
            manufacturer={"display": item.manufacturer} if item.manufacturer else None,
            lotNumber=item.lot_number,
            expirationDate=item.expires,
            site=words(item.site),
            route=words(item.route),
            doseQuantity=amount(item.dose),
            performer=[{"actor": author}] if author else None,
            note=notes(item.note),
            reasonCode=some_words(item.reason),
            protocolApplied=_protocol(item),
        ),
    }


def _protocol(item: Immunisation) -> list[Resource]:
    number = item.dose_number or ""
    counted = number.isdecimal() and str(int(number)) == number
    protocol = trimmed(
        series=item.course,
        targetDisease=some_words(*item.against),
        doseNumberPositiveInt=int(number) if counted else None,
        doseNumberString=None if counted else number,
    )
    return [protocol] if protocol else []
