"""What time it is, for a node that is given no other clock."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, as aware UTC."""
    return datetime.now(UTC)  # noqa: TID251 - where a node's clock comes from
