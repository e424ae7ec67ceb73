"""Steps of nodes' lives over the schema: who may, what is on the record, what is not written."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from federation.access.kept_steps import row_of
from federation.access.node_steps import side_of
from federation.audit.event import EventKind
from federation.deeds import ApproveNode, PromoteNode, ReadSubmissions, SubmitNode, SuspendNode
from federation.errors import (
    AuditUnavailableError,
    BadUserInputError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RoleNotSelectedError,
    StandingLapsedError,
)
from federation.joining.descriptor import digest_of
from federation.joining.steps import Submission
from federation.model import (
    NodeId,
    NodeState,
    OdsCode,
    Requester,
    RequesterKind,
    RequestId,
    Standing,
    ViewId,
)
from tests.builders import HERTS, NOW, a_requester, an_organisation
from tests.federation.access.standing import BrokenAudit, Office
from tests.federation.joining.given import (
    APPROVED,
    ENROLLED,
    FIRST,
    IN_SHADOW,
    NODE,
    PASSED,
    SECOND,
    SECOND_IN_SHADOW,
    SERVED,
    SUBMITTED,
    signed,
)

OPERATED = OdsCode("Z99900")
OPERATOR = a_requester(
    subject="sol",
    kind=RequesterKind.OPERATOR,
    role="OPERATOR",
    organisation=an_organisation("Z99900", region="none"),
    assurance=2,
)
APPROVER = a_requester(
    subject="nell",
    role="APPROVER",
    organisation=an_organisation("RWG", region=HERTS.region_id),
    standing=Standing.MET,
    assurance=3,
)
OWN = replace(APPROVER, subject="rosa", organisation=an_organisation("RXQ", region="chiltern"))
ELSEWHERE = an_organisation("RRV")
NO_REGION = an_organisation("RWG")
A_TRICK = an_organisation("RWG", region="operator")
KENT = replace(APPROVER, organisation=an_organisation("R1", region="kent"))
IN_GRACE = replace(APPROVER, standing=Standing.GRACE)
LAPSED = replace(APPROVER, standing=Standing.LAPSED)
_WHO: dict[str, tuple[Requester, Any]] = {
    "the operator": (OPERATOR, "operator"),
    "an approver": (APPROVER, HERTS.region_id),
    "an approver in grace": (IN_GRACE, HERTS.region_id),
    "operator elsewhere": (replace(OPERATOR, organisation=ELSEWHERE), ForbiddenError),
    "operator of nowhere": (replace(OPERATOR, organisation=None), ForbiddenError),
    "operator by one factor": (replace(OPERATOR, assurance=1), ForbiddenError),
    "approver by one factor": (replace(APPROVER, assurance=1), ForbiddenError),
    "approver without standing": (replace(APPROVER, standing=Standing.UNKNOWN), ForbiddenError),
    "approver whose standing lapsed": (LAPSED, StandingLapsedError),
    "approver of no region": (replace(APPROVER, organisation=NO_REGION), ForbiddenError),
    "approver of a region called operator": (
        replace(APPROVER, organisation=A_TRICK),
        ForbiddenError,
    ),
    "a clinician": (replace(APPROVER, role="R0050"), ForbiddenError),
    "a privacy officer": (replace(APPROVER, role="PRIVACY_OFFICER"), ForbiddenError),
    "a citizen": (replace(APPROVER, kind=RequesterKind.CITIZEN), ForbiddenError),
    "no role": (replace(OPERATOR, role=None), RoleNotSelectedError),
}


@pytest.mark.parametrize("who", _WHO)
def test_who_acts_for_whom(who):
    """The operator at the organisation that runs the gateway, approvers for their region."""
    requester, expected = _WHO[who]
    if isinstance(expected, str):
        assert side_of(requester, OPERATED) == expected
        return
    with pytest.raises(expected):
        side_of(requester, OPERATED)


def test_without_an_operator_s_organisation_nobody_is_one():
    """The default is refuse."""
    with pytest.raises(ForbiddenError):
        side_of(OPERATOR, None)


def asked(requester: Requester) -> dict[str, Any]:
    return {
        "deed_id": ViewId("deed-1"),
        "request_id": RequestId("request-1"),
        "requester": requester,
        "asked_at": NOW,
    }


async def an_office(*steps, **given) -> Office:
    """A desk where these steps have been taken."""
    office = Office(**given)
    for number, one in enumerate(steps, start=1):
        await office.joining.append(row_of(one, number))
    return office


def approving(requester: Requester, **given) -> ApproveNode:
    values = {"node": NODE, "digest": digest_of(FIRST)} | given
    return ApproveNode(**asked(requester), **values)


async def test_a_region_submits_what_it_signed():
    """Taken in once, and once again without a second step."""
    office = await an_office(ENROLLED)
    deed = SubmitNode(**asked(OWN), descriptor=signed(FIRST))
    node = await office.do(deed)
    assert (node.id, node.state) == (NODE, NodeState.SUBMITTED)
    await office.do(deed)
    assert len(await office.joining.after(0)) == 2


@pytest.mark.parametrize("text", ["x", "a.b.c", signed(b"no toml at all = ")])
async def test_what_is_no_signed_descriptor_is_bad_input(text):
    """One clear error that repeats nothing."""
    office = await an_office(ENROLLED)
    with pytest.raises(BadUserInputError):
        await office.do(SubmitNode(**asked(OWN), descriptor=text))
    assert len(await office.joining.after(0)) == 1


async def test_two_sides_move_a_node_into_the_shadow():
    """Each approval is on the record under its side."""
    office = await an_office(ENROLLED, SUBMITTED, PASSED)
    assert (await office.do(approving(OPERATOR))).state is NodeState.AWAITING_APPROVAL
    assert (await office.do(approving(APPROVER))).state is NodeState.SHADOW
    events = await office.events()
    assert [event.plain.kind for event in events] == [EventKind.NODE_APPROVED] * 2
    assert [event.plain.joining.side for event in events] == ["operator", HERTS.region_id]


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (approving(OWN), ForbiddenError),
        (approving(KENT), ForbiddenError),
        (approving(OPERATOR, digest="0" * 64), ConflictError),
        (approving(OPERATOR, node=NodeId("nowhere")), NotFoundError),
        (PromoteNode(**asked(OPERATOR), node=NODE, to=NodeState.LIVE), ConflictError),
        (PromoteNode(**asked(OWN), node=NODE, to=NodeState.LIVE), ForbiddenError),
        (SuspendNode(**asked(APPROVER), node=NODE, reason="why"), ForbiddenError),
        (ReadSubmissions(**asked(a_requester())), ForbiddenError),
    ],
)
async def test_what_may_not_be_done_is_refused_and_on_the_record(deed, why):
    """Nothing is written but that it was refused."""
    office = await an_office(ENROLLED, SUBMITTED, PASSED)
    with pytest.raises(why):
        await office.do(deed)
    assert len(await office.joining.after(0)) == 3
    assert [event.plain.kind for event in await office.events()] == [EventKind.REFUSAL]


async def test_what_cannot_be_recorded_is_not_done():
    """A step that is not in the audit log is not taken."""
    office = await an_office(*IN_SHADOW, audit=BrokenAudit())
    with pytest.raises(AuditUnavailableError):
        await office.do(SuspendNode(**asked(OPERATOR), node=NODE, reason="why"))
    assert len(await office.joining.after(0)) == len(IN_SHADOW)


async def test_what_could_not_be_read_back_is_not_written():
    """A reason or a name that no gateway could read would shut the node."""
    office = await an_office(*IN_SHADOW)
    with pytest.raises(BadUserInputError):
        await office.do(SuspendNode(**asked(OPERATOR), node=NODE, reason=" "))
    assert len(await office.joining.after(0)) == len(IN_SHADOW)


async def test_somebody_else_s_step_is_seen_before_one_s_own():
    """A step that was decided before another's is looked at again, and then refused or taken."""
    office = await an_office(ENROLLED, SUBMITTED, PASSED)
    append, rival = office.joining.append, [APPROVED[0]]

    async def appended(row):
        if rival:
            await append(row_of(rival.pop(), row.sequence))
        return await append(row)

    office.joining.append = appended
    assert (await office.do(approving(APPROVER))).state is NodeState.SHADOW
    assert len(await office.joining.after(0)) == 5
    assert len(await office.events()) == 1


async def test_of_two_versions_none_is_promoted_that_was_not_named():
    """A step that was asked for before the second came is not taken of that one."""
    office = await an_office(*SERVED, *SECOND_IN_SHADOW)
    again = {**asked(OPERATOR), "node": NODE, "to": NodeState.LIVE}
    with pytest.raises(ConflictError):
        await office.do(PromoteNode(**again))
    await office.do(PromoteNode(**again, digest=digest_of(FIRST)))
    assert len(await office.joining.after(0)) == len(SERVED) + len(SECOND_IN_SHADOW)
    await office.do(PromoteNode(**again, digest=digest_of(SECOND)))
    *_, event = await office.events()
    assert (event.plain.kind, event.plain.joining.digest) == (
        EventKind.NODE_PROMOTED,
        digest_of(SECOND),
    )


async def test_how_nodes_stand_is_told_and_on_the_record():
    """What is to be approved, exactly; that it was read is on the record."""
    office = await an_office(ENROLLED, SUBMITTED)
    (life,) = await office.do(ReadSubmissions(**asked(APPROVER)))
    assert life.candidate.digest == digest_of(FIRST)
    assert isinstance(life.candidate.submission, Submission)
    assert [event.plain.kind for event in await office.events()] == [EventKind.NODE_SUBMISSIONS]


async def test_a_side_that_suspended_is_named_and_nobody_else():
    """The store holds no name and no subject of who took a step."""
    office = await an_office(*IN_SHADOW)
    await office.do(SuspendNode(**asked(OWN), node=NODE, reason="why"))
    row = (await office.joining.after(0))[-1]
    assert row.side == "chiltern"
    assert "rosa" not in f"{row}"


async def test_a_step_that_cannot_be_read_stops_nobody_from_suspending_another_node():
    """A store with one unreadable row still takes what shuts a node."""
    office = await an_office(*IN_SHADOW)
    last = row_of(IN_SHADOW[-1], len(IN_SHADOW) + 1)
    await office.joining.append(replace(last, node="elsewhere", body=b"no step"))
    await office.do(SuspendNode(**asked(OPERATOR), node=NODE, reason="why"))
    assert len(await office.joining.after(0)) == len(IN_SHADOW) + 2
