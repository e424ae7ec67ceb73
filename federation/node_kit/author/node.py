"""A region's node: what its author's functions give, as the source that the kit serves.

    node = RegionNode()

    @node.person
    async def person(number: NhsNumber) -> Held[int] | NotHeld: ...

    @node.category(Category.ALLERGIES)
    async def allergies(held: Held[int]) -> Answer: ...

    @node.pages(Category.DOCUMENTS)
    async def documents(held: Held[int], after: Key | None, limit: int) -> Rows: ...

What is registered is what the node offers. Everything that is asked of one person is read at once,
within `patience_seconds`; what is late by then is late alone.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from federation.model import Category, Clock
from federation.nhs_number import NhsNumber
from federation.node_kit.author.feeds import Currency, Feed, FeedState
from federation.node_kit.author.given import Answer, Giveable, Given
from federation.node_kit.author.held import Held, NotHeld
from federation.node_kit.author.mistakes import (
    Mistake,
    OnError,
    OnMistake,
    log_mistake,
    pass_over,
)
from federation.node_kit.author.pages import MOST_ITEMS, PAGE_SIZE
from federation.node_kit.author.parts import CategorySource, PartReader
from federation.node_kit.author.reading import UnfitError, read
from federation.node_kit.clock import utc_now
from federation.node_kit.rehearsal import RehearsedSource
from federation.node_kit.source import KeptRecord, NodeErrorCode, NodeRefusalError
from federation.protocols.requester_token import RequesterClaims
from federation.records.person import Person

PATIENCE_SECONDS = 3.0
"""Less than the gateway waits for a node, so that what came in time is not lost with what did
not."""

Rows = Sequence[tuple[Any, Giveable]]
FindPerson = Callable[[NhsNumber], Awaitable[Held[Any] | NotHeld]]
ReadCategory = Callable[[Held[Any]], Awaitable[Answer]]
ReadCategoryPage = Callable[[Held[Any], Any, int], Awaitable[Rows]]
RuleOf = Callable[[Held[Any], Category, RequesterClaims], Awaitable[Given | None]]
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


class RegionNode:
    """Collects an author's functions, and answers by them.

    `feed` is what the whole store is filled from, where it is filled from elsewhere; a category may
    name another. `rehearsed` may be set to what changes the store of a test endpoint (objections,
    merges), for the checks that look whether the node follows.
    """

    def __init__(
        self,
        *,
        feed: Feed | None = None,
        clock: Clock = utc_now,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.categories: frozenset[Category] = frozenset()
        self.on_mistake: OnMistake = log_mistake
        self.on_error: OnError = pass_over
        self.rehearsed: RehearsedSource | None = None
        self._feed = feed
        self._clock = clock
        self._patience = patience_seconds
        self._find_person: FindPerson | None = None
        self._rule: RuleOf | None = None
        self._sources: dict[Category, CategorySource] = {}

    # ── what an author registers ────────────────────────────────────────────────────────────

    def person(self, function: FindPerson) -> FindPerson:
        """Registers who finds somebody by number: `Held`, or `NOT_HELD`."""
        self._find_person = _asynchronous(function)
        return function

    def rule(self, function: RuleOf) -> RuleOf:
        """Registers a rule of the region's own, asked before anything of a category is read.

        It gives None where it has nothing against it, or `withheld()`. The gateway's own rules
        hold besides. Whatever the rule raises makes the category unavailable.
        """
        self._rule = _asynchronous(function)
        return function

    def category(
        self, category: Category, *, feed: Feed | None = None
    ) -> Callable[[ReadCategory], ReadCategory]:
        """Registers who reads one category, all of it."""

        def register(function: ReadCategory) -> ReadCategory:
            read_it = _asynchronous(function)
            self._add(CategorySource(category=category, feed=feed or self._feed, whole=read_it))
            return function

        return register

    def pages(
        self,
        category: Category,
        *,
        feed: Feed | None = None,
        size: int = PAGE_SIZE,
        most: int = MOST_ITEMS,
    ) -> Callable[[ReadCategoryPage], ReadCategoryPage]:
        """Registers who reads one category page by page, newest first (`pages.py`)."""

        def register(function: ReadCategoryPage) -> ReadCategoryPage:
            source = CategorySource(
                category=category,
                feed=feed or self._feed,
                page=_asynchronous(function),
                size=size,
                most=most,
            )
            self._add(source)
            return function

        return register

    def _add(self, source: CategorySource) -> None:
        if source.category is Category.DEMOGRAPHICS:
            raise ValueError("demographics are the person, who is echoed with every answer")
        if source.category in self._sources:
            raise ValueError(f"{source.category} has a function already")
        self._sources[source.category] = source
        self.categories = frozenset(self._sources)

    # ── what the kit asks ───────────────────────────────────────────────────────────────────

    async def currency(self) -> Sequence[Currency]:
        """How each feed is just now, for health."""
        feeds = [self._feed, *(source.feed for source in self._sources.values())]
        each = dict.fromkeys(feed for feed in feeds if feed)
        now = self._clock()
        return await asyncio.gather(*(feed.currency(now) for feed in each))

    async def find(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> Sequence[KeptRecord]:
        ends_at = asyncio.get_running_loop().time() + self._patience
        found = await self._people(numbers, ends_at)
        reader = PartReader(
            clock=self._clock, ends_at=ends_at, on_mistake=self._say, on_error=self.on_error
        )
        return [await self._record(one, numbers, categories, requester, reader) for one in found]

    async def _people(self, numbers: Sequence[NhsNumber], ends_at: float) -> list[Held[Any]]:
        """Everybody held under one of the numbers, each once, with the echo read."""
        assert self._find_person, "no function is registered with `@node.person`"  # noqa: S101 - said to the author at the first test
        currency = await self._feed.currency(self._clock()) if self._feed else None
        if currency and currency.state is FeedState.UNKNOWN:
            raise NodeRefusalError(NodeErrorCode.UPSTREAM_UNAVAILABLE)
        try:
            async with asyncio.timeout_at(ends_at):
                told = [await self._find_person(number) for number in dict.fromkeys(numbers)]
        except TimeoutError:
            raise NodeRefusalError(NodeErrorCode.UPSTREAM_TIMEOUT) from None
        except NodeRefusalError:
            raise
        except Exception as error:
            self.on_error(error)
            raise
        held = [self._echoed(one) for one in told if not isinstance(one, NotHeld)]
        if not held and currency and currency.state is FeedState.STALE:
            # Whoever came since the feed stopped is not there: "not held" would be a guess.
            raise NodeRefusalError(NodeErrorCode.UPSTREAM_UNAVAILABLE)
        return list({one.number: one for one in reversed(held)}.values())[::-1]

    def _echoed(self, told: object) -> Held[Any]:
        """With the echo as a struct; what cannot show whose it is never leaves the node."""
        if not isinstance(told, Held):
            self._mistaken(f"a {type(told).__name__} was given, neither `Held` nor `NOT_HELD`")
            raise NodeRefusalError(NodeErrorCode.INTERNAL)
        try:
            echo = read(Person, told.person)
        except UnfitError as unfit:
            self._mistaken(unfit.what, unfit.field, unfit.hint)
            raise NodeRefusalError(NodeErrorCode.INTERNAL) from None
        for field in ("name", "birth_date", "gender"):
            if getattr(echo, field) is None:
                self._mistaken("is missing from the echo, which every answer is checked by", field)
        return Held(person=echo, key=told.key)

    async def _record(
        self,
        held: Held[Any],
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
        reader: PartReader,
    ) -> KeptRecord:
        if held.number not in numbers:
            # Invariant: of somebody who was not asked for the echo alone goes out, by which the
            # gateway sees that the store and the tracing service disagree. No function is asked.
            self._mistaken("the echo has a number that was not asked for", "nhsNumber")
            return KeptRecord(person=held.echo)
        asked = [source for name, source in self._sources.items() if name in categories]
        parts = await asyncio.gather(
            *(reader.part(one, held, self._rule_for(one.category, requester)) for one in asked)
        )
        read_parts = {one.category: part for one, part in zip(asked, parts, strict=True)}
        return KeptRecord(person=held.echo, parts=read_parts)

    def _rule_for(
        self, category: Category, requester: RequesterClaims
    ) -> Callable[[Held[Any]], Awaitable[Given | None]] | None:
        rule = self._rule
        return partial(_ruled, rule, category, requester) if rule else None

    def _say(self, mistake: Mistake) -> None:
        self.on_mistake(mistake)

    def _mistaken(self, what: str, field: str | None = None, hint: str | None = None) -> None:
        self._say(Mistake(category=Category.DEMOGRAPHICS, field=field, what=what, hint=hint))


async def _ruled(
    rule: RuleOf, category: Category, requester: RequesterClaims, held: Held[Any]
) -> Given | None:
    return await rule(held, category, requester)


def _asynchronous(function: F) -> F:
    given: object = function
    if not inspect.iscoroutinefunction(given):
        raise TypeError(
            f"`{getattr(function, '__name__', function)}` must be `async def`; a store that blocks"
            " is called through `asyncio.to_thread`"
        )
    return function
