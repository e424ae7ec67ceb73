"""The demo's FHIR nodes answer only what the gateway vouches for, to the person and the type."""

from __future__ import annotations

import httpx
import pytest

from demo.fhir.app import BASE
from demo.model import HERTS
from demo.nodes.network import SERVED_NODES
from demo.population.build import node_store
from federation.model import Category
from federation.protocols.requester_token import ANSWER_HEADER, REQUESTER_HEADER, digest_of
from tests.builders import NOW
from tests.vouching import KEYS, a_token

ASKED = frozenset((Category.ALLERGIES,))


@pytest.fixture
def herts(population):
    served = {node.id: node for node in SERVED_NODES}[HERTS]
    return served.app(node_store(population, HERTS), KEYS, lambda: NOW)


@pytest.fixture
def people(stores):
    """Two people as the node knows them, each with their number."""
    return stores[HERTS]._connection.execute("SELECT key, number FROM people LIMIT 2").fetchall()


async def ask_fhir(app, method, path, token, body=b""):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if token:
        headers[REQUESTER_HEADER] = token
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        return await client.request(method, f"{BASE}/{path}", content=body, headers=headers)


def fhir_token(body, *numbers, path, method="POST", **given):
    return a_token(HERTS, body, *numbers, path=path, method=method, **given)


async def test_a_fhir_node_refuses_without_one(herts):
    """401 and an OperationOutcome, for whatever is asked but what it can do at all."""
    for method, path in [
        ("POST", "Patient/_search"),
        ("POST", "Observation/_search"),
        ("GET", "Observation?patient=x"),
        ("GET", "Practitioner/x"),
        ("GET", "_page/x"),
    ]:
        response = await ask_fhir(herts, method, path, None)
        assert (response.status_code, response.json()["resourceType"]) == (401, "OperationOutcome")
        assert response.headers["www-authenticate"] == REQUESTER_HEADER
    assert (await ask_fhir(herts, "GET", "metadata", None)).status_code == 200


FHIR = "https://fhir.nhs.uk/Id/nhs-number%7C"


async def test_a_fhir_node_answers_what_was_vouched_for(herts, people):
    """The person of the token, found and searched; with the digest of the request's token."""
    (key, number), _ = people
    for path, body in [
        ("Patient/_search", f"identifier={FHIR}{number}"),
        ("AllergyIntolerance/_search", f"patient=Patient/{key}"),
    ]:
        form = body.encode()
        token = fhir_token(form, number, path=path, categories=ASKED)
        response = await ask_fhir(herts, "POST", path, token, form)
        assert response.status_code == 200
        assert response.headers[ANSWER_HEADER] == digest_of(token.encode())


async def test_a_fhir_node_answers_no_other_question(herts, people):
    """Another person's number or id, another type, another path or body: 403."""
    (key, number), (other_key, other_number) = people
    search = "AllergyIntolerance/_search"
    mine = f"patient=Patient/{key}".encode()
    for path, body, signed_path, signed_body, why in [
        ("Patient/_search", f"identifier={FHIR}{other_number}".encode(), None, None, "number"),
        (
            "Patient/_search",
            f"identifier={FHIR}{number},{FHIR}{other_number}".encode(),
            None,
            None,
            "one more number",
        ),
        (search, f"patient=Patient/{other_key}".encode(), None, None, "another's id"),
        (search, f"patient=Patient/{key},Patient/{other_key}".encode(), None, None, "both ids"),
        ("Observation/_search", mine, None, None, "another type"),
        ("Condition/_search", mine, search, None, "a token for another path"),
        (search, mine, None, mine + b"&_count=1", "a token for another body"),
    ]:
        token = fhir_token(signed_body or body, number, path=signed_path or path, categories=ASKED)
        response = await ask_fhir(herts, "POST", path, token, body)
        assert response.status_code == 403, why
        assert response.json()["issue"][0]["code"] == "forbidden"


async def test_a_page_link_is_the_persons_too(herts, stores):
    """A link that was given for one person is followed for nobody else."""
    store = stores[HERTS]
    rows = store._connection.execute("SELECT number FROM people").fetchall()
    numbers = [number for (number,) in rows]
    person = next(
        one
        for one in (store.people([number])[0] for number in numbers)
        if len(store.part(one, Category.OBSERVATIONS).items) > 1
    )
    path, form = "Observation/_search", f"patient=Patient/{person.key}&_count=1".encode()
    owner = person.person.nhs_number
    first = await ask_fhir(herts, "POST", path, fhir_token(form, owner, path=path), form)
    link = next(one["url"] for one in first.json()["link"] if one["relation"] == "next")
    page = link.partition(f"{BASE}/")[2]
    other = next(number for number in numbers if number != owner)
    for number, status in [(other, 403), (owner, 200)]:
        token = fhir_token(b"", number, path=page, method="GET")
        assert (await ask_fhir(herts, "GET", page, token)).status_code == status
