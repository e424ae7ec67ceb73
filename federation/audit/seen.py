"""What an event keeps of a look: what was asked, decided and on the screen, and on what it stood.

Each is named by what it says; which of them anybody may read without a key, `event.py` says.
"""

from __future__ import annotations

from datetime import date, datetime

from federation.audit.form import Columns, Fields
from federation.audit.made_on import MadeOn
from federation.authority import EvidenceSource, RelationshipKind
from federation.flow import CoverageState, DecidedAgain, Decision, Outcome, WarningCode
from federation.model import Assertion, Category, NodeId
from federation.records.base import Severity
from federation.status import FaultOrigin, SourceCode, SourceState


class RowShown(Columns, frozen=True):
    """A source row as it stood on the screen."""

    node: NodeId
    category: Category
    state: SourceState
    code: SourceCode | None


class CoverageShown(Fields, frozen=True):
    """What the reader was told about what is missing."""

    state: CoverageState
    headline: str
    asked: int
    answered: int


class AgreementInForce(Columns, frozen=True):
    """An agreement that the rules had before them, of any node that could have been asked."""

    node: NodeId
    id: str
    version: str


class EvidenceInForce(Columns, frozen=True):
    """A relationship that the rules had before them, by kind and by who says so."""

    kind: RelationshipKind
    source: EvidenceSource


class CallOutcome(Fields, frozen=True):
    """What came of one node call: records held, or why not."""

    records: int = 0
    retrieved_at: datetime | None = None
    state: SourceState | None = None
    code: SourceCode | None = None
    origin: FaultOrigin | None = None


class ItemShown(Columns, frozen=True):
    """One item: whose, which, and in what version.

    Where the source gives no version, `version` is `sha256:` and a digest of the content.
    `redacted` names the fields that the rules emptied.
    """

    node: NodeId
    source_id: str
    version: str
    redacted: tuple[str, ...] = ()


class SectionShown(Fields, frozen=True):
    """One category as it stood on the screen: lines in order, each with the items linked on it."""

    category: Category
    assertion: Assertion | None = None
    warnings: tuple[WarningCode, ...] = ()
    lines: tuple[tuple[ItemShown, ...], ...] = ()


class ConflictShown(Columns, frozen=True):
    """How many lines of a category showed a disagreement about a field."""

    category: Category
    field: str
    severity: Severity
    lines: int


class Decided(Columns, frozen=True):
    """One decision of the rules, which of them made it, and on what.

    With the footing of its view and the agreements in force it is the whole case, so that other
    rules can be asked the same. `made_on` None: an ordinary thing and an ordinary decision, or one
    that was written down before this was kept (then there is no footing either).
    """

    node: NodeId
    category: Category
    labels: tuple[str, ...]
    outcome: Outcome
    code: SourceCode | None
    rules: tuple[str, ...]
    made_on: MadeOn | None = None

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """The decision as it is kept."""
        return cls(
            decision.node,
            decision.category,
            tuple(sorted(decision.kind.labels)),
            decision.outcome,
            decision.code,
            decision.rules,
            MadeOn.of(decision),
        )

    def decision(self) -> Decision:
        """The decision as it was made."""
        made_on = self.made_on or _ORDINARY
        return Decision(
            node=self.node,
            category=self.category,
            kind=made_on.item_class(self.labels),
            granted=made_on.granted,
            objected=made_on.objected,
            objected_in_emergency=made_on.objected_in_emergency,
            outcome=self.outcome,
            disclosure=made_on.disclosure,
            code=self.code,
            liftable=made_on.liftable,
            redact=made_on.redact,
            obligations=made_on.obligations,
            rules=self.rules,
            lifted=made_on.lifted,
        )


_ORDINARY = MadeOn()


class EvidenceHeld(Columns, frozen=True):
    """A relationship that the rules had before them, and by what its source can be asked about it.

    `id` is its own, `evidence` the source's: an admission's, a referral's, an incident's number.
    """

    kind: RelationshipKind
    source: EvidenceSource
    id: str
    evidence: str | None = None


class LookedAt(Columns, frozen=True):
    """Which details of its items some rule or agreement of a node asked for.

    Details that are not among them stand in no class, whether or not items had them.
    """

    node: NodeId
    details: tuple[str, ...]


class WithheldCount(Columns, frozen=True):
    """How many items the rules took away."""

    node: NodeId
    category: Category
    items: int


class ShadowPart(Columns, frozen=True):
    """What the row of one category would have said, and how many items would have been shown."""

    category: Category
    state: SourceState
    code: SourceCode | None = None
    shared: int = 0
    withheld: int = 0


class DecidedBeside(Columns, frozen=True):
    """One category of a node, as it was and as rules in the shadow would have it.

    As `flow.DecidedAgain` says it.
    """

    node: NodeId
    category: Category
    state: SourceState
    code: SourceCode | None
    would_state: SourceState | None
    would_code: SourceCode | None
    shared: int
    otherwise: int
    more: int
    fewer: int
    directions: tuple[str, ...]
    because: tuple[str, ...]

    @classmethod
    def of(cls, again: DecidedAgain) -> DecidedBeside:
        """What is kept of it."""
        return cls(**{name: getattr(again, name) for name in cls.__struct_fields__})

    @property
    def differs(self) -> bool:
        """Whether a reader would have noticed, whatever is held."""
        return (
            (self.state, self.code) != (self.would_state, self.would_code)
            or bool(self.directions)
            or bool(self.otherwise or self.more or self.fewer)
        )


class Told(Columns, frozen=True):
    """One item that a reader is told of after their look, and the sentence for them."""

    node: NodeId
    source_id: str
    version: str | None
    category: Category
    message: str


class PageAsked(Fields, frozen=True):
    """Which page of a timeline was asked for; the cursor itself says nothing and is left out."""

    category: Category
    first: int
    continued: bool = False
    since: date | None = None
    until: date | None = None
    codes: tuple[str, ...] | None = None
