"""An issuer for tests: keys made here, tokens with defaults, and a clock that can be moved."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key

from federation.model import OdsCode, RegionId
from federation.registry.organisations import (
    Assurance,
    Belonging,
    DirectoryEntry,
    Organisations,
    Period,
)
from gateway.identity import (
    Acquaintance,
    Clients,
    IssuerSettings,
    Proofs,
    TrustedIssuer,
    Verifier,
    trust,
)

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
ISSUER = "https://issuer.test.example"
AUDIENCE = "watling"
CONSULTANT = {
    "person_roleid": "1",
    "person_orgid": "11",
    "org_code": "RRV",
    "role_code": "S0010:G0020:R0050",
    "role_name": '"Medical and Dental":"Medical":"Consultant"',
    "activity_codes": ["B0264"],
}
PRACTITIONER = {
    "person_roleid": "2",
    "person_orgid": "12",
    "org_code": "Z99101",
    "role_code": "S0010:G0020:R0260",
    "role_name": '"Medical and Dental":"Medical":"General Medical Practitioner"',
}
DIRECTORY = Organisations(
    DirectoryEntry(
        code=OdsCode(code),
        name=name,
        belongings=(Belonging(during=Period(), kind=kind, region=RegionId("london")),),
        assurances=(Assurance(during=Period(ends=date(2027, 6, 30))),),
    )
    for code, name, kind in (
        ("RRV", "A hospital", "acute"),
        ("Z99101", "A practice", "gp"),
        ("Z99160", "A care home", "care-home"),
    )
)
URL = "https://gateway.example/graphql"


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
        "uid": "subject-1",
        "sid": "session-1",
        "id_assurance_level": "3",
        "authentication_assurance_level": "3",
        "nhsid_nrbac_roles": [CONSULTANT],
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


def issuer_settings(jwks_file: Path | None, **given: Any) -> IssuerSettings:
    """The test issuer's conditions."""
    defaults: dict[str, Any] = {
        "id": "cis2",
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "mapping": "cis2",
        "leeway_seconds": 5,
    }
    return IssuerSettings(jwks_file=jwks_file, **(defaults | given))


def trusted(settings: IssuerSettings) -> TrustedIssuer:
    """The one issuer of these settings."""
    (one,) = trust([settings])
    return one


def a_verifier(issuers: Iterable[TrustedIssuer], clock: Any, **given: Any) -> Verifier:
    """A verifier that knows the test directory and no application."""
    defaults: dict[str, Any] = {
        "acquaintance": Acquaintance(lambda: DIRECTORY, Clients()),
        "proofs": Proofs(URL),
    }
    return Verifier(issuers, clock, **(defaults | given))
