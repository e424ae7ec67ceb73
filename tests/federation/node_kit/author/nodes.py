"""A region's node as a test needs it: one person, and whatever its functions are to give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from federation.model import Category
from federation.node_kit import NOT_HELD, Feed, Held, RegionNode
from federation.node_kit.clock import utc_now
from federation.node_kit.testing import Asking, Told
from tests.federation.node_kit.sources import NUMBER

PERSON = {
    "nhsNumber": NUMBER,
    "name": {"text": "Ada EXAMPLE", "family": "Example", "given": ["Ada"]},
    "birthDate": "1950-01-02",
    "gender": "FEMALE",
}
LATEX = {"sourceId": "1", "substance": {"display": "Latex"}}
EGG = {"sourceId": "2", "substance": {"display": "Egg"}}


async def _told(answer: Any) -> Any:
    if isinstance(answer, BaseException):
        raise answer
    if answer is for_ever:
        await asyncio.Event().wait()
    return answer


def for_ever() -> None:
    """As an answer: none ever comes."""


def a_node(
    answer: Any = (),
    *,
    person: Any = PERSON,
    category: Category = Category.ALLERGIES,
    held: Any = None,
    **given: Any,
) -> RegionNode:
    """A node whose one function gives `answer`, raises it, or never comes back."""
    node = RegionNode(**given)

    @node.person
    async def find(number: str) -> Any:
        if held is not None:
            return await _told(held)
        return Held(person=person, key=7) if number == NUMBER else NOT_HELD

    @node.category(category)
    async def items(_held: Held[int]) -> Any:
        return await _told(answer)

    return node


def a_paged_node(rows: Callable[[Any, int], Sequence[Any]], **given: Any) -> RegionNode:
    """A node whose documents are read page by page."""
    node = RegionNode()
    node.person(_somebody)

    @node.pages(Category.DOCUMENTS, **given)
    async def documents(_held: Held[int], after: Any, limit: int) -> Any:
        return await _told(rows(after, limit))

    return node


async def _somebody(number: str) -> Any:
    return Held(person=PERSON, key=7) if number == NUMBER else NOT_HELD


def a_feed(
    age: timedelta | None = timedelta(hours=1), stale_after: timedelta = timedelta(hours=26)
) -> Feed:
    """A feed of this age; None: it never came."""

    async def current_to() -> datetime | None:
        return None if age is None else utc_now() - age

    return Feed("nightly", current_to, stale_after=stale_after)


def live(node: RegionNode, number: str = NUMBER) -> tuple[Told, list[str]]:
    """What the gateway reads in production, where mistakes are not raised; and those."""
    asking = Asking(node, strict=False)
    told = asking(number)
    return told, [str(one) for one in asking.mistakes]
