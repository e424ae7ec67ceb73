"""A page of entries with cursors, as connections are read from: one form for every log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from resolvers.types.timeline import PageEnds

T = TypeVar("T")


class Cut(Protocol):
    """Where a page was cut out of the whole."""

    @property
    def has_next(self) -> bool: ...

    @property
    def has_previous(self) -> bool: ...


class Edge(Struct, Generic[T], frozen=True):
    """One entry and the cursor behind it."""

    cursor: str
    node: T


class Page(Generic[T]):
    """A page as its connection reads it; a cursor for each entry, in the same order."""

    def __init__(self, cut: Cut, cursors: Sequence[str], nodes: Sequence[T]) -> None:
        self.edges = list(map(Edge, cursors, nodes))
        self.page_info = PageEnds(
            has_next_page=cut.has_next,
            has_previous_page=cut.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
