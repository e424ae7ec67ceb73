"""The two clocks of each region that joins: how long it takes to its report, and to being live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from federation.joining.life import Joining, NodeLife, Version
from federation.model import NodeState
from gateway.watching.status import OnItsWay

SHOWN_LIVE = timedelta(days=30)
"""How long a node that went live still stands among those that join."""


def on_their_way(joining: Joining, now: datetime) -> Iterator[OnItsWay]:
    """What was submitted and is not live, or has been for less than a month."""
    for life in joining.nodes.values():
        for version in (life.candidate, life.current):
            if version is not None and _is_shown(life, version, now):
                yield _clocks(life, version)


def _is_shown(life: NodeLife, version: Version, now: datetime) -> bool:
    if life.retired or version.submitted_at is None:
        return False
    return version.live_at is None or now - version.live_at < SHOWN_LIVE


def _clocks(life: NodeLife, version: Version) -> OnItsWay:
    assert version.submitted_at is not None  # noqa: S101 - such a one was submitted
    suspended = version is life.current and life.state is NodeState.SUSPENDED
    return OnItsWay(
        name=version.node.name,
        region=version.node.region,
        state=NodeState.SUSPENDED if suspended else version.state,
        submitted_at=version.submitted_at,
        reported_at=version.reported_at,
        live_at=version.live_at,
    )
