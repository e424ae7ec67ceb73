"""A node's life as a value: what is served of it, what is on its way, and what lies over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from federation.joining.descriptor import Descriptor
from federation.joining.steps import By, Enrolment, RegionKey, Report, Scope, Submission
from federation.model import Node, NodeId, NodeState, RegionId


class Version(Struct, frozen=True, kw_only=True):
    """One descriptor of a node, and how far it has come. Of the network file: no digest.

    `reported_at` is when the first report that it passed was there, `live_at` when it went live.
    """

    node: Node
    state: NodeState
    digest: str = ""
    number: tuple[int, ...] = ()
    descriptor: Descriptor | None = None
    submission: Submission | None = None
    submitted_by: By | None = None
    submitted_at: datetime | None = None
    reported_at: datetime | None = None
    live_at: datetime | None = None
    examined_at: datetime | None = None
    report: Report | None = None
    approvals: tuple[By, ...] = ()
    testers: tuple[str, ...] = ()


class Suspended(Struct, frozen=True, kw_only=True):
    """A suspension in force."""

    side: str
    scope: Scope
    at: datetime


class NodeLife(Struct, frozen=True, kw_only=True):
    """One node: what is served of it, and what is on its way beside that.

    `highest` is the highest version that was ever submitted, whatever became of it. `unapproved` is
    when the last versions were submitted since one was approved.
    """

    id: NodeId
    region: RegionId
    current: Version | None = None
    candidate: Version | None = None
    suspended: tuple[Suspended, ...] = ()
    rejected: frozenset[str] = frozenset()
    highest: tuple[int, ...] = ()
    unapproved: tuple[datetime, ...] = ()
    retired: bool = False

    @property
    def state(self) -> NodeState:
        """Where it is in its life."""
        if self.retired or self.newest is None:
            return NodeState.RETIRED
        if self.current is None:
            return self.newest.state
        whole = any(one.scope.is_whole for one in self.suspended)
        return NodeState.SUSPENDED if whole else self.current.state

    @property
    def newest(self) -> Version | None:
        """What was submitted last, of what is on its way or served."""
        return self.candidate or self.current


class Joining(Struct, frozen=True, kw_only=True):
    """Every region that was enrolled, and every node's life.

    `former` are the keys that a region has no more, each until the instant it was taken out: what
    was signed with it before holds.
    """

    regions: Mapping[RegionId, Enrolment] = {}
    nodes: Mapping[NodeId, NodeLife] = {}
    former: Mapping[RegionId, tuple[RegionKey, ...]] = {}

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Joining:
        """As it is before any step: the nodes of the network file."""
        return cls(
            nodes={
                node.id: NodeLife(
                    id=node.id,
                    region=node.region_id,
                    current=Version(node=node, state=node.state, testers=tuple(node.testers)),
                )
                for node in nodes
            }
        )

    def keys_of(self, region: RegionId) -> tuple[RegionKey, ...]:
        """Every key that this region has or ever had; no two have one name."""
        enrolled = self.regions.get(region)
        return (*self.former.get(region, ()), *(enrolled.keys if enrolled else ()))
