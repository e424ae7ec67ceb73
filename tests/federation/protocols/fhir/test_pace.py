"""A node of which a part is late: the rest is returned in time, and what is late is said."""

import asyncio
from urllib.parse import parse_qsl

import httpx
import pytest

from federation.fanout import fan_out
from federation.flow import Failure, Plan, Reply
from federation.model import Category
from federation.protocols.fhir.client import FhirClient
from federation.protocols.fhir.pace import pace
from tests.builders import NOW
from tests.federation.protocols.fhir.asking import a_medicine, a_statement, holding, many
from tests.federation.protocols.speakers import Fhir, a_call, a_node_at, fhir_allergy
from tests.stubs import loop_time
from tests.stubs.http import Request

SECONDS = 8.0
ALLERGIES_AND_PROBLEMS = (Category.ALLERGIES, Category.PROBLEMS)


class Slow:
    """A transport to a stub. What `hangs` picks is never answered, by its path and its form."""

    def __init__(self, stub, hangs):
        self.stub = stub
        self.hangs = hangs
        self.let_go = 0

    async def answer(self, request):
        form = dict(parse_qsl(request.content.decode()))
        if self.hangs(request.url.path, form):
            try:
                await asyncio.Event().wait()
            finally:
                self.let_go += 1
        target = request.url.raw_path.decode()
        answer = self.stub(Request(request.method, target, request.headers, request.content))
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


def fanned_out(stub, hangs, *categories, seconds=30.0):
    """The outcome of one call by fan-out, when it came, and the transport."""
    slow = Slow(stub, hangs)

    async def run():
        loop = asyncio.get_running_loop()
        node = a_node_at(Fhir(), "http://node.example", timeout_seconds=SECONDS)
        client = FhirClient(node, httpx.MockTransport(slow.answer), lambda: NOW)
        plan = Plan(calls=(a_call(node, categories=categories or ALLERGIES_AND_PROBLEMS),))
        try:
            (outcome,) = await fan_out(
                plan, {node.id: client}, loop.time() + seconds, loop.time, lambda *_: None
            )
            return outcome, loop.time()
        finally:
            await client.aclose()

    outcome, ended = loop_time.run(run())
    return outcome, ended, slow


def searching(kind):
    return lambda path, _form: path.endswith(f"{kind}/_search")


def said(part):
    return part.state, part.code, len(part.items)


@pytest.mark.parametrize("seconds", [3.0, 30.0])
def test_a_search_that_hangs(seconds):
    """One category that hangs is late alone, before the call's own end; the others are whole."""
    stub = holding(fhir_allergy(1, "Latex"))
    outcome, ended, slow = fanned_out(stub, searching("Condition"), seconds=seconds)
    assert isinstance(outcome, Reply)
    parts = outcome.records[0].parts
    assert said(parts[Category.ALLERGIES]) == ("FRESH", None, 1)
    assert said(parts[Category.PROBLEMS]) == ("TIMED_OUT", "DEADLINE_EXCEEDED", 0)
    assert ended < min(seconds, SECONDS)
    assert slow.let_go == 1


def test_one_of_several_searches_of_a_category_hangs():
    """What the others gave stands, and is less than whole."""
    outcome, _, _ = fanned_out(holding(fhir_allergy(1, "Latex")), searching("List"))
    part = outcome.records[0].parts[Category.ALLERGIES]
    assert said(part) == ("PARTIAL", "DEADLINE_EXCEEDED", 1)


def test_a_further_page_that_hangs():
    """The pages before it are shown, and that there is more is said."""
    stub = holding(*many(30), page_size=20)
    outcome, _, _ = fanned_out(stub, lambda _path, form: not form, Category.ALLERGIES)
    part = outcome.records[0].parts[Category.ALLERGIES]
    assert said(part) == ("PARTIAL", "DEADLINE_EXCEEDED", 20)


def test_a_look_up_that_hangs():
    """The items stand in the references' own words; that they are less than whole is said."""
    recorder = {"reference": "Practitioner/d1", "display": "Dr Ada Example"}
    stub = holding(fhir_allergy(1, "Latex") | {"recorder": recorder}, includes=False)
    outcome, ended, _ = fanned_out(stub, searching("Practitioner"))
    parts = outcome.records[0].parts
    assert said(parts[Category.ALLERGIES]) == ("PARTIAL", "DEADLINE_EXCEEDED", 1)
    assert parts[Category.ALLERGIES].items[0].author.name == "Dr Ada Example"
    assert said(parts[Category.PROBLEMS]) == ("FRESH_EMPTY", None, 0)
    assert ended < SECONDS


def test_a_search_that_hangs_leaves_time_to_look_up():
    """What the others point at is fetched all the same."""
    stub = holding(a_statement(), a_medicine(), includes=False)
    outcome, _, _ = fanned_out(
        stub, searching("Condition"), Category.MEDICATIONS, Category.PROBLEMS
    )
    part = outcome.records[0].parts[Category.MEDICATIONS]
    assert (said(part), part.items[0].form) == (("FRESH", None, 1), "Capsule")


def test_a_surgery_that_hangs():
    """Where the person is registered is looked up, and costs nobody their record."""
    surgery = {"reference": "Organization/o1", "display": "Example Surgery"}
    stub = holding(fhir_allergy(1, "Latex"))
    stub.resources[0]["managingOrganization"] = surgery
    outcome, _, _ = fanned_out(stub, searching("Organization"))
    assert said(outcome.records[0].parts[Category.ALLERGIES]) == ("FRESH", None, 1)


def test_a_person_who_is_not_found_in_time():
    """Who the person is must be known: there is nothing to return without."""
    outcome, _, _ = fanned_out(holding(), searching("Patient"))
    assert isinstance(outcome, Failure)
    assert (outcome.state, outcome.code) == ("TIMED_OUT", "DEADLINE_EXCEEDED")


def test_everything_hangs_at_once():
    """Many searches that hang are let go of, each."""
    outcome, _, slow = fanned_out(holding(), lambda path, _: "Patient/" not in path, *Category)
    parts = outcome.records[0].parts
    assert {part.state for name, part in parts.items() if name != "DEMOGRAPHICS"} <= {
        "TIMED_OUT",
        "PARTIAL",
    }
    assert slow.let_go > len(parts)


PACES = [
    # begins, must be answered by, the steps
    (100.0, None, (None, None, None)),
    (100.0, 108.0, (104.0, 106.0, 107.6)),
    (100.0, 140.0, (120.0, 130.0, 139.5)),
    (100.0, 99.0, (100.0, 100.0, 100.0)),
]


@pytest.mark.parametrize(("now", "by", "expected"), PACES)
def test_how_time_is_shared_out(now, by, expected):
    """Each step ends before the next, and the last before the call must have been answered."""
    found = pace(now, by)
    assert (found.person_by, found.searches_by, found.all_by) == pytest.approx(expected)
