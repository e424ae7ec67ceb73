"""For an author's own tests: asks a node as the gateway does, and fails on every mistake.

    ask = Asking(node)
    told = ask("9990000018", Category.ALLERGIES)
    assert told.part(Category.ALLERGIES).assertion is Assertion.NONE_KNOWN

Everything is in between that there is in life: the gateway's document and its signed token, the
kit's checks, the wire, and the gateway's reading of the answer. Only the network is not.
"""

from __future__ import annotations

import asyncio
import atexit
import traceback
from collections.abc import Sequence
from functools import lru_cache

import httpx
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.flow import Failure, HeldRecord, NodeCall, Part, Reply
from federation.model import (
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    Organisation,
    Purpose,
    RegionId,
    Requester,
    RequesterKind,
    RequestId,
)
from federation.nhs_number import parse_nhs_number
from federation.node_kit.app import PATH, build_node_app
from federation.node_kit.author.mistakes import Mistake
from federation.node_kit.author.node import RegionNode
from federation.node_kit.clock import utc_now
from federation.node_kit.looks import Look
from federation.node_kit.requester import RequesterVerifier
from federation.protocols.graphql.client import GraphQLClient
from federation.protocols.requester_token import RequesterKey, RequesterTokens

_GATEWAY = "https://gateway.test"
_KEY_ID = "test"
_NODE = Node(
    id=NodeId("under-test"),
    name="The node under test",
    region="here",
    region_id=RegionId("here"),
    state=NodeState.CONFORMANCE,
    protocol=NodeProtocol.GRAPHQL,
    endpoint=f"https://node.test{PATH}",
    categories=tuple(Category),
    echoes_request=True,
)
A_CONSULTANT = Requester(
    subject="somebody",
    kind=RequesterKind.PROFESSIONAL,
    name="Doctor Example",
    role="R0050",
    role_name="Consultant",
    organisation=Organisation(ods_code="RRV", name="A hospital", kind="acute"),
)
"""Who asks unless a test says otherwise."""


@lru_cache(maxsize=1)
def _runner() -> asyncio.Runner:
    """One loop for all questions, as in a server: a store's connections may outlive a question."""
    runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
    atexit.register(runner.close)
    return runner


class MistakesError(AssertionError):
    """What the node's functions gave does not fit; each mistake is a line."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class Told:
    """What the gateway reads of the node's answer."""

    def __init__(self, answer: Reply | Failure, looks: Sequence[Look]) -> None:
        self.failure = answer if isinstance(answer, Failure) else None
        self.records: tuple[HeldRecord, ...] = answer.records if isinstance(answer, Reply) else ()
        self.looks = tuple(looks)

    @property
    def is_not_held(self) -> bool:
        """The node says that it holds no record, which is not the same as a failure."""
        return self.failure is None and not self.records

    @property
    def record(self) -> HeldRecord:
        """The one record."""
        assert self.failure is None, f"the node gives no answer: {self.failure}"  # noqa: S101 - for tests
        (record,) = self.records
        return record

    def part(self, category: Category) -> Part:
        """What it says of one category."""
        return self.record.parts[category]


class _Looks:
    def __init__(self) -> None:
        self.written: list[Look] = []

    async def write(self, look: Look) -> None:
        self.written.append(look)


class _Key:
    def __init__(self, key: ECKey) -> None:
        self._key = key

    async def key(self, kid: str) -> ECKey | None:
        return self._key if kid == _KEY_ID else None


class Asking:
    """Asks one node; call it with a number and the categories that are asked for.

    Not `strict`: as in production, where what is a mistake is left out. `mistakes` are those of the
    last question.
    """

    def __init__(self, node: RegionNode, *, strict: bool = True) -> None:
        self._node = node
        self._strict = strict
        self.mistakes: list[Mistake] = []
        self._private = ECKey.generate_key("P-256")

    def __call__(
        self,
        number: str,
        *categories: Category,
        requester: Requester = A_CONSULTANT,
        purpose: Purpose = Purpose.DIRECT_CARE,
        also: Sequence[str] = (),
    ) -> Told:
        """Ask; none of the categories: all that the node offers. Raises `MistakesError`.

        `also` are further numbers that the person is known by.
        """
        asked = categories or tuple(sorted(self._node.categories))
        call = NodeCall(
            node=replace(_NODE, categories=asked),
            numbers=tuple(map(parse_nhs_number, (number, *also))),
            categories=asked,
            requester=requester,
            purpose=purpose,
            request_id=RequestId("a-request-of-a-test"),
        )
        self.mistakes = []
        node = self._node
        before = node.on_mistake, node.on_error
        # An author looks for what a function raised in what the failing test printed.
        node.on_mistake, node.on_error = self.mistakes.append, traceback.print_exception
        try:
            told = _runner().run(self._fetch(call))
        finally:
            node.on_mistake, node.on_error = before
        if self.mistakes and self._strict:
            raise MistakesError(self.mistakes)
        return told

    async def _fetch(self, call: NodeCall) -> Told:
        looks = _Looks()
        verifier = RequesterVerifier(
            gateway=_GATEWAY, node=call.node.id, keys=_Key(self._private), clock=utc_now
        )
        app = build_node_app(self._node, verifier, looks=looks)
        signing = RequesterKey(self._private, _KEY_ID)
        tokens = RequesterTokens(_GATEWAY, lambda: signing, bytes(32), utc_now)
        async with httpx.ASGITransport(app) as transport:
            client = GraphQLClient(call.node, transport, utc_now, None, tokens)
            return Told(await client.fetch(call), looks.written)
