"""What a node is told of who asks, and what the gateway makes of an answer that says to what."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import replace

import httpx
import msgspec
import pytest
from joserfc import jws

from federation.flow import Failure, Reply
from federation.model import Category, Device, Purpose
from federation.protocols import PROTOCOLS
from federation.protocols.channel import path_from
from federation.protocols.requester_token import (
    ANSWER_HEADER,
    REQUESTER_HEADER,
    TOKEN_SECONDS,
    RequesterClaims,
    digest_of,
)
from tests.builders import NOW, a_node, a_requester
from tests.federation.protocols.speakers import Fhir, Native, a_call, a_node_at
from tests.stubs.http import Answer, serving
from tests.vouching import PRIVATE, tokens_of


def claims_in(token):
    header = jws.extract_compact(token.encode()).headers()
    assert header == {"alg": "ES256", "kid": "tests", "typ": "watling-requester+jwt"}
    payload = jws.deserialize_compact(token, PRIVATE, algorithms=["ES256"]).payload
    return msgspec.json.decode(payload, type=RequesterClaims)


async def sent(speaker, transport, answer=None, **node):
    """What a node was sent by one call, and what became of the call."""
    async with serving(answer or speaker.holding("Penicillin")) as server:
        one = a_node_at(speaker, server.url, **node)
        client = PROTOCOLS[one.protocol](one, transport, lambda: NOW, None, tokens_of())
        outcome = await client.fetch(a_call(one))
        await client.aclose()
        return outcome, list(server.requests)


@pytest.mark.parametrize("speaker", [Native(), Fhir()], ids=["native", "fhir"])
async def test_every_request_has_a_token_of_its_own(speaker, transport):
    """Each is bound to its method, path and body; none is made twice; metadata has none."""
    outcome, requests = await sent(speaker, transport)
    assert isinstance(outcome, Reply)
    about_nobody = [one for one in requests if one.target.endswith("/metadata")]
    assert all(REQUESTER_HEADER.lower() not in one.headers for one in about_nobody)
    told = [
        (one, claims_in(one.headers[REQUESTER_HEADER.lower()]))
        for one in requests
        if one not in about_nobody
    ]
    assert told
    for request, claims in told:
        assert (claims.htm, f"{speaker.path}/{claims.path}".rstrip("/")) == (
            request.method,
            request.target,
        )
        assert claims.body_sha256 == plain_digest(request.body)
        assert claims.exp - claims.iat == TOKEN_SECONDS
    assert len({claims.jti for _, claims in told}) == len(told)


def plain_digest(content):
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def token_for(**given):
    node = given.pop("node", a_node("our-node"))
    call = msgspec.structs.replace(a_call(node), **given)
    return tokens_of().of(call).token("POST", "", b"")


def test_a_node_is_told_who_asks_for_what_and_why():
    """Role, organisation, device, purpose, person, categories and the decision stand in it."""
    asks = a_requester(assurance=3, device=Device.MOBILE, client="ward-round")
    claims = claims_in(
        token_for(
            requester=asks,
            purpose=Purpose.EMERGENCY,
            decision="rules/view",
            relationships=("ADMISSION",),
        )
    )
    assert (claims.iss, claims.aud) == ("https://gateway.demo.watling.example", "our-node")
    assert (claims.kind, claims.role, claims.role_name) == ("PROFESSIONAL", "R0050", "Consultant")
    assert msgspec.to_builtins(claims.organisation) == {
        "odsCode": "RRV",
        "name": "Organisation RRV",
        "kind": "acute",
        "region": "london",
    }
    assert (claims.device, claims.client, claims.assurance) == ("MOBILE", "ward-round", 3)
    assert (claims.purpose, claims.relationships) == ("EMERGENCY", ("ADMISSION",))
    assert claims.numbers == ("9990000018",)
    assert Category.ALLERGIES in claims.categories
    assert (claims.decision, claims.request_id) == ("rules/view", "request-1")


def test_a_person_has_another_name_at_every_node():
    """The same at one node whatever the role; another at the next; never the provider's own."""
    names = {
        (node, role): claims_in(token_for(node=a_node(node), requester=a_requester(role=role))).sub
        for node in ("north", "south")
        for role in ("R0050", "R0260")
    }
    assert names["north", "R0050"] == names["north", "R0260"] != names["south", "R0050"]
    someone_else = claims_in(token_for(node=a_node("north"), requester=a_requester(subject="x")))
    assert someone_else.sub != names["north", "R0050"]
    elsewhere = claims_in(token_for(node=a_node("north"), requester=a_requester(issuer="other")))
    assert elsewhere.sub != names["north", "R0050"]
    token = token_for()
    assert b"consultant-london" not in jws.extract_compact(token.encode()).payload
    assert b"Ada" not in jws.extract_compact(token.encode()).payload


def test_nothing_shows_a_key():
    """Neither what makes tokens nor the key itself has a repr that tells."""
    tokens = tokens_of()
    private = PRIVATE.as_dict(private=True)["d"]
    shown = f"{tokens!r} {vars(tokens)!r} {tokens._signing_key()!r}"
    assert private not in shown
    assert "joserfc" not in repr(tokens._signing_key())


PATHS = [
    # the registered address, the request's, what is signed
    ("https://n.example/graphql", "https://n.example/graphql", ""),
    ("https://n.example/r4", "https://n.example/r4/Flag/_search", "Flag/_search"),
    ("https://n.example/r4", "https://n.example/r4?page=2", "?page=2"),
    ("https://n.example/r4", "https://n.example/r4/_page/a%20b?x=1", "_page/a%20b?x=1"),
    ("https://n.example/r4", "https://n.example/pages/2", "/pages/2"),
]


@pytest.mark.parametrize(("base", "url", "expected"), PATHS)
def test_a_path_begins_where_the_nodes_address_ends(base, url, expected):
    """A node signs for what it knows itself; a link to elsewhere on its host is told whole."""
    assert path_from(base, httpx.URL(url)) == expected


# ── which request an answer is to ─────────────────────────────────────────────────────────────────


def answering(speaker, echo):
    """A node that answers, and says of each answer what `echo` makes of the token."""
    stub = speaker.holding("Penicillin")

    def answer(request):
        given = stub(request)
        said = echo(request.headers.get(REQUESTER_HEADER.lower(), ""))
        return replace(given, headers={**given.headers, **said})

    return answer


def right(token):
    return {ANSWER_HEADER: digest_of(token.encode())}


def wrong(_token):
    return {ANSWER_HEADER: digest_of(b"another request's")}


def silent(_token):
    return {}


ECHOES = [
    # what the node says, whether it must, what becomes of it, what operators read
    (right, True, None, None),
    (right, False, None, None),
    (silent, False, None, None),
    (wrong, True, "MALFORMED", "its answer is to another request"),
    (wrong, False, "MALFORMED", "its answer is to another request"),
    (silent, True, "MALFORMED", "its answer does not say which request it is to"),
]


@pytest.mark.parametrize("speaker", [Native(), Fhir()], ids=["native", "fhir"])
@pytest.mark.parametrize(("echo", "must", "code", "told"), ECHOES)
async def test_an_answer_to_another_request_is_not_believed(
    speaker, transport, echo, must, code, told
):
    """Compared where it is there; missed only at a node whose entry says that it echoes."""
    outcome, _ = await sent(speaker, transport, answering(speaker, echo), echoes_request=must)
    if code is None:
        assert isinstance(outcome, Reply)
    else:
        assert isinstance(outcome, Failure)
        assert (outcome.state, outcome.code, outcome.detail) == ("INVALID_RESPONSE", code, told)


@pytest.mark.parametrize("speaker", [Native(), Fhir()], ids=["native", "fhir"])
async def test_a_refusal_needs_no_echo(speaker, transport):
    """What stands before a node may refuse in its stead: its status is believed."""
    outcome, _ = await sent(speaker, transport, lambda _request: Answer(403), echoes_request=True)
    assert (outcome.state, outcome.code) == ("UNAVAILABLE", "NODE_REFUSED_IDENTITY")
