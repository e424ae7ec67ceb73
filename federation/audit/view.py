"""Reads one view back by its id: what was asked, of whom, and what stood on the screen.

From the store, and from archives that are given.

Printing it is `gateway/cli/audit.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from federation.audit.archive import Archive
from federation.audit.chain import Opened, open_row
from federation.audit.seal import AuditKeys, Sealer
from federation.model import ViewId
from federation.storage.base import AuditStore


async def events_of_view(
    store: AuditStore, view_id: ViewId, keys: AuditKeys, archives: Iterable[Path] = ()
) -> tuple[Opened, ...]:
    """Every event of the view as it was written, in order; empty where there is no such view.

    Raises `AuditBrokenError` for an event that is not what was written in its place, and for an
    archive that cannot be read to its end.
    """
    sealer = Sealer(keys)
    stored = await store.of_view(view_id)
    archived = (row for path in archives for row in Archive(path).rows() if row.view_id == view_id)
    rows = {(row.writer, row.sequence): row for row in (*archived, *stored)}
    return tuple(open_row(row, sealer) for _, row in sorted(rows.items()))
