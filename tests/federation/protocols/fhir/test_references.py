"""What resources point at: sent along, contained, looked up, or not to be had."""

import pytest

from federation.model import Category
from tests.builders import NUMBER
from tests.federation.protocols.fhir.asking import (
    MEDICATIONS,
    a_medicine,
    a_statement,
    ask,
    holding,
    part,
    seen,
)
from tests.federation.protocols.speakers import (
    fhir_allergy,
)


async def named(transport, stub):
    found = await part(transport, stub, categories=MEDICATIONS)
    return [(item.medicine.display, item.form) for item in found.items], found


async def test_a_medicine_that_is_sent_along(transport):
    """An included medicine is found without another request."""
    stub = holding(a_statement(), a_medicine())
    reply, requests = await ask(transport, stub, categories=MEDICATIONS)
    assert reply.records[0].parts[Category.MEDICATIONS].items[0].medicine.display == "Ramipril"
    assert not any(request.target.endswith("Medication/_search") for request in requests)


async def test_a_medicine_that_must_be_fetched(transport):
    """A medicine that was not sent along is looked up, by one search for all of them."""
    second = a_statement("Medication/m2") | {"id": "s2"}
    stub = holding(a_statement(), second, a_medicine(), a_medicine("m2"), includes=False)
    reply, requests = await ask(transport, stub, categories=MEDICATIONS)
    items = reply.records[0].parts[Category.MEDICATIONS].items
    assert [item.form for item in items] == ["Capsule", "Capsule"]
    assert len([one for one in requests if one.target.endswith("Medication/_search")]) == 1


async def test_a_medicine_that_is_contained(transport):
    """A contained medicine belongs to its own resource alone."""
    inside = a_statement("#m") | {"contained": [a_medicine("m")]}
    outside = a_statement("#m") | {"id": "s2"}
    names, found = await named(transport, holding(inside, outside))
    assert names == [("Ramipril", "Capsule")]
    assert found.quarantined == 1


async def test_a_medicine_that_nobody_has(transport):
    """A medicine that cannot be named is not shown as a nameless one."""
    _, found = await named(transport, holding(a_statement("Medication/gone"), includes=False))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)


async def test_a_medicine_on_another_host(transport):
    """Another host is never asked for what a resource points at, nor this one in its stead."""
    stub = holding(a_statement("http://elsewhere.example/Medication/m1"), a_medicine())
    reply, requests = await ask(transport, stub, categories=MEDICATIONS)
    assert reply.records[0].parts[Category.MEDICATIONS].quarantined == 1
    assert not any(request.target.endswith("Medication/_search") for request in requests)


@pytest.mark.parametrize("sent_along", [True, False])
async def test_an_author_in_a_role(transport, sent_along):
    """Who recorded it is found through a role, sent along or fetched, two steps away."""
    allergy = fhir_allergy(1, "Latex") | {"recorder": {"reference": "PractitionerRole/r1"}}
    role = {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": {"reference": "Practitioner/d1"},
        "organization": {"reference": "Organization/o1"},
        "code": [{"text": "General practitioner"}],
    }
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"text": "Dr Ada Example"}]}
    house = {
        "resourceType": "Organization",
        "id": "o1",
        "name": "Example Surgery",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99001"}
        ],
    }
    stub = holding(allergy, role, doctor, house, includes=sent_along)
    (item,) = (await part(transport, stub)).items
    assert (item.author.name, item.author.role) == ("Dr Ada Example", "General practitioner")
    assert item.author.organisation.ods_code == "X99001"
    assert item.custodian.name == "Example Surgery"


async def test_an_author_who_cannot_be_found(transport):
    """An item is not lost because its author is; the reference's own words are shown."""
    recorder = {"reference": "Practitioner/gone", "display": "Dr Ada Example"}
    allergy = fhir_allergy(1, "Latex") | {"recorder": recorder}
    (item,) = (await part(transport, holding(allergy))).items
    assert item.author.name == "Dr Ada Example"


def a_plan(reference):
    return {
        "resourceType": "CarePlan",
        "id": "c1",
        "status": "active",
        "intent": "plan",
        "title": "ReSPECT",
        "subject": {"reference": "Patient/p1"},
        "supportingInfo": [{"reference": reference}],
    }


async def test_a_decision_on_resuscitation_that_must_be_fetched(transport):
    """A decision that a plan only points at is fetched; where nobody has it the plan says so."""
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "450476008"}]}
    flag = {"resourceType": "Flag", "id": "f1", "status": "active", "code": code}
    plans = (Category.CARE_PLANS,)
    found = await part(transport, holding(a_plan("Flag/f1"), flag), categories=plans)
    assert found.items[0].cpr.decision == "DO_NOT_ATTEMPT_CPR"
    found = await part(transport, holding(a_plan("Flag/gone")), categories=plans)
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)


async def test_a_crowd_of_references_is_not_fetched_without_end(transport):
    """Look-ups are bounded, whatever a resource points at, and the bound is said."""
    recorders = [{"reference": f"Practitioner/d{number}"} for number in range(2_000)]
    allergy = fhir_allergy(1, "Latex") | {"note": recorders}
    reply, requests = await ask(transport, holding(allergy))
    assert seen(reply.records[0].parts[Category.ALLERGIES]) == ("PARTIAL", "TRUNCATED", 1, 0)
    assert len(requests) <= 3 + 8


async def test_what_is_searched_for(transport):
    """The person is named in bodies alone, by form, with the references that are wanted along."""
    _, requests = await ask(transport, holding(), categories=MEDICATIONS)
    bodies = {request.target: request.body.decode() for request in requests}
    assert set(bodies) == {
        "/r4/Patient/_search",
        "/r4/MedicationStatement/_search",
        "/r4/MedicationRequest/_search",
        "/r4/MedicationDispense/_search",
        "/r4/MedicationAdministration/_search",
    }
    assert NUMBER in bodies["/r4/Patient/_search"]
    assert "patient=Patient%2Fp1" in bodies["/r4/MedicationStatement/_search"]
