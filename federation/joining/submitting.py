"""What a region submits, checked: who signed it, where it points, what lies beside it."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from federation.errors import BadUserInputError, ConflictError, FaultyFileError, ForbiddenError
from federation.joining.addresses import networks_of
from federation.joining.descriptor import (
    Descriptor,
    check_beside,
    digest_of,
    node_of,
    read_descriptor,
)
from federation.joining.life import Joining, Version
from federation.joining.rows import KeyUse
from federation.joining.signing import SignatureError, public_key, thumbprint, unverified, verified
from federation.joining.steps import OPERATOR, Enrolment, Step, Submission
from federation.model import NodeState, RegionId
from federation.records.partial_date import LOCAL, shifted

NOT_YOURS = "this step is not your side's to take"
MOST_SUBMITTED = 50
"""Of one region within a day, beside those that were approved: each is kept for good."""
_DAY = timedelta(days=1)


def check_pace(joining: Joining, step: Step) -> None:
    """Raise `ConflictError` of a region that submits without end.

    Of a step that is taken now: one that was kept holds, whatever the limit was then.
    """
    if not isinstance(step.detail, Submission):
        return
    lives = [life for life in joining.nodes.values() if life.region == step.region]
    recent = sum(at > step.at - _DAY for life in lives for at in life.unapproved)
    if recent >= MOST_SUBMITTED:
        raise ConflictError(
            "your region has submitted too many descriptors within a day that nobody approved"
        )


def version_of(joining: Joining, step: Step, said: Submission) -> Version:
    """What was submitted, checked: its signature, its addresses, what lies beside it."""
    try:
        region = joining.regions.get(
            RegionId(read_descriptor(unverified(said.signed)).node.region_id)
        )
        if region is None:
            raise ForbiddenError("this region is not enrolled; the operator enrols it")
        body, kid = verified(said.signed, region.keys, step.at)
        descriptor = read_descriptor(body, allowed=networks_of(region.networks))
        _check_beside(descriptor, said)
    except SignatureError as fault:
        raise BadUserInputError(f"`descriptor` {fault}") from None
    except FaultyFileError as fault:
        raise BadUserInputError(told_of(fault)) from None
    _check_step(step, descriptor, body)
    _check_key(region, kid, descriptor, step.at)
    return Version(
        node=replace(node_of(descriptor, NodeState.SUBMITTED), allowed_addresses=region.networks),
        state=NodeState.SUBMITTED,
        digest=digest_of(body),
        number=tuple(map(int, descriptor.node.version.split("."))),
        descriptor=descriptor,
        submission=said,
        submitted_by=step.by,
        submitted_at=step.at,
    )


def told_of(fault: FaultyFileError) -> str:
    """Where a descriptor is wrong, without its words, which whoever asks for it here has."""
    if not fault.lines:
        return (
            "`descriptor`, or a file beside it, is not as it must be: `watling node sign` says why"
        )
    lines = ", ".join(map(str, sorted(set(fault.lines))[:20]))
    return f"`descriptor` is wrong in line {lines}; `watling node sign` says why"


def _check_beside(descriptor: Descriptor, said: Submission) -> None:
    if said.expectations is not None:
        check_beside(descriptor, "expectations", said.expectations.encode())
    if said.bundle is not None:
        check_beside(descriptor, "sharing", said.bundle.encode())


def _check_step(step: Step, descriptor: Descriptor, body: bytes) -> None:
    said = (step.region, step.node, step.digest)
    if said != (descriptor.node.region_id, descriptor.node.id, digest_of(body)):
        raise ConflictError("the step speaks of another descriptor than it brings")
    if step.by.side not in (OPERATOR, descriptor.node.region_id):
        raise ForbiddenError(NOT_YOURS)


def _check_key(region: Enrolment, kid: str, descriptor: Descriptor, at: datetime) -> None:
    """The key that signed is one that the descriptor names, and not over."""
    used = next(key for key in region.keys if key.kid == kid)
    mark = thumbprint(public_key(used.jwk))
    named = (key for key in descriptor.keys if key.use is KeyUse.SIGNING and key.sha256 == mark)
    day = shifted(at, LOCAL).date()
    if not any(key.until is None or day < key.until for key in named):
        raise BadUserInputError("`descriptor` does not name the key that signed it among its keys")
