"""A gateway checks a node as it will speak to it: the same transports, the same credentials."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert
from typing import Any

from federation.conformance import CHECKS
from federation.joining.descriptor import checked_node, read_descriptor
from federation.joining.signing import unverified
from federation.model import NodeTls
from federation.protocols.node_transports import NodeTransports
from federation.protocols.requester_token import REQUESTER_HEADER, RequesterKey
from gateway.joining import Conformance
from gateway.node_clients import Credentials
from tests.certificates import Authority, server_tls
from tests.federation.joining.given import (
    KEY,
    NODE,
    NOW,
    after,
    enrolment,
    signable,
    step,
    submission,
)
from tests.federation.joining.given import descriptor as described
from tests.federation.protocols.conftest import client_key
from tests.federation.protocols.proofs import key_file
from tests.federation.protocols.test_connecting import Names
from tests.stubs.http import Answer, Request, serving
from tests.stubs.token_endpoint import TokenEndpoint

__all__ = ["client_key"]

OURS, GATEWAYS = Authority("the region's own"), Authority("the gateways'")
PEOPLE = """
[[person]]
label = "somebody"
nhs_number = "9990000018"
situation = "known"
family_name = "Example"
birth_date = "1952-05-17"
gender = "FEMALE"
[[person]]
label = "nobody"
nhs_number = "9990000026"
situation = "unknown"
"""
LOOKS = tuple(check for check in CHECKS if check.letter in "ajx")


class Bought:
    """A FHIR server that is bought as it is: it takes whoever has its token and a certificate."""

    def __init__(self) -> None:
        self.good: list[str] = []
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        if request.method == "GET":
            return Answer(404)
        self.requests.append(request)
        if request.headers.get("authorization", "") not in {f"Bearer {one}" for one in self.good}:
            return Answer(401)
        entry = [{"resource": {"resourceType": "Patient", "id": "p"}}]
        known = b"9990000018" in request.body
        found = {"resourceType": "Bundle", "type": "searchset", "entry": entry if known else []}
        return Answer(body=json.dumps(found).encode())


@asynccontextmanager
async def bought(
    folder, key, clock=lambda: NOW
) -> AsyncIterator[tuple[Bought, TokenEndpoint, str]]:
    """The server behind its own authority, which asks for the gateway's certificate."""
    node, tokens = Bought(), TokenEndpoint(key, "RS384", clock)
    tokens.good = node.good
    context = server_tls(OURS.issue("test.chiltern.example"), folder, clients_of=GATEWAYS)
    async with serving(node, tls=context) as server, serving(tokens) as other:
        tokens.url = f"{other.url}/token"
        yield node, tokens, server.url


def described_as(url: str, token_url: str) -> bytes:
    """The region's descriptor: SMART, its own authority, and another name than its address."""
    mark = sha256(PEM_cert_to_DER_cert(OURS.pem.decode("ascii"))).hexdigest()
    people = sha256(PEOPLE.encode()).hexdigest()
    before = described().decode().split("[expectations]")[1].split('sha256 = "')[1][:64]
    return signable(
        ('protocol = "GRAPHQL"', 'protocol = "FHIR_R4"'),
        ("echoes_request = true", "verifies_requesters = false"),
        ("https://test.chiltern.example/graphql", f"{url}/r4"),
        ("[live]", f'token_url = "{token_url}"\nserver_name = "test.chiltern.example"\n[live]'),
        (
            "[sharing]",
            f"""[authentication]
client_id = "watling"
[[keys]]
use = "TLS_AUTHORITY"
sha256 = "{mark}"
[tls]
ca = '''
{OURS.pem.decode()}'''
[sharing]""",
        ),
        (before, people),
    )


async def checked(body: bytes, folder, key, **given: Any) -> dict[str, Any]:
    """What this gateway reports of it, as it would be filed."""
    certificate, private = GATEWAYS.issue("gateway", client=True).write(folder, "gateway")
    shown = NodeTls(client_certificate_file=str(certificate), key_file=str(private))
    enrolled = step(enrolment(networks=given.get("networks", ("127.0.0.0/8",))))
    joining = after(enrolled, submission(body, expectations=PEOPLE))
    version = joining.nodes[NODE].candidate
    assert version
    checks = Conformance(
        "gateway",
        lambda: RequesterKey(KEY, "kid-1"),
        lambda: NOW,
        lambda: NodeTransports(
            unreported,
            certificate=shown if given.get("shows", True) else None,
            resolver=Names(["127.0.0.1"]),
        ),
        Credentials({}, key),
        LOOKS,
    )
    report = await checks.examine(version)
    assert report.signed
    told: dict[str, Any] = json.loads(unverified(report.signed))
    assert told["passed"] is report.passed
    return told


def unreported(_path, reason) -> None:
    raise AssertionError(reason)


def outcomes(told: dict[str, Any]) -> dict[str, str]:
    return {one["letter"]: one["outcome"] for one in told["results"]}


async def test_a_server_by_descriptor_alone(tmp_path, client_key) -> None:
    """Pinned, shown our certificate, with tokens of its own, and told who asks: as it will be."""
    key = key_file(tmp_path, client_key)
    async with bought(tmp_path, client_key) as (node, tokens, url):
        told = await checked(described_as(url, tokens.url), tmp_path, key)
    assert outcomes(told) == {"a": "PASS", "j": "PASS", "x": "PASS"}, told
    tried = [text for one in told["results"] if one["letter"] == "j" for text in one["evidence"]]
    assert tried == [
        "refused: no authorisation",
        "refused: another bearer",
        "refused: no certificate of the gateway",
    ]
    assert tokens.refusals == []
    assert all(one.certificate and REQUESTER_HEADER.lower() in one.headers for one in node.requests)


async def test_without_our_certificate_nothing_is_answered(tmp_path, client_key) -> None:
    """The node is what it was: the gateway has to show who it is."""
    key = key_file(tmp_path, client_key)
    async with bought(tmp_path, client_key) as (node, tokens, url):
        told = await checked(described_as(url, tokens.url), tmp_path, key, shows=False)
    assert outcomes(told)["a"] == "FAIL"
    assert node.requests == []


async def test_a_key_that_the_gateway_has_not(tmp_path, client_key) -> None:
    """The report says so by its code, and no file of the gateway's."""
    async with bought(tmp_path, client_key) as (node, tokens, url):
        told = await checked(described_as(url, tokens.url), tmp_path, None)
    assert (told["passed"], told["code"]) == (False, "CREDENTIAL_MISSING")
    assert "joined_nodes_key_file" not in told["why"]
    assert node.requests == []


async def test_outside_the_networks_of_its_region(tmp_path, client_key) -> None:
    """Where a name leads is seen when it is called; nothing is sent, and every check says why."""
    key = key_file(tmp_path, client_key)
    async with bought(tmp_path, client_key) as (node, _, url):
        named = url.replace("127.0.0.1", "test.chiltern.example")
        body = described_as(named, f"{named}/token")
        told = await checked(body, tmp_path, key, networks=("10.0.0.0/8",))
    evidence = {text for one in told["results"] for text in one["evidence"]}
    assert {text.partition(":")[0] for text in evidence} == {"ADDRESS_NOT_ALLOWED"}
    assert (told["passed"], node.requests) == (False, [])


def test_what_the_test_endpoint_has_of_its_own() -> None:
    """Its token endpoint and the name of its certificate; else those of the live one."""
    body = described_as("https://test.chiltern.example", "https://test.chiltern.example/token")
    node = checked_node(read_descriptor(body))
    assert node.endpoint == "https://test.chiltern.example/r4"
    assert node.authentication.token_url == "https://test.chiltern.example/token"  # noqa: S105
    assert node.tls.server_name == "test.chiltern.example"
