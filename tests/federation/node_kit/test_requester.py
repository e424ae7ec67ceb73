"""Who is believed at a node: one token for one request of the gateway's, and nobody else."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import httpx
import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from msgspec.structs import replace

from federation.model import Category
from federation.node_kit import (
    KeysUnavailableError,
    NotVouchedError,
    RequesterFault,
    build_node_app,
)
from federation.node_kit.replay import FullError, Seen
from federation.node_kit.requester import CODES, LONGEST_TOKEN
from federation.protocols.graphql.documents import request_body
from federation.protocols.requester_token import (
    ANSWER_HEADER,
    REQUESTER_HEADER,
    TYPE,
    RequesterClaims,
    RequesterKey,
    digest_of,
)
from tests.builders import NOW
from tests.federation.node_kit.sources import NUMBER, OTHER, Records
from tests.vouching import PRIVATE, SIGNING, KnownKeys, a_token, a_verifier

ASKED = frozenset((Category.ALLERGIES,))
BODY = request_body(ASKED, (NUMBER,))
STRANGER = ECKey.generate_key("P-256")
SECONDS = timedelta(seconds=1)


def good(body=BODY, *numbers, **given):
    return a_token("a-node", body, *(numbers or (NUMBER,)), **({"categories": ASKED} | given))


def claims_of(token):
    return msgspec.json.decode(jws.extract_compact(token.encode()).payload, type=RequesterClaims)


def saying(**given):
    """The gateway's own token, but for this."""
    return SIGNING.sign(msgspec.json.encode(replace(claims_of(good()), **given)))


def without(claim):
    said = json.loads(msgspec.json.encode(claims_of(good())))
    del said[claim]
    return SIGNING.sign(json.dumps(said).encode())


def headed(key=PRIVATE, **given):
    """The gateway's own claims under another header."""
    header = {"alg": "ES256", "kid": "tests", "typ": TYPE} | given
    header = {name: value for name, value in header.items() if value is not None}
    payload = msgspec.json.encode(claims_of(good()))
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]])


def unsigned():
    _, payload, _ = headed().split(".")
    header = digest_like({"alg": "none", "kid": "tests", "typ": TYPE})
    return f"{header}.{payload}."


def digest_like(value):
    raw = json.dumps(value).encode()
    return jws.serialize_compact({"alg": "HS256"}, raw, OctKey.generate_key(256)).split(".")[1]


def altered():
    """Another person's number put into a token that was signed for this one's."""
    header, _, signature = good().split(".")
    _, payload, _ = saying(numbers=(OTHER,)).split(".")
    return f"{header}.{payload}.{signature}"


def by_the_public_half():
    """Signed with what everybody knows, as if it were a shared secret."""
    secret = OctKey.import_key(json.dumps(PRIVATE.as_dict(private=False)).encode())
    return headed(secret, alg="HS256")


def at(**away):
    return good(clock=lambda: NOW + timedelta(**away))


FORGED = [
    # what is wrong with it, the token, what the node's operators read
    ("none", None, "MISSING"),
    ("empty", "", "MISSING"),
    ("no token at all", "gateway", "UNREADABLE"),
    ("beyond any size", "x" * (LONGEST_TOKEN + 1), "UNREADABLE"),
    ("unsigned", unsigned(), "UNREADABLE"),
    ("signed with the public half", by_the_public_half(), "UNREADABLE"),
    ("of another type", headed(typ="JWT"), "UNREADABLE"),
    ("of no type", headed(typ=None), "UNREADABLE"),
    ("without a key's name", headed(kid=None), "UNREADABLE"),
    ("by another algorithm", headed(RSAKey.generate_key(2048), alg="RS256"), "UNREADABLE"),
    ("by a key that nobody has", headed(STRANGER, kid="unknown"), "UNKNOWN_KEY"),
    ("by a key under the gateway's name", headed(STRANGER), "BAD_SIGNATURE"),
    ("altered", altered(), "BAD_SIGNATURE"),
    ("cut short", good()[:-4], "BAD_SIGNATURE"),
    ("claims that are none", SIGNING.sign(b"[]"), "UNREADABLE"),
    ("no json", SIGNING.sign(b"gateway"), "UNREADABLE"),
    ("no jti", without("jti"), "UNREADABLE"),
    ("an empty jti", saying(jti=""), "SEEN_BEFORE"),
    ("no body", without("bodySha256"), "UNREADABLE"),
    ("no numbers", without("numbers"), "UNREADABLE"),
    ("no end", without("exp"), "UNREADABLE"),
    ("another gateway's", saying(iss="https://gateway.elsewhere.example"), "OTHER_GATEWAY"),
    ("for another node", saying(aud="b-node"), "OTHER_NODE"),
    ("a professional in no role", without("role"), "INCOMPLETE"),
    ("a professional of no organisation", without("organisation"), "INCOMPLETE"),
    ("for no purpose", without("purpose"), "UNREADABLE"),
    ("ended", at(seconds=-361), "NOT_NOW"),
    ("ended this moment", at(seconds=-360), "NOT_NOW"),
    ("not yet", at(seconds=61), "NOT_NOW"),
    ("good for too long", saying(exp=int(NOW.timestamp()) + 301), "TOO_LONG"),
    ("for another body", good(request_body(ASKED, (OTHER,))), "OTHER_REQUEST"),
    ("for an empty body", good(b""), "OTHER_REQUEST"),
    ("for another method", good(method="GET"), "OTHER_REQUEST"),
    ("for another path", good(path="elsewhere"), "OTHER_REQUEST"),
    ("about somebody else", good(BODY, OTHER), "OTHER_PERSON"),
    ("about somebody else as well", good(BODY, NUMBER, OTHER), "OTHER_PERSON"),
    ("about nobody", saying(numbers=()), "OTHER_PERSON"),
    ("for other categories", good(categories=(Category.PROBLEMS,)), "OTHER_CATEGORIES"),
    ("for more categories", good(categories=tuple(Category)), "OTHER_CATEGORIES"),
    ("for no category", good(categories=()), "OTHER_CATEGORIES"),
]


async def post(app, token, body=BODY):
    headers = {"content-type": "application/json"}
    if token is not None:
        headers[REQUESTER_HEADER] = token
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        return await client.post("/graphql", content=body, headers=headers)


@pytest.mark.parametrize(
    ("token", "fault"), [row[1:] for row in FORGED], ids=[row[0] for row in FORGED]
)
async def test_what_is_not_the_gateways_word_is_refused(token, fault, caplog):
    """The source is asked nothing; the caller reads a code, the node's operators the fault."""
    caplog.set_level(logging.DEBUG)
    source = Records()
    response = await post(build_node_app(source, a_verifier()), token)
    told = [error["extensions"]["code"] for error in response.json()["errors"]]
    assert (response.json()["data"], told) == (None, [CODES[RequesterFault(fault)]])
    assert source.asked == []
    logged = [one for one in caplog.records if one.getMessage() == "requester not believed"]
    assert [one.fault for one in logged] == [fault]
    assert not token or token not in caplog.text
    assert NUMBER not in caplog.text


EDGES = [{"seconds": -359}, {"seconds": 60}, {}]


@pytest.mark.parametrize("away", EDGES)
async def test_a_minute_is_allowed_for_clocks(away):
    """A token of a gateway whose clock is a little off is good."""
    response = await post(build_node_app(Records(), a_verifier()), at(**away))
    assert "errors" not in response.json()


async def test_demographics_need_not_be_asked_for():
    """They come with every record, so a call for them beside others is the same question."""
    token = good(categories=(Category.ALLERGIES, Category.DEMOGRAPHICS))
    assert "errors" not in (await post(build_node_app(Records(), a_verifier()), token)).json()


async def test_a_token_is_good_for_one_request():
    """The same one again is refused, whatever became of the first."""
    app, token = build_node_app(Records(), a_verifier()), good()
    first, second = await post(app, token), await post(app, token)
    assert "errors" not in first.json()
    assert second.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_source_is_told_who_asks():
    """What the gateway vouches for reaches the region's own code."""
    source = Records()
    await post(build_node_app(source, a_verifier()), good())
    (requester,) = source.requesters
    assert (requester.role, requester.organisation.ods_code) == ("R0050", "RRV")
    assert requester.purpose == "DIRECT_CARE"


@pytest.mark.parametrize("token", [good(), "nonsense"])
async def test_an_answer_says_which_request_it_is_to(token):
    """A refusal as well: by the digest of the token, never by the token."""
    response = await post(build_node_app(Records(), a_verifier()), token)
    assert response.headers[ANSWER_HEADER] == digest_of(token.encode())


async def test_a_document_of_other_words_asks_no_more_than_was_vouched_for():
    """However it is spelt: the numbers and the categories are looked at, not the text."""
    query = f'{{records(nhsNumbers: ["{OTHER}"]) {{person {{nhsNumber}}}}}}'
    body = json.dumps({"query": query}).encode()
    source = Records()
    response = await post(build_node_app(source, a_verifier()), good(body, categories=()), body)
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert source.asked == []


async def test_without_keys_nobody_is_believed():
    """A node that cannot check says that it does not work, and answers nothing."""

    class NoKeys:
        async def key(self, _kid):
            raise KeysUnavailableError

    source = Records()
    response = await post(build_node_app(source, a_verifier(keys=NoKeys())), good())
    assert response.json()["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert source.asked == []


async def test_an_earlier_key_is_good_while_it_is_published():
    """Whichever of the gateway's keys signed."""
    earlier = ECKey.generate_key("P-256")
    keys = KnownKeys(tests=PRIVATE, earlier=earlier)
    token = RequesterKey(earlier, "earlier").sign(msgspec.json.encode(claims_of(good())))
    response = await post(build_node_app(Records(), a_verifier(keys=keys)), token)
    assert "errors" not in response.json()


def test_nothing_that_is_alive_is_forgotten():
    """When there is no room, the next is refused; what has ended makes room."""
    seen = Seen(most=2)
    assert seen.is_new("a", until=10, now=0)
    assert seen.is_new("b", until=20, now=0)
    with pytest.raises(FullError):
        seen.is_new("c", until=20, now=9)
    assert not seen.is_new("a", until=10, now=9)
    assert seen.is_new("c", until=20, now=10)
    assert not seen.is_new("b", until=20, now=10)


async def test_a_full_memory_refuses():
    """A node that could not remember the token does not answer it."""
    verifier = a_verifier()
    verifier._seen = Seen(most=0)
    response = await post(build_node_app(Records(), verifier), good())
    assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_every_fault_has_a_code():
    """And the caller reads nothing else."""
    assert set(CODES) == set(RequesterFault)
    assert {str(NotVouchedError(fault)) for fault in RequesterFault} == set(CODES.values())
