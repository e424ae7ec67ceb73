"""What was asked, what answered, and why a reader must be careful."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from federation.flow import Coverage as CoverageValue
from federation.flow import CoverageState, WarningCode
from federation.model import Assertion, Category
from federation.status import FaultOrigin, SourceCode, SourceState
from federation.status import SourceStatus as StatusValue
from resolvers.types.fields import resolved, told
from resolvers.types.node import RecordNode

_FRESH = frozenset((SourceState.FRESH, SourceState.FRESH_EMPTY))


@strawberry.type(
    description=(
        "What one node did for one category, or, on the record itself, the worst over its"
        " categories."
    )
)
class SourceStatus:
    """Read from `status.SourceStatus`."""

    source: RecordNode = told("Which node.")
    category: Category | None = told("For which category; null on the record itself.")
    state: SourceState = told("What became of it.")
    assertion: Assertion | None = told(
        "What this source itself says of an empty list, such as no known allergies."
    )
    origin: FaultOrigin | None = told("Who caused what is missing.")
    code: SourceCode | None = told("Why it is not simply fresh.")
    message: str = told("One sentence a clinician can read.")
    retryable: bool = told("Whether asking again may help.")
    retry_after_seconds: int | None = told("How long to wait before asking again.")
    retrieved_at: datetime | None = told("When this gateway had the answer.")
    data_current_to: datetime | None = told("How recent the source's own data is.")
    last_success_at: datetime | None = told("When it last answered.")
    liftable_by_break_glass: bool = told("Whether emergency access would show it.")
    contact_route: str | None = told("Whom to ring when it matters.")


def rows_shown(
    coverage: CoverageValue, _ids: object, *, only_problems: bool = False
) -> tuple[StatusValue, ...]:
    """All rows, or those of nodes that did not answer freshly."""
    if not only_problems:
        return coverage.rows
    return tuple(row for row in coverage.rows if row.state not in _FRESH)


def _sources(
    self: CoverageValue,
    only_problems: Annotated[
        bool, strawberry.argument(description="Only the nodes that did not answer freshly.")
    ] = False,
) -> Any:
    return rows_shown(self, None, only_problems=only_problems)


@strawberry.type(description="What was asked, what answered, and what that means for the reader.")
class Coverage:
    """Read from `flow.Coverage`."""

    state: CoverageState = told("Whether anything is missing.")
    headline: str = told(
        "One sentence a clinician can read, naming what is missing and whom to ring."
    )
    asked: int = told("How many nodes were asked.")
    answered: int = told("How many of them answered.")
    sources: list[SourceStatus] = resolved(
        _sources,
        rows_shown,
        list[SourceStatus],
        "One row for every node of the network; with `onlyProblems`, those that did not answer"
        " freshly.",
    )


@strawberry.type(description="Why a reader must be careful with a section.")
class SectionWarning:
    """Read from `flow.SectionWarning`."""

    code: WarningCode = told("Which warning it is.")
    message: str = told("One sentence a clinician can read.")


@strawberry.type(description="What the caller must do or show because of how they got access.")
class Obligation:
    """Read from `flow.Obligation`."""

    code: str = told("Which obligation it is.")
    message: str = told("What to do, in a sentence.")
