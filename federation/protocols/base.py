"""How to talk to a node: one small interface.

Given a person, categories and a requester, a client returns a `Reply` or a `Failure`. It never
raises for what a node does: refusal, silence, nonsense, another person's data and too much of it
are all values. It does let `asyncio.CancelledError` through, and closes its connection then.
Wrong-person checks are not its business (`federation/verify.py`), nor is the deadline
(`federation/fanout.py`).
"""

from __future__ import annotations

from typing import Protocol

from federation.flow import Failure, NodeCall, Reply


class NodeClient(Protocol):
    """Speaks to one node."""

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        """Ask the node for everything in the call.

        Invariant: every held record in the reply has a part for every category of the call, and
        every item is stamped.
        """

    async def aclose(self) -> None:
        """Give back connections."""
