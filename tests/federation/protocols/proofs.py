"""Ways for the gateway to prove itself to a stub, with their secrets in files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import ECKey, RSAKey

from federation.model import BackendServices, BearerToken
from tests.builders import NOW
from tests.federation.protocols.speakers import Proof
from tests.stubs.http import serving
from tests.stubs.token_endpoint import TokenEndpoint

TOKEN = "a-token-of-the-operators"  # noqa: S105 - of a stub


def a_bearer(folder: Path) -> Proof:
    """A token that does not change."""
    path = folder / "node.token"
    path.write_text(f"{TOKEN}\n", "utf-8")
    return Proof(BearerToken(token_file=str(path)), lambda shown: shown == f"Bearer {TOKEN}")


def key_file(folder: Path, key: RSAKey | ECKey) -> str:
    """A private key as a file."""
    path = folder / "client.jwk"
    path.write_bytes(msgspec.json.encode(key.as_dict(private=True)))
    return str(path)


@asynccontextmanager
async def token_endpoint(
    folder: Path, key: RSAKey | ECKey, **given: Any
) -> AsyncIterator[tuple[TokenEndpoint, Proof]]:
    """A token endpoint at an address of its own, and the proof that its tokens are."""
    algorithm = "RS384" if isinstance(key, RSAKey) else "ES384"
    endpoint = TokenEndpoint(key, algorithm, lambda: NOW, **given)
    async with serving(endpoint) as server:
        endpoint.url = f"{server.url}/token"
        settings = BackendServices(
            client_id="watling", key_file=key_file(folder, key), token_url=endpoint.url
        )
        yield (
            endpoint,
            Proof(settings, lambda shown: shown in {f"Bearer {one}" for one in endpoint.good}),
        )
