"""What one GraphQL request carries: who asks, how to ask, and the one answer its fields read.

Made by the gateway for each HTTP request. The root field `patient` asks once and sets `answer`;
every field below only reads it. Deeds go to the desk, one a request.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from federation.access import AccessDesk
from federation.errors import NotAvailableError, OnePersonPerRequestError
from federation.flow import Answer, Question
from federation.model import Clock, Node, Requester, RequestId, ViewId
from resolvers.ids import ViewIds


def random_view_id() -> ViewId:
    """A new name for a view."""
    return ViewId(secrets.token_hex(16))


async def _nothing() -> None:
    pass


def _unwatched(node: Node, _requester: Requester) -> Node:
    return node


@dataclass(slots=True, kw_only=True)
class Context:
    """One request.

    `id_key` (32 bytes) keys every opaque id; `loop_time` is the event loop's clock, in seconds.
    """

    requester: Requester
    request_id: RequestId
    ask: Callable[[Question], Awaitable[Answer]]
    nodes: Callable[[], tuple[Node, ...]]
    """Of the network, as it is now."""
    clock: Clock
    loop_time: Callable[[], float]
    id_key: bytes
    new_view_id: Callable[[], ViewId] = random_view_id
    watch: Callable[[Node, Requester], Node] = _unwatched
    """Says how a node is doing, as far as somebody may know."""
    left: Callable[[], tuple[Node, ...]] = tuple
    """Nodes that have left the network: nobody asks them, and what was asked of them is kept."""
    desk: AccessDesk | None = None
    """Where deeds are carried out; None: this gateway keeps no store of them."""
    answered: Callable[[], Awaitable[None]] = _nothing
    """Called once the answer is out of the house."""
    answer: Answer | None = None
    asked: bool = False
    _ids: ViewIds | None = field(default=None, init=False)

    def watched(self, node: Node) -> Node:
        """The node with how it is doing."""
        return self.watch(node, self.requester)

    async def ask_once(self, question: Question) -> Answer:
        """Ask the pipeline; a second question in one request is refused and not asked."""
        self._begin()
        self.answer = await self.ask(question)
        return self.answer

    def desk_once(self) -> AccessDesk:
        """The desk, for one deed; a second in one request, or one beside a question, is refused."""
        if self.desk is None:
            raise NotAvailableError
        self._begin()
        return self.desk

    def _begin(self) -> None:
        if self.asked:
            raise OnePersonPerRequestError
        self.asked = True

    def forget(self) -> None:
        """Let go of the answer once the operation is carried out.

        What executes an operation refers to itself and to this context, and goes when the collector
        comes by; a person's record must not stay in memory until then.
        """
        self.answer = self._ids = None

    @property
    def ids(self) -> ViewIds:
        """The ids of this request's answer."""
        if self._ids is None:
            if self.answer is None:
                raise LookupError("no answer, so no ids")
            record = self.answer.record
            self._ids = ViewIds(self.id_key, self.requester, record.nhs_number, record.repeated)
        return self._ids
