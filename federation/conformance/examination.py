"""One run's view of its node: what checks ask through. First answers are kept for all checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from federation.conformance.check import Finding, UnexpectedError, lacks, untested
from federation.conformance.heard import Heard, HeardPart, HeardRecord
from federation.conformance.hooks import Hooks
from federation.conformance.people import Situation, TestPerson
from federation.conformance.speakers import SPEAKERS, Speaker, Wire
from federation.conformance.target import Target, Tools
from federation.conformance.vouching import Vouching
from federation.model import Category, NodeProtocol


class Examination:
    """What a check is given."""

    def __init__(self, target: Target, tools: Tools) -> None:
        self.target = target
        self.tools = tools
        self.wire = Wire(target, tools, Vouching(target, tools))
        self.speaker: Speaker = SPEAKERS[target.protocol](target, self.wire)
        self.hooks = Hooks(self.wire, target.hooks) if target.hooks else None
        self._heard: dict[str, Heard] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def categories(self) -> tuple[Category, ...]:
        """What the node offers that is made of items."""
        return tuple(one for one in self.target.categories if one is not Category.DEMOGRAPHICS)

    @property
    def is_native(self) -> bool:
        """Whether the node speaks the native protocol."""
        return self.target.protocol is NodeProtocol.GRAPHQL

    async def heard(self, person: TestPerson) -> Heard:
        """The whole of what the node says of somebody, as it said it first."""
        async with self._locks.setdefault(person.label, asyncio.Lock()):
            if person.label not in self._heard:
                self._heard[person.label] = await self.ask(person)
        # What is known already takes no time to ask for, and all of it takes long to look at: the
        # gateway's own work goes on meanwhile, and a check that is over time is ended.
        await asyncio.sleep(0)
        return self._heard[person.label]

    async def answered(self, person: TestPerson) -> Heard:
        """The same of somebody who is held; raises `UnexpectedError` where the node refuses them.

        For checks of what must not be in an answer: in none it is not either.
        """
        heard = await self.heard(person)
        if heard.refusal is not None:
            raise UnexpectedError(f"{person.label}: refused ({heard.refusal})")
        return heard

    async def ask(self, person: TestPerson, categories: Sequence[Category] | None = None) -> Heard:
        """Ask anew."""
        asked = self.categories if categories is None else categories
        return await self.speaker.ask(person.numbers, asked)

    async def record(self, person: TestPerson) -> HeardRecord:
        """The one record of somebody who is held; raises `UnexpectedError`."""
        return one_record(person, await self.heard(person))

    async def part(self, person: TestPerson, category: Category) -> HeardPart:
        """One category of somebody who is held; raises `UnexpectedError`."""
        found = (await self.record(person)).parts.get(category)
        if found is None:
            raise UnexpectedError(f"{person.label}: {category} is not answered at all")
        return found

    async def records(self) -> AsyncIterator[tuple[TestPerson, HeardRecord]]:
        """Everybody who is held, with their record."""
        for person in self.target.people.held:
            yield person, await self.record(person)

    async def words_in(self, person: TestPerson, words: Sequence[str]) -> int:
        """How many of these words stand anywhere in what the node says of somebody."""
        bodies = [body.decode("utf-8", "replace").casefold() for body in await self._bodies(person)]
        return sum(any(one.casefold() in body for body in bodies) for one in words)

    async def _bodies(self, person: TestPerson) -> list[bytes]:
        return list((await self.answered(person)).bodies())

    def not_brought(self, what: str, *, native_only: bool = False) -> Finding:
        """Not testable for want of something.

        `native_only`: a FHIR server that is bought as it is need not have it.
        """
        if native_only and not self.is_native:
            return untested(f"a FHIR server cannot do this by its nature; without {what}")
        return lacks(f"not brought: {what}")

    def not_offered(self, category: Category) -> Finding:
        """Not testable, because the node has no such category."""
        return untested(f"the node does not offer {category}")

    def anybody(self) -> TestPerson:
        """Somebody who is held; raises `UnexpectedError` where the file names nobody."""
        held = self.target.people.of(Situation.KNOWN)
        if not held:
            raise UnexpectedError("the expectations file names nobody in the situation `known`")
        return held[0]


def one_record(person: TestPerson, heard: Heard) -> HeardRecord:
    """The one record in an answer; raises `UnexpectedError`."""
    if heard.refusal is not None:
        raise UnexpectedError(f"{person.label}: refused ({heard.refusal})")
    if len(heard.records) != 1:
        raise UnexpectedError(f"{person.label}: {len(heard.records)} records instead of one")
    return heard.records[0]
