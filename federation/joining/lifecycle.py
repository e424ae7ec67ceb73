"""What the steps of the nodes' lives come to: who is in which state, and who may do what next.

Pure: `take` takes one step, or refuses it with the `RefusedError` that answers whoever took it.

    submitted → conformance → awaiting approval → shadow → safety-only → live → retired

A suspension lies over whatever state a node is in, by side: only the side that suspended resumes.
A new descriptor of a node that is served starts beside it, and takes its place once it has come as
far.

One rule for whatever is asked twice: a step that has been taken already, by the same side, about
the same bytes, changes nothing (`take` gives back what it was given).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from federation.errors import BadUserInputError, ConflictError, ForbiddenError, NotFoundError
from federation.joining.addresses import networks_of
from federation.joining.life import Joining, NodeLife, Suspended, Version
from federation.joining.names import check_names, check_region
from federation.joining.places import check_places
from federation.joining.signing import SignatureError, public_key, thumbprint
from federation.joining.steps import (
    OPERATOR,
    By,
    Detail,
    Enrolment,
    Promotion,
    RegionKey,
    Report,
    Resumption,
    Scope,
    Step,
    StepKind,
    Submission,
    Suspension,
)
from federation.joining.submitting import MOST_SUBMITTED, NOT_YOURS, version_of
from federation.model import NodeId, NodeState, RegionId
from federation.records.partial_date import LOCAL, shifted

APPROVERS_NEEDED = 2
EXAMINED_WITHIN = timedelta(hours=1)
"""After that a gateway that began to check a node is taken for dead."""
_NEXT = {NodeState.SHADOW: NodeState.SAFETY_ONLY, NodeState.SAFETY_ONLY: NodeState.LIVE}
_IN_THE_RECORD = frozenset((NodeState.SAFETY_ONLY, NodeState.LIVE))
_OWN_NODE = "a region does not approve its own node: the operator and a neighbouring region do"
_NOT_TOLD_APART = (
    "whether another person approved it first cannot be told: that key is gone; file its report"
    " anew, and let both approve"
)
_EXAMINED = frozenset((NodeState.SUBMITTED, NodeState.CONFORMANCE, NodeState.AWAITING_APPROVAL))


def take(joining: Joining, step: Step) -> Joining:
    """What it is after this step; raises the `RefusedError` of one that may not be taken."""
    if isinstance(step.detail, Enrolment):
        return _enrolled(joining, step, step.detail)
    if isinstance(step.detail, Submission):
        return _submitted(joining, step, step.detail)
    life = joining.nodes.get(step.node) if step.node else None
    if life is None:
        raise NotFoundError
    _check_side(step, life)
    if life.retired:
        if step.kind is StepKind.RETIRE:
            return joining
        raise ConflictError("this node has left the network for good")
    return _with(joining, _TAKE[step.kind](life, step))


def named(joining: Joining, step: Step) -> Step:
    """The step; a promotion that names no descriptor, with that of the one version that stands.

    Of two, one served and one in the shadow, it must say which: else whoever asks again because an
    answer was lost would promote what came meanwhile. Raises `ConflictError`.
    """
    life = joining.nodes.get(step.node) if step.node else None
    if life is None or step.kind is not StepKind.PROMOTE or step.digest is not None:
        return step
    match _promotable(life):
        case (version,) if version.digest:
            return replace(step, digest=version.digest)
        case (_, _):
            raise ConflictError("two versions stand: name the digest of the one that is meant")
    return step


def shut(joining: Joining, node: NodeId, at: datetime) -> Joining:
    """The same with this node suspended by nobody, so that nobody resumes it.

    For a step that cannot be read: what it forbade is not known.
    """
    life = joining.nodes.get(node)
    if life is None:
        return joining
    closed = Suspended(side="", scope=Scope(), at=at)
    return _with(joining, replace(life, suspended=(*life.suspended, closed)))


def shut_as(known: Joining, joining: Joining) -> Joining:
    """The second with every node shut that the first has suspended or retired, and it has not.

    For steps that were lost: what was closed stays so until somebody has looked. So it is with a
    key of a region that was taken out, or was to end sooner; and its nodes that are found in other
    networks again are shut.
    """
    for node, before in known.nodes.items():
        now = joining.nodes.get(node)
        if now is None or now.retired:
            continue
        if _is_open(before, now) or _is_moved(before, now):
            joining = shut(joining, node, datetime.min.replace(tzinfo=UTC))
    regions = {
        region: replace(said, keys=_ended_as(known, region, said.keys))
        for region, said in joining.regions.items()
    }
    former = {region: _ended_as(known, region, keys) for region, keys in joining.former.items()}
    return replace(joining, regions=regions, former=former)


def _is_moved(before: NodeLife, now: NodeLife) -> bool:
    """Whether what is served of it may be reached elsewhere than was known."""
    if before.current is None or now.current is None:
        return False
    known = before.current.node.allowed_addresses
    return known != now.current.node.allowed_addresses


def _ended_as(
    known: Joining, region: RegionId, keys: tuple[RegionKey, ...]
) -> tuple[RegionKey, ...]:
    """The keys, each no longer than it was known to hold."""
    until = {key.kid: key.until for key in known.keys_of(region)}
    return tuple(_ended(key, end) if (end := until.get(key.kid)) else key for key in keys)


def _is_open(before: NodeLife, now: NodeLife) -> bool:
    closed = {(one.side, one.scope) for one in now.suspended}
    lost = any((one.side, one.scope) not in closed for one in before.suspended)
    return before.retired or lost


def _check_side(step: Step, life: NodeLife) -> None:
    """Who may: the default is nobody."""
    side, own = step.by.side, step.by.side == life.region
    allowed = {
        StepKind.EXAMINE: side == OPERATOR,
        StepKind.REPORT: side == OPERATOR,
        StepKind.APPROVE: not own,
        StepKind.REJECT: not own,
        StepKind.PROMOTE: side == OPERATOR,
        StepKind.SUSPEND: own or side == OPERATOR,
        StepKind.RESUME: own or side == OPERATOR,
        StepKind.RETIRE: own or side == OPERATOR,
    }
    if not allowed.get(step.kind, False):
        raise ForbiddenError(_OWN_NODE if step.kind is StepKind.APPROVE else NOT_YOURS)


def _with(joining: Joining, life: NodeLife) -> Joining:
    if joining.nodes.get(life.id) is life:
        return joining
    return replace(joining, nodes={**joining.nodes, life.id: life})


def _enrolled(joining: Joining, step: Step, said: Enrolment) -> Joining:
    if step.by.side != OPERATOR:
        raise ForbiddenError("the operator enrols regions")
    try:
        networks_of(said.networks)
        for key in said.keys:
            public_key(key.jwk)
    except (ValueError, SignatureError):
        raise BadUserInputError("a key or a network of the region cannot be read") from None
    if len({key.kid for key in said.keys}) < len(said.keys):
        raise BadUserInputError("two keys of the region have one name")
    check_region(joining, step.region, said)
    if joining.regions.get(step.region) == said:
        return joining
    return replace(
        joining,
        regions={**joining.regions, step.region: said},
        former={**joining.former, step.region: _former(joining, step, said)},
        nodes={
            node: _within(life, said.networks) if life.region == step.region else life
            for node, life in joining.nodes.items()
        },
    )


def _within(life: NodeLife, networks: tuple[str, ...]) -> NodeLife:
    """The same, reached in the networks that its region has now and in no other."""

    def moved(version: Version | None) -> Version | None:
        # A node of the network file is where its operators say.
        if version is None or version.descriptor is None:
            return version
        return replace(version, node=replace(version.node, allowed_addresses=networks))

    return replace(life, current=moved(life.current), candidate=moved(life.candidate))


def _former(joining: Joining, step: Step, said: Enrolment) -> tuple[RegionKey, ...]:
    """The keys that the region has no more from now on."""
    known = {key.kid: key for key in joining.keys_of(step.region)}
    for key in said.keys:
        before = known.pop(key.kid, None)
        if before and thumbprint(public_key(before.jwk)) != thumbprint(public_key(key.jwk)):
            # What was signed with the one before could not be told from what was not.
            raise ConflictError("a key's name is never given to another key of the region")
    return tuple(_ended(key, step.at) for key in known.values())


def _ended(key: RegionKey, at: datetime) -> RegionKey:
    return replace(key, until=min(key.until or at, at))


def _submitted(joining: Joining, step: Step, said: Submission) -> Joining:
    version = version_of(joining, step, said)
    life = joining.nodes.get(version.node.id) or NodeLife(id=version.node.id, region=step.region)
    if life.region != version.node.region_id:
        raise ConflictError("another region has a node of this name")
    if life.retired:
        raise ConflictError("this node has left the network for good")
    if version.digest in life.rejected:
        raise ConflictError("this descriptor was rejected; mend it and give it a higher version")
    known = [one for one in (life.candidate, life.current) if one is not None]
    if any(one.digest == version.digest for one in known):
        return joining
    if version.number <= life.highest:
        raise ConflictError("a version is higher than any that was submitted before")
    check_names(joining, version)
    check_places(joining, version)
    unapproved = (*life.unapproved, step.at)[-MOST_SUBMITTED:]
    life = replace(life, candidate=version, highest=version.number, unapproved=unapproved)
    return _with(joining, life)


# ── a step of one node ────────────────────────────────────────────────────────────────────────────


def _candidate(life: NodeLife, step: Step) -> Version:
    """What is on its way, where it is of these very bytes."""
    if life.candidate is None or life.candidate.digest != step.digest:
        raise ConflictError("this is not the descriptor that was submitted last")
    return life.candidate


def is_due(version: Version, at: datetime) -> bool:
    """Whether somebody is to check it: nobody has begun, or whoever has did not come to an end."""
    if version.state is NodeState.SUBMITTED:
        return True
    begun = version.examined_at
    unfinished = version.state is NodeState.CONFORMANCE and version.report is None
    return unfinished and begun is not None and at >= begun + EXAMINED_WITHIN


def _examined(life: NodeLife, step: Step) -> NodeLife:
    candidate = _candidate(life, step)
    if not is_due(candidate, step.at):
        raise ConflictError("this descriptor is being examined, or was")
    examined = replace(candidate, state=NodeState.CONFORMANCE, examined_at=step.at)
    return replace(life, candidate=examined)


def _reported(life: NodeLife, step: Step) -> NodeLife:
    said = _the(Report, step.detail)
    candidate = _candidate(life, step)
    if candidate.report == said:
        return life
    if candidate.state not in _EXAMINED:
        raise ConflictError("this descriptor has been approved already")
    state = NodeState.AWAITING_APPROVAL if said.passed else NodeState.CONFORMANCE
    reported_at = candidate.reported_at or (step.at if said.passed else None)
    # Whoever approved did so with another report before them.
    candidate = replace(candidate, report=said, state=state, approvals=(), reported_at=reported_at)
    return replace(life, candidate=candidate)


def _approved(life: NodeLife, step: Step) -> NodeLife:
    if life.current is not None and life.current.digest and life.current.digest == step.digest:
        return _unless_new(life, life.current, step.by)
    candidate = _candidate(life, step)
    sides = {one.side: one for one in candidate.approvals}
    if step.by.side in sides:
        return _unless_new(life, candidate, step.by)
    if candidate.state is not NodeState.AWAITING_APPROVAL:
        raise ConflictError("this descriptor does not wait for approval: no report says it passed")
    for one in candidate.approvals:
        same = step.by.is_who(one)
        if same is None:
            raise ConflictError(_NOT_TOLD_APART)
        if same:
            raise ForbiddenError("one person approves once: another must be the second")
    approvals = (*candidate.approvals, step.by)
    candidate = replace(candidate, approvals=approvals)
    # Two, of whom one is the operator: then the other is a neighbouring region.
    if len(approvals) < APPROVERS_NEEDED:
        return replace(life, candidate=candidate)
    if OPERATOR not in {one.side for one in approvals}:
        raise ConflictError("another region has approved it: the operator must be the second")
    return _in_shadow(replace(life, unapproved=()), replace(candidate, state=NodeState.SHADOW))


def _unless_new(life: NodeLife, version: Version, by: By) -> NodeLife:
    if any(one.side == by.side and by.is_who(one) for one in version.approvals):
        return life
    raise ConflictError("your side has approved this descriptor already, by somebody else")


def _in_shadow(life: NodeLife, version: Version) -> NodeLife:
    if life.current is not None and life.current.state in _IN_THE_RECORD:
        return replace(life, candidate=version)
    return replace(life, current=version, candidate=None)


def _rejected(life: NodeLife, step: Step) -> NodeLife:
    if step.digest in life.rejected:
        return life
    return replace(life, candidate=None, rejected=life.rejected | {_candidate(life, step).digest})


def _promoted(life: NodeLife, step: Step) -> NodeLife:
    said = _the(Promotion, step.detail)
    if life.state is NodeState.SUSPENDED:
        raise ConflictError("the node is suspended: it has to be resumed first")
    meant = [one for one in _promotable(life) if step.digest in {None, one.digest}]
    if not meant:
        raise ConflictError("the node has not been approved under this digest")
    current = meant[0]
    _need_controller(current, step.at)
    if current is life.candidate:
        return _replaced(life, current, said, step.at)
    if current.state is said.to and (not said.testers or said.testers == current.testers):
        return life
    if said.to is current.state and said.to is NodeState.SAFETY_ONLY:
        return replace(life, current=replace(current, testers=said.testers))
    if _NEXT.get(current.state) is not said.to:
        raise ConflictError(f"a node that is {current.state} does not become {said.to}")
    live_at = step.at if said.to is NodeState.LIVE else None
    current = replace(current, state=said.to, testers=said.testers, live_at=live_at)
    return replace(life, current=current)


def _promotable(life: NodeLife) -> list[Version]:
    """The versions that may go on, the newest first."""
    both = [one for one in (life.candidate, life.current) if one is not None]
    return [one for one in both if one is life.current or one.state is NodeState.SHADOW]


def _need_controller(version: Version, at: datetime) -> None:
    """Of whose data nobody answers for, nothing is shown to anybody."""
    if version.descriptor is None:
        return
    day = shifted(at, LOCAL).date()
    if not any(one.holds(day) for one in version.descriptor.controllers):
        raise ConflictError("no controller of the descriptor answers for its data on this day")


def _replaced(life: NodeLife, candidate: Version, said: Promotion, at: datetime) -> NodeLife:
    """The version that ran in the shadow takes the place of the one that is served."""
    assert life.current is not None  # noqa: S101 - else it would not be beside it
    if said.to is not life.current.state:
        raise ConflictError(f"the version that is served is {life.current.state}: no less, no more")
    testers = said.testers or life.current.testers
    live_at = at if said.to is NodeState.LIVE else None
    current = replace(candidate, state=said.to, testers=testers, live_at=live_at)
    return replace(life, current=current, candidate=None)


def _suspended(life: NodeLife, step: Step) -> NodeLife:
    if life.current is None:
        raise ConflictError("the node is not served, so there is nothing to suspend")
    scope = _scope(_the(Suspension, step.detail))
    if any(one.side == step.by.side and one.scope == scope for one in life.suspended):
        return life
    added = Suspended(side=step.by.side, scope=scope, at=step.at)
    return replace(life, suspended=(*life.suspended, added))


def _resumed(life: NodeLife, step: Step) -> NodeLife:
    scope = _scope(_the(Resumption, step.detail))
    if not life.suspended:
        return life
    own = tuple(one for one in life.suspended if one.side == step.by.side)
    others = tuple(one for one in life.suspended if one.side != step.by.side)
    left = tuple(rest for one in own if (rest := _left(one, scope)) is not None)
    if left == own:
        raise ForbiddenError("only the side that suspended may resume, and only what it suspended")
    return replace(life, suspended=(*others, *left))


def _left(one: Suspended, resumed: Scope) -> Suspended | None:
    """What is left of a suspension once this is asked again."""
    if resumed.is_whole or one.scope == resumed:
        return None
    if one.scope.categories and one.scope.custodian == resumed.custodian:
        rest = tuple(each for each in one.scope.categories if each not in resumed.categories)
        return replace(one, scope=replace(one.scope, categories=rest)) if rest else None
    return one


def _scope(said: Scope) -> Scope:
    if said.categories and said.custodian is not None:
        raise BadUserInputError("give `categories` or `custodian`, not both")
    return Scope(categories=tuple(sorted(set(said.categories))), custodian=said.custodian)


def _retired(life: NodeLife, _step: Step) -> NodeLife:
    return replace(life, retired=True, candidate=None)


D = TypeVar("D", bound=Detail)


def _the(kind: type[D], detail: Detail) -> D:
    assert isinstance(detail, kind)  # noqa: S101 - by the table below
    return detail


_TAKE = {
    StepKind.EXAMINE: _examined,
    StepKind.REPORT: _reported,
    StepKind.APPROVE: _approved,
    StepKind.REJECT: _rejected,
    StepKind.PROMOTE: _promoted,
    StepKind.SUSPEND: _suspended,
    StepKind.RESUME: _resumed,
    StepKind.RETIRE: _retired,
}
