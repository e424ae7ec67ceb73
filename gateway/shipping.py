"""The audit log on this gateway's own disk, where the settings name one, and its way over."""

from __future__ import annotations

from contextlib import AsyncExitStack

import structlog

from federation.audit.shipping import Shipper
from federation.errors import AuditBrokenError, SettingsError
from federation.storage import AuditStore, open_storage
from gateway.settings import Settings

log = structlog.get_logger()


async def open_shipping(
    settings: Settings, shared: AuditStore, stack: AsyncExitStack
) -> Shipper | None:
    """What the trail writes to in place of the shared store, or None where it writes there itself.

    Raises `SettingsError` where the two are not one chain.
    """
    if settings.audit_storage_url is None:
        return None
    own = await open_storage(settings.audit_storage_url.reveal())
    stack.push_async_callback(own.close)
    shipper = Shipper(own.outbox, shared, settings.audit_writer, report)
    try:
        await shipper.open()
    except AuditBrokenError as broken:
        raise SettingsError(f"{broken}; a new `audit_writer` begins a new chain") from None
    stack.push_async_callback(shipper.aclose)
    return shipper


def report(error: BaseException | None, seconds: float) -> None:
    """Tell the operators how long events have waited for the shared store."""
    late = round(seconds, 1)
    if error is None:
        log.info("audit events are in the shared store again", late_seconds=late)
    elif isinstance(error, AuditBrokenError):
        log.error("audit events cannot go to the shared store: not one chain", error=error)
    else:
        log.warning("audit events wait for the shared store", late_seconds=late, error=error)
