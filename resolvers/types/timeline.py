"""A page of a timeline as clients see it, and the arguments that choose it.

`window` is the one place where arguments become a `Window`: the question is made with it, and the
answer's page is found with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from msgspec import Struct

from federation.flow import Answer, Coverage, Entry, Page, SectionWarning, Window
from federation.model import Assertion, Category
from resolvers.ids import ViewIds
from resolvers.types.fields import told

DEFAULT_FIRST = 50


class Edge(Struct, frozen=True, gc=False):
    """One entry of a page and the cursor behind it."""

    cursor: str
    node: Entry


class PageEnds(Struct, frozen=True, kw_only=True, gc=False):
    """Whether there is more on either side of a page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Timeline(Struct, frozen=True, kw_only=True):
    """One page of a section."""

    category: Category
    coverage: Coverage
    assertion: Assertion | None
    warnings: tuple[SectionWarning, ...]
    as_of: datetime | None
    window: Window
    page: Page

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of the page."""
        return self.page.entries

    @property
    def edges(self) -> list[Edge]:
        """The entries of the page, each with its cursor."""
        return list(map(Edge, self.page.cursors, self.page.entries))

    @property
    def page_info(self) -> PageEnds:
        """Where the page begins and ends."""
        cursors = self.page.cursors
        return PageEnds(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


@strawberry.type(description="Whether there is more on either side of a page.")
class PageInfo:
    """Read from `PageEnds`."""

    has_next_page: bool = told("Whether older entries follow.")
    has_previous_page: bool = told("Whether newer entries precede.")
    start_cursor: str | None = told("The cursor of the first entry.")
    end_cursor: str | None = told(
        "The cursor of the last entry; give it as `after` for the next page."
    )


def window(
    *,
    first: int = DEFAULT_FIRST,
    after: str | None = None,
    since: date | None = None,
    until: date | None = None,
    codes: list[str] | None = None,
) -> Window:
    """The window that a field's arguments ask for."""
    chosen = None if codes is None else tuple(codes)
    return Window(first=first, after=after, since=since, until=until, codes=chosen)


def timeline_of(category: Category) -> Callable[..., Timeline]:
    """How the page that a field asks for is found in the answer."""

    def read(answer: Answer, _ids: ViewIds, **arguments: Any) -> Timeline:
        section = answer.record.sections[category]
        asked = window(**arguments)
        page = section.pages[asked]
        return Timeline(
            category=category,
            coverage=section.coverage,
            assertion=section.assertion,
            warnings=(*section.warnings, *page.warnings),
            as_of=section.as_of,
            window=asked,
            page=page,
        )

    return read


_First = Annotated[int, strawberry.argument(description="How many entries, 1 to 500.")]
_After = Annotated[
    str | None, strawberry.argument(description="The cursor of the last entry already seen.")
]
_Since = Annotated[
    date | None, strawberry.argument(description="The first local day that counts, inclusive.")
]
_Until = Annotated[
    date | None, strawberry.argument(description="The last local day that counts, inclusive.")
]
_Codes = Annotated[
    list[str] | None,
    strawberry.argument(description="Only entries with one of these codes, each as `system|code`."),
]


def with_codes(read: Callable[..., Timeline]) -> Callable[..., Any]:
    """The resolver of a timeline that can be filtered by code."""

    def resolve(
        self: Any,
        first: _First = DEFAULT_FIRST,
        after: _After = strawberry.UNSET,
        since: _Since = strawberry.UNSET,
        until: _Until = strawberry.UNSET,
        codes: _Codes = strawberry.UNSET,
    ) -> Any:
        return read(
            self, None, **_given(first=first, after=after, since=since, until=until, codes=codes)
        )

    return resolve


def without_codes(read: Callable[..., Timeline]) -> Callable[..., Any]:
    """The resolver of any other timeline."""

    def resolve(
        self: Any,
        first: _First = DEFAULT_FIRST,
        after: _After = strawberry.UNSET,
        since: _Since = strawberry.UNSET,
        until: _Until = strawberry.UNSET,
    ) -> Any:
        return read(self, None, **_given(first=first, after=after, since=since, until=until))

    return resolve


def _given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not strawberry.UNSET}
