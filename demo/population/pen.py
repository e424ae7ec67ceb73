"""Writes facts down at a desk: under which ids, by whom and when.

Says nothing about what the fact is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from msgspec.structs import replace

from demo.model import Desk
from federation.model import NodeId, Practitioner
from federation.records.base import Identifier, Item, PartialDateTime

AS_OF = date(2026, 6, 30)
"""The population's last day: fixed, so that the same seed makes the same people on any day."""

SomeItem = TypeVar("SomeItem", bound=Item)


def day_text(day: date) -> PartialDateTime:
    """A day as the record writes it."""
    return PartialDateTime(day.isoformat())


def working_day(day: date) -> date:
    """The day itself, or the Friday before it where it is at a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


class Pen:
    """One desk's way of writing things down, within one life. All chance comes from `draw`."""

    def __init__(
        self, draw: Random, desk: Desk, born: date = date.min, until: date = AS_OF
    ) -> None:
        self.draw = draw
        self.desk = desk
        self.born = born
        self.until = until
        self._days = (until - born).days
        self._system = f"https://{desk.node}.demo.watling.example/id/entry"

    def earlier(self, least: int, most: int) -> date:
        """A day between so many days before the end of what is known, and never before birth."""
        most = min(most, self._days)
        return self.until - timedelta(days=self.draw.randint(min(least, most), most))

    def at(self, desk: Desk) -> Pen:
        """The same pen at another desk: one chance, one life."""
        return self if desk is self.desk else Pen(self.draw, desk, self.born, self.until)

    def grown_up(self, day: date) -> bool:
        """Whether it is the life of somebody of sixteen on that day."""
        return (day - self.born).days >= 16 * 366

    def not_before_birth(self, day: date) -> date:
        """The day, or the day of birth where it would lie before that."""
        return max(day, self.born)

    def source_id(self) -> str:
        """A new id of one fact."""
        return f"{self.draw.getrandbits(64):016x}"

    def envelope(
        self, day: date, author: Practitioner | None = None, clock: time | None = None
    ) -> dict[str, Any]:
        """The fields that every item shares. With `clock`, the fact is dated to the minute."""
        own = self.source_id()
        at = clock or time(9 + int(own[0], 16) % 9, 5 * (int(own[1], 16) % 12))
        instant = datetime.combine(day, at, UTC)
        when = PartialDateTime(instant.isoformat()) if clock else day_text(day)
        return {
            "source_id": own,
            "source_system": self.desk.system,
            "version": "1",
            "identifiers": (Identifier(system=self._system, value=own),),
            "custodian": self.desk.organisation,
            "author": author or self.draw.choice(self.desk.staff),
            "recorded_at": when,
            "effective_at": when,
            "last_updated_at": instant,
        }


def relay(draw: Random, item: SomeItem, node: NodeId) -> SomeItem:
    """The same fact as another node holds it after it was passed on.

    Its source id is the other node's, its business identifier and custodian stay.
    """
    return replace(
        item, source_id=f"{node[:2]}{draw.getrandbits(56):014x}", source_system="Relayed copy"
    )
