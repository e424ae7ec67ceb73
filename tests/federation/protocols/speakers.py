"""One face for both protocols, so that the contract suite says what must happen and not how.

A speaker makes a strict stub node that holds what the suite wants held, and the words in which a
node of its protocol refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from federation.flow import Failure, NodeCall, Reply
from federation.model import (
    BackendServices,
    BearerToken,
    Category,
    Node,
    NodeProtocol,
    Purpose,
    RequestId,
)
from federation.nhs_number import NhsNumber
from federation.protocols import PROTOCOLS
from federation.protocols.base import NodeClient
from federation.protocols.credentials import read_credential
from tests.builders import NOW, NUMBER, a_node, a_requester
from tests.stubs import fhir_node, native_node
from tests.stubs.fhir_node import NUMBER_SYSTEM, FhirNode
from tests.stubs.http import Answer, Handler
from tests.stubs.native_node import NativeNode

ASKED = (Category.DEMOGRAPHICS, Category.ALLERGIES, Category.CARE_PLANS)
PENICILLIN = "91936005"
SNOMED = "http://snomed.info/sct"


@dataclass(frozen=True)
class Proof:
    """How a node is shown who asks: the settings, and what its stub takes for it."""

    settings: BearerToken | BackendServices | None = None
    accepted: Callable[[str | None], bool] = lambda _shown: True


class StubNode(Protocol):
    """A handler that remembers what it had to refuse."""

    refusals: list[str]

    def __call__(self, request: Any) -> Answer: ...


class Speaker(Protocol):
    """What the suite needs of a protocol. `allergies` are pairs of id and substance, or BAD."""

    protocol: NodeProtocol
    path: str
    media_type: str
    proof: Proof

    def holding(self, *allergies: object, none_known: bool = False) -> StubNode: ...

    def refusing(self, word: str, status: int) -> Answer: ...


BAD = object()
"""Stands for an allergy that cannot be read."""


@dataclass(frozen=True)
class Native:
    """The native protocol."""

    protocol: NodeProtocol = NodeProtocol.GRAPHQL
    path: str = "/graphql"
    media_type: str = "application/json"
    proof: Proof = Proof()

    def holding(self, *allergies: object, none_known: bool = False) -> StubNode:
        items = [native_allergy(number, one) for number, one in enumerate(allergies)]
        part = {"state": "COMPLETE", "items": items}
        if none_known:
            part["assertion"] = "NONE_KNOWN"
        held = {str(NUMBER): {"person": native_person(), "allergies": part}}
        return NativeNode(held, authorises=self.proof.accepted)

    def refusing(self, word: str, status: int) -> Answer:
        return native_node.said(word, status)


@dataclass(frozen=True)
class Fhir:
    """FHIR R4."""

    protocol: NodeProtocol = NodeProtocol.FHIR_R4
    path: str = "/r4"
    media_type: str = "application/fhir+json"
    proof: Proof = Proof()

    def holding(self, *allergies: object, none_known: bool = False) -> StubNode:
        held = [fhir_allergy(number, one) for number, one in enumerate(allergies)]
        if none_known:
            held.append(fhir_allergy(99, "No known allergy", code="716186003"))
        return FhirNode([fhir_patient(), *held], authorises=self.proof.accepted)

    def refusing(self, word: str, status: int) -> Answer:
        return fhir_node.outcome("forbidden", word, status=status)


def native_person(**given: Any) -> dict[str, Any]:
    """Somebody, in the native protocol."""
    name = {"text": "Orla Fernsby", "family": "Fernsby", "given": ["Orla"]}
    return {"nhsNumber": NUMBER, "name": name, "birthDate": "1961-04-02"} | given


def native_allergy(number: int, substance: object) -> dict[str, Any]:
    """An allergy, in the native protocol."""
    concept = {"display": substance, "codings": [{"system": SNOMED, "code": PENICILLIN}]}
    item: dict[str, Any] = {
        "sourceId": f"a{number}",
        "substance": concept,
        "recordedAt": "2019-04-02",
    }
    return item | (
        {"recordedAt": "2019-02-30", "substance": {"display": "x"}} if substance is BAD else {}
    )


def fhir_patient(identity: str = "p1", number: str = NUMBER, **given: Any) -> dict[str, Any]:
    """Somebody, in FHIR."""
    return {
        "resourceType": "Patient",
        "id": identity,
        "identifier": [{"system": NUMBER_SYSTEM, "value": number}],
        "name": [{"use": "official", "family": "Fernsby", "given": ["Orla"]}],
        "birthDate": "1961-04-02",
    } | given


def fhir_allergy(number: int, substance: object, *, code: str = PENICILLIN) -> dict[str, Any]:
    """An allergy, in FHIR."""
    resource: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "id": f"a{number}",
        "patient": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": SNOMED, "code": code, "display": substance}]},
        "recordedDate": "2019-04-02",
    }
    return resource | (
        {"recordedDate": "2019-02-30", "code": {"text": "x"}} if substance is BAD else {}
    )


def a_node_at(speaker: Speaker, url: str, **given: Any) -> Node:
    """A node of a protocol at an address."""
    given = {"authentication": speaker.proof.settings} | given
    return a_node(protocol=speaker.protocol, endpoint=f"{url}{speaker.path}", **given)


def a_call(node: Node, *numbers: str, categories: tuple[Category, ...] = ASKED) -> NodeCall:
    """A call for one person."""
    return NodeCall(
        node=node,
        numbers=tuple(NhsNumber(number) for number in numbers or (NUMBER,)),
        categories=categories,
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("request-1"),
    )


def client_of(node: Node, transport: httpx.AsyncBaseTransport) -> NodeClient:
    """A node's registered client, with what its settings say that it shows."""
    credential = read_credential(node)
    authenticator = credential(transport, lambda: NOW) if credential else None
    return PROTOCOLS[node.protocol](node, transport, lambda: NOW, authenticator)


async def fetch(
    node: Node, transport: httpx.AsyncBaseTransport, *numbers: str, **given: Any
) -> Reply | Failure:
    """Ask a node through its registered client."""
    client = client_of(node, transport)
    try:
        return await client.fetch(a_call(node, *numbers, **given))
    finally:
        await client.aclose()


def always(answer: Answer) -> Handler:
    """A handler with one answer."""
    return lambda _request: answer


HEADERS: Mapping[str, str] = {"content-type": "application/json"}
