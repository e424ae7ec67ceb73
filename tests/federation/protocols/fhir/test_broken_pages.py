"""Pages broken in any place: an allergy that is lost is never lost in silence."""

import copy
import random

import httpx
import msgspec
import pytest

from federation.flow import Failure
from federation.model import Category
from federation.protocols.fhir.client import FhirClient
from tests.builders import NOW
from tests.federation.protocols.speakers import Fhir, a_call, a_node_at, fhir_allergy, fhir_patient
from tests.stubs.fhir_node import FHIR

ROUNDS = 150
HELD = 3
WRONG = (
    *("", None, 0, -1, 1e308, True, [], {}, [None], [{}], "x" * 300, "\x00", "next", "?page=1"),
    *("//elsewhere.example", "http://[::1", "urn:uuid:1", "#a", "Patient/p2", "2019-02-30"),
)
STATUSES = (200,) * 20 + (400, 403, 404, 429, 500, 204, 302)


def places(element, path=()):
    """Every place in a page."""
    pairs = element.items() if isinstance(element, dict) else enumerate(element)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def page(*resources, total, more=False):
    entries = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    link = [{"relation": "next", "url": "?page=2"}] if more else []
    said = {"resourceType": "Bundle", "type": "searchset", "total": total}
    return said | {"link": link, "entry": entries}


class Breaking:
    """A node that says who the person is, and breaks whatever else it sends in one place."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311 - no secret

    def __call__(self, request):
        if request.url.path.endswith("Patient/_search"):
            return self.answer(page(fhir_patient(), total=1))
        allergies = [fhir_allergy(one, f"Substance {one}") for one in range(HELD)]
        if request.method == "GET":
            return self.broken(page(allergies[-1], total=HELD))
        asked = "AllergyIntolerance" in request.url.path
        return self.broken(page(*allergies[:-1], total=HELD, more=True) if asked else page(total=0))

    def broken(self, whole):
        whole = copy.deepcopy(whole)
        if self.random.random() < 0.7:
            *before, last = self.random.choice(list(places(whole)))
            element = whole
            for key in before:
                element = element[key]
            element[last] = copy.deepcopy(self.random.choice(WRONG))
        return self.answer(whole, self.random.choice(STATUSES))

    def answer(self, whole, status=200):
        body = msgspec.json.encode(whole)
        if status != httpx.codes.OK or self.random.random() > 0.05:
            return httpx.Response(status, headers=FHIR, content=body)
        return httpx.Response(status, headers=FHIR, content=body[: len(body) // 2])


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_broken(seed):
    """A whole answer has every allergy of the node; any other says that it is none."""
    node = a_node_at(Fhir(), "http://node.example")
    breaking = Breaking(seed)
    seen = set()
    for _ in range(ROUNDS):
        client = FhirClient(node, httpx.MockTransport(breaking), lambda: NOW)
        outcome = await client.fetch(a_call(node, categories=(Category.ALLERGIES,)))
        await client.aclose()
        if isinstance(outcome, Failure):
            continue
        part = outcome.records[0].parts[Category.ALLERGIES]
        seen.add((part.state.value, len(part.items)))
        assert part.state not in {"FRESH", "FRESH_EMPTY"} or len(part.items) == HELD
        assert part.assertion is None
    assert ("FRESH", HELD) in seen
    assert len(seen) > HELD
