"""What commands that change the log work with: its stores, the commands' trail, and the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from federation.audit import Sealer
from federation.audit.retention import Upkeep
from federation.errors import SettingsError
from federation.storage import Storage
from gateway.audit_keys import load_audit_keys
from gateway.checkpoints import signing_key
from gateway.cli.audit_parts import opened
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now
from gateway.operators import commands_trail, operation
from gateway.settings import Settings


class Kept(Struct, frozen=True, kw_only=True):
    """A log that is open to be changed."""

    settings: Settings
    storage: Storage
    upkeep: Upkeep


@asynccontextmanager
async def log_to_change(chosen: Path | None) -> AsyncIterator[Kept]:
    """The log of these settings; `SettingsError` without a key to sign what is done to it."""
    settings = chosen_settings(chosen)
    key = signing_key(settings)
    if key is None:
        raise SettingsError("`audit_checkpoint_key_file` is not set, and what is done is signed")
    url = settings.storage_url.reveal()
    async with opened(url):
        pass  # A mistyped place is an error, and no new database that nobody asks.
    async with (
        opened(url, read_only=False) as storage,
        commands_trail(settings, storage, now) as trail,
    ):
        upkeep = Upkeep(
            audit=storage.audit,
            keeping=storage.keeping,
            trail=trail,
            key=key,
            sealer=Sealer(load_audit_keys(settings.audit_key_file)),
            operation=lambda: operation(now()),
        )
        yield Kept(settings=settings, storage=storage, upkeep=upkeep)
