"""What a gateway that starts counts from: the looks and refusals of the hour before, by the log.

Of all gateways that write to the store. Bounded, so that a start does not wait for long: of a busy
hour the newest are counted.
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime

from federation.audit.chain import Opened
from federation.audit.clues import kind
from federation.audit.event import EventKind
from federation.audit.find import find
from federation.audit.seal import Sealer
from federation.audit.watch import HOUR, Watch
from federation.case import CITIZENS
from federation.model import principal_of
from federation.storage.base import AuditStore

MOST = 5_000
_COUNTED = (kind(EventKind.VIEW), kind(EventKind.REFUSAL))


async def recall(
    watch: Watch, store: AuditStore, sealer: Sealer, at: datetime, most: int = MOST
) -> int:
    """Count what was written within the hour before, and say how many events that were.

    Raises `StorageError`, or `AuditBrokenError` for an event that is not as written, and has
    counted nothing.
    """
    newest: list[Opened] = []
    async with aclosing(find(store, sealer, _COUNTED, since=at - HOUR)) as events:
        async for event in events:
            newest.append(event)
            if len(newest) == most:
                break
    for event in reversed(newest):
        _count(watch, event)
    return len(newest)


def _count(watch: Watch, event: Opened) -> None:
    plain, sealed = event.plain, event.sealed
    if plain.asker is None or plain.asker.kind in CITIZENS:
        return
    principal = principal_of(sealed.issuer, sealed.subject)
    if plain.kind is EventKind.VIEW and sealed.number is not None:
        watch.saw(principal, plain.asker.role, sealed.number, plain.at)
    elif plain.purpose is not None or plain.deed is not None:
        # What was never a question or a deed is a slip, and was not counted then either.
        watch.was_refused(principal, plain.at)
