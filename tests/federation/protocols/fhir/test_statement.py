"""The capability statement: what is read from it, and how long it is believed."""

import asyncio
from datetime import timedelta
from functools import partial

import httpx
import msgspec
import pytest

from federation.flow import Failure
from federation.model import Category
from federation.protocols.channel import Channel
from federation.protocols.fhir.capability import UNSTATED, Capability, read_capability
from federation.protocols.fhir.client import FhirClient
from federation.protocols.fhir.statement import Statement, read_statement
from tests.builders import NOW
from tests.federation.protocols.speakers import Fhir, a_call, a_node_at, fhir_allergy, fhir_patient
from tests.stubs import loop_time
from tests.stubs.fhir_node import FhirNode
from tests.stubs.http import Answer, serving

SAID = Capability(types={})


def statement(*resources, **changes):
    rest = [{"mode": "server", "resource": list(resources)}]
    found = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}
    return read_capability(msgspec.json.encode(found | changes))


def listed(kind, *parameters, **given):
    return {"type": kind, "searchParam": [{"name": name} for name in parameters]} | given


# ── what is read ──────────────────────────────────────────────────────────────────────────────────

SEARCHES = [
    # what is listed, may the type be searched by patient, and by what
    (listed("Flag"), True, "patient"),
    (listed("Flag", "patient", "subject"), True, "patient"),
    (listed("Flag", "subject"), True, "subject"),
    (listed("Flag", "date"), False, None),
    (listed("Flag", interaction=[{"code": "read"}]), False, "patient"),
    (listed("Flag", interaction=[{"code": "read"}, {"code": "search-type"}]), True, "patient"),
    (listed("Goal", "patient"), False, "patient"),
]


@pytest.mark.parametrize(("resource", "expected", "by"), SEARCHES)
def test_what_may_be_searched(resource, expected, by):
    """A type that is listed, with a way to name the person, is searched."""
    capability = statement(resource)
    assert capability.searches("Flag") is expected
    assert capability.by_patient("Flag") == by


@pytest.mark.parametrize(
    ("includes", "expected"),
    [
        ([], False),
        (["Flag:author"], True),
        (["Flag:*"], True),
        (["*"], True),
        (["Flag:encounter", "Goal:author"], False),
    ],
)
def test_what_is_sent_along(includes, expected):
    """Only what a server lists is asked for along with the rest."""
    capability = statement(listed("Flag", searchInclude=includes))
    assert capability.sends_along("Flag", "author") is expected


@pytest.mark.parametrize(
    ("version", "is_r4"),
    [
        ("4.0.1", True),
        ("4.0.0", True),
        ("4.0", True),
        ("", True),
        ("4.3.0", False),
        ("3.0.2", False),
        ("5.0.0", False),
        ("4.01", False),
    ],
)
def test_versions(version, is_r4):
    """R4 and its corrections are spoken, and no other version."""
    assert statement(listed("Flag"), fhirVersion=version).is_r4 is is_r4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[" * 10_000,
        b'{"resourceType": "OperationOutcome"}',
        b'{"resourceType": "CapabilityStatement"}',
        b'{"resourceType": "CapabilityStatement", "rest": [{"mode": "client", "resource": []}]}',
        b'{"resourceType": "CapabilityStatement", "rest": {"mode": "server"}}',
    ],
)
def test_what_is_no_statement(body):
    """What cannot be read, or lists nothing, says nothing."""
    assert read_capability(body) is None


# ── how long it is believed ───────────────────────────────────────────────────────────────────────


class Desk:
    """A node that gives out what it is told to, and a clock that is set by hand."""

    def __init__(self, answer=SAID):
        self.answer = answer
        self.asked = 0
        self.now = NOW
        self.statement = Statement(self.read, lambda: self.now, patience_seconds=5)

    async def read(self, _request_id):
        self.asked += 1
        return self.answer

    async def get(self, **later):
        self.now += timedelta(**later)
        self.statement.refresh("request-1")
        return await self.statement.get()


async def test_it_is_read_once():
    """For ten minutes it is fresh; then it is read again."""
    desk = Desk()
    assert [await desk.get(), await desk.get(minutes=9)] == [SAID, SAID]
    assert desk.asked == 1
    await desk.get(minutes=1)
    assert desk.asked == 2


async def test_the_last_one_stands_in_for_a_day():
    """While the node will not give a new one, the last is used; after a day nothing is known."""
    desk = Desk()
    await desk.get()
    desk.answer = None
    assert await desk.get(hours=23) is SAID
    assert await desk.get(hours=1) is UNSTATED


async def test_a_node_that_gives_none_is_not_asked_with_every_call():
    """It is asked again after a minute."""
    desk = Desk(answer=None)
    assert [await desk.get(), await desk.get(seconds=59)] == [UNSTATED, UNSTATED]
    assert desk.asked == 1
    await desk.get(seconds=1)
    assert desk.asked == 2


async def test_many_calls_at_once_read_it_once():
    """Whoever comes while it is being read waits for the same."""
    desk = Desk()
    assert await asyncio.gather(*(desk.get() for _ in range(20))) == [SAID] * 20
    assert desk.asked == 1


async def test_a_reading_that_takes_long_is_not_begun_again():
    """However long it takes, it is one request."""
    begun, go = [], asyncio.Event()

    async def read(request_id):
        begun.append(request_id)
        await go.wait()
        return SAID

    now = [NOW]
    kept = Statement(read, lambda: now[0], patience_seconds=5)
    for request_id in ("request-1", "request-2"):
        kept.refresh(request_id)
        await asyncio.sleep(0)
        now[0] += timedelta(minutes=2)
    assert begun == ["request-1"]
    go.set()
    assert await kept.get() is SAID


async def test_patience_has_an_end():
    """What is still being read when it runs out is not known yet."""
    kept = Statement(lambda _request_id: asyncio.Event().wait(), lambda: NOW, patience_seconds=0.01)
    kept.refresh("request-1")
    async with asyncio.timeout(5):
        assert await kept.get() is UNSTATED
    await kept.aclose()


async def test_a_caller_who_goes_away_takes_nobody_with_them():
    """The reading goes on for those who still wait."""
    reading, go = asyncio.Event(), asyncio.Event()

    async def read(_request_id):
        reading.set()
        await go.wait()
        return SAID

    kept = Statement(read, lambda: NOW, patience_seconds=5)
    kept.refresh("request-1")
    first, second = (asyncio.create_task(kept.get()) for _ in range(2))
    await reading.wait()
    first.cancel()
    await asyncio.wait((first,))
    go.set()
    assert await second is SAID


# ── what it does to a call ────────────────────────────────────────────────────────────────────────


async def call(transport, override, *categories, calls=1, **given):
    """The outcomes of some calls of one client, and the requests."""
    stub = FhirNode([fhir_patient(), fhir_allergy(1, "Latex")])
    async with serving(lambda request: override(request) or stub(request)) as server:
        node = a_node_at(Fhir(), server.url, **given)
        client = FhirClient(node, transport, lambda: NOW)
        asked = categories or (Category.ALLERGIES,)
        outcomes = [await client.fetch(a_call(node, categories=asked)) for _ in range(calls)]
        await client.aclose()
        return outcomes, server.requests


def metadata(answer):
    return lambda request: answer if request.target.endswith("/metadata") else None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(500),
        Answer(200, {"content-type": "text/html"}, b"<html>"),
        Answer(hang_up=True),
        Answer(302, {"location": "http://elsewhere.example/metadata"}),
    ],
)
async def test_a_node_without_a_statement(transport, answer):
    """Without a statement the node is asked the cautious way, and answers as any other."""
    (reply,), _ = await call(transport, metadata(answer))
    assert reply.records[0].parts[Category.ALLERGIES].state == "FRESH"


async def test_a_statement_that_does_not_come(transport):
    """A call does not wait for it longer than a moment."""
    (reply,), _ = await call(transport, metadata(Answer(silent=True)), timeout_seconds=0.4)
    assert reply.records[0].parts[Category.ALLERGIES].state == "FRESH"


def test_a_statement_that_trickles_in():
    """Reading it ends with the node's limit, though nobody waits for it."""

    async def trickle(_request):
        await asyncio.Event().wait()

    async def run():
        node = a_node_at(Fhir(), "http://node.example")
        transport = httpx.MockTransport(trickle)
        channel = partial(Channel, node, transport, None)
        read = read_statement(node, lambda most: channel(most_bytes=most), "request-1")
        return await read, asyncio.get_running_loop().time()

    assert loop_time.run(run()) == (None, 8.0)


async def test_another_version_of_fhir(transport):
    """A node of another version is refused, operators see why, and then it is not even asked."""
    stub = FhirNode()
    outcomes, requests = await call(
        transport, metadata(stub.statement(fhirVersion="5.0.0")), calls=2
    )
    assert all(isinstance(one, Failure) for one in outcomes)
    assert {(one.state, one.code) for one in outcomes} == {("UNAVAILABLE", "OTHER")}
    assert "version" in outcomes[0].detail
    assert len([one for one in requests if one.method == "POST"]) <= 1


async def test_a_type_that_is_not_listed(transport):
    """A category of types that a node does not list is unavailable there, and costs no search."""
    answer = FhirNode(lacks=frozenset(("Appointment",))).statement()
    asked = (Category.ALLERGIES, Category.APPOINTMENTS)
    (reply,), requests = await call(transport, metadata(answer), *asked)
    parts = reply.records[0].parts
    assert parts[Category.ALLERGIES].state == "FRESH"
    visits = parts[Category.APPOINTMENTS]
    assert (visits.state, visits.code) == ("UNAVAILABLE", "NOT_OFFERED")
    assert not any("Appointment" in request.target for request in requests)


async def test_only_lists_of_allergies_are_listed(transport):
    """A node that cannot be searched for allergies has not said that there are none."""
    answer = FhirNode(lacks=frozenset(("AllergyIntolerance",))).statement()
    (reply,), _ = await call(transport, metadata(answer))
    found = reply.records[0].parts[Category.ALLERGIES]
    assert (found.state, found.code, found.assertion) == ("PARTIAL", "NOT_OFFERED", None)


async def test_one_kind_of_medicine_is_listed(transport):
    """Servers keep medicines as they like: one kind of resource is enough."""
    lacks = frozenset(("MedicationStatement", "MedicationDispense"))
    (reply,), _ = await call(
        transport, metadata(FhirNode(lacks=lacks).statement()), Category.MEDICATIONS
    )
    assert reply.records[0].parts[Category.MEDICATIONS].state == "FRESH_EMPTY"
