"""What becomes of items that a demo FHIR server writes and the gateway's readers read."""

from datetime import UTC, datetime

import msgspec

from demo.store import StoredPart
from federation.model import Organisation, Practitioner
from federation.records.base import Identifier, SecurityLabel
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource

HOUSE = Organisation(ods_code="RZZ", name="Example Trust", phone="01632 960001")
COUNCIL = Organisation(ods_code="E99", name="Exampleshire County Council")
NURSE = Practitioner(name="Nurse Ada Example", role="District nurse", organisation=COUNCIL)
LABEL = SecurityLabel(system="urn:confidentiality", code="R", display="restricted")
ENVELOPE = {
    "source_id": "i1",
    "version": "3",
    "identifiers": (Identifier(system="urn:x", value="7"),),
    "custodian": COUNCIL,
    "author": NURSE,
    "recorded_at": "2024-05-01",
    "last_updated_at": datetime(2024, 5, 2, 10, tzinfo=UTC),
    "security_labels": (LABEL,),
}
"""An envelope with everything but what no FHIR resource carries unchanged."""


def arriving(category, write, *items):
    """The items as they are read from what a writer made of them, and nothing unreadable."""
    resources = write(StoredPart(items=items), "p1")
    parsed = [Resource.parse(msgspec.json.encode(one)) for one in resources]
    reading = FHIR_READERS[category]
    gathered = reading.gather(reading.readers, parsed, References.none())
    assert not gathered.unreadable
    return gathered.items


def differing(item, read):
    """The fields that did not arrive as they were, with both values."""
    fields = (field for field in item.__struct_fields__ if field not in ("source", "retrieved_at"))
    pairs = {field: (getattr(item, field), getattr(read, field)) for field in fields}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def unset(item, *beside):
    """The fields of an item that nothing was put into, but for those that FHIR has no place for."""
    plain = type(item)(**{field: getattr(item, field) for field in _required(type(item))})
    fields = set(item.__struct_fields__) - set(_required(type(item)))
    fields -= {"source", "retrieved_at", "redactions", "source_system", *beside}
    return {field for field in fields if getattr(item, field) == getattr(plain, field)}


def _required(struct):
    return [one.name for one in msgspec.structs.fields(struct) if one.required]
