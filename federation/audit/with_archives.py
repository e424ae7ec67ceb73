"""Every event of the log, whether it lies in the store or in an archive that is to hand.

An archive is read only if it is the file that was signed when its events left the store. Nothing
is read twice: an interrupted run leaves events in both places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable

from federation.audit.archive import Archive, Segment, digest_of
from federation.errors import AuditBrokenError
from federation.storage.base import AuditRow, AuditStore


async def rows_with(store: AuditStore, segments: Iterable[Segment]) -> AsyncIterator[AuditRow]:
    """The rows of the segments whose file was found, then those of the store.

    Raises `AuditBrokenError` for an archive that is not the one that was signed.
    """
    read: defaultdict[str, int] = defaultdict(int)
    for segment in sorted(segments, key=lambda one: (one.said.writer, one.said.first)):
        if segment.path is None:
            continue
        archive = Archive(segment.path)
        if digest_of(segment.path) != segment.said.digest:
            raise AuditBrokenError(f"{archive!r} is not the file that was signed")
        for row in archive.rows():
            yield row
        read[segment.said.writer] = segment.said.last
    async for row in store.read():
        if row.sequence > read[row.writer]:
            yield row
