"""Steps as a store keeps them, and back: what cannot be read is no step."""

from __future__ import annotations

import msgspec

from federation.errors import StorageError
from federation.joining.steps import By, Step, detail_of
from federation.model import NodeId, RegionId
from federation.storage.base import JoiningRow


def row_of(step: Step, sequence: int) -> JoiningRow:
    """The row of a step under this number."""
    return JoiningRow(
        sequence=sequence,
        id=step.id,
        kind=step.kind,
        region=step.region,
        node=step.node,
        digest=step.digest,
        side=step.by.side,
        person=step.by.person,
        at=step.at,
        body=msgspec.json.encode(step.detail),
    )


def step_of(row: JoiningRow) -> Step:
    """The step of a row; raises `StorageError` where it is not as it was written."""
    try:
        detail = detail_of(row.kind, row.body)
    except (msgspec.MsgspecError, ValueError):
        raise StorageError(f"step {row.sequence} cannot be read") from None
    return Step(
        id=row.id,
        region=RegionId(row.region),
        node=NodeId(row.node) if row.node is not None else None,
        digest=row.digest,
        by=By(side=row.side, person=row.person),
        at=row.at,
        detail=detail,
    )
