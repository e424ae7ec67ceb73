"""The tracing stand-in over real HTTP, held to the published PDS examples where present."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from demo.population.build import tracing_store
from demo.store import TracingStore
from demo.tracing import BASE, build_tracing_app
from tests.demo.serving import serving
from tests.real_data import DATA, NEEDS_DATA

PUBLISHED = DATA / "nhs" / "pds"


@pytest.fixture(scope="module")
async def service(population):
    store = TracingStore(tracing_store(population))
    async with serving(build_tracing_app(store)) as client:
        yield client


async def trace(service, number, **headers):
    given = {"X-Request-ID": str(uuid4())} | headers
    return await service.get(f"{BASE}/Patient/{number}", headers=given)


def published(path):
    return msgspec.json.decode((PUBLISHED / path).read_bytes())


async def test_somebody_is_found(service, told):
    """Number, name, birth date and version, with the request id echoed."""
    person = told["everywhere"]
    response = await trace(service, person["nhsNumber"])
    patient = response.json()
    assert response.status_code == 200
    assert (patient["id"], patient["birthDate"]) == (person["nhsNumber"], person["birthDate"])
    assert patient["name"][0]["family"] == person["name"].split()[-1]
    assert patient["meta"]["security"][0]["code"] == "U"
    assert response.headers["etag"] == 'W/"1"'
    assert response.headers["x-request-id"] == response.request.headers["x-request-id"]
    assert response.headers["cache-control"] == "no-store"


async def test_a_replaced_number_answers_the_current_one(service, told):
    """The id differs from the number asked for: that is how a replacement is told."""
    response = await trace(service, "9990000204")
    assert response.json()["id"] == told["superseded"]["nhsNumber"]


async def test_a_restricted_person_has_no_whereabouts(service, told):
    """Confidentiality R, and neither address nor telephone nor practice."""
    patient = (await trace(service, told["restricted"]["nhsNumber"])).json()
    assert patient["meta"]["security"][0]["code"] == "R"
    assert not {"address", "telecom", "generalPractitioner"} & set(patient)


OUTCOMES = [
    # number, status, published example, why
    ("9999999999", 404, "RESOURCE_NOT_FOUND", "nobody has it"),
    ("9990000085", 404, "INVALIDATED_RESOURCE", "it was withdrawn"),
    ("9990000019", 400, "INVALID_RESOURCE_ID", "the check digit is wrong"),
    ("12", 400, "INVALID_RESOURCE_ID", "too short"),
    ("999 000 0018", 400, "INVALID_RESOURCE_ID", "spaces do not belong into an address"),
]


@pytest.mark.parametrize(("number", "status", "code", "why"), OUTCOMES)
async def test_what_is_not_found_is_an_outcome(service, number, status, code, why):
    """Each has its status and Spine code, and repeats nothing of the request."""
    response = await trace(service, number)
    assert response.status_code == status, why
    assert response.json()["issue"][0]["details"]["coding"][0]["code"] == code
    assert number not in response.text


@NEEDS_DATA
@pytest.mark.parametrize(("number", "status", "code", "why"), OUTCOMES)
async def test_outcomes_are_those_that_are_published(service, number, status, code, why):
    """The body is the published example's, to the letter."""
    response = await trace(service, number)
    assert response.status_code == status
    assert response.json() == published(f"errorResponses/{code}.json"), why


async def test_a_request_id_is_required(service, told):
    """Without X-Request-ID, or with one that is no UUID, nothing is told."""
    address = f"{BASE}/Patient/{told['everywhere']['nhsNumber']}"
    missing = await service.get(address)
    wrong = await service.get(address, headers={"X-Request-ID": "abc"})
    assert (missing.status_code, wrong.status_code) == (412, 400)
    codes = [one.json()["issue"][0]["details"]["coding"][0]["code"] for one in (missing, wrong)]
    assert codes == ["PRECONDITION_FAILED", "INVALID_VALUE"]


async def test_nothing_else_is_served(service):
    """Searches and updates of the real service are not part of the stand-in."""
    response = await service.get(f"{BASE}/Patient", params={"family": "Smith"})
    assert response.status_code == 404
    assert response.json()["issue"][0]["details"]["coding"][0]["code"] == "UNSUPPORTED_SERVICE"


def paths(value, at=""):
    """Every path of field names in a JSON value."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield f"{at}.{name}"
            yield from paths(below, f"{at}.{name}")
    elif isinstance(value, list):
        for below in value:
            yield from paths(below, f"{at}[]")


@NEEDS_DATA
async def test_people_have_the_published_shape(service, tracing):
    """Everybody's Patient has only fields that the published examples have."""
    known = {
        path
        for folder in ("patientResponses", "searchResponses")
        for file in (PUBLISHED / folder).glob("*.json")
        for path in paths(_patients(msgspec.json.decode(file.read_bytes())))
    }
    rows = tracing._connection.execute("SELECT number FROM numbers WHERE person IS NOT NULL")
    for (number,) in rows.fetchall():
        patient = (await trace(service, number)).json()
        assert set(paths([patient])) <= known
        assert set(published("searchResponses/Minimal_Patient.json")) <= set(patient) | {
            "resourceType"
        }


def _patients(value):
    if value.get("resourceType") == "Bundle":
        return [entry["resource"] for entry in value.get("entry", [])]
    return [value]
