"""An issuer for tests: keys made here, tokens with defaults, and a clock that can be moved."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key

from gateway.identity import IssuerSettings

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
ISSUER = "https://issuer.test.example"
AUDIENCE = "watling"
HOSPITAL = {"odsCode": "RRV", "name": "A hospital", "kind": "acute", "region": "london"}
PRACTICE = {"odsCode": "F83004", "name": "A practice", "kind": "gp", "region": "london"}
CONSULTANT = {"id": "1", "role": "R0050", "roleName": "Consultant", "organisation": HOSPITAL}
PRACTITIONER = {"id": "2", "role": "R0260", "roleName": "GP", "organisation": PRACTICE}


def a_key(kid: str = "key-1") -> ECKey:
    """A fresh signing key."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


KEY = a_key()
STRANGER = a_key()
"""A key of the same id that the issuer never published."""


class MovingClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def seconds(offset: float = 0) -> int:
    """A time claim, so many seconds from now."""
    return int((NOW + timedelta(seconds=offset)).timestamp())


def claims(**changed: Any) -> dict[str, Any]:
    """A consultant's claims; a claim of None is left out."""
    defaults: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "subject-1",
        "name": "Doctor Ada Example",
        "iat": seconds(),
        "exp": seconds(3600),
        "kind": "professional",
        "roles": [CONSULTANT],
    }
    return {name: value for name, value in (defaults | changed).items() if value is not None}


def sign(
    said: dict[str, Any], key: Key = KEY, header: dict[str, Any] | None = None, **head: Any
) -> str:
    """A signed token."""
    header = header or {"alg": "ES256", "kid": "key-1"} | head
    return jwt.encode(header, said, key, algorithms=[header["alg"]])


def bearer(token: str) -> str:
    """The header that carries it."""
    return f"Bearer {token}"


def jwks(folder: Path, *keys: dict[str, Any]) -> Path:
    """A file of keys."""
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": list(keys)}), encoding="utf-8")
    return path


def issuer_settings(jwks_file: Path, **given: Any) -> IssuerSettings:
    """The test issuer's conditions."""
    defaults: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "leeway_seconds": 5}
    return IssuerSettings(jwks_file=jwks_file, **(defaults | given))
