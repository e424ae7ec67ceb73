"""Where things are kept, chosen by URL. `base.py` says what a store does; start reading there.

A backend is a module with an `open_...` function and a line in `STORAGES`. Nothing outside this
package speaks SQL.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from federation.errors import SettingsError
from federation.storage.base import (
    AuditPlace,
    AuditRow,
    AuditStore,
    BundleRow,
    BundleStore,
    FeedChange,
    IndexEntry,
    JoiningRow,
    JoiningStore,
    KeptLaunch,
    KeptLook,
    LaunchStore,
    NumberStore,
    ObjectionChange,
    PersonKey,
    SecondLookStore,
    ShadowRow,
    SharingStore,
    Storage,
    Told,
)
from federation.storage.keeping import CheckpointRow, HoldRow, KeepingStore, SegmentRow
from federation.storage.known_objections import KnownObjections
from federation.storage.outbox import OutboxStore
from federation.storage.person_keys import PersonKeys
from federation.storage.postgres import open_postgresql
from federation.storage.sealing import Seal
from federation.storage.sqlite import open_sqlite

__all__ = [
    "STORAGES",
    "AuditPlace",
    "AuditRow",
    "AuditStore",
    "BundleRow",
    "BundleStore",
    "CheckpointRow",
    "FeedChange",
    "HoldRow",
    "IndexEntry",
    "JoiningRow",
    "JoiningStore",
    "KeepingStore",
    "KeptLaunch",
    "KeptLook",
    "KnownObjections",
    "LaunchStore",
    "NumberStore",
    "ObjectionChange",
    "OutboxStore",
    "PersonKey",
    "PersonKeys",
    "Seal",
    "SecondLookStore",
    "SegmentRow",
    "ShadowRow",
    "SharingStore",
    "Storage",
    "Told",
    "open_storage",
]


class _Open(Protocol):
    def __call__(
        self, location: str, *, read_only: bool, seal: Seal | None
    ) -> Awaitable[Storage]: ...


STORAGES: Mapping[str, _Open] = MappingProxyType(
    {
        "sqlite": open_sqlite,
        "postgresql": open_postgresql,
        "postgresql+asyncpg": open_postgresql,
    }
)
"""By URL scheme. A backend is given what follows `scheme://`."""


async def open_storage(
    url: str, *, read_only: bool = False, sharing_keys: Sequence[bytes] = ()
) -> Storage:
    """Open the stores behind a URL such as `sqlite:////var/lib/watling.db`.

    Tables are brought up to date. `read_only` neither makes nor changes anything: a database that
    is missing, or of another release, is a `SettingsError`. `sharing_keys` are those that the
    sharing store is sealed with, the current one first (`sealing.py`); without any, that store
    refuses to be used and the others work.
    """
    scheme, separator, location = url.partition("://")
    opener = STORAGES.get(scheme)
    if not separator or opener is None:
        known = ", ".join(f"`{name}`" for name in STORAGES)
        # The URL itself is not repeated: it may carry a password.
        raise SettingsError(f"the storage url must begin with one of {known}, followed by `://`")
    seal = Seal("fact", *sharing_keys) if sharing_keys else None
    return await opener(location, read_only=read_only, seal=seal)
