"""What a node that is down says in its row while it is in maintenance that it announced.

Only what a node does that is down: one that answers nonsense, for somebody else or without a
certificate that can be trusted is told as ever. A node that answers is used as ever.
"""

from __future__ import annotations

import math
from datetime import datetime

from msgspec.structs import replace

from federation.maintenance import maintenance_until
from federation.model import Node
from federation.status import SourceStatus, is_down, sentence_of_maintenance


def told_maintenance(node: Node, told: SourceStatus, at: datetime) -> SourceStatus:
    """The row of a node that is down, as of `at`: with until when, where it said so before."""
    if not node.maintenance or not is_down(told.state, told.code, told.origin):
        return told
    until = maintenance_until(node.maintenance, at)
    if until is None:
        return told
    return replace(
        told,
        message=sentence_of_maintenance(node, until, at),
        retryable=True,
        retry_after_seconds=math.ceil((until - at).total_seconds()),
        planned_until=until,
    )
