"""The steps of a node's life, as they are written down: who took which, when, about which bytes.

A step is never changed, only followed by another. What the steps come to is `lifecycle.py`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from federation.joining.rows import Id, Words
from federation.model import Category, NodeId, NodeState, RegionId

OPERATOR = "operator"
"""The side of whoever runs the gateway; any other side is a region, by its id."""
LONGEST_REASON = 1_000
Reason = Annotated[str, Meta(pattern=r"\A\S", max_length=LONGEST_REASON)]
OrganisationCode = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{2,12}\Z")]


class StepKind(StrEnum):
    """What was done."""

    ENROL = "ENROL"
    SUBMIT = "SUBMIT"
    EXAMINE = "EXAMINE"
    REPORT = "REPORT"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    PROMOTE = "PROMOTE"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    RETIRE = "RETIRE"


class By(Struct, frozen=True, kw_only=True):
    """Who took a step: for which side, and an opaque name that tells people apart.

    `person` begins with the mark of the key that it was made under. `also` are what the same person
    is called under other keys, and without one; only who is taking a step now has it, and it is not
    kept.
    """

    side: str
    person: str
    also: tuple[str, ...] = ()

    def is_who(self, other: By) -> bool | None:
        """Whether it is the same person as took that step; None where that cannot be told."""
        names = (self.person, *self.also)
        if other.person in names:
            return True
        comparable = not self.also or _mark(other.person) in map(_mark, names)
        return False if comparable else None


def _mark(name: str) -> str:
    return name.rpartition(":")[0]


class Detail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a step says besides who and when."""


class RegionKey(Detail, frozen=True, kw_only=True):
    """A public key of a region, as a JWK (P-256); `until`: from then on it signs nothing."""

    kid: Id
    jwk: dict[str, Any]
    until: datetime | None = None


class Enrolment(Detail, frozen=True, kw_only=True):
    """A region as the operator knows it: its last enrolment holds, whole."""

    region: Id
    name: Words
    keys: Annotated[tuple[RegionKey, ...], Meta(min_length=1, max_length=20)]
    networks: Annotated[tuple[str, ...], Meta(min_length=1, max_length=50)]
    """Of its endpoints, in CIDR notation."""


class Submission(Detail, frozen=True, kw_only=True):
    """A descriptor, signed by the region over its exact bytes; and what lies beside it."""

    signed: str
    expectations: str | None = None
    bundle: str | None = None


class Examination(Detail, frozen=True, kw_only=True):
    """A gateway begins to check the node; no other does so at the same time."""


class Report(Detail, frozen=True, kw_only=True):
    """What the conformance checks came to; `signed` is the whole report, signed."""

    passed: bool
    signed: str | None = None


class Approval(Detail, frozen=True, kw_only=True):
    """Exactly the descriptor of that digest may join."""


class Rejection(Detail, frozen=True, kw_only=True):
    """Exactly the descriptor of that digest may not join."""

    reason: Reason


class Promotion(Detail, frozen=True, kw_only=True):
    """To the next state; `testers` are the organisations that a safety-only node is for."""

    to: NodeState
    testers: tuple[OrganisationCode, ...] = ()


class Scope(Detail, frozen=True, kw_only=True):
    """The whole node, or some categories, or what one custodian keeps."""

    categories: tuple[Category, ...] = ()
    custodian: OrganisationCode | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole node."""
        return not self.categories and self.custodian is None


class Suspension(Scope, frozen=True, kw_only=True):
    """It is not asked any more."""

    reason: Reason


class Resumption(Scope, frozen=True, kw_only=True):
    """It is asked again; the whole node: whatever this side suspended."""


class Retirement(Detail, frozen=True, kw_only=True):
    """It leaves the network for good."""

    reason: Reason


DETAILS: dict[StepKind, type[Detail]] = {
    StepKind.ENROL: Enrolment,
    StepKind.SUBMIT: Submission,
    StepKind.EXAMINE: Examination,
    StepKind.REPORT: Report,
    StepKind.APPROVE: Approval,
    StepKind.REJECT: Rejection,
    StepKind.PROMOTE: Promotion,
    StepKind.SUSPEND: Suspension,
    StepKind.RESUME: Resumption,
    StepKind.RETIRE: Retirement,
}
_KINDS = {detail: kind for kind, detail in DETAILS.items()}


class Step(Struct, frozen=True, kw_only=True):
    """One step. `node` None: of an enrolment. `digest` is of the descriptor that is meant.

    `id` names it in the audit trail. `region` is whose node it is, or which region was enrolled.
    """

    id: str
    region: RegionId
    node: NodeId | None = None
    digest: str | None = None
    by: By
    at: datetime
    detail: Detail

    @property
    def kind(self) -> StepKind:
        """What was done."""
        return _KINDS[type(self.detail)]


def detail_of(kind: str, body: bytes) -> Detail:
    """A step's detail as it was kept; raises `msgspec.MsgspecError` or `ValueError`."""
    return msgspec.json.decode(body, type=DETAILS[StepKind(kind)])
