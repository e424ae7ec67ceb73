"""Reads all of a long list out of a store, page by page, by keyset.

An author's function gives at most `limit` rows after a key, each with its own key; the last key of
a page is what the next is asked from. No offset: what is filed while pages are read moves none of
them. The gateway asks for everything at once, so the pages are read here, newest first, up to a
bound; beyond it the part says TRUNCATED, and what is missing is older than all that is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from federation.node_kit.author.given import Giveable

PAGE_SIZE = 200
MOST_ITEMS = 5_000

ReadPage = Callable[[Any, int], Awaitable[Sequence[tuple[Any, Giveable]]]]
"""`(after, limit)` gives `(key, item)` of each row; `after` is None for the first page."""


class WrongPageError(Exception):
    """The pages cannot be trusted to be everything; says why."""


class Pages(Struct, kw_only=True):
    """What has been read so far; `whole` once nothing is missing."""

    items: list[Giveable]
    whole: bool = False

    async def read(self, read_page: ReadPage, *, size: int, most: int) -> None:
        """Read to the end or to `most` items; raises `WrongPageError`.

        What was read stays here, also when reading is cut short.
        """
        seen: set[Any] = set()
        after: Any = None
        while True:
            room = most - len(self.items)
            # One more than there is room for, to know whether anything is left.
            limit = min(size, room + 1)
            rows = await read_page(after, limit)
            _check(rows, limit, seen)
            self.items.extend(item for _, item in rows[:room])
            if len(rows) < limit or len(rows) > room:
                self.whole = len(rows) <= room
                return
            after = rows[-1][0]


def _check(rows: Sequence[tuple[Any, Giveable]], limit: int, seen: set[Any]) -> None:
    if len(rows) > limit:
        raise WrongPageError("a page has more rows than were asked for")
    keys = [key for key, _ in rows]
    if len(set(keys)) < len(keys) or not seen.isdisjoint(keys):
        raise WrongPageError("a key comes twice, so that a page does not begin after the last")
    seen.update(keys)
