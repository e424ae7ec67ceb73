"""Test mode: only where it is wanted, only for whom the gateway vouches; it tells the log."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from federation.node_kit import Rehearsal, build_node_app
from federation.node_kit.rehearsal import PATH
from federation.protocols.graphql.documents import request_body
from federation.protocols.requester_token import REQUESTER_HEADER
from tests.federation.node_kit.sources import NUMBER, OFFERED, OTHER, Records
from tests.vouching import a_token, a_verifier

JSON = {"content-type": "application/json"}


class Rehearsed(Records):
    """Remembers what it was asked to change."""

    def __init__(self) -> None:
        super().__init__()
        self.objections = []
        self.merges = []

    async def set_objection(self, number, *, objects):
        self.objections.append((number, objects))

    async def set_merged(self, old, into, *, merged):
        self.merges.append((old, into, merged))
        return [{"kind": "MERGED" if merged else "UNMERGED", "old": old, "into": into}]


def client(rehearsal, source=None):
    app = build_node_app(source or Records(), a_verifier(), rehearsal=rehearsal)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node")


def vouched(body, *numbers, categories=()):
    return JSON | {REQUESTER_HEADER: a_token("a-node", body, *numbers, categories=categories)}


async def ask(rehearsal, *numbers, vouched_for=None, **asked):
    body = msgspec.json.encode({"nhsNumbers": list(numbers), **asked})
    async with client(rehearsal) as node:
        headers = vouched(body, *(vouched_for or numbers))
        return await node.post(PATH, content=body, headers=headers)


async def test_a_live_node_has_no_test_mode():
    """Without a rehearsal there is no such address."""
    assert (await ask(None, NUMBER, do="log")).status_code == 404


async def test_nobody_rehearses_without_a_token():
    """It is refused like any question, and a token is good for its own people alone."""
    async with client(Rehearsal(Rehearsed())) as node:
        refused = await node.post(PATH, json={"do": "log", "nhsNumbers": [NUMBER]})
    assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    other = await ask(Rehearsal(Rehearsed()), NUMBER, vouched_for=(OTHER,), do="log")
    assert other.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_log_of_a_request_comes_back():
    """The lines that the kit wrote of a request, with who asked, and without the person."""
    rehearsal = Rehearsal()
    body = request_body(OFFERED, (NUMBER,))
    async with client(rehearsal) as node:
        await node.post("/graphql", content=body, headers=vouched(body, NUMBER, categories=OFFERED))
    # As every token of the tests has it.
    answer = await ask(rehearsal, NUMBER, do="log", requestId="request-1")
    lines = answer.json()["lines"]
    assert [line["look"]["role"] for line in lines if line["message"] == "record looked at"] == [
        "R0050"
    ]
    assert NUMBER not in answer.text
    none = await ask(rehearsal, NUMBER, do="log", requestId="another")
    assert none.json() == {"lines": []}


async def test_changes_go_to_the_source():
    """Objections and merges are the region's own to make; its notices come back."""
    source = Rehearsed()
    rehearsal = Rehearsal(source)
    assert (await ask(rehearsal, NUMBER, do="object", objects=True)).json() == {"done": True}
    merged = await ask(rehearsal, NUMBER, OTHER, do="merge")
    assert merged.json()["notices"] == [{"kind": "MERGED", "old": NUMBER, "into": OTHER}]
    await ask(rehearsal, NUMBER, OTHER, do="unmerge")
    assert source.objections == [(NUMBER, True)]
    assert source.merges == [(NUMBER, OTHER, True), (NUMBER, OTHER, False)]


async def test_what_a_source_does_not_do_is_said():
    """A node may have a log to show and nothing else."""
    assert (await ask(Rehearsal(), NUMBER, do="object")).json() == {"offered": False}


@pytest.mark.parametrize("asked", [{"do": "erase"}, {"do": "merge"}, {"do": "log", "more": 1}, {}])
async def test_nonsense_is_refused(asked):
    """What is no rehearsal is BAD_REQUEST."""
    answer = await ask(Rehearsal(Rehearsed()), NUMBER, **asked)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
