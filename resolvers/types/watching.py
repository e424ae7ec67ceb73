"""How a node is doing, as clients are told: by probes, for anybody; by its calls, for its officers.

Read from `federation.watching`.
"""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from federation.model import Category
from federation.status import SourceCode, SourceState
from resolvers.types.fields import told


@strawberry.type(
    description=(
        "What calls to a node came to over some time. Parts are 0 to 1, and null where there was"
        " nothing to count."
    )
)
class NodeWindow:
    """Read from `watching.Window`."""

    calls: int = told("How many calls there were.")
    answered: float | None = told("The part that it answered, its refusals among them.")
    refused: float | None = told("The part that it refused.")
    late: float | None = told("The part that it did not answer in time.")
    complete: float | None = told(
        "Of the categories of held records, the part that lacked nothing."
    )
    mismatched: float | None = told("Answers for somebody else, by calls.")
    planned: float | None = told(
        "The part that it did not answer in maintenance which it had announced. Such calls count"
        " for nothing else here."
    )
    p50_seconds: float | None = told("Within how many seconds half of the calls ended.")
    p95_seconds: float | None = told("Within how many seconds 95 of 100 calls ended.")
    p99_seconds: float | None = told("Within how many seconds 99 of 100 calls ended.")


@strawberry.type(description="What the newest probe of a node found of one category.")
class NodeCategoryHealth:
    """Read from `watching.Probed`."""

    category: Category = told("Which category.")
    state: SourceState = told("What became of it.")
    code: SourceCode | None = told("Why it is not simply fresh.")
    at: datetime = told("When the node was probed.")
    data_current_to: datetime | None = told("Up to when its data goes, where the node says so.")


@strawberry.type(description="An agreement of a node that ends within 90 days.")
class AgreementEnding:
    """Read from `watching.AgreementEnding`."""

    agreement: str = told("What it is called.")
    region: str = told("With which region: its id.")
    ends: date = told("From this day on it opens nothing any more.")
    days: int = told("How many days that is from now.")


@strawberry.type(
    description=(
        "How a node is doing, as this gateway sees it: by probes, which ask once a minute for a"
        " person who does not exist."
    )
)
class NodeHealth:
    """Read from `watching.NodeHealth`."""

    since: datetime = told("Since when this gateway has watched it.")
    answers: bool | None = told("Whether it answered the newest probe; null without one.")
    last_probe_at: datetime | None = told("When it was last probed.")
    last_answer_at: datetime | None = told("When it last answered a probe.")
    failing_since: datetime | None = told(
        "Since when it has answered no probe; null if it does, or is down as it had announced."
    )
    maintenance_until: datetime | None = told(
        "Until when it may be down, as it announced; null outside such maintenance."
    )
    agreements_ending: list[AgreementEnding] = told(
        "Its agreements that end within 90 days, the first to end first."
    )
    hour: NodeWindow = told("What probes of the last hour came to.")
    day: NodeWindow = told("What probes of the last day came to.")
    categories: list[NodeCategoryHealth] = told("What the newest probe found, by category.")
    certificate_expires_at: datetime | None = told(
        "When the certificate ends that it last showed; null without one."
    )
    traffic: NodeWindow | None = told(
        "What calls about people came to in the last hour; for officers of the node's region."
    )
