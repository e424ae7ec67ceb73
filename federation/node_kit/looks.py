"""The node's own log of who looked: written before the answer leaves, or there is no answer.

An entry says who asked, as the gateway vouches for it, in which role, for whom they work, why and
for what; never about whom, in no number and no name. About whom, and by what name the person who
asked is known, the gateway's log says under the same `requestId`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from federation.authority import RelationshipKind
from federation.model import Category, Device, Purpose, RequesterKind
from federation.protocols.requester_token import RequesterClaims

ANSWERED = "ANSWERED"
NOT_HELD = "NOT_HELD"
_LOGGER = logging.getLogger(__name__)
_OWNER_ONLY = 0o600


class Look(Struct, frozen=True, kw_only=True, rename="camel"):
    """One look. `outcome` is ANSWERED, NOT_HELD or the code of a refusal."""

    at: datetime
    request_id: str
    subject: str
    kind: RequesterKind
    role: str | None
    role_name: str | None
    organisation: str | None
    client: str | None
    device: Device
    assurance: int
    purpose: Purpose
    categories: tuple[Category, ...]
    relationships: tuple[RelationshipKind, ...]
    decision: str | None
    outcome: str


class LookLog(Protocol):
    """Where looks are written. What raises here keeps the answer back."""

    async def write(self, look: Look) -> None:
        """Return once it is safe."""


class LooksToLogging:
    """Each look as a line of the process's own log, for whoever collects that."""

    async def write(self, look: Look) -> None:
        _LOGGER.info("record looked at", extra={"look": msgspec.to_builtins(look)})


class LooksToFile:
    """Each look as a JSON line at the end of a file, on the disk before the answer leaves.

    The file is opened anew for each, so that it may be moved away at any time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoder = msgspec.json.Encoder()

    async def write(self, look: Look) -> None:
        await asyncio.to_thread(self._append, self._encoder.encode(look) + b"\n")

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        handle = os.open(self._path, flags, _OWNER_ONLY)
        with os.fdopen(handle, "ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def look_of(claims: RequesterClaims, at: datetime, outcome: str) -> Look:
    """What is written of one request."""
    one = claims.organisation
    return Look(
        at=at,
        request_id=claims.request_id,
        subject=claims.sub,
        kind=claims.kind,
        role=claims.role,
        role_name=claims.role_name,
        organisation=(one.ods_code or one.name) if one else None,
        client=claims.client,
        device=claims.device,
        assurance=claims.assurance,
        purpose=claims.purpose,
        categories=claims.categories,
        relationships=claims.relationships,
        decision=claims.decision,
        outcome=outcome,
    )
