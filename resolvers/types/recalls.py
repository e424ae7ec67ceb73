"""An item called back, and how that stands, for the officers of its node's region."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from federation.deeds import RecallReason
from resolvers.types.fields import may, told
from resolvers.types.timeline import PageInfo


@strawberry.input(description="Which item is called back, and why.")
class RecallItemInput:
    """Which item is called back, and why."""

    node: strawberry.ID = told("The node whose item it is.")
    source_id: str = told("The item's id at its source.")
    reason: RecallReason = told("Why.")
    version: str | None = may("The version that is called back; every one when left out.")
    since: date | None = may("The first local day of looks that are looked into.")
    note: str | None = may("Why, in the officer's words; told to nobody, kept in the log.")
    idempotency_key: str | None = may(
        "Another one is another recall of the same item, for looks made since the first; whoever"
        " was told is not told again."
    )
    after: str | None = may("`next` of the answer before, to go on where that stopped.")


@strawberry.type(description="How a recall stands.")
class Recall:
    """Read from the value of the same name."""

    id: strawberry.ID = told("Its id; it is the same each time the recall is asked for again.")
    node: strawberry.ID = told("The node whose item it is.")
    source_id: str = told("The item's id at its source.")
    version: str | None = told("The version that is called back; null: every one.")
    reason: RecallReason = told("Why.")
    began_at: datetime = told("When it was first asked for; later looks are none of it.")
    views: int = told("How many looks showed the item, of those that were looked into.")
    viewers: int = told("How many people, in one role each, these looks were by.")
    notified: int = told("How many of the looks were by professionals, who read `followUps`.")
    others: int = told(
        "How many were by people themselves or those who act for them: the region writes to them."
    )
    acknowledged: int = told("How many of those that were notified were read.")
    unread: int = told(
        "How many stretches of the log are archived or deleted, and were not looked into."
    )
    next: str | None = told(
        "Where this run stopped: ask again with it as `after`. Null: it came to the end."
    )


@strawberry.type(description="One entry of a page of recalls.")
class RecallEdge:
    """An entry and its cursor."""

    cursor: str = told("Where this entry stands; give it as `after` to read on behind it.")
    node: Recall = told("The entry.")


@strawberry.type(description="A page of a node's recalls, the last one run first.")
class RecallConnection:
    """Read from `pages.Page`."""

    edges: list[RecallEdge] = told("The entries of this page, each with its cursor.")
    page_info: PageInfo = told("Whether there is more.")
