"""What operators do at the machine, on the record before it is done.

A command writes a chain of its own beside the gateway's, because two processes cannot share one:
`<audit_writer>.commands`. Where the record cannot be written, nothing is done.
"""

from __future__ import annotations

import os
import pwd
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from federation.audit import AuditEvent, AuditKeys, AuditTrail
from federation.audit.done import FeedLoaded, RulesChanged
from federation.audit.operations import Operation, feed_loaded
from federation.feeds import Feed
from federation.model import Clock
from federation.storage import BundleRow, ShadowRow, SharingStore, Storage
from gateway.audit_keys import load_audit_keys
from gateway.checkpoints import open_checkpoints, signing_key
from gateway.settings import Settings

OF_COMMANDS = ".commands"
"""What a command's writer has behind the gateway's; no gateway can be called so."""


def operation(at: datetime) -> Operation:
    """Something that is being done now, by the account that this process runs under.

    The account is what the system says: the environment could name anybody.
    """
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = f"uid {user}"
    return Operation(id=secrets.token_hex(16), at=at, operator=name)


@asynccontextmanager
async def commands_trail(
    settings: Settings, storage: Storage, clock: Clock
) -> AsyncIterator[AuditTrail]:
    """The commands' own chain in a gateway's audit log."""
    keys = load_audit_keys(settings.audit_key_file)
    async with AsyncExitStack() as stack:
        trail = await stack.enter_async_context(
            commands_of(settings.audit_writer, storage, keys, clock)
        )
        checkpoints = await open_checkpoints(
            settings, signing_key(settings), trail, storage.keeping, clock, _tell
        )
        if checkpoints is not None:
            stack.push_async_callback(checkpoints.aclose)
        yield trail


@asynccontextmanager
async def commands_of(
    gateway: str, storage: Storage, keys: AuditKeys, clock: Clock
) -> AsyncIterator[AuditTrail]:
    """The chain of the commands of the gateway of this name, of which nothing is signed."""
    trail = await AuditTrail.open(storage.audit, f"{gateway}{OF_COMMANDS}", keys, clock)
    try:
        yield trail
    finally:
        await trail.aclose()


def _tell(error: BaseException) -> None:
    sys.stderr.write(f"the audit checkpoint could not be written: {error}\n")


async def load_feed(feed: Feed, store: SharingStore, trail: AuditTrail, at: datetime) -> None:
    """Replace what a feed said before, once it is on the record what that changes.

    Raises `AuditUnavailableError` or `StorageError`, and nothing has changed.
    """
    change = await store.compare_feed(feed.name, feed.rows)
    loaded = FeedLoaded(
        feed=feed.name,
        digest=feed.digest,
        added=change.added,
        changed=change.changed,
        removed=change.removed,
    )
    await trail.record((feed_loaded(operation(at), loaded),))
    await store.load_feed(feed.name, feed.rows)


async def record_rules(
    make: Callable[[Operation, RulesChanged], AuditEvent],
    row: BundleRow | ShadowRow,
    trail: AuditTrail,
    at: datetime,
) -> None:
    """Put on the record what is about to be done with these rules."""
    changed = RulesChanged(owner=row.owner, version=row.version, digest=row.digest)
    await trail.record((make(operation(at), changed),))
