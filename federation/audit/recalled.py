"""What a recall leaves in the log: the values. Which item it was is sealed, and who had seen it."""

from __future__ import annotations

from datetime import datetime

from federation.audit.form import Fields
from federation.deeds import RecallReason


class RecallNamed(Fields, frozen=True):
    """A recall, by its id, and why. Looks until `began_at` are meant, however often it is run."""

    id: str
    reason: RecallReason
    began_at: datetime


class ItemRecalled(Fields, frozen=True):
    """The source's id of the item, and of which version; None: of any.

    `key` is what the caller told two recalls of one item apart by, `viewer` who had seen it.
    """

    source_id: str
    version: str | None = None
    key: str | None = None
    viewer: str | None = None
