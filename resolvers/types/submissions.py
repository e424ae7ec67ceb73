"""How a node stands that was submitted, for those who approve it: read from `joining.NodeLife`."""

from __future__ import annotations

from datetime import datetime

import strawberry

from federation.joining.life import NodeLife, Version
from federation.joining.signing import unverified
from federation.model import NodeState
from resolvers.types.fields import told


def _newest(self: NodeLife) -> Version:
    assert self.newest is not None  # noqa: S101 - only such are told of
    return self.newest


def _version(self: NodeLife) -> str:
    return ".".join(map(str, _newest(self).number))


def _digest(self: NodeLife) -> str:
    return _newest(self).digest


def _step(self: NodeLife) -> NodeState:
    return _newest(self).state


def _descriptor(self: NodeLife) -> str:
    submission = _newest(self).submission
    return unverified(submission.signed).decode("utf-8") if submission else ""


def _submitted_at(self: NodeLife) -> datetime | None:
    return _newest(self).submitted_at


def _report_passed(self: NodeLife) -> bool | None:
    report = _newest(self).report
    return report.passed if report else None


def _report(self: NodeLife) -> str | None:
    report = _newest(self).report
    return report.signed if report else None


def _approved_by(self: NodeLife) -> list[str]:
    return [one.side for one in _newest(self).approvals]


def _suspended_by(self: NodeLife) -> list[str]:
    return sorted({one.side for one in self.suspended})


@strawberry.type(description="How a node stands whose descriptor was submitted.")
class NodeSubmission:
    """Read from `NodeLife`: of what was submitted last."""

    id: strawberry.ID = told("The node's id in the network.")
    region: str = told("The id of the region whose node it is.")
    state: NodeState = told("Where the node is in its life.")
    version: str = strawberry.field(
        resolver=_version, description="The version of the descriptor that was submitted last."
    )
    version_state: NodeState = strawberry.field(
        resolver=_step, description="How far that version has come."
    )
    digest: str = strawberry.field(resolver=_digest, description="What it is approved by.")
    descriptor: str = strawberry.field(
        resolver=_descriptor, description="Its exact text, as the region signed it."
    )
    submitted_at: datetime | None = strawberry.field(
        resolver=_submitted_at, description="When it was submitted."
    )
    report_passed: bool | None = strawberry.field(
        resolver=_report_passed,
        description="What the conformance checks came to; null while there is no report.",
    )
    report: str | None = strawberry.field(
        resolver=_report, description="The report of the conformance checks, as it was filed."
    )
    approved_by: list[str] = strawberry.field(
        resolver=_approved_by, description="The sides that approved it: `operator`, or regions."
    )
    suspended_by: list[str] = strawberry.field(
        resolver=_suspended_by, description="The sides that suspended the node, wholly or in part."
    )
