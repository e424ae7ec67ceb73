"""The values that one request hands from stage to stage, in the order in which they come to be.

    Question → Reference → Facts → Candidate → Screened → Plan (NodeCall) → Reply | Failure →
    Verified → Released → Answer

Each is frozen; a stage takes the value before it and hands on the next. Stages never reach around
this file to each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from federation.authority import (
    Consent,
    Grant,
    MarkKind,
    Objection,
    Proxy,
    Relationship,
    RelationshipKind,
    RulesState,
)
from federation.case import PLAIN, Footing, ItemClass
from federation.model import (
    Agreement,
    Assertion,
    Category,
    IdentityBasis,
    Node,
    NodeId,
    Purpose,
    Requester,
    RequestId,
    ViewId,
)
from federation.nhs_number import NhsNumber
from federation.records.base import Basis, Conflict, FactKey, Item, PartialDateTime, Redaction
from federation.records.person import HumanName, Person, ShownPerson
from federation.status import FaultOrigin, SourceCode, SourceState, SourceStatus

# ── question ──────────────────────────────────────────────────────────────────────────────────────


class Confirmation(Struct, frozen=True, kw_only=True):
    """What the caller believes about the person."""

    birth_date: date
    family_name: str | None = None


class Window(Struct, frozen=True, kw_only=True):
    """Which page of a timeline is asked for.

    `since` and `until` are inclusive local days; `codes` are `system|code` tokens. `after` is the
    opaque cursor as the client gave it; `merge.pages` opens it.
    """

    first: int = 50
    after: str | None = None
    since: date | None = None
    until: date | None = None
    codes: tuple[str, ...] | None = None


class Question(Struct, frozen=True, kw_only=True):
    """One verified request about one person.

    `launch` is the one-use handle as the client gave it. `categories` are those that the operation
    selects, @skip and @include evaluated; DEMOGRAPHICS is among them only if shown. `windows`
    holds, per timeline asked for, each distinct page that the operation wants. `asked_at` is the
    one decision time of the whole view (aware UTC); `deadline` is on the event loop's clock, in
    seconds.
    """

    view_id: ViewId
    request_id: RequestId
    requester: Requester
    purpose: Purpose
    nhs_number: NhsNumber
    confirm: Confirmation | None
    launch: str | None = None
    categories: frozenset[Category]
    windows: Mapping[Category, tuple[Window, ...]] = field(default_factory=dict)
    asked_at: datetime
    deadline: float


# ── identify ──────────────────────────────────────────────────────────────────────────────────────


class Reference(Struct, frozen=True, kw_only=True):
    """The person whom every node's answer is compared with.

    `number` is the one in use now, `numbers` every number this person may rightly be known by
    (never a protected change). `birth_date` and `names` are None and empty where nobody vouches for
    them; `names` include former ones. `person` is what the tracing service says, None where it was
    not asked or does not know the number.
    """

    number: NhsNumber
    numbers: frozenset[NhsNumber]
    birth_date: PartialDateTime | None = None
    names: tuple[HumanName, ...] = ()
    person: Person | None = None
    basis: IdentityBasis
    message: str
    restricted: bool = False


# ── facts, candidates, screen
# ─────────────────────────────────────────────────────────────────────────────────────────


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that the rules may look at, loaded once and used for the whole view.

    `nodes` is every node of the network in its state at the decision time; `agreements` those in
    force or expired, by source node. `rules_version` names the rule bundles that decide. The rest
    is what ties this requester to this person: only what holds at `at` and binds the requester is
    here. `proxy` is the one that the requester's token claims, if it is in force.
    """

    at: datetime
    nodes: tuple[Node, ...]
    agreements: Mapping[NodeId, tuple[Agreement, ...]]
    rules_version: str
    rules_state: RulesState = RulesState.CURRENT
    relationships: tuple[Relationship, ...] = ()
    grants: tuple[Grant, ...] = ()
    objections: tuple[Objection, ...] = ()
    consents: tuple[Consent, ...] = ()
    proxy: Proxy | None = None
    marks: frozenset[MarkKind] = frozenset()


class Candidate(Struct, frozen=True, kw_only=True):
    """A node that could hold something: what to ask it for, and rows for what it is not."""

    node: Node
    categories: frozenset[Category]
    rows: tuple[SourceStatus, ...] = ()


class Screened(Struct, frozen=True, kw_only=True):
    """A candidate after the rules: what may be asked of it, and rows for what may not be told.

    `hidden` is what the requester may not even learn is withheld: it is not asked for, but the node
    is called all the same, and the answer is the one that it would give if it held nothing there.
    `unseen`: nothing that the node offers may be seen, whatever is asked, and something is hidden;
    then the answer is the one of a node that does not know the person. `decisions` were made on
    `footing`.
    """

    node: Node
    categories: frozenset[Category]
    hidden: frozenset[Category] = frozenset()
    unseen: bool = False
    rows: tuple[SourceStatus, ...] = ()
    decisions: tuple[Decision, ...] = ()
    footing: Footing | None = None


class Outcome(StrEnum):
    """What the rules say of one class of things."""

    PERMIT = "PERMIT"
    WITHHOLD = "WITHHOLD"
    NOT_ASKED = "NOT_ASKED"
    REFUSE = "REFUSE"


class Disclosure(StrEnum):
    """How much a requester learns of what a rule takes away, least last."""

    FULL = "FULL"
    REDACT_FIELD = "REDACT_FIELD"
    WITHHOLD_NOTICE = "WITHHOLD_NOTICE"
    WITHHOLD_SOURCE = "WITHHOLD_SOURCE"
    HIDE = "HIDE"


class Decision(Struct, frozen=True, kw_only=True):
    """One answer of the rules: may this requester see this class of things of this node?

    `rules` are the ids of the policies that decided, for audit and explanation. `disclosure` HIDE:
    withheld, and nothing may tell (`Screened.hidden`). `liftable`: emergency access would change
    it. `redact` names item fields to empty, `obligations` codes of what the caller must do,
    `lifted` the rules that an emergency grant set aside. `kind`, `granted`, `objected` and
    `objected_in_emergency` are what it was made on, beside what the whole view stands on
    (`Released.footing`).
    """

    node: NodeId
    category: Category
    kind: ItemClass = PLAIN
    granted: bool = False
    objected: bool = False
    objected_in_emergency: bool = False
    outcome: Outcome
    disclosure: Disclosure = Disclosure.FULL
    code: SourceCode | None = None
    liftable: bool = False
    redact: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    lifted: tuple[str, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether nothing may tell that something is withheld."""
        return self.disclosure is Disclosure.HIDE


# ── plan ──────────────────────────────────────────────────────────────────────────────────────────


class NodeCall(Struct, frozen=True, kw_only=True):
    """One call to one node, carrying every category asked of it. The number in use comes first.

    `answer_by` is on the event loop's clock, in seconds: what has not been answered then is late.
    None: nobody waits for it.
    """

    node: Node
    numbers: tuple[NhsNumber, ...]
    categories: tuple[Category, ...]
    requester: Requester
    purpose: Purpose
    request_id: RequestId
    answer_by: float | None = None
    gives_way: bool = False
    """Nobody stands before it: where a node has little room, people's looks come first."""
    decision: str | None = None
    """Names the rules and the view that let this be asked, for the node's own log."""
    relationships: tuple[RelationshipKind, ...] = ()
    """The kinds of relationship that tie the requester to the person."""


class Plan(Struct, frozen=True, kw_only=True):
    """What will be asked of whom; prints itself without the person.

    >>> str(Plan(calls=()))
    ''
    """

    calls: tuple[NodeCall, ...]

    def giving_way(self) -> Plan:
        """The same for nobody who waits: people's looks come first."""
        return Plan(calls=tuple(replace(call, gives_way=True) for call in self.calls))

    def __str__(self) -> str:
        """`london-care-record: ALLERGIES, MEDICATIONS`, a line for each call."""
        return "\n".join(f"{call.node.id}: {', '.join(call.categories)}" for call in self.calls)


# ── fan-out ───────────────────────────────────────────────────────────────────────────────────────


class Part(Struct, frozen=True, kw_only=True):
    """What one node gave for one category of one held record.

    `state` is FRESH or FRESH_EMPTY for a whole answer, PARTIAL where something is missing,
    WITHHELD, UNAVAILABLE, TIMED_OUT or INVALID_RESPONSE for this category alone; `code` says why.
    `quarantined` counts items that could not be read, `reasons` why, in fixed words.
    """

    category: Category
    items: tuple[Item, ...] = ()
    assertion: Assertion | None = None
    state: SourceState = SourceState.FRESH
    code: SourceCode | None = None
    origin: FaultOrigin | None = None
    quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    data_current_to: datetime | None = None
    retry_after_seconds: int | None = None


class HeldRecord(Struct, frozen=True, kw_only=True):
    """One record as one node holds it: whose it is, and a part for every category asked for."""

    person: Person
    parts: Mapping[Category, Part]


class Reply(Struct, frozen=True, kw_only=True):
    """A node's answer that could be read. No record: it holds none under any of the numbers."""

    node: Node
    records: tuple[HeldRecord, ...]
    retrieved_at: datetime


class Failure(Struct, frozen=True, kw_only=True):
    """A node's answer that could not be used, as a value.

    `detail` is for the operators, in fixed words, where the code alone does not say what to mend.
    """

    node: Node
    state: SourceState
    code: SourceCode
    origin: FaultOrigin
    retry_after_seconds: int | None = None
    detail: str | None = None


# ── verify, release ───────────────────────────────────────────────────────────────────────────────


class Incident(Struct, frozen=True, kw_only=True):
    """Something to be looked into, without any identifier: which node, and what was wrong.

    `detail` is in fixed words; `count` is how often one call met it, in which `category` if in one.
    """

    node: NodeId
    code: SourceCode
    detail: str
    category: Category | None = None
    count: int = 1


class Verified(Struct, frozen=True, kw_only=True):
    """What is left of one node after the check that it speaks of the person who is meant.

    `persons` are the echoes that matched, `parts` every matching part; `rows` say what a node that
    did not match, failed or holds nothing gave instead. A node has either parts or rows for each
    category that it was asked for. `incidents` are echoes of somebody else, for audit and
    operators; `faults` are for the operators alone, who can have them mended.
    """

    node: Node
    persons: tuple[Person, ...] = ()
    parts: tuple[Part, ...] = ()
    rows: tuple[SourceStatus, ...] = ()
    incidents: tuple[Incident, ...] = ()
    faults: tuple[Incident, ...] = ()
    retrieved_at: datetime | None = None


class Released(Struct, frozen=True, kw_only=True):
    """What may be shown of one node: items after the rules, and one row for every category asked.

    `withheld` counts what the rules took away, per category, for the sealed part of the audit
    alone. `restricted`: the person's whereabouts are protected, whichever source asks for it.
    `decisions` were made on `footing`, which all nodes of a view have in common; `screened` are the
    screen's, on `screened_on`, of categories asked for of which nothing was decided since.
    `looked_at` are the details of items that some rule or agreement asked for (`case.ItemClass`).
    `unshown` are classes that were permitted, and of which nothing could be shown without a field
    that must not be: what is asked in return for them is asked of nobody.
    """

    node: Node
    persons: tuple[Person, ...] = ()
    items: Mapping[Category, tuple[Item, ...]] = field(default_factory=dict)
    rows: Mapping[Category, SourceStatus] = field(default_factory=dict)
    restricted: bool = False
    person_redactions: tuple[Redaction, ...] = ()
    withheld: Mapping[Category, int] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    footing: Footing | None = None
    screened: tuple[Decision, ...] = ()
    screened_on: Footing | None = None
    looked_at: frozenset[str] = frozenset()
    unshown: frozenset[tuple[Category, ItemClass]] = frozenset()


class DecidedAgain(Struct, frozen=True, kw_only=True):
    """One category of a node as rules in the shadow would have it, beside what became of it.

    `state` and `code` are what its row said, `would_state` and `would_code` what it would have;
    `would_state` None: the node would have been asked and was not, so nobody knows what it holds.
    Items: `shared` alike both ways, `otherwise` both ways but with other fields emptied, `more`
    and `fewer` shown by the rules in the shadow alone, and by those that decide alone.
    `directions` are those of decisions that differ, `because` the rules that make the difference.
    """

    node: NodeId
    category: Category
    state: SourceState
    code: SourceCode | None
    would_state: SourceState | None
    would_code: SourceCode | None
    shared: int = 0
    otherwise: int = 0
    more: int = 0
    fewer: int = 0
    directions: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


class Sought(Struct, frozen=True, kw_only=True):
    """What nodes were asked for as evidence alone, what came of it, and which ties it proves.

    Nothing of it is released.
    """

    plan: Plan
    outcomes: tuple[Reply | Failure, ...]
    verified: tuple[Verified, ...]
    ties: tuple[Relationship, ...]


# ── merge, answer ─────────────────────────────────────────────────────────────────────────────────


class CoverageState(StrEnum):
    """Whether anything is missing. Never "complete": no gateway can know that."""

    ALL_SOURCES_ANSWERED = "ALL_SOURCES_ANSWERED"
    SOME_SOURCES_MISSING = "SOME_SOURCES_MISSING"
    UNKNOWN = "UNKNOWN"


class Coverage(Struct, frozen=True, kw_only=True):
    """What was asked, what answered, a sentence for the reader, and a row for every node."""

    state: CoverageState
    headline: str
    asked: int
    answered: int
    rows: tuple[SourceStatus, ...]


class WarningCode(StrEnum):
    """Why a reader must be careful with a section."""

    CONFIDENTIAL_ITEMS = "CONFIDENTIAL_ITEMS"
    DATA_IN_TRANSIT = "DATA_IN_TRANSIT"
    AWAITING_FILING = "AWAITING_FILING"
    TRUNCATED = "TRUNCATED"
    CONFLICT = "CONFLICT"
    NONE_KNOWN_CONTRADICTED = "NONE_KNOWN_CONTRADICTED"
    OTHER = "OTHER"


class SectionWarning(Struct, frozen=True, kw_only=True):
    """One warning above a section."""

    code: WarningCode
    message: str


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """One line on the screen: the same fact as one or more sources hold it, linked and never fused.

    `fact` is what the line states, apart from who holds it; `related_facts` are the facts of
    entries that speak of the same thing but stand on their own lines. Opaque ids are made from
    facts at the edge, under the requester's authority.
    """

    category: Category
    fact: FactKey
    title: str
    subtitle: str | None = None
    date: PartialDateTime | None = None
    basis: Basis
    conflicts: tuple[Conflict, ...] = ()
    related_facts: tuple[FactKey, ...] = ()
    lead: Item
    items: tuple[Item, ...]


class Page(Struct, frozen=True, kw_only=True):
    """One page of a timeline: its entries, a cursor for each, and whether there is more."""

    entries: tuple[Entry, ...]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    warnings: tuple[SectionWarning, ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """One category of the merged record.

    `entries` are all of a whole list, in order; a timeline has none but those of its `pages`, one
    for each window.
    """

    category: Category
    coverage: Coverage
    entries: tuple[Entry, ...] = ()
    pages: Mapping[Window, Page] = field(default_factory=dict)
    assertion: Assertion | None = None
    warnings: tuple[SectionWarning, ...] = ()
    as_of: datetime | None = None


class DemographicsSection(Struct, frozen=True, kw_only=True):
    """Who the person is, and what each source did for that."""

    coverage: Coverage
    person: ShownPerson | None = None
    assertion: Assertion | None = None
    warnings: tuple[SectionWarning, ...] = ()
    as_of: datetime | None = None


class Identity(Struct, frozen=True, kw_only=True):
    """How sure we are that this is the person whom the caller means."""

    basis: IdentityBasis
    message: str


class Obligation(Struct, frozen=True, kw_only=True):
    """What the caller must do or show because of how they got access."""

    code: str
    message: str


class EmergencyAccess(Struct, frozen=True, kw_only=True):
    """A grant as its holder sees it."""

    id: str
    expires_at: datetime
    obligations: tuple[Obligation, ...] = ()


ItemName = tuple[Category, NodeId, str]
"""How a node names one of its items."""


class Record(Struct, frozen=True, kw_only=True):
    """The merged record before it is in the audit log. Nothing outside the pipeline holds one.

    `repeated` are ids of items that their node uses for several things: such an id alone names none
    of them.
    """

    nhs_number: NhsNumber
    coverage: Coverage
    notice: str
    obligations: tuple[Obligation, ...] = ()
    emergency_grant: EmergencyAccess | None = None
    identity: Identity
    demographics: DemographicsSection | None
    sections: Mapping[Category, Section]
    repeated: frozenset[ItemName] = frozenset()
    as_of: datetime


class News(Struct, frozen=True, kw_only=True):
    """What a reader is told after their look: one item of one node, in a sentence for them."""

    node: NodeId
    source_id: str
    version: str | None = None
    category: Category
    message: str


class Answer(Struct, frozen=True, kw_only=True):
    """A record whose look is durable in the audit log. Only `pipeline.ask` makes one."""

    question: Question
    record: Record
