"""Asking a FHIR stub through the client, and what tests of it share."""

import msgspec

from federation.flow import Reply
from federation.model import Category
from tests.builders import NUMBER
from tests.federation.protocols.speakers import Fhir, a_node_at, fetch, fhir_allergy, fhir_patient
from tests.stubs.fhir_node import FHIR, FhirNode, entry, searchset
from tests.stubs.http import Answer, serving

ALLERGIES = (Category.ALLERGIES,)
MEDICATIONS = (Category.MEDICATIONS,)


async def ask(transport, stub, *, categories=ALLERGIES, override=None, numbers=(NUMBER,), **given):
    """A node's reply. `override` may answer in the stub's place: a function of the request."""

    def handler(request):
        return (override(request) if override else None) or stub(request)

    async with serving(handler) as server:
        node = a_node_at(Fhir(), server.url, **given)
        outcome = await fetch(node, transport, *numbers, categories=categories)
    assert stub.refusals == []
    assert not any(NUMBER in request.target for request in server.requests)
    asked = [request for request in server.requests if not request.target.endswith("/metadata")]
    return outcome, asked


async def part(transport, stub, *, categories=ALLERGIES, **given):
    reply, _ = await ask(transport, stub, categories=categories, **given)
    assert isinstance(reply, Reply), reply
    return reply.records[0].parts[categories[0]]


def seen(found):
    return found.state.value, found.code and found.code.value, len(found.items), found.quarantined


def holding(*resources, **given):
    return FhirNode([fhir_patient(), *resources], **given)


def many(count):
    return [fhir_allergy(number, f"substance {number}") for number in range(count)]


def answering(bundle):
    """Answers every allergy search with this searchset."""
    body = msgspec.json.encode({"resourceType": "Bundle", "type": "searchset"} | bundle)
    answer = Answer(headers=FHIR, body=body)
    return lambda request: answer if "Allergy" in request.target else None


def always_sent(*resources):
    """A node that sends these whatever is asked for, as some servers do."""
    return holding(extra={"AllergyIntolerance": [entry(one) for one in resources]})


def a_statement(reference="Medication/m1"):
    return {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": reference},
    }


def a_medicine(identity="m1"):
    return {
        "resourceType": "Medication",
        "id": identity,
        "code": {
            "coding": [
                {"system": "https://dmd.nhs.uk", "code": "42206711000001100", "display": "Ramipril"}
            ]
        },
        "form": {"text": "Capsule"},
    }


def calling(full_url):
    """A node that gives the person this address, as one behind a proxy does."""

    def override(request):
        if not request.target.endswith("Patient/_search"):
            return None
        return searchset([entry(fhir_patient()) | {"fullUrl": full_url}])

    return override
