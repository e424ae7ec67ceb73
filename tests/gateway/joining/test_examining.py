"""A node that is submitted is checked once, by one gateway, and the report filed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from federation.access.joining import Steps
from federation.access.kept_steps import row_of
from federation.access.takers import Takers
from federation.audit import AuditKeys, AuditTrail, Sealer
from federation.audit.chain import open_row
from federation.joining.signing import unverified
from federation.joining.steps import By, Rejection, Report, Submission
from federation.model import NodeId, NodeState, RegionId
from federation.protocols.node_transports import NodeTransports
from federation.protocols.requester_token import RequesterKey
from federation.storage.memory import MemoryAudit, MemoryJoining
from gateway.joining import Conformance, Examiner
from gateway.node_clients import Credentials
from tests.builders import KEY
from tests.federation.joining.given import (
    ENROLLED,
    FIRST,
    NELL,
    NODE,
    NOW,
    OTHER_KEY,
    SUBMITTED,
    enrolment,
    region_key,
    signable,
    signed,
    step,
    submission,
)
from tests.federation.joining.given import (
    KEY as SIGNING,
)

KEYS = AuditKeys("1", {"1": KEY})


class _Checked:
    """Two gateways over one store, and what their checks come to."""

    def __init__(self, passed: bool = True) -> None:
        self.store, self.audit = MemoryJoining(), MemoryAudit()
        self.heard_by = []
        self.now = NOW
        self.examined = []
        self.passed = passed
        self._ids = 0

    async def open(self, *steps):
        for number, one in enumerate(steps, start=1):
            await self.store.append(row_of(one, number))
        self.trails = [
            await AuditTrail.open(self.audit, name, KEYS, lambda: self.now) for name in ("a", "b")
        ]
        return [self._examiner(trail, name) for trail, name in zip(self.trails, "ab", strict=True)]

    def _examiner(self, trail, name) -> Examiner:
        self.heard_by.append(Steps(self.store, ()))
        return Examiner(
            self.heard_by[-1],
            trail,
            self.examine,
            lambda: self.now,
            self._id,
            name,
            Takers(KEY),
        )

    async def examine(self, version) -> Report:
        self.examined.append(version.digest)
        return Report(passed=self.passed, signed="signed")

    async def heard(self) -> None:
        """Both gateways have read every step."""
        for steps in self.heard_by:
            self.joining, _ = await steps.read()

    def _id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    async def kinds(self):
        for trail in self.trails:
            await trail.aclose()
        return [open_row(row, Sealer(KEYS)).plain.kind.value async for row in self.audit.read()]


async def test_one_of_several_gateways_checks_a_node() -> None:
    """Both hear of it at once: one begins, and files what it came to, on the record."""
    given = _Checked()
    one, other = await given.open(ENROLLED, SUBMITTED)
    await given.heard()
    await one.look()
    await other.look()
    await given.heard()
    assert len(given.examined) == 1
    assert given.joining.nodes[NODE].state is NodeState.AWAITING_APPROVAL
    assert await given.kinds() == ["NODE_EXAMINED", "NODE_REPORTED"]


async def test_a_node_that_fails_waits_for_a_better_version() -> None:
    """It is not checked again and again."""
    given = _Checked(passed=False)
    one, _ = await given.open(ENROLLED, SUBMITTED)
    for _ in range(2):
        await given.heard()
        await one.look()
        given.now += timedelta(days=1)
    assert len(given.examined) == 1
    assert given.joining.nodes[NODE].state is NodeState.CONFORMANCE
    await given.kinds()


async def test_a_check_that_came_to_no_end_is_begun_again() -> None:
    """After an hour whoever began is taken for dead, and not before."""
    given = _Checked()
    one, other = await given.open(ENROLLED, SUBMITTED)

    async def dies(_version):
        raise RuntimeError("the machine is gone")

    one._examine = dies
    await given.heard()
    with pytest.raises(RuntimeError):
        await one.look()
    for minutes in (59, 1):
        given.now += timedelta(minutes=minutes)
        await given.heard()
        await other.look()
    assert len(given.examined) == 1
    await given.kinds()


_THEIRS = signable(
    ('id = "chiltern-care-record"', 'id = "thames-care-record"'),
    ('region = "Chiltern"', 'region = "Thames"'),
    ('region_id = "chiltern"', 'region_id = "thames"'),
    ('name = "Chiltern Care Record"', 'name = "Thames Care Record"'),
    ("chiltern.example", "thames.example"),
    key=OTHER_KEY,
)
THAMES, THEIR_NODE = RegionId("thames"), NodeId("thames-care-record")
_THEY = (
    step(
        enrolment(region="thames", name="Thames", keys=(region_key(OTHER_KEY, kid="thames-1"),)),
        region=THAMES,
    ),
    step(
        Submission(signed=signed(_THEIRS, OTHER_KEY, "thames-1")),
        By(side="thames", person="theo"),
        _THEIRS,
        region=THAMES,
        node=THEIR_NODE,
    ),
)


async def test_a_node_that_takes_its_time_holds_up_no_other_region() -> None:
    """The next region is checked meanwhile; the same node is not begun twice."""
    given = _Checked()
    one, _ = await given.open(ENROLLED, SUBMITTED, *_THEY)
    goes_on = asyncio.Event()

    async def slowly(version):
        if version.node.id == NODE:
            await goes_on.wait()
        return await given.examine(version)

    one._examine = slowly
    await given.heard()
    slow, quick = one.begin()
    await quick
    await given.heard()
    assert given.joining.nodes[THEIR_NODE].state is NodeState.AWAITING_APPROVAL
    assert given.joining.nodes[NODE].state is NodeState.CONFORMANCE
    given.now += timedelta(hours=2)
    assert one.begin() == ()
    goes_on.set()
    await slow
    await given.heard()
    assert given.joining.nodes[NODE].state is NodeState.AWAITING_APPROVAL
    await given.kinds()


async def test_what_is_under_way_ends_with_the_gateway() -> None:
    """Nothing goes on behind a gateway that was closed."""
    given = _Checked()
    one, _ = await given.open(ENROLLED, SUBMITTED)
    one._examine = lambda _version: asyncio.Event().wait()
    one.start()
    await given.heard()
    (task,) = one.begin()
    await one.aclose()
    assert task.cancelled()
    await given.kinds()


async def test_what_was_rejected_meanwhile_gets_no_report() -> None:
    """A report that comes too late changes nothing."""
    given = _Checked()
    one, _ = await given.open(ENROLLED, SUBMITTED)

    async def meanwhile(_version):
        rejected = step(Rejection(reason="why"), NELL, FIRST)
        await given.store.append(row_of(rejected, 4))
        return Report(passed=True)

    one._examine = meanwhile
    await given.heard()
    await one.look()
    await given.heard()
    assert given.joining.nodes[NODE].state is NodeState.RETIRED
    assert await given.kinds() == ["NODE_EXAMINED"]


async def test_without_test_people_the_report_says_so() -> None:
    """Signed by the gateway, and not passed."""
    given = _Checked()
    await given.open(step(enrolment()), submission(FIRST))
    await given.heard()
    checks = Conformance(
        "gateway",
        lambda: RequesterKey(SIGNING, "kid-1"),
        lambda: NOW,
        lambda: NodeTransports(lambda *_: None),
        Credentials({}, None),
    )
    report = await checks.examine(given.joining.nodes[NODE].candidate)
    assert not report.passed
    assert b"PEOPLE_NOT_SENT" in unverified(report.signed)
    await given.kinds()
