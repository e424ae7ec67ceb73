"""The door to every step of a node's life: looked at, put on the record, then written.

Whoever takes one, at the machine or over the schema, comes through here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from federation.access.kept_steps import ReportRow, after_row, row_of, tell_nobody
from federation.access.submitted_rules import check_submitted_rules
from federation.audit.done import JoiningStep
from federation.audit.event import EventKind
from federation.errors import BadUserInputError, ConflictError
from federation.joining.life import Joining
from federation.joining.lifecycle import named, shut_as, take
from federation.joining.steps import Promotion, Report, Scope, Step, StepKind, detail_of
from federation.joining.submitting import check_pace
from federation.model import Node
from federation.storage import JoiningRow, JoiningStore

_TRIES = 5
EVENTS = {
    StepKind.ENROL: EventKind.REGION_ENROLLED,
    StepKind.SUBMIT: EventKind.NODE_SUBMITTED,
    StepKind.EXAMINE: EventKind.NODE_EXAMINED,
    StepKind.REPORT: EventKind.NODE_REPORTED,
    StepKind.APPROVE: EventKind.NODE_APPROVED,
    StepKind.REJECT: EventKind.NODE_REJECTED,
    StepKind.PROMOTE: EventKind.NODE_PROMOTED,
    StepKind.SUSPEND: EventKind.NODE_SUSPENDED,
    StepKind.RESUME: EventKind.NODE_RESUMED,
    StepKind.RETIRE: EventKind.NODE_RETIRED,
}


class Steps:
    """Every step that was taken, and what they come to; each is read once.

    A store that was put back to an earlier moment is read anew, whole.
    `founders` are in the network file. `report` hears of a row that is passed over or cannot be
    read, `put_back` of a store that was put back, with the number up to which it had been read.
    """

    def __init__(
        self,
        store: JoiningStore,
        founders: Iterable[Node],
        report: ReportRow = tell_nobody,
        put_back: Callable[[int], None] = lambda _last: None,
    ) -> None:
        self._store = store
        self._report = report
        self._put_back = put_back
        self._founders = tuple(founders)
        self._joining = Joining.of(self._founders)
        self._last = 0
        self._id: str | None = None
        """Of the last."""
        self._reading = asyncio.Lock()

    def known(self) -> Joining:
        """What they come to as far as they were read."""
        return self._joining

    async def read(self) -> tuple[Joining, int]:
        """What they come to now, and the number of the last; raises `StorageError`."""
        # Two who read at once would take the older steps again behind the newer ones.
        async with self._reading:
            if self._last and await self._store.id_at(self._last) != self._id:
                await self._read_anew()
            else:
                self._joining = self._after(self._joining, await self._store.after(self._last))
            return self._joining, self._last

    async def _read_anew(self) -> None:
        """The store was put back: what it says holds, but opens nothing that was closed."""
        rows = await self._store.after(0)
        self._put_back(self._last)
        self._last, self._id = 0, None
        put_back = self._after(Joining.of(self._founders), rows)
        self._joining = shut_as(self._joining, put_back)

    def _after(self, joining: Joining, rows: Iterable[JoiningRow]) -> Joining:
        for row in rows:
            joining = after_row(joining, row, self._report)
            self._last, self._id = row.sequence, row.id
        return joining

    async def append(self, step: Step, last: int) -> bool:
        """Write it behind the step of this number; False: another was there before."""
        return await self._store.append(row_of(step, last + 1))


async def take_step(
    step: Step, steps: Steps, record: Callable[[JoiningStep], Awaitable[None]]
) -> Joining:
    """What it is after this step, once that is on the record and in the store.

    Raises the `RefusedError` of a step that may not be taken, `StorageError` or
    `AuditUnavailableError`, and then nothing has changed. One that was taken already changes
    nothing either, and is not written twice.
    """
    _check_form(step)
    recorded = False
    for _ in range(_TRIES):
        joining, last = await steps.read()
        step = named(joining, step)
        after = take(joining, step)
        if after is joining:
            return joining
        if not recorded:
            check_pace(joining, step)
            check_submitted_rules(step)
            await record(told(step))
            recorded = True
        if await steps.append(step, last):
            return after
    raise ConflictError("others took steps at the same time; look how things stand, and try again")


def _check_form(step: Step) -> None:
    """What could not be read back must not be written: it would shut the node."""
    try:
        detail_of(step.kind, msgspec.json.encode(step.detail))
    except msgspec.MsgspecError:
        raise BadUserInputError("a name, a code or a reason is not as it must be") from None


def told(step: Step) -> JoiningStep:
    """The step as the audit log tells of it; why, in words, is not in it."""
    said = step.detail
    scope = said if isinstance(said, Scope) else None
    return JoiningStep(
        region=step.region,
        side=step.by.side,
        node=step.node,
        digest=step.digest,
        to=said.to if isinstance(said, Promotion) else None,
        passed=said.passed if isinstance(said, Report) else None,
        categories=scope.categories if scope else (),
        custodian=scope.custodian if scope else None,
    )
