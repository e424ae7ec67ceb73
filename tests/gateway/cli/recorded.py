"""What a command left in the audit log, with its seals opened."""

from __future__ import annotations

import asyncio

from demo.place import Place
from federation.audit import Opened, Sealer
from federation.audit.chain import open_row
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys
from gateway.settings import Settings, load_settings


def on_record(place: Place) -> list[Opened]:
    """Every event, in order of writer and sequence."""
    return events_of(load_settings(place.settings, {}))


def events_of(settings: Settings) -> list[Opened]:
    """Every event of the log that these settings name."""
    return asyncio.run(_read(settings))


async def _read(settings: Settings) -> list[Opened]:
    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    try:
        return [open_row(row, sealer) async for row in storage.audit.read()]
    finally:
        await storage.close()
