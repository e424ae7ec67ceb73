"""Reads one view back by its id: what was asked, of whom, and what stood on the screen.

Printing it is `gateway/cli/audit.py`'s.
"""

from __future__ import annotations

from federation.audit.chain import Opened, open_row
from federation.audit.seal import AuditKeys, Sealer
from federation.model import ViewId
from federation.storage.base import AuditStore


async def events_of_view(store: AuditStore, view_id: ViewId, keys: AuditKeys) -> tuple[Opened, ...]:
    """Every event of the view as it was written, in order; empty where there is no such view.

    Raises `AuditBrokenError` for an event that is not what was written in its place.
    """
    sealer = Sealer(keys)
    return tuple(open_row(row, sealer) for row in await store.of_view(view_id))
