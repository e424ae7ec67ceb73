"""The FHIR nodes over real HTTP: searches, pages, what is sent along, and refusals."""

from __future__ import annotations

import pytest

from demo.fhir.search import MOST_TOKENS, Search, Searches
from demo.model import CARE_PLAN_NODE, HERTS
from demo.nodes.network import SERVED_NODES
from demo.population.build import node_store
from federation.model import Category
from tests.builders import NOW
from tests.demo.serving import serving
from tests.vouching import KEYS, Vouching

BASE = "/fhir/r4"
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
SERVED = {node.id: node for node in SERVED_NODES}


def clock():
    return NOW


def everybody_of(store):
    return [number for (number,) in store._connection.execute("SELECT number FROM people")]


@pytest.fixture(scope="module")
async def herts(population, stores):
    async with serving(SERVED[HERTS].app(node_store(population, HERTS), KEYS, clock)) as client:
        client.auth = Vouching(HERTS, BASE, clock, everybody_of(stores[HERTS]))
        yield client


@pytest.fixture(scope="module")
async def plans(population, stores):
    node = CARE_PLAN_NODE
    async with serving(SERVED[node].app(node_store(population, node), KEYS, clock)) as client:
        client.auth = Vouching(node, BASE, clock, everybody_of(stores[node]))
        yield client


async def find(client, *numbers):
    form = {"identifier": ",".join(f"{SYSTEM}|{number}" for number in numbers)}
    return (await client.post(f"{BASE}/Patient/_search", data=form)).json()


async def key_of(client, number):
    bundle = await find(client, number)
    return bundle["entry"][0]["resource"]["id"]


async def search(client, resource_type, **form):
    return await client.post(f"{BASE}/{resource_type}/_search", data=form)


def resources(bundle, mode="match"):
    return [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == mode]


async def pages(client, bundle):
    """The bundle and all that its next links lead to."""
    while True:
        yield bundle
        links = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        if not links:
            return
        bundle = (await client.get(links[0])).json()


async def test_a_person_is_found_by_number(herts, told):
    """One Patient, with a verified number and an id that is not the number."""
    number = told["everywhere"]["nhsNumber"]
    bundle = await find(herts, number)
    (patient,) = resources(bundle)
    (identifier,) = patient["identifier"]
    assert (identifier["system"], identifier["value"]) == (SYSTEM, number)
    status = identifier["extension"][0]["valueCodeableConcept"]["coding"][0]
    assert status["code"] == "01"
    assert number not in patient["id"]
    assert bundle["type"] == "searchset"


async def test_several_numbers_are_searched_at_once(herts, told):
    """Commas mean "or": whoever is held under any of them."""
    held = told["everywhere"]["nhsNumber"], told["two-cpr-decisions"]["nhsNumber"]
    bundle = await find(herts, *held, told["held-nowhere"]["nhsNumber"])
    found = {patient["identifier"][0]["value"] for patient in resources(bundle)}
    assert found == set(held)


async def test_somebody_who_is_not_held_is_an_empty_bundle(herts, told):
    """Not held: no match and no error."""
    bundle = await find(herts, told["held-nowhere"]["nhsNumber"])
    assert (bundle["total"], bundle["entry"]) == (0, [])


async def test_an_identifier_of_another_system_finds_nobody(herts, told):
    """Only NHS numbers name people here."""
    number = told["everywhere"]["nhsNumber"]
    response = await search(herts, "Patient", identifier=f"https://example.org/id|{number}")
    assert response.json()["total"] == 0


@pytest.mark.parametrize("count", [1, 7, 50, 200, 5000])
async def test_pages_are_complete_and_in_order(herts, stores, told, count):
    """Whatever the page size, all pages together are everything once, newest first."""
    number = told["long-history"]["nhsNumber"]
    person = stores[HERTS].people([number])[0]
    held = stores[HERTS].part(person, Category.OBSERVATIONS).items
    first = await search(herts, "Observation", patient=person.key, _count=str(count))
    found = [one async for page in pages(herts, first.json()) for one in resources(page)]
    assert {one["id"] for one in found} == {item.source_id for item in held}
    assert len(found) == len(held) == first.json()["total"]
    dates = [one["effectiveDateTime"] for one in found]
    assert dates == sorted(dates, reverse=True)


async def test_pages_are_stable(herts, told):
    """Reading the pages twice gives the same, also when a page link is used again."""
    key = await key_of(herts, told["long-history"]["nhsNumber"])
    bundle = (await search(herts, "Observation", patient=key, _count="50")).json()
    once = [resources(page) async for page in pages(herts, bundle)]
    again = [resources(page) async for page in pages(herts, bundle)]
    assert again == once
    assert len(once) == 3


async def test_no_link_holds_a_number_or_a_name(herts, told):
    """Links are opaque: neither the person nor the node's name for them stands in one."""
    person = told["long-history"]
    key = await key_of(herts, person["nhsNumber"])
    bundle = (await search(herts, "Observation", patient=key, _count="50")).json()
    for link in (await find(herts, person["nhsNumber"]))["link"] + bundle["link"]:
        for word in (person["nhsNumber"], key, *person["name"].split()):
            assert word not in link["url"]


async def test_an_unknown_page_link_is_gone(herts):
    """A token that was never given out is answered 410."""
    response = await herts.get(f"{BASE}/_page/made-up")
    assert response.status_code == 410
    assert response.json()["resourceType"] == "OperationOutcome"


def test_page_links_are_bounded(stores, told):
    """The oldest of many page links is forgotten, so that memory has an end."""
    tokens = iter(str(index) for index in range(MOST_TOKENS + 2))
    searches = Searches(stores[HERTS], SERVED[HERTS].categories, lambda: next(tokens))
    key = stores[HERTS].people([told["long-history"]["nhsNumber"]])[0].key
    asked = {"patient": [key], "_count": ["100"]}
    for _ in range(MOST_TOKENS + 1):
        searches._token(Search(type="Observation", keys=(key,), count=1))
    assert "0" not in searches._tokens
    assert len(searches._tokens) == MOST_TOKENS
    assert searches.search("Observation", asked, "http://x")["total"] == 120


async def test_medicines_and_staff_are_sent_along_when_asked_for(herts, stores, told):
    """`_include` brings Medication and Practitioner; without it they are left to be looked up."""
    key = await _with_hospital_medicine(herts, stores)
    plain = (await search(herts, "MedicationRequest", patient=key)).json()
    asked = await search(
        herts, "MedicationRequest", patient=key, _include="MedicationRequest:medication"
    )
    wanted = {one["medicationReference"]["reference"] for one in resources(plain)}
    sent = {f"Medication/{one['id']}" for one in resources(asked.json(), "include")}
    assert resources(plain, "include") == []
    assert sent == wanted
    key = await key_of(herts, told["everywhere"]["nhsNumber"])
    seen = await search(herts, "Observation", patient=key, _include="Observation:performer")
    assert {one["resourceType"] for one in resources(seen.json(), "include")} == {"Practitioner"}


async def _with_hospital_medicine(client, stores):
    rows = stores[HERTS]._connection.execute("SELECT key FROM people").fetchall()
    for (key,) in rows:
        bundle = (await search(client, "MedicationRequest", patient=key)).json()
        if bundle["total"]:
            return key
    pytest.fail("nobody has a hospital medicine")


@pytest.mark.parametrize("resource_type", ["Practitioner", "Organization"])
async def test_what_is_referred_to_can_be_read(herts, told, resource_type):
    """Everything that an observation refers to is there: by its id, and by a search for ids."""
    key = await key_of(herts, told["everywhere"]["nhsNumber"])
    bundle = (await search(herts, "Observation", patient=key)).json()
    references = {
        performer["reference"]
        for one in resources(bundle)
        for performer in one["performer"]
        if performer["reference"].startswith(resource_type)
    }
    assert references
    for reference in references:
        response = await herts.get(f"{BASE}/{reference}")
        assert response.status_code == 200
        assert response.json()["resourceType"] == resource_type
    ids = [reference.partition("/")[2] for reference in references]
    found = (await search(herts, resource_type, _id=",".join(ids))).json()
    assert {one["id"] for one in resources(found)} == set(ids)


async def test_no_known_allergies_is_said(herts, told):
    """The assertion is a resource of its own, with the code for it."""
    key = await key_of(herts, told["allergy-contradiction"]["nhsNumber"])
    (one,) = resources((await search(herts, "AllergyIntolerance", patient=key)).json())
    assert one["code"]["coding"][0]["code"] == "716186003"


async def test_a_decision_on_resuscitation_is_a_contained_flag(plans, told):
    """The plan contains the Flag that says what was decided, and points at it."""
    key = await key_of(plans, told["two-cpr-decisions"]["nhsNumber"])
    (plan,) = resources((await search(plans, "CarePlan", patient=key)).json())
    (flag,) = [one for one in plan["contained"] if one["resourceType"] == "Flag"]
    assert flag["code"]["coding"][0]["code"] == "450476008"
    assert flag["status"] == "active"
    assert plan["supportingInfo"] == [{"reference": f"#{flag['id']}"}]
    assert {"text": "Discussed with: Winifred and her son"} in plan["note"]


async def test_a_search_by_address_needs_no_number(herts, told):
    """A category can be searched by GET, by the node's own name for the person."""
    key = await key_of(herts, told["everywhere"]["nhsNumber"])
    response = await herts.get(f"{BASE}/AllergyIntolerance", params={"patient": f"Patient/{key}"})
    assert response.json()["total"] == 1


REFUSED = [
    # method, path, form, status, why
    ("GET", "/Patient?identifier=x", None, 403, "no number in an address"),
    ("POST", "/Slot/_search", {"patient": "x"}, 404, "a type that is not offered"),
    ("POST", "/Observation/_search", {"patient": "x", "colour": "red"}, 400, "unknown parameter"),
    ("POST", "/Observation/_search", {"_count": "1"}, 400, "no patient"),
    ("POST", "/Observation/_search", {"patient": "x", "_count": "many"}, 400, "no number"),
    ("POST", "/Observation/_search", {"patient": "x", "_count": "-1"}, 400, "a negative count"),
    ("POST", "/Observation/_search", {"patient": "x", "_include": "*"}, 400, "unknown include"),
    ("POST", "/Patient/_search", {"_count": "1"}, 400, "no identifier"),
    ("POST", "/Patient/_search", {"identifier": "a," * 30}, 400, "too many identifiers"),
    ("POST", "/Observation/_search?patient=x", {"_count": "1"}, 400, "parameters in the address"),
    ("GET", "/Practitioner/nobody", None, 404, "no such resource"),
    ("GET", "/Patient/x", None, 404, "people are not read by id"),
    ("DELETE", "/Observation/1", None, 405, "read only"),
    ("GET", "/", None, 404, "nothing at the base"),
]


@pytest.mark.parametrize(("method", "path", "form", "status", "why"), REFUSED)
async def test_what_is_not_served_is_an_outcome(herts, method, path, form, status, why):
    """Each refusal has its status and an OperationOutcome that repeats nothing of the request."""
    response = await herts.request(method, f"{BASE}{path}", data=form)
    assert response.status_code == status, why
    assert response.json()["resourceType"] == "OperationOutcome"
    assert "colour" not in response.text


async def test_a_search_must_be_a_form(herts):
    """JSON is not how FHIR is searched."""
    response = await herts.post(f"{BASE}/Patient/_search", json={"identifier": "x"})
    assert response.status_code == 415


async def test_a_huge_form_is_refused(herts):
    """A body beyond the limit is answered 413 and not read."""
    response = await herts.post(f"{BASE}/Patient/_search", data={"identifier": "9" * 200_000})
    assert response.status_code == 413
    assert response.json()["resourceType"] == "OperationOutcome"


async def test_the_care_plan_node_offers_what_goes_with_plans(plans, told):
    """Other categories are refused there, and the capability statement says so beforehand."""
    key = await key_of(plans, told["everywhere"]["nhsNumber"])
    assert (await search(plans, "Observation", patient=key)).status_code == 404
    statement = (await plans.get(f"{BASE}/metadata")).json()
    offered = {one["type"] for one in statement["rest"][0]["resource"]}
    listed = {"Patient", "Medication", "Practitioner", "Organization"}
    assert offered == {"CarePlan", "Flag", "RelatedPerson", "CareTeam"} | listed
    assert (statement["fhirVersion"], statement["kind"]) == ("4.0.1", "instance")


async def test_records_are_not_to_be_kept(herts, told):
    """Every answer says that nobody may store it."""
    response = await search(
        herts, "Patient", identifier=f"{SYSTEM}|{told['everywhere']['nhsNumber']}"
    )
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/fhir+json"


async def test_observations_are_narrowed_by_category(herts, told):
    """A category that was asked for is the only one that is sent, and the statement says so."""
    key = await key_of(herts, told["everywhere"]["nhsNumber"])
    everything = resources((await search(herts, "Observation", patient=key)).json())
    narrowed = await search(herts, "Observation", patient=key, category="laboratory,imaging")
    codes = {one["category"][0]["coding"][0]["code"] for one in resources(narrowed.json())}
    assert codes <= {"laboratory", "imaging"}
    assert len(resources(narrowed.json())) < len(everything)
    statement = (await herts.get(f"{BASE}/metadata")).json()
    (listed,) = (
        one["searchParam"]
        for one in statement["rest"][0]["resource"]
        if one["type"] == "Observation"
    )
    assert [one["name"] for one in listed] == ["patient", "category"]
