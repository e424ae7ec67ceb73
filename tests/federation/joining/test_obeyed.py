"""No key of a descriptor is read and then passed over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from msgspec import Struct
from msgspec.structs import replace

from federation.flow import Failure
from federation.joining.descriptor import Descriptor, node_of, read_descriptor
from federation.model import NodeState
from federation.protocols.credentials import read_credential
from federation.protocols.transport import Allowance
from tests.builders import NOW
from tests.collected import collected
from tests.federation.joining.given import PAGE, descriptor
from tests.federation.joining.obeyed import FOR_PEOPLE, KEPT, OBEYED, REACHES_THE_NODE
from tests.federation.protocols.proofs import key_file
from tests.federation.protocols.speakers import Fhir, Native, a_node_at, fetch


def _keys(table: type[Struct], way: tuple[str, ...] = ()) -> Iterator[str]:
    """Every key that a descriptor can have, as `table.key`."""
    for field in msgspec.structs.fields(table):
        here = (*way, field.encode_name)
        inner = _table_in(field.type)
        if inner is not None:
            yield from _keys(inner, here)
        else:
            yield ".".join(here)


def _table_in(hint: Any) -> type[Struct] | None:
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    return next((found for one in get_args(hint) if (found := _table_in(one))), None)


EVERY = frozenset(_keys(Descriptor))


def test_every_key_is_obeyed_or_said_not_to_be():
    """A key without a row fails here, and so does a row without its key, or with two of them."""
    assert {"limits.calls_per_second", "contacts.ig_lead.phone", "maintenance.from"} <= EVERY
    told = [*OBEYED, *FOR_PEOPLE, *KEPT]
    assert sorted(told) == sorted(EVERY)
    assert [key for key, tests in OBEYED.items() if not tests] == []


def test_what_holds_a_key_is_a_test_that_must_pass(request):
    """All are collected, none is skipped or expected to fail."""
    named = {one for tests in OBEYED.values() for one in tests} | set(KEPT.values())
    there = collected(named, request.session)
    assert sorted(named - there.keys()) == [], "there is no such test"
    assert {name: why for name, why in there.items() if why} == {}


@pytest.mark.parametrize("key", sorted(REACHES_THE_NODE))
def test_what_is_declared_reaches_those_who_speak_to_the_node(key):
    """Another value is another node: nothing is left behind in the file."""
    assert key in OBEYED
    plain = node_of(read_descriptor(descriptor()), NodeState.LIVE)
    changed = read_descriptor(descriptor(*REACHES_THE_NODE[key]))
    assert node_of(changed, NodeState.LIVE) != plain


def test_the_page_says_on_what_nothing_hangs():
    """Whoever signs a descriptor is not left to believe that it does."""
    text = PAGE.read_text("utf-8")
    section = text.partition("\n## What nothing hangs on yet\n")[2]
    said = set(re.findall(r"`\[*([a-z_]+)\]*`", section))
    meant = {key.rpartition(".")[2] for key in KEPT} | {"code_systems", "contacts"}
    assert meant <= said


@pytest.mark.parametrize("speaker", [Native(), Fhir()], ids=["native", "fhir"])
async def test_how_long_a_request_may_take(speaker):
    """To be reached, and to be answered: each as the node declared."""
    told = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append(request.extensions["timeout"])
        return httpx.Response(503)

    node = a_node_at(
        speaker, "http://node.example", timeout_seconds=7.0, connect_timeout_seconds=1.25
    )
    assert isinstance(await fetch(node, httpx.MockTransport(answer)), Failure)
    assert told
    assert {(one["connect"], one["read"]) for one in told} == {(1.25, 7.0)}


async def test_a_token_is_fetched_as_was_declared(tmp_path):
    """Where, under which client, and for what."""
    said = (
        '[authentication]\nclient_id = "watling-9"\ntoken_url = "https://tokens.example/t"\n'
        'scope = "system/Patient.read"\n\n[sharing]'
    )
    node = node_of(read_descriptor(descriptor(("[sharing]", said))), NodeState.LIVE)
    key = ECKey.generate_key("P-384", {"kid": "k"})
    settings = replace(node.authentication, key_file=key_file(tmp_path, key))
    told = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append((str(request.url), dict(parse_qsl(request.content.decode()))))
        granted = {"access_token": "t", "token_type": "bearer", "expires_in": 60}
        return httpx.Response(200, json=granted)

    credential = read_credential(replace(node, authentication=settings))
    assert credential is not None
    proof = credential(httpx.MockTransport(answer), lambda: NOW)
    assert await proof.authorization(Allowance(1024)) == "Bearer t"
    ((url, form),) = told
    assert (url, form["scope"]) == ("https://tokens.example/t", "system/Patient.read")
    assertion = jws.extract_compact(form["client_assertion"].encode()).payload
    assert msgspec.json.decode(assertion)["iss"] == "watling-9"
