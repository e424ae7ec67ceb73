"""Reads a gateway's audit log beside the running gateway, with its seals opened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from federation.audit import Sealer
from federation.audit.chain import open_row
from federation.audit.event import EventKind
from federation.storage import open_storage
from federation.storage.base import AuditStore
from gateway.audit_keys import load_audit_keys
from gateway.settings import Settings, load_settings
from tests.scenarios.network import RunningGateway

PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.02


async def newest(gateway: RunningGateway) -> int:
    """The number of the newest event."""
    settings = _settings(gateway)
    async with _opened(settings) as store:
        last = await store.last(settings.audit_writer)
    return last.sequence if last else 0


async def events_after(
    gateway: RunningGateway, sequence: int, *, abandoned: bool = False
) -> list[Any]:
    """Every later event as plain values; with `abandoned`, once there is one of that kind."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        events = await _read(gateway, sequence)
        kinds = {event["plain"]["kind"] for event in events}
        if not abandoned or EventKind.ABANDONED in kinds or time.monotonic() > patience:
            return events
        await asyncio.sleep(LOOK_SECONDS)


async def _read(gateway: RunningGateway, sequence: int) -> list[Any]:
    settings = _settings(gateway)
    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    async with _opened(settings) as store:
        rows = [row async for row in store.read(settings.audit_writer) if row.sequence > sequence]
    opened = (open_row(row, sealer) for row in rows)
    return [_plain_values({"plain": event.plain, "sealed": event.sealed}) for event in opened]


def _plain_values(event: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(event))


def _settings(gateway: RunningGateway) -> Settings:
    return load_settings(gateway.settings_file, {})


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[AuditStore]:
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    try:
        yield storage.audit
    finally:
        await storage.close()
