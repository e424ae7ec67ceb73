"""One category of one person: asks the author's function, and makes a part of what it gives.

Whatever goes wrong costs this part alone. It is then unavailable or less than whole, never empty:
what could not be read must not look like nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct, structs

from federation.model import Assertion, Category, Clock
from federation.node_kit.author.feeds import Currency, Feed, FeedState
from federation.node_kit.author.given import (
    Answer,
    Giveable,
    Given,
    awaiting_filing,
    truncated,
    unavailable,
)
from federation.node_kit.author.held import Held
from federation.node_kit.author.mistakes import Mistake, OnError, OnMistake
from federation.node_kit.author.pages import Pages, ReadPage, WrongPageError
from federation.node_kit.author.reading import UnfitError, read
from federation.node_kit.source import KeptPart, NodeRefusalError, PartState
from federation.records import DEFINITIONS
from federation.records.base import Item
from federation.status import SourceCode

_LOGGER = logging.getLogger(__name__)
_SHOWN = frozenset((PartState.COMPLETE, PartState.PARTIAL))

Rule = Callable[[Held[Any]], Awaitable[Given | None]]
"""What a region's own rule says of one category to this requester; None: nothing."""


class CategorySource(Struct, frozen=True, kw_only=True):
    """How one category is read: `whole`, or by pages of `size` up to `most` items."""

    category: Category
    feed: Feed | None
    whole: Callable[[Held[Any]], Awaitable[Answer]] | None = None
    page: Callable[[Held[Any], Any, int], Awaitable[Any]] | None = None
    size: int = 0
    most: int = 0


class PartReader(Struct, frozen=True, kw_only=True):
    """Reads the parts of one answer, all of them until `ends_at` of the loop's clock."""

    clock: Clock
    ends_at: float
    on_mistake: OnMistake
    on_error: OnError

    async def part(self, source: CategorySource, held: Held[Any], rule: Rule | None) -> KeptPart:
        """The part; raises `NodeRefusalError` alone."""
        currency = await self._currency(source)
        if currency and currency.state is FeedState.UNKNOWN:
            return self._kept(source.category, unavailable(), currency)
        pages = Pages(items=[])
        try:
            async with asyncio.timeout_at(self.ends_at):
                answer = await self._answer(source, held, rule, pages)
        except TimeoutError:
            answer = _late(pages)
        except NodeRefusalError:
            raise
        except WrongPageError as wrong:
            self._mistaken(source.category, str(wrong))
            answer = truncated(pages.items) if pages.items else unavailable()
        except Exception as error:  # noqa: BLE001 - whatever a region's store raises costs its part
            # The text of a foreign exception may hold a person's data: only its kind is logged.
            _LOGGER.error(  # noqa: TRY400 - a traceback's text is not ours
                "a category could not be read",
                extra={"category": source.category, "kind": type(error).__name__},
            )
            self.on_error(error)
            answer = unavailable()
        return self._kept(source.category, answer, currency)

    async def _currency(self, source: CategorySource) -> Currency | None:
        return await source.feed.currency(self.clock()) if source.feed else None

    async def _answer(
        self, source: CategorySource, held: Held[Any], rule: Rule | None, pages: Pages
    ) -> Answer:
        # Invariant: the region's rule is asked before its store.
        ruled = await rule(held) if rule else None
        if ruled is not None:
            return ruled
        if source.whole:
            return await source.whole(held)
        await pages.read(_pages_of(source, held), size=source.size, most=source.most)
        return pages.items if pages.whole else truncated(pages.items)

    # ── what was given ──────────────────────────────────────────────────────────────────────

    def _kept(self, category: Category, answer: Answer, currency: Currency | None) -> KeptPart:
        given = self._given(category, answer)
        items = self._items(category, given.items) if given.state in _SHOWN else []
        unfit = len(given.items) - len(items) if given.state in _SHOWN else 0
        given = _of_age(given, currency)
        state, code = given.state, given.code
        if unfit and (state is PartState.COMPLETE or code is SourceCode.AWAITING_FILING):
            state, code = PartState.PARTIAL, SourceCode.ITEMS_QUARANTINED
        return KeptPart(
            items=items,
            assertion=self._assertion(category, given, items),
            state=state,
            code=code,
            # Without a feed the store is where things are written, and no copy that lags.
            data_current_to=currency.data_current_to if currency else self.clock(),
        )

    def _given(self, category: Category, answer: object) -> Given:
        if isinstance(answer, Given):
            return answer
        if isinstance(answer, list | tuple):
            return Given(items=answer)
        kind = type(answer).__name__
        self._mistaken(category, f"a {kind} was given, and no list; say what an empty one means")
        return unavailable()

    def _items(self, category: Category, given: Sequence[Giveable]) -> list[Item]:
        items: list[Item] = []
        for place, one in enumerate(given, start=1):
            try:
                items.append(_item(category, one))
            except UnfitError as unfit:
                self.on_mistake(
                    Mistake(
                        category=category,
                        item=place,
                        field=unfit.field,
                        what=unfit.what,
                        hint=unfit.hint,
                    )
                )
        ids = Counter(item.source_id for item in items)
        if len(ids) < len(items):
            # Both are given: neither can be known to be the right one.
            self._mistaken(category, "two items have the same id", "sourceId")
        return items

    def _assertion(
        self, category: Category, given: Given, items: Sequence[Item]
    ) -> Assertion | None:
        # What is said of a part that is less than whole goes no further than `wire.py`.
        if given.state is not PartState.COMPLETE:
            return None
        if not items:
            return given.assertion or Assertion.NO_CONTENT_RECORDED
        if given.assertion is None:
            return None
        ended = DEFINITIONS[category].ended
        if given.assertion is Assertion.NONE_KNOWN and all(map(ended, items)):
            return given.assertion
        self._mistaken(category, f"{given.assertion} is said beside items that stand against it")
        return None

    def _mistaken(self, category: Category, what: str, field: str | None = None) -> None:
        self.on_mistake(Mistake(category=category, field=field, what=what))


def _item(category: Category, given: Giveable) -> Item:
    item: Item = read(DEFINITIONS[category].item, given)
    if not item.source_id.strip():
        raise UnfitError("is empty; it is the store's own lasting id", "sourceId")
    return item


def _pages_of(source: CategorySource, held: Held[Any]) -> ReadPage:
    async def read_page(after: Any, limit: int) -> Any:
        assert source.page  # noqa: S101 - one of the two is there
        return await source.page(held, after, limit)

    return read_page


def _late(pages: Pages) -> Given:
    """What was read in time: of a timeline the newest, of which what is missing is older."""
    if not pages.items:
        return unavailable(SourceCode.DEADLINE_EXCEEDED)
    return Given(items=pages.items, state=PartState.PARTIAL, code=SourceCode.DEADLINE_EXCEEDED)


def _of_age(given: Given, currency: Currency | None) -> Given:
    """What is given out of a feed that is behind is not everything: more waits to be filed."""
    if currency is None or currency.state is FeedState.CURRENT:
        return given
    if given.state is not PartState.COMPLETE:
        return given
    behind = awaiting_filing(given.items)
    return structs.replace(given, state=behind.state, code=behind.code)
