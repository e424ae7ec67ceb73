"""Which product a FHIR R4 resource speaks of: its name, its form, what it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from federation.records.base import Concept
from federation.records.fhir import r4
from federation.records.fhir.elements import joined
from federation.records.fhir.r4 import when
from federation.records.fhir.resource import References, UnreadableError
from federation.records.fhir.structs.medicines import FhirMedication, Ingredient, Medicinal
from federation.records.fhir.telling import per
from federation.records.fhir.words import labelled


class Product(NamedTuple):
    """A medicine, its form, and lines for what else is said of it."""

    medicine: Concept
    form: str | None = None
    rest: tuple[str | None, ...] = ()


def product(found: Medicinal, references: References) -> Product:
    """What is taken; raises `UnreadableError` where nobody can tell."""
    if found.medication_codeable_concept is not None:
        return Product(r4.concept(found.medication_codeable_concept))
    target = references.find(found.medication_reference)
    medication = target.read(FhirMedication) if target else None
    if medication is not None and medication.status == "entered-in-error":
        raise UnreadableError("a medicine that was entered in error")
    if target is not None:
        references = references.beyond(found.medication_reference, target)
    name = _name(medication, references) or r4.named(found.medication_reference)
    if name is None:
        raise UnreadableError("a medicine that is not named")
    if medication is None:
        return Product(name)
    form = joined((medication.form,))
    return Product(name, form, tuple(_rest(medication, references)))


def _name(medication: FhirMedication | None, references: References) -> Concept | None:
    if medication is None:
        return None
    if medication.code is not None:
        return r4.concept(medication.code)
    # Made up for somebody, and named by nothing but what is in it.
    made_of = " + ".join(_ingredients(medication, references))
    return Concept(display=made_of, original_text=made_of) if made_of else None


def _ingredients(medication: FhirMedication, references: References) -> Iterator[str]:
    for one in medication.ingredient:
        name = _ingredient(one, references)
        strength = per(one.strength)
        if name:
            yield f"{name} {strength}" if strength else name


def _ingredient(one: Ingredient, references: References) -> str | None:
    if one.item_codeable_concept is not None:
        return one.item_codeable_concept.words()
    target = references.find(one.item_reference)
    if target is not None and target.kind in FhirMedication.resource_types:
        inner = target.read(FhirMedication)
        return joined((inner.code,))
    return one.item_reference.display if one.item_reference else None


def _rest(medication: FhirMedication, references: References) -> Iterator[str | None]:
    if medication.code is not None:
        yield labelled("Made of", _ingredients(medication, references))
    yield labelled("Batch", (medication.batch.lot_number,))
    yield labelled("Batch expires", (when(medication.batch.expiration_date),))
