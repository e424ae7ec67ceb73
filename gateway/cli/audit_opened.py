"""The log with its seals opened, for commands that show what is in it: each on the record first.

Who did it is the account on the machine, in the commands' chain of the store that is read. Where
that cannot be written, nothing is shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from federation.audit import AuditKeys, Sealer
from federation.audit.done import LogOpened
from federation.audit.operations import log_opened
from federation.audit.wanted import Wanted
from federation.errors import SettingsError
from federation.nhs_number import NhsNumber
from federation.storage import Storage
from gateway.audit_keys import load_audit_keys
from gateway.cli.audit_parts import find_log, opened
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now
from gateway.operators import commands_of, commands_trail, operation
from gateway.settings import GATEWAY_WRITER, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLog:
    """A log that a command reads. `settings` None: it was found by its address and keys alone."""

    stores: Storage
    keys: AuditKeys
    settings: Settings | None

    @property
    def sealer(self) -> Sealer:
        """What opens its seals."""
        return Sealer(self.keys)

    async def tell(self, what: LogOpened, number: NhsNumber | None = None) -> None:
        """Put on the record what is about to be shown, and of whom. Else it must not be.

        Raises `AuditUnavailableError`.
        """
        event = log_opened(operation(now()), what, number)
        known = self.settings
        async with (
            commands_trail(known, self.stores, now)
            if known
            else commands_of(GATEWAY_WRITER, self.stores, self.keys, now)
        ) as trail:
            await trail.record((event,))


def opened_for(command: str, wanted: Wanted, node: str | None = None) -> LogOpened:
    """What a command is about to show, of the events that are wanted."""
    return LogOpened(
        command=command,
        organisation=wanted.organisation,
        node=node or wanted.node,
        since=wanted.since,
        until=wanted.until,
    )


@asynccontextmanager
async def log_to_open(
    settings: Path | None, storage: str | None = None, audit_key: Path | None = None
) -> AsyncIterator[OpenLog]:
    """The log that the options name, or the settings; `SettingsError` without keys."""
    url, keys = find_log(settings, storage, audit_key)
    if keys is None:
        raise SettingsError("what is in the log cannot be read without `--audit-key`")
    known = chosen_settings(settings) if storage is None or settings is not None else None
    async with _written(url) as stores:
        yield OpenLog(stores=stores, keys=keys, settings=known)


@asynccontextmanager
async def log_of(settings: Settings) -> AsyncIterator[OpenLog]:
    """The log of these settings."""
    keys = load_audit_keys(settings.audit_key_file)
    async with _written(settings.storage_url.reveal()) as stores:
        yield OpenLog(stores=stores, keys=keys, settings=settings)


@asynccontextmanager
async def _written(url: str) -> AsyncIterator[Storage]:
    async with opened(url):
        pass  # A log that is not there is refused, and not made.
    async with opened(url, read_only=False) as stores:
        yield stores
