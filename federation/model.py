"""The nouns that every stage shares: who asks, whom they ask, and the closed sets of the contract.

Plain frozen values. What one request carries from stage to stage is in `flow.py`; what a region
holds about a person is in `records/`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, NewType

from msgspec import Meta, Struct

from federation.nhs_number import NhsNumber

NodeId = NewType("NodeId", str)
RegionId = NewType("RegionId", str)
OdsCode = NewType("OdsCode", str)
"""An organisation's code in the NHS Organisation Data Service: RRV is a London hospital trust."""
ViewId = NewType("ViewId", str)
"""Names one view in the audit trail."""
RequestId = NewType("RequestId", str)
Clock = Callable[[], datetime]
"""Says what time it is, as aware UTC. Passed in; only composition roots hold a real one."""


class Purpose(StrEnum):
    """Why the caller asks."""

    DIRECT_CARE = "DIRECT_CARE"
    EMERGENCY = "EMERGENCY"
    PATIENT_REQUEST = "PATIENT_REQUEST"


class Category(StrEnum):
    """The headings of the record (`docs/categories.md`)."""

    DEMOGRAPHICS = "DEMOGRAPHICS"
    ALLERGIES = "ALLERGIES"
    MEDICATIONS = "MEDICATIONS"
    PROBLEMS = "PROBLEMS"
    ALERTS = "ALERTS"
    CARE_PLANS = "CARE_PLANS"
    CONTACTS = "CONTACTS"
    SOCIAL_CARE = "SOCIAL_CARE"
    ABOUT_ME = "ABOUT_ME"
    OBSERVATIONS = "OBSERVATIONS"
    RESULTS = "RESULTS"
    IMMUNISATIONS = "IMMUNISATIONS"
    ENCOUNTERS = "ENCOUNTERS"
    PROCEDURES = "PROCEDURES"
    DOCUMENTS = "DOCUMENTS"
    APPOINTMENTS = "APPOINTMENTS"
    REFERRALS = "REFERRALS"


class NodeState(StrEnum):
    """Where a node is in its life."""

    SUBMITTED = "SUBMITTED"
    CONFORMANCE = "CONFORMANCE"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    SHADOW = "SHADOW"
    SAFETY_ONLY = "SAFETY_ONLY"
    LIVE = "LIVE"
    SUSPENDED = "SUSPENDED"
    RETIRED = "RETIRED"


class NodeProtocol(StrEnum):
    """How a node is spoken to."""

    GRAPHQL = "GRAPHQL"
    FHIR_R4 = "FHIR_R4"


class Assertion(StrEnum):
    """What an empty list means."""

    NONE_KNOWN = "NONE_KNOWN"
    NO_CONTENT_RECORDED = "NO_CONTENT_RECORDED"
    NOT_KNOWN = "NOT_KNOWN"


class IdentityBasis(StrEnum):
    """How sure we are that this is the person whom the caller means, surest first."""

    TRACED_AND_CONFIRMED = "TRACED_AND_CONFIRMED"
    TRACED = "TRACED"
    CONFIRMED = "CONFIRMED"
    SOURCES_AGREE = "SOURCES_AGREE"
    UNCONFIRMED = "UNCONFIRMED"


class RequesterKind(StrEnum):
    """What sort of caller a token speaks of."""

    PROFESSIONAL = "PROFESSIONAL"
    CITIZEN = "CITIZEN"
    PROXY = "PROXY"
    OPERATOR = "OPERATOR"


class Device(StrEnum):
    """What the caller looks at the record with, as the client's registration says."""

    MANAGED = "MANAGED"
    MOBILE = "MOBILE"
    SHARED = "SHARED"
    UNKNOWN = "UNKNOWN"


class Standing(StrEnum):
    """Whether an organisation meets the data-security standard (DSPT) at the decision time.

    GRACE: it lapsed, and a dated time to renew is running. LAPSED: that time is over, or a named
    person suspended it. UNKNOWN: the directory of organisations does not say.
    """

    MET = "MET"
    GRACE = "GRACE"
    LAPSED = "LAPSED"
    UNKNOWN = "UNKNOWN"


class Organisation(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """An organisation as the record names it."""

    ods_code: Annotated[
        str | None, Meta(description="Its code in the Organisation Data Service.")
    ] = None
    name: Annotated[str, Meta(description="What it is called.")]
    kind: Annotated[
        str | None, Meta(description="What sort of organisation it is: gp, acute, care-home ...")
    ] = None
    region: Annotated[str | None, Meta(description="The region it belongs to.")] = None
    phone: Annotated[str | None, Meta(description="How to ring it.")] = None


class Practitioner(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A member of staff as the record names them."""

    name: Annotated[str, Meta(description="Who they are.")]
    role: Annotated[str | None, Meta(description="In which role they acted.")] = None
    organisation: Annotated[
        Organisation | None, Meta(description="For which organisation they acted.")
    ] = None


class BearerToken(
    Struct, frozen=True, kw_only=True, tag="bearer", tag_field="kind", forbid_unknown_fields=True
):
    """The gateway shows a node a token that its operators gave us; `token_file` holds it."""

    token_file: Annotated[str, Meta(min_length=1)]


class BackendServices(
    Struct,
    frozen=True,
    kw_only=True,
    tag="backend-services",
    tag_field="kind",
    forbid_unknown_fields=True,
):
    """The gateway fetches a token as SMART Backend Services say, signing for itself.

    `key_file` holds the private key as a JWK. `token_url` None: what the node's own
    `.well-known/smart-configuration` names.
    """

    client_id: Annotated[str, Meta(min_length=1)]
    key_file: Annotated[str, Meta(min_length=1)]
    scope: Annotated[str, Meta(min_length=1)] = "system/*.read"
    token_url: str | None = None


class NodeTls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node's certificate must be signed by, and which one the gateway shows to it.

    `ca_file`, or `ca` itself, holds the only authorities that are trusted for the node, in PEM;
    without either those of the machine are. The key stands in `key_file`, or in the certificate's
    own. `server_name` is what the node's certificate is for, where that is not its address.
    `ca_until` says from which local day on authorities of `ca` no longer count, by fingerprint.
    """

    ca_file: Annotated[str, Meta(min_length=1)] | None = None
    ca: Annotated[str, Meta(min_length=1, max_length=64 * 1024)] | None = None
    client_certificate_file: Annotated[str, Meta(min_length=1)] | None = None
    key_file: Annotated[str, Meta(min_length=1)] | None = None
    server_name: Annotated[str, Meta(pattern=r"\A[a-z0-9.-]{1,253}\Z")] | None = None
    ca_until: tuple[tuple[str, date], ...] = ()


class Weekday(StrEnum):
    """A day of maintenance, in the order of the week."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class Maintenance(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"begins": "from", "ends": "until"},
):
    """When a node may be down, in local time; over midnight if it ends first.

    `days` are those on which it begins; empty: every day.
    """

    days: tuple[Weekday, ...] = ()
    begins: time
    ends: time


CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clocks of a node and of a gateway may differ before data looks old."""


class Node(Struct, frozen=True, kw_only=True):
    """One record source of one region, as the registry knows it now.

    `endpoint` is the base URL of its protocol; `contact_route` says whom to ring when it matters;
    `max_response_bytes` and `timeout_seconds` bound one call. `authentication` says how the gateway
    proves itself to it, never with what: secrets stay in their files. `echoes_request`: each of its
    answers says which request it is to, and one that does not is not believed. `testers` (ODS
    codes) are the organisations that it is for while it is SAFETY_ONLY. `suspended_categories` are
    not asked, and what `suspended_custodians` (ODS codes) keep is not shown. `probe_person` is
    the number (999 range) of a person who does not exist, for whom probes ask.
    `allowed_addresses` are the networks that it may be reached in, in CIDR notation; None:
    wherever its endpoint leads. `calls_per_second` is what it bears of all gateways together; None:
    it did not say. `current_within` says how many minutes its feeds lag at most, by category;
    `maintenance`, when it may be down.
    """

    id: NodeId
    name: str
    region: str
    region_id: RegionId
    state: NodeState
    protocol: NodeProtocol
    endpoint: str
    categories: tuple[Category, ...]
    contact_route: str | None = None
    timeout_seconds: float = 8.0
    connect_timeout_seconds: float = 2.0
    max_response_bytes: int = 16 * 1024 * 1024
    max_pages: int = 50
    authentication: BearerToken | BackendServices | None = None
    echoes_request: bool = False
    testers: frozenset[str] = frozenset()
    suspended_categories: frozenset[Category] = frozenset()
    suspended_custodians: frozenset[str] = frozenset()
    probe_person: NhsNumber | None = None
    allowed_addresses: tuple[str, ...] | None = None
    tls: NodeTls | None = None
    calls_per_second: float | None = None
    current_within: tuple[tuple[Category, int], ...] = ()
    maintenance: tuple[Maintenance, ...] = ()

    def lags(self, category: Category, current_to: datetime | None, at: datetime | None) -> bool:
        """Whether data that goes up to `current_to` was, at `at`, older than it said it would be.

        A minute is allowed for clocks that differ. Where it says nothing, nothing can be said.
        """
        within = dict(self.current_within).get(category)
        if within is None or current_to is None or at is None:
            return False
        return at - current_to > timedelta(minutes=within) + CLOCKS_DIFFER

    @property
    def health(self) -> None:
        """How it is doing; not said where it is a source of a record (`watching.NodeNow`)."""
        return


def principal_of(issuer: str, subject: str) -> str:
    """Names one person of one identity provider."""
    return f"{issuer}\x1f{subject}"


def authority_of(
    principal: str,
    kind: RequesterKind,
    role: str | None,
    organisation: str | None,
    person: str | None = None,
) -> str:
    """Names what somebody may by: who they are, as what, in which role, for whom."""
    return "\x1f".join((principal, kind, role or "", organisation or "", person or ""))


class AvailableRole(Struct, frozen=True, kw_only=True):
    """A role that the caller holds and could act in."""

    id: str
    role: str
    organisation: Organisation | None = None


class Requester(Struct, frozen=True, kw_only=True):
    """The verified person, and the one role and organisation they act in, for one request.

    `issuer` names the identity provider in the settings, `subject` the person there. `role` is a
    national role code (R8000), `role_name` what people call it; None only while several roles are
    held and none is selected. `organisation` is what the directory of organisations says of the
    code in the token: its `region` is a `RegionId`, its `kind` the type that rules speak of (gp,
    acute, ambulance, community, care-home, pharmacy, local-authority ...), and `standing` its
    standing. `assurance` is how surely the provider knows who it is: 0 unknown, 1 low, 2 medium
    (AAL2, P5), 3 high (AAL3, P9).
    """

    issuer: str = ""
    subject: str
    kind: RequesterKind
    name: str | None = None
    role: str | None = None
    role_name: str | None = None
    organisation: Organisation | None = None
    standing: Standing = Standing.UNKNOWN
    available_roles: tuple[AvailableRole, ...] = ()
    assurance: int = 0
    device: Device = Device.UNKNOWN
    client: str | None = None
    """The application, as registered with the provider; never what it calls itself."""
    session: str | None = None
    person: NhsNumber | None = None
    """A citizen's own number, as their identity provider verified it; of a proxy, the number of
    the person they act for."""
    proxy_id: str | None = None
    """Of a proxy: the relationship that the token claims. Whether it holds is for the stores."""

    @property
    def principal(self) -> str:
        """Names the person who asks, whatever the role: one subject of one provider."""
        return principal_of(self.issuer, self.subject)

    @property
    def authority(self) -> str:
        """What a view hangs on; ids and grants are scoped to it, so that no two roles share one."""
        code = self.organisation.ods_code if self.organisation else None
        return authority_of(self.principal, self.kind, self.role, code, self.person)


class AgreementStatus(StrEnum):
    """Whether an agreement speaks at all; that it has expired, its dates say."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class Agreement(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Two controllers' dated permission: who may be shown what of one node.

    Open from `valid_from` up to, and not including, `valid_until` (both local UK days; None:
    without end). `organisation_kinds` are the requesters' organisation types, `roles` national role
    codes. `requester_kinds` are PROFESSIONAL unless said; an agreement with a region's own citizens
    has no roles and no organisation kinds. `custodians` (ODS codes) None: whoever's data the node
    holds; else only items of these custodians. `status` other than ACTIVE opens nothing.
    """

    id: str
    version: str
    source: NodeId
    requester_region: RegionId
    organisation_kinds: frozenset[str]
    roles: frozenset[str]
    categories: frozenset[Category]
    purposes: frozenset[Purpose]
    valid_from: date
    valid_until: date | None = None
    requester_kinds: frozenset[RequesterKind] = frozenset((RequesterKind.PROFESSIONAL,))
    custodians: frozenset[str] | None = None
    status: AgreementStatus = AgreementStatus.ACTIVE
    obligations: tuple[str, ...] = ()
    """Codes of what it asks of those who look (`sharing/obligations.py`)."""
    signatories: tuple[str, ...] = ()
    """Who signed for the two controllers, in words for people."""
    onward_sharing: bool = False
    retention_days: int | None = None
    """The longest that a copy may be kept; None: not at all beyond the view."""

    def in_force(self, day: date) -> bool:
        """Whether it is open on this day."""
        return (
            self.status is AgreementStatus.ACTIVE
            and self.valid_from <= day
            and (self.valid_until is None or day < self.valid_until)
        )


class SupersededNumber(Struct, frozen=True, kw_only=True):
    """A number that a person was once known by, and the one in use; never a protected change."""

    old: NhsNumber
    current: NhsNumber
    learned_at: datetime
