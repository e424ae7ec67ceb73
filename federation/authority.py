"""What gives somebody the right to look at one person's record, or takes it: facts, never rules.

Relationships with their evidence, emergency grants, objections, recorded consents, proxies and
marks. They are dated; whether they hold at one moment is asked of them here, once for a view, with
its one decision time. Which of them are needed for what is for the rules (`sharing/policies`).
Source of the kinds: the sharing model's inputs (legitimate relationship, dissent, own record).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from federation.model import Category, NodeId, OdsCode, Requester
from federation.nhs_number import NhsNumber


class RulesState(StrEnum):
    """How fresh the rules in memory are."""

    CURRENT = "CURRENT"
    LAST_KNOWN = "LAST_KNOWN"
    """Their store has been lost for less than a quarter of an hour."""
    EMERGENCY_SET = "EMERGENCY_SET"
    """It has been lost for longer: only emergencies are served, and only what saves lives."""
    NONE = "NONE"
    """It has been lost for hours: nothing is served."""

    def or_older(self, other: RulesState) -> RulesState:
        """The worse of the two."""
        return max(self, other, key=tuple(RulesState).index)


class RelationshipKind(StrEnum):
    """Why this person is in front of these people."""

    REGISTERED = "REGISTERED"
    REFERRAL = "REFERRAL"
    APPOINTMENT = "APPOINTMENT"
    ADMISSION = "ADMISSION"
    RESIDENCE = "RESIDENCE"
    NOMINATED_PHARMACY = "NOMINATED_PHARMACY"
    INCIDENT = "INCIDENT"
    CASELOAD = "CASELOAD"
    SELF_DECLARED = "SELF_DECLARED"


class EvidenceSource(StrEnum):
    """Who says so, most trusted first."""

    TRACING = "TRACING"
    LAUNCH = "LAUNCH"
    FEED = "FEED"
    NODE = "NODE"
    SELF = "SELF"


GRACE: dict[RelationshipKind, timedelta] = {
    RelationshipKind.REGISTERED: timedelta(days=28),
    RelationshipKind.REFERRAL: timedelta(days=28),
    RelationshipKind.APPOINTMENT: timedelta(days=7),
    RelationshipKind.ADMISSION: timedelta(days=7),
    RelationshipKind.RESIDENCE: timedelta(days=1),
    RelationshipKind.NOMINATED_PHARMACY: timedelta(days=7),
    RelationshipKind.INCIDENT: timedelta(hours=24),
    RelationshipKind.CASELOAD: timedelta(days=7),
    RelationshipKind.SELF_DECLARED: timedelta(0),
}
"""How long a relationship still carries a look after it has ended, where its row does not say."""


LEAD: dict[RelationshipKind, timedelta] = {
    RelationshipKind.APPOINTMENT: timedelta(days=7),
    RelationshipKind.ADMISSION: timedelta(days=1),
}
"""How long before it begins a thing that was arranged carries a look: people prepare for it."""

BELIEVED: dict[RelationshipKind, timedelta] = {
    RelationshipKind.ADMISSION: timedelta(days=7),
    RelationshipKind.REFERRAL: timedelta(days=28),
    RelationshipKind.APPOINTMENT: timedelta(days=1),
    RelationshipKind.INCIDENT: timedelta(hours=24),
}
"""How long one launch is believed, whatever end it gave: nobody tells when it is over early.

The kinds that a launch may state are these. Opening the record again renews it.
"""


class Relationship(Struct, frozen=True, kw_only=True):
    """One relationship of a person with an organisation, or with one member of its staff.

    It holds from `begins_at` until `ends_at` (None: no end known) and for `grace` more; all
    instants are aware. `subject` None: everybody of the organisation. `evidence` is the id by which
    the source can be asked about it: an admission, a referral, an incident; never a person's.
    """

    id: str
    kind: RelationshipKind
    source: EvidenceSource
    organisation: OdsCode | None = None
    subject: str | None = None
    begins_at: datetime
    ends_at: datetime | None = None
    grace: timedelta | None = None
    evidence: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it carries a look at this moment, its grace included."""
        if at < self.begins_at:
            return False
        grace = GRACE[self.kind] if self.grace is None else self.grace
        return self.ends_at is None or at < self.ends_at + grace

    def binds(self, requester: Requester) -> bool:
        """Whether it is this requester's: their own, or their whole organisation's."""
        organisation = requester.organisation
        code = organisation.ods_code if organisation else None
        if self.organisation is not None and self.organisation != code:
            return False
        if self.subject is not None:
            return self.subject == requester.principal
        return self.organisation is not None


class EmergencyReason(StrEnum):
    """Why emergency access is needed."""

    LACKS_CAPACITY = "LACKS_CAPACITY"
    RISK_TO_LIFE = "RISK_TO_LIFE"
    PATIENT_AGREES = "PATIENT_AGREES"
    SAFEGUARDING = "SAFEGUARDING"


class Grant(Struct, frozen=True, kw_only=True):
    """Emergency access of one requester, in one role, to one person, for a limited time.

    `authority` is the requester's (`Requester.authority`): a grant never outlives a change of role.
    `nodes` and `categories` None: all of them. `obligations` are codes of what it asks of them.
    """

    id: str
    authority: str
    reason_code: EmergencyReason
    nodes: frozenset[NodeId] | None = None
    categories: frozenset[Category] | None = None
    begins_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it carries a look at this moment."""
        ended = self.ended_at is not None and self.ended_at <= at
        return self.begins_at <= at < self.expires_at and not ended

    def covers(self, node: NodeId, category: Category) -> bool:
        """Whether it reaches this node for this category."""
        return (self.nodes is None or node in self.nodes) and (
            self.categories is None or category in self.categories
        )


class ObjectionEffect(StrEnum):
    """Whether an objection is made or taken back."""

    OBJECT = "OBJECT"
    WITHDRAW = "WITHDRAW"


class Objection(Struct, frozen=True, kw_only=True):
    """A person's objection in force: what must not be shared, with whom.

    None stands for all: every node, every category, every organisation. `in_emergency`: it holds in
    an emergency too, so that nobody can lift it.
    """

    id: str
    node: NodeId | None = None
    category: Category | None = None
    organisation: OdsCode | None = None
    in_emergency: bool = False
    recorded_at: datetime

    @property
    def scope(self) -> tuple[NodeId | None, Category | None, OdsCode | None]:
        """What it speaks of; a withdrawal takes back those of its scope, whatever their force."""
        return (self.node, self.category, self.organisation)

    def applies(self, node: NodeId, category: Category, organisation: str | None) -> bool:
        """Whether it speaks of this."""
        return (
            (self.node is None or self.node == node)
            and (self.category is None or self.category == category)
            and (self.organisation is None or self.organisation == organisation)
        )


class Consent(Struct, frozen=True, kw_only=True):
    """A person's recorded wish that something hidden by default may be shown.

    `releases` is a sensitivity class (`sharing/sensitivity.py`): FERTILITY, GENDER_HISTORY.
    """

    id: str
    releases: str
    recorded_at: datetime
    ends_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at this moment."""
        return self.recorded_at <= at and (self.ends_at is None or at < self.ends_at)


class ProxyBasis(StrEnum):
    """By what right somebody acts for another person."""

    PARENT = "PARENT"
    GUARDIAN = "GUARDIAN"
    ATTORNEY = "ATTORNEY"
    DEPUTY = "DEPUTY"
    CHOSEN = "CHOSEN"


class Proxy(Struct, frozen=True, kw_only=True):
    """Somebody may act for the person, as the network knows it. A token alone is not enough.

    `subject` is the proxy's principal (`Requester.principal`). After `review_at` it is suspended
    until somebody has looked at it again; `ended_at` is when it was revoked.
    """

    id: str
    subject: str
    basis: ProxyBasis
    begins_at: datetime
    review_at: datetime | None = None
    ended_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force and not overdue for review."""
        ended = self.ended_at is not None and self.ended_at <= at
        overdue = self.review_at is not None and self.review_at <= at
        return self.begins_at <= at and not ended and not overdue


class MarkKind(StrEnum):
    """What else is known about a person and some requesters."""

    WATCHED = "WATCHED"
    """Whose record draws the curious; every look is reviewed. No barrier to those who treat."""
    COERCED = "COERCED"
    """A clinician saw signs that somebody else reads over their shoulder."""
    OWN_RECORD = "OWN_RECORD"
    """`subject` is the person: an employer's keyed list says so."""
    FAMILY = "FAMILY"
    """`subject` is of the person's family or household: an employer's keyed list says so."""
    UNLISTED = "UNLISTED"
    """By an approved exception, looks of `subject` are kept out of what the person and proxies read
    of the access log; without one, those of social care. They come to light when it is taken back.
    """


class Mark(Struct, frozen=True, kw_only=True):
    """One mark on a person; `subject` names the requester it speaks of, None: everybody."""

    id: str
    kind: MarkKind
    subject: str | None = None


class Launch(Struct, frozen=True, kw_only=True):
    """What a host system vouched for in a signed launch: who the person is, and why they are here.

    `id` names the signed message, `host` the system in the settings, `launched_at` is when it
    signed. `kind` and `evidence` say why (an admission, a referral, an incident with its number),
    `begins_at` and `ends_at` (None: it does not know) from when to when; `organisation` where;
    `subject` which member of staff (`Requester.principal`), None: whoever of the organisation holds
    the handle.
    """

    id: str
    host: str
    launched_at: datetime
    number: NhsNumber
    birth_date: date
    family_name: str | None = None
    kind: RelationshipKind
    evidence: str
    organisation: OdsCode
    subject: str | None = None
    begins_at: datetime
    ends_at: datetime | None = None


class Held(Struct, frozen=True, kw_only=True):
    """Everything that the stores know of one person's sharing, loaded once for a view.

    Not filtered by time or requester: whoever uses it asks each fact whether it holds and whom it
    binds. `objections` are those in force (a withdrawn one is not among them). `state` is CURRENT
    where the stores said so now; else it is from memory, and holds objections and marks alone.
    """

    relationships: tuple[Relationship, ...] = ()
    grants: tuple[Grant, ...] = ()
    objections: tuple[Objection, ...] = ()
    consents: tuple[Consent, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    marks: tuple[Mark, ...] = ()
    state: RulesState = RulesState.CURRENT
