"""What every category shares: the item envelope, concepts, dates, and what a definition says.

A category is one file beside this one. It defines a frozen struct (an `Item`), and one
`CategoryDefinition` that says how items of that category are linked, sorted, titled and read from
FHIR. GraphQL types, the native protocol's document, decoding, merging and paging are derived from
that definition; nothing else has to know the category.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Generic, NamedTuple, NewType, TypeVar

import msgspec
from msgspec import Meta, Struct

from federation.authority import RelationshipKind
from federation.model import (
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    Organisation,
    Practitioner,
    RegionId,
)

_LEAP_YEAR = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_TIME = (
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9]))"
)
PARTIAL_DATE_PATTERN = (
    # Days that are real, ASCII digits, no line break after; written so that the usual ones match
    # soonest.
    rf"^(?:(?!0000)[0-9]{{4}}(?:-{_DAY}{_TIME}?|-(?:0[1-9]|1[0-2]))?"
    rf"|(?!0000){_LEAP_YEAR}-02-29{_TIME}?)\Z"
)

PartialDateTime = NewType("PartialDateTime", str)
"""As its source gave it: 2019, 2019-04, 2019-04-02 or an instant. See `partial_date.py`."""
PartialDate = Annotated[PartialDateTime, Meta(min_length=4, max_length=35)]
"""The same, as a field type. Decoding looks at its length; `date_fields.py` checks the rest."""


Instant = Annotated[datetime, Meta(tz=True)]
"""An instant with its offset, as a field type."""

SourceItemId = NewType("SourceItemId", str)
"""The source's id of another of its items; clients see it as that item's opaque id."""


UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no JSON, no text, too deep or of another shape."""


def described(text: str) -> Meta:
    """The description that clients read beside a field, in the schema."""
    return Meta(description=text)


class Coding(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """One code of one system."""

    system: Annotated[str, described("The code system, as a URI.")]
    code: Annotated[str, described("The code.")]
    display: Annotated[str | None, described("What the code means, in the system's words.")] = None


class Concept(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """What a code says, with every coding its source gave and the words it was recorded in.

    `degraded` marks a code that lost its meaning in a transfer between systems; such a concept is
    shown as it stands and never matched with another.
    """

    display: Annotated[str, described("What to show.")]
    codings: Annotated[tuple[Coding, ...], described("Every code that the source gave.")] = ()
    original_text: Annotated[str | None, described("The words it was recorded in.")] = None
    degraded: Annotated[
        bool, described("Whether the code lost its meaning in a transfer between systems.")
    ] = False


class SecurityLabel(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """A confidentiality or sensitivity label that the source put on an item."""

    system: Annotated[str | None, described("The label system, as a URI.")] = None
    code: Annotated[str, described("The label.")]
    display: Annotated[str | None, described("What the label means.")] = None


class Identifier(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A business identifier: the same system and value mean the same fact, wherever it is held."""

    system: str
    value: str


class Redaction(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A field that a sharing rule emptied, and why, in words that betray no topic."""

    field: Annotated[str, described("The field that was emptied.")]
    code: Annotated[str, described("Why, as a code.")]
    message: Annotated[str, described("Why, in words that betray no topic.")]


UNSTAMPED = Node(
    id=NodeId(""),
    name="",
    region="",
    region_id=RegionId(""),
    state=NodeState.RETIRED,
    protocol=NodeProtocol.GRAPHQL,
    endpoint="",
    categories=(),
)
"""Where an item is from until `stamp` says it."""
_NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Item(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """One recorded fact, exactly as one source holds it.

    `source`, `retrieved_at` and `redactions` are the gateway's: `stamp` sets the first two on
    arrival and empties the third, whatever a node sent under those names.

    # Invariant: a tree of frozen values, so nothing in it can refer back to it. The collector need
    not look at records (`gc=False`), which come in thousands.
    """

    source_id: Annotated[str, described("The source's own id of this fact.")]
    source_system: Annotated[
        str | None, described("The system behind the source that the fact was recorded in.")
    ] = None
    version: Annotated[str | None, described("The source's version of this fact.")] = None
    identifiers: tuple[Identifier, ...] = ()
    custodian: Annotated[Organisation | None, described("The organisation whose data this is.")] = (
        None
    )
    author: Annotated[Practitioner | None, described("Who recorded it.")] = None
    recorded_at: Annotated[PartialDate | None, described("When it was written down.")] = None
    effective_at: Annotated[PartialDate | None, described("When it was so, clinically.")] = None
    last_updated_at: Annotated[Instant | None, described("When the source last changed it.")] = None
    security_labels: Annotated[
        tuple[SecurityLabel, ...], described("Confidentiality labels that the source put on it.")
    ] = ()
    source: Annotated[Node, described("Which node holds it.")] = UNSTAMPED
    retrieved_at: Annotated[datetime, described("When this gateway had it from its source.")] = (
        _NEVER
    )
    redactions: Annotated[
        tuple[Redaction, ...], described("Fields that a sharing rule emptied.")
    ] = ()


STAMPED_FIELDS = frozenset(("source", "retrieved_at", "redactions"))
"""Fields of an item that no node may set."""


def stamp(items: Iterable[Item], source: Node, retrieved_at: datetime) -> None:
    """Say where items came from, once, as they enter the gateway and before anybody has seen them.

    # Invariant: only the protocol that decoded an item calls this, so that an item never changes
    # after it is handed on.
    """
    put = msgspec.structs.force_setattr
    for item in items:
        put(item, "source", source)
        put(item, "retrieved_at", retrieved_at)
        if item.redactions:
            put(item, "redactions", ())


def unstamped(item: Item) -> Item:
    """The item as its node sent it, to compare what it says."""
    return msgspec.structs.replace(item, source=UNSTAMPED, retrieved_at=_NEVER)


class Shape(Enum):
    """Whether a category is shown whole or page by page."""

    WHOLE_LIST = "whole list"
    TIMELINE = "timeline"


class Severity(Enum):
    """How much a disagreement matters. The contract's `ConflictSeverity`."""

    SAFETY = "SAFETY"
    INFORMATION = "INFORMATION"


class Basis(Enum):
    """Why items stand on one line. The contract's `GroupBasis`."""

    SINGLE = "SINGLE"
    SAME_IDENTIFIER = "SAME_IDENTIFIER"
    SAME_CONCEPT = "SAME_CONCEPT"
    SAME_EVENT = "SAME_EVENT"


class ConflictingValue(Struct, frozen=True, kw_only=True, gc=False):
    """What one source says."""

    source: Annotated[Node, described("Who says it.")]
    value: Annotated[str, described("What it says.")]


class Conflict(Struct, frozen=True, kw_only=True, gc=False):
    """A disagreement between sources, shown on every line it concerns."""

    field: Annotated[str, described("What the sources disagree about.")]
    severity: Annotated[Severity, described("How much it matters.")]
    message: Annotated[str, described("One sentence a clinician can read.")]
    values: Annotated[tuple[ConflictingValue, ...], described("What each source says.")]


class Disagreement(NamedTuple):
    """A conflict between items on different lines, and the items whose lines must show it."""

    conflict: Conflict
    between: tuple[Item, ...]


class Proof(Struct, frozen=True, kw_only=True):
    """What an item proves: that the person was, is or will be in front of an organisation.

    `organisation` is its ODS code; both instants are aware. What an end still carries after it is
    `authority.GRACE`.
    """

    kind: RelationshipKind
    organisation: str
    begins_at: datetime
    ends_at: datetime


ItemT = TypeVar("ItemT", bound=Item)

FactKey = tuple[str, ...]
"""What a fact states, apart from who holds it; equal keys are the same fact."""

Scope = str
"""What of a thing that a business identifier names an item is: the analyte of a report, say."""


def no_key(_item: Any) -> FactKey | None:
    """An item that states no fact which another source could state as well."""
    return None


def no_keys(_item: Any) -> tuple[FactKey, ...]:
    """Nothing else that an item speaks of, or is known by."""
    return ()


def _no_conflicts(_items: Sequence[Any]) -> tuple[Conflict, ...]:
    return ()


def _no_disagreements(_items: Sequence[Any]) -> tuple[Disagreement, ...]:
    return ()


def any_may_link(_one: Any, _other: Any) -> bool:
    """Any two items that are tied may stand on one line."""
    return True


def _no_text(_item: Any) -> str | None:
    return None


def _when(item: Any) -> PartialDateTime | None:
    when: PartialDateTime | None = item.effective_at or item.recorded_at
    return when


def _no_codes(_item: Any) -> Iterable[Coding]:
    return ()


def _never_ended(_item: Any) -> bool:
    return False


def _first(items: Sequence[ItemT]) -> ItemT:
    return items[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryDefinition(Generic[ItemT]):
    """Everything the rest of Watling needs to know of a category.

    - `field_name` is the field of `PatientRecord`, `section_name` its type, `description` what a
      client reads.
    - `title`, `subtitle` and `clinical_date` draw one line of it; `clinical_date` also sorts it
      (newest first, undated last).
    - `codes` are the codings that the `codes` filter of a timeline looks at.
    - `same_fact` is what makes two items of different sources the same fact: equal keys link,
      None never links but by business identifier. `also_same` are further keys under which an item
      may be known to another source. `links_by_identifier` False: nothing of this category is ever
      linked. Where an identifier names more than one item, `scope` says which of it this one is;
      None: it cannot be told, and no identifier links it. `may_link` is asked of each pair besides.
    - `related` are the things that an entry speaks of: entries with one of them in common stand on
      their own lines and point at each other, and `related_conflicts` says what they disagree
      about; `conflicts` says what the items of one entry disagree about. Both are pure and
      independent of order.
    - `order` is what lines of a whole list are read by before their dates are looked at: ascending,
      of each line's lead.
    - `conflicts_first` puts lines with a conflict that matters for safety above newer ones.
    - `lead` chooses the item that stands for the entry; its input is in a fixed order, newest
      first.
    - `ended` says of an item that it is over, so that it cannot contradict an assertion that none
      is known.
    - `evidence` says what an item proves at a moment (aware) of who has the person in front of
      them, None where it proves nothing; a category without it is never asked for as evidence.
    """

    category: Category
    field_name: str
    section_name: str
    item: type[ItemT]
    shape: Shape
    description: str
    title: Callable[[ItemT], str]
    subtitle: Callable[[ItemT], str | None] = _no_text
    clinical_date: Callable[[ItemT], PartialDateTime | None] = _when
    codes: Callable[[ItemT], Iterable[Coding]] = _no_codes
    same_fact: Callable[[ItemT], FactKey | None] = no_key
    same_fact_basis: Basis = Basis.SAME_CONCEPT
    also_same: Callable[[ItemT], tuple[FactKey, ...]] = no_keys
    links_by_identifier: bool = True
    scope: Callable[[ItemT], Scope | None] | None = None
    may_link: Callable[[ItemT, ItemT], bool] = any_may_link
    related: Callable[[ItemT], tuple[FactKey, ...]] = no_keys
    conflicts: Callable[[Sequence[ItemT]], tuple[Conflict, ...]] = _no_conflicts
    related_conflicts: Callable[[Sequence[ItemT]], tuple[Disagreement, ...]] = _no_disagreements
    order: Callable[[ItemT], tuple[Any, ...]] | None = None
    conflicts_first: bool = False
    lead: Callable[[Sequence[ItemT]], ItemT] = _first
    ended: Callable[[ItemT], bool] = _never_ended
    evidence: Callable[[ItemT, datetime], Proof | None] | None = None
