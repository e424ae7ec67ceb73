"""What became known after the caller's own views."""

from __future__ import annotations

from datetime import datetime

import strawberry

from federation.deeds import FollowUpKind
from federation.model import Category
from resolvers.types.fields import told
from resolvers.types.node import RecordNode
from resolvers.types.timeline import PageInfo


@strawberry.type(description="One thing that became known after a view of the caller's.")
class FollowUp:
    """Read from the value of the same name."""

    id: strawberry.ID = told("Its id, by which it is acknowledged.")
    kind: FollowUpKind = told("Why the caller is told.")
    view_id: strawberry.ID = told("The view that it follows, by its id in the audit trail.")
    viewed_at: datetime = told("When that view was.")
    at: datetime = told("When it became known.")
    minutes_after: int = told("How many whole minutes after the view that was.")
    source: RecordNode = told("Which source it is of.")
    category: Category = told("Under which heading of the record it stands.")
    message: str = told("What it is: the thing, what is said of it, and the source's name.")
    sentence: str = told("The same with how long after the view, as one sentence for the reader.")
    acknowledged_at: datetime | None = told("When the caller said that they read it.")


@strawberry.type(description="One entry of a page of follow-ups.")
class FollowUpEdge:
    """An entry and its cursor."""

    cursor: str = told("Where this entry stands; give it as `after` to read on behind it.")
    node: FollowUp = told("The entry.")


@strawberry.type(description="A page of what became known after the caller's views, newest first.")
class FollowUpConnection:
    """Read from `pages.Page`."""

    edges: list[FollowUpEdge] = told("The entries of this page, each with its cursor.")
    page_info: PageInfo = told("Whether there is more.")
