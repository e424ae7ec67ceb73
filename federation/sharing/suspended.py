"""What a suspended custodian keeps at a node, left out of its answer; and the row that says so.

The row says so whatever was held, so that it tells nothing of the person. What names no custodian
is not left out: nobody said that it is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from federation.flow import Part
from federation.model import Node
from federation.records.base import Item
from federation.records.compare import custodian_code
from federation.status import FaultOrigin, SourceCode, SourceState, SourceStatus, row


def without_suspended(node: Node, parts: Sequence[Part]) -> tuple[tuple[Part, ...], int]:
    """The parts without what suspended custodians keep, and how many items that were."""
    if not node.suspended_custodians:
        return tuple(parts), 0
    left = tuple(
        replace(part, items=tuple(item for item in part.items if not _is_suspended(node, item)))
        for part in parts
    )
    gone = sum(len(part.items) - len(rest.items) for part, rest in zip(parts, left, strict=True))
    return left, gone


def told_suspended(node: Node, told: SourceStatus) -> SourceStatus:
    """The row of a node of which a custodian is suspended: never that all of it is there."""
    if not node.suspended_custodians or told.state.severity >= SourceState.PARTIAL.severity:
        return told
    return row(
        node,
        told.category,
        SourceState.PARTIAL,
        SourceCode.NODE_SUSPENDED,
        FaultOrigin.POLICY,
        retrieved_at=told.retrieved_at,
        data_current_to=told.data_current_to,
    )


def _is_suspended(node: Node, item: Item) -> bool:
    # However its node writes it.
    return custodian_code(item) in node.suspended_custodians
