"""How the gateway proves itself to a node.

One seam for both protocols: an `Authenticator` gives the `Authorization` header. `Bearer` shows a
token that the operator was given; SMART Backend Services, where a token is fetched, is `smart.py`.
Neither is ever logged, and neither stands in a repr or an error.
"""

from __future__ import annotations

from typing import Protocol

from federation.protocols.transport import Allowance


class Authenticator(Protocol):
    """Proves the gateway to one node."""

    async def authorization(self, allowance: Allowance, *, instead_of: str | None = None) -> str:
        """The value of the `Authorization` header.

        `instead_of` is one that the node has refused; where there is no other, it comes back.
        What has to be read for it is taken from `allowance`. Raises `httpx.HTTPError`, and
        `NotAuthenticatedError` among them.
        """


class Bearer:
    """A token that does not change while the gateway runs."""

    def __init__(self, token: str) -> None:
        self._authorization = f"Bearer {token}"

    async def authorization(self, allowance: Allowance, *, instead_of: str | None = None) -> str:
        return self._authorization
