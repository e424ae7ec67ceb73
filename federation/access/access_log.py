"""Read who looked at a person's record: by the person, by who acts for them, by privacy officers.

Newest first, by every number of the person, in pages that stay as they are while others look. Who
may read it is a rule (`sharing/policies/network.cedar`), what each may know is `log_entries.py`.
That it was read is on the record before it is told, as every look is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from federation.access.log_cursors import LogCursors
from federation.access.log_entries import Entries, Reader
from federation.access.officers import need_officer
from federation.access.standing import Parts, Standing, gather
from federation.audit import Opened, Sealer, find, place_of
from federation.audit.clues import person
from federation.audit.deeds import access_log_read
from federation.authority import MarkKind
from federation.case import CITIZENS
from federation.deeds import AccessLogPage, ListedLook, ReadAccessLog
from federation.errors import (
    AuditBrokenError,
    ForbiddenError,
    LogUnreadableError,
    OwnRecordError,
    StorageError,
)
from federation.model import Organisation, Purpose
from federation.sharing import admit_deed, need_role
from federation.sharing.roles import PRIVACY_OFFICER
from federation.storage.base import AuditStore
from federation.storage.keeping import KeepingStore


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """The audit log as it is read for people.

    `organisation` says what the directory says of a code on a day; `cursor_key` has 32 bytes.
    """

    store: AuditStore
    sealer: Sealer
    organisation: Callable[[str, date], Organisation]
    cursor_key: bytes
    keeping: KeepingStore | None = None

    async def gone(self) -> int:
        """How many stretches of it are in archives, or deleted, and are not read here."""
        return len(await self.keeping.segments()) if self.keeping is not None else 0


async def read_access_log(deed: ReadAccessLog, parts: Parts, log: AuditLog) -> AccessLogPage:
    """One page. Raises `ForbiddenError` and its kinds where the requester may not read it.

    `InvalidCursorError` for a cursor that was not theirs, and `LogUnreadableError` where the log
    cannot be read or is not as it was written.
    """
    citizen = deed.requester.kind in CITIZENS
    purpose = Purpose.PATIENT_REQUEST if citizen else Purpose.DIRECT_CARE
    if not citizen and deed.requester.role == PRIVACY_OFFICER:
        need_officer(deed.requester)
    need_role(deed.requester)
    standing = await gather(deed, purpose, parts)
    _admit(deed, standing)
    page = await _page(deed, standing, log)
    await parts.trail.record((access_log_read(deed, standing.reference.number, purpose),))
    return page


def _admit(deed: ReadAccessLog, standing: Standing) -> None:
    try:
        admit_deed(deed.kind, standing.question, standing.reference, standing.facts, standing.rules)
    except ForbiddenError:
        if MarkKind.OWN_RECORD in standing.facts.marks:
            raise OwnRecordError from None
        raise


async def _page(deed: ReadAccessLog, standing: Standing, log: AuditLog) -> AccessLogPage:
    number, requester = standing.reference.number, deed.requester
    cursors = LogCursors(log.cursor_key, number, requester.authority)
    before = cursors.open(deed.after) if deed.after is not None else None
    reader = Reader.of(requester, standing.reference.numbers, standing.held.marks)
    regions = {node.id: node.region for node in standing.facts.nodes}
    entries = Entries(reader, log.organisation, regions)
    sought = [person(one) for one in sorted(standing.reference.numbers)]
    looks: list[ListedLook] = []
    closed: list[str] = []
    try:
        async with aclosing(find(log.store, log.sealer, sought, before=before)) as events:
            async for event, look in _looks(events, entries, log, requester.authority):
                if len(looks) == deed.first:
                    return _told(looks, closed, deed, has_next=True)
                looks.append(look)
                closed.append(cursors.close(place_of(event)))
    except (StorageError, AuditBrokenError) as lost:
        raise LogUnreadableError from lost
    return _told(looks, closed, deed, has_next=False)


async def _looks(
    events: AsyncIterator[Opened], entries: Entries, log: AuditLog, authority: str
) -> AsyncIterator[tuple[Opened, ListedLook]]:
    async for event in events:
        look = entries.entry(event, entry_id(event, log.cursor_key, authority))
        if look is not None:
            yield event, look


def entry_id(event: Opened, key: bytes, authority: str) -> str:
    """The look's id, by which an officer finds it, and behind a dot what keeps readers apart.

    Two readers know different things of one look, and a client may keep both by their ids.
    """
    whose = blake2b(authority.encode("utf-8", "surrogatepass"), key=key, digest_size=8)
    return f"{event.plain.view_id}.{whose.hexdigest()}"


def _told(
    looks: list[ListedLook], cursors: list[str], deed: ReadAccessLog, *, has_next: bool
) -> AccessLogPage:
    return AccessLogPage(
        looks=tuple(looks),
        cursors=tuple(cursors),
        has_next=has_next,
        has_previous=deed.after is not None,
    )
