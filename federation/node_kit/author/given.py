"""What a function of a category gives, and how it says what an empty list means.

A list of items is everything that is held; an empty one says that nothing is recorded, and never
that nothing is known. Whatever else is so has its own word here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from federation.model import Assertion
from federation.node_kit.source import PartState
from federation.records.base import Item
from federation.status import SourceCode

Giveable = Item | Mapping[str, object]
"""One item: a struct of its category, or a dict with the field names of `node.graphql`."""


class Given(Struct, frozen=True, kw_only=True):
    """What is given of one category; made by the functions below."""

    items: Sequence[Giveable] = ()
    assertion: Assertion | None = None
    state: PartState = PartState.COMPLETE
    code: SourceCode | None = None


Answer = Sequence[Giveable] | Given


def none_known(ended: Sequence[Giveable] = ()) -> Given:
    """Somebody wrote down that there is none, as in "no known allergies".

    `ended` are those that there were. Never for a list that merely has nothing in it.
    """
    return Given(items=ended, assertion=Assertion.NONE_KNOWN)


def not_known() -> Given:
    """Somebody wrote down that it is not known whether there is any."""
    return Given(assertion=Assertion.NOT_KNOWN)


def withheld(code: SourceCode = SourceCode.WITHHELD_AT_SOURCE) -> Given:
    """The node keeps it to itself, whether or not it holds anything.

    `code` may be OBJECTION (the person's), NOT_PERMITTED (this reader's role or organisation) or
    RELATIONSHIP_NEEDED as well. Nothing says what about.
    """
    return Given(state=PartState.WITHHELD, code=code)


def withheld_in_part(items: Sequence[Giveable]) -> Given:
    """Some of it is kept back; these are not."""
    return Given(items=items, state=PartState.PARTIAL, code=SourceCode.WITHHELD_AT_SOURCE)


def awaiting_filing(items: Sequence[Giveable] = ()) -> Given:
    """There is more, on its way or not filed yet; these are what can be shown."""
    return Given(items=items, state=PartState.PARTIAL, code=SourceCode.AWAITING_FILING)


def truncated(items: Sequence[Giveable]) -> Given:
    """There is more than can be given. Of a timeline, these are the newest."""
    return Given(items=items, state=PartState.PARTIAL, code=SourceCode.TRUNCATED)


def unavailable(code: SourceCode = SourceCode.NODE_ERROR) -> Given:
    """It cannot be read just now, which says nothing of what is held."""
    return Given(state=PartState.UNAVAILABLE, code=code)
