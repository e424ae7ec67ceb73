"""Whom an event is told to, and by when: the officers of who asked, and of who was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from federation.audit.done import Alert
from federation.model import NodeId, Requester

REVIEW_WITHIN = timedelta(days=1)
"""How soon an alert is to have been looked into."""


def alerts_for(
    requester: Requester, at: datetime, nodes: Iterable[NodeId] = ()
) -> tuple[Alert, ...]:
    """Alerts to the requester's organisation, if they act for one, and to these nodes."""
    organisation = requester.organisation
    due = at + REVIEW_WITHIN
    code = organisation.ods_code if organisation else None
    return (
        *((Alert(to_organisation(code), due),) if code else ()),
        *(Alert(to_node(node), due) for node in nodes),
    )


def to_organisation(ods_code: str) -> str:
    """An organisation's officers, as an alert names them."""
    return f"organisation:{ods_code}"


def to_node(node: NodeId) -> str:
    """The officers of a node's region, as an alert names them."""
    return f"node:{node}"
