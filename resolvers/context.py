"""What one GraphQL request carries with it: who asks, how to ask the pipeline, and the one answer that its fields read.

Made by the gateway for each request. The root field `patient` sets `answer` once; every field below only reads it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from federation.flow import Answer, Question
from federation.model import Clock, Node, Requester, RequestId


@dataclass(slots=True, kw_only=True)
class Context:
    """One request. `id_key` (32 bytes) keys every opaque id; `loop_time` is the event loop's clock, in seconds."""

    requester: Requester
    request_id: RequestId
    ask: Callable[[Question], Awaitable[Answer]]
    nodes: Callable[[], tuple[Node, ...]]
    clock: Clock
    loop_time: Callable[[], float]
    id_key: bytes
    answer: Answer | None = None
