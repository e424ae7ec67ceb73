"""A host system for tests: keys made here, launches with defaults, and a door to post them at."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from federation.audit import AuditEvent
from federation.errors import AuditUnavailableError
from federation.launches import Launches
from gateway.access import AccessLog
from gateway.launch import (
    LaunchEndpoint,
    LaunchHost,
    LaunchHostSettings,
    LaunchReader,
    LaunchRecord,
)

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
HOST = "https://epr.hospital.example"
GATEWAY = "https://gateway.example"
NUMBER = "9990000018"
JWT = "application/jwt"


def a_key(kid: str = "key-1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


KEY = a_key()
STRANGER = a_key()
"""A key of the same id that the host system never published."""


def seconds(offset: float = 0) -> int:
    return int((NOW + timedelta(seconds=offset)).timestamp())


def claims(**changed: Any) -> dict[str, Any]:
    """A hospital opens the record of somebody who was admitted; a claim of None is left out."""
    defaults: dict[str, Any] = {
        "iss": HOST,
        "aud": GATEWAY,
        "iat": seconds(),
        "exp": seconds(120),
        "jti": "message-1",
        "organisation": "RRV",
        "person": {"nhsNumber": NUMBER, "birthDate": "1952-05-17"},
        "why": {"kind": "ADMISSION", "evidence": "A-1"},
    }
    return {name: value for name, value in (defaults | changed).items() if value is not None}


def sign(said: Any, key: Any = KEY, **head: Any) -> bytes:
    """A signed launch; bytes are signed as they are."""
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    header = {"alg": "ES256", "kid": "key-1", "typ": "launch+jwt"} | head
    stated = {name: value for name, value in header.items() if value is not None}
    return jws.serialize_compact(stated, payload, key, [stated["alg"]]).encode()


def enrolled(folder: Path, *keys: ECKey, **given: Any) -> LaunchHost:
    """The hospital's system, as the settings have it."""
    path = folder / "host.json"
    rows = [key.as_dict(private=False) for key in keys or (KEY,)]
    path.write_text(json.dumps({"keys": rows}), encoding="utf-8")
    defaults: dict[str, Any] = {
        "id": HOST,
        "audience": GATEWAY,
        "organisations": ("RRV", "RRU"),
        "kinds": ("ADMISSION", "REFERRAL"),
        "user_issuer": "cis2",
    }
    return LaunchHost.from_file(LaunchHostSettings(jwks_file=path, **(defaults | given)))


class Written:
    """A trail that keeps what it is given; `full`: it cannot."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.full = False

    async def record(self, events: Iterable[AuditEvent]) -> None:
        if self.full:
            raise AuditUnavailableError
        self.events += events


class Door:
    """`/launch` over a store; `at` is what its clock says."""

    def __init__(self, store: Any, *hosts: LaunchHost) -> None:
        self.at = NOW
        self.counted: list[str] = []
        self.trail = Written()
        self.endpoint = LaunchEndpoint(
            LaunchReader(hosts, lambda: self.at),
            lambda: self.at,
            LaunchRecord(lambda: "id", lambda: self.at, self.counted.append),
        )
        self.endpoint.record.trail = self.trail  # type: ignore[assignment]  # as far as it is used
        self.endpoint.launches = Launches(store, (bytes(range(32)),))
        self.app = Starlette(
            routes=[Route("/launch", self.endpoint)], middleware=[Middleware(AccessLog)]
        )

    async def post(
        self, message: bytes, media: str = JWT, path: str = "/launch", method: str = "POST"
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            headers = {"Content-Type": media}
            return await client.request(method, path, content=message, headers=headers)
