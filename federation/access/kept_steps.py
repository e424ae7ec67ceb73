"""Steps as a store keeps them, and back, and what the rows of a store come to.

A step that cannot be read shuts the node that it is about: it may have been a suspension. So does
one that this release refuses, where without it more would be served. Of the other nodes it says
nothing, and they go on.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from federation.errors import RefusedError, StorageError
from federation.joining.life import Joining
from federation.joining.lifecycle import shut, take
from federation.joining.steps import By, Step, StepKind, detail_of
from federation.model import NodeId, RegionId
from federation.storage.base import JoiningRow

_NARROWING = frozenset((StepKind.SUBMIT, StepKind.SUSPEND, StepKind.RETIRE))
"""Passed over, these would leave a node served that is not, or as it was before it moved."""


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


ReportRow = Callable[[JoiningRow, RefusedError | None], None]
"""Hears of a row that is passed over, and why; of one that cannot be read there is no refusal."""


def tell_nobody(_row: JoiningRow, _refused: RefusedError | None) -> None:
    """A report that nobody reads."""


def after_row(
    joining: Joining,
    row: JoiningRow,
    report: ReportRow = tell_nobody,
) -> Joining:
    """What it is after this row. `report` hears of one that is passed over, or cannot be read."""
    try:
        return take(joining, step_of(row))
    except RefusedError as refused:
        # It was checked before it was written: by a release that holds otherwise.
        report(row, refused)
        return _shut(joining, row) if row.kind in _NARROWING else joining
    except Exception:  # noqa: BLE001 - whatever it was, the rows after it have to be heard
        report(row, None)
        return _shut(joining, row)


def _shut(joining: Joining, row: JoiningRow) -> Joining:
    return shut(joining, NodeId(row.node), row.at) if row.node else joining
