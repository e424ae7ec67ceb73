"""One way to read a specimen: a resource with changes, by a category's own reader."""

import gzip
import json

import msgspec

from federation.records.fhir.person import read_person
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource
from tests.real_data import DATA

SNOMED = "http://snomed.info/sct"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
SELF = {"reference": "Patient/p1"}


def coded(code, display=None, system=SNOMED, text=None):
    """A concept with one code."""
    concept = {"coding": [{"system": system, "code": code, "display": display}]}
    return concept | ({"text": text} if text else {})


def changed(resource, /, **changes):
    """The resource with some elements changed, and those of `...` left out."""
    whole = resource | changes
    return {name: value for name, value in whole.items() if value is not ...}


def parse(resource):
    """A resource as it comes."""
    return Resource.parse(msgspec.json.encode(resource))


def known(*resources):
    """What a node sent along or what was fetched."""
    return References({f"{one['resourceType']}/{one['id']}": parse(one) for one in resources}, {})


def read(category, resource, /, *along, **changes):
    """What a category makes of one resource; `along` is what the node sent with it."""
    parsed = parse(changed(resource, **changes))
    return FHIR_READERS[category].readers[parsed.kind](parsed, known(*along))


def read_patient(resource, /, *along, **changes):
    """Who a Patient says that the person is."""
    return read_person(parse(changed(resource, **changes)), known(*along))


def uk_core(name):
    """UK Core's own example."""
    return json.loads((DATA / "ukcore" / f"UKCore-{name}-Example.json").read_text("utf-8"))


def published(kind):
    """Every resource of a type among the published examples, by where it stands."""
    for path in sorted((DATA / "ukcore").glob(f"UKCore-{kind}-*.json")):
        yield path.name, json.loads(path.read_text("utf-8"))
    for path in sorted((DATA / "synthea").glob("*.gz")):
        bundle = json.loads(gzip.decompress(path.read_bytes()))
        for number, entry in enumerate(bundle["entry"]):
            if entry["resource"]["resourceType"] == kind:
                yield f"{path.name} {number}", entry["resource"]
