"""Many calls of one client at once, some of which are given up: nothing mixes, nothing is lost."""

import asyncio
import random
from urllib.parse import parse_qsl

import httpx
import pytest

from federation.model import Category
from federation.protocols.fhir.client import FhirClient
from tests.builders import NOW
from tests.federation.protocols.speakers import Fhir, a_call, a_node_at, fhir_allergy, fhir_patient
from tests.stubs import loop_time
from tests.stubs.fhir_node import FhirNode
from tests.stubs.http import Request

PEOPLE = 200
CATEGORIES = (Category.DEMOGRAPHICS, Category.ALLERGIES, Category.MEDICATIONS)


def number(one):
    return f"{9990000000 + one}"


def a_person(one):
    """Somebody, with an allergy, by a doctor of the same name for all under another id each."""
    doctor = {"resourceType": "Practitioner", "id": f"d{one}", "name": [{"text": f"Dr {one}"}]}
    allergy = fhir_allergy(one, f"Substance {one}") | {
        "patient": {"reference": f"Patient/p{one}"},
        "recorder": {"reference": f"Practitioner/d{one}"},
    }
    return [fhir_patient(f"p{one}", number(one)), allergy, doctor]


class Delayed:
    """A node that takes its time, a little more or less for each request."""

    def __init__(self, seed):
        self.stub = FhirNode(
            [each for one in range(PEOPLE) for each in a_person(one)], includes=False
        )
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.statements = 0

    async def answer(self, request):
        self.statements += request.url.path.endswith("/metadata")
        await asyncio.sleep(self.random.random())
        target = request.url.raw_path.decode()
        assert number(0)[:6] not in target
        form = dict(parse_qsl(request.content.decode()))
        assert request.method == "GET" or form
        answer = self.stub(Request(request.method, target, request.headers, request.content))
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


async def all_at_once(delayed, given_up):
    """Everybody's outcome by one client, None for those given up midway; and what went unheard."""
    unheard = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: unheard.append(told))
    node = a_node_at(Fhir(), "http://node.example")
    client = FhirClient(node, httpx.MockTransport(delayed.answer), lambda: NOW)
    calls = [
        asyncio.create_task(client.fetch(a_call(node, number(one), categories=CATEGORIES)))
        for one in range(PEOPLE)
    ]
    for one in given_up:
        asyncio.get_running_loop().call_later(delayed.random.random() * 3, calls[one].cancel)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    await client.aclose()
    return outcomes, unheard


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_people_at_once(seed):
    """Each gets their own record, whoever else is asked for or goes away meanwhile."""
    delayed = Delayed(seed)
    given_up = range(0, PEOPLE, 3)
    outcomes, unheard = loop_time.run(all_at_once(delayed, given_up))
    for one, outcome in enumerate(outcomes):
        if isinstance(outcome, asyncio.CancelledError):
            assert one in given_up
            continue
        (record,) = outcome.records
        (allergy,) = record.parts[Category.ALLERGIES].items
        assert record.person.nhs_number == number(one)
        assert (allergy.source_id, allergy.author.name) == (f"a{one}", f"Dr {one}")
        assert record.parts[Category.MEDICATIONS].state == "FRESH_EMPTY"
    assert sum(isinstance(one, asyncio.CancelledError) for one in outcomes) > PEOPLE / 6
    assert unheard == []
    assert delayed.statements == 1
