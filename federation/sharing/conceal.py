"""Concealing where a protected person's record comes from: nodes lose their names, rows become one.

Whose whereabouts are protected must not be found through who holds something of them. Every node
of the network, holder or not, is given a stand-in's name, under which the same stands in every row;
which stand-in is whose, only the gateway's key tells. Items keep apart which come from one source,
so that disagreements between sources are still seen. What words are left is in `places.py`; which
fields go altogether the rules said before (`redact.py`). The audit is given what was before this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from msgspec.structs import replace

from federation.flow import Question, Reference, Released, Verified
from federation.model import (
    Assertion,
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    RegionId,
)
from federation.records.base import Item, Redaction, SourceItemId
from federation.records.person import Person
from federation.sharing.places import Places, places_in
from federation.sharing.redact import CODE, MESSAGE
from federation.status import FaultOrigin, SourceCode, SourceState, SourceStatus, row

SERVICE_DESK = "this gateway's service desk"
"""Whom to ring, unless a deployment says more: the sources' numbers would tell where they are."""
UNNAMED_SOURCE = Node(
    id=NodeId("source"),
    name="A source of this network",
    region="not shown here",
    region_id=RegionId(""),
    state=NodeState.LIVE,
    protocol=NodeProtocol.GRAPHQL,
    endpoint="",
    categories=(),
    contact_route=SERVICE_DESK,
)
"""What stands for a source that must not be named."""
_REDACTED = Redaction(field="source", code=CODE, message=MESSAGE)
_POINTERS = ("superseded_by", "report_id")
_GIVEN = frozenset(
    (
        SourceState.FRESH,
        SourceState.FRESH_EMPTY,
        SourceState.CACHED,
        SourceState.STALE,
        SourceState.PARTIAL,
        SourceState.NO_RECORD_HELD,
    )
)


def conceal(
    question: Question,
    reference: Reference,
    released: Sequence[Released],
    verified: Iterable[Verified],
    key: bytes,
    service_desk: str = SERVICE_DESK,
) -> tuple[Released, ...]:
    """The same where nobody asks for protection; else each node under the name of its stand-in.

    `verified` is what the nodes sent, for the names of places in it; `key` is 32 secret bytes;
    `service_desk` is whom to ring of every source alike.
    """
    if not any(one.restricted for one in released):
        return tuple(released)
    names = _Names(key, question, reference, [one.node for one in released], service_desk)
    sent = tuple(verified)
    persons = [person for one in sent for person in one.persons]
    traced = (reference.person,) if reference.person else ()
    items = (item for one in sent for part in one.parts for item in part.items)
    places = places_in((*persons, *traced), items)
    told = _rows(question.categories, released)
    return tuple(_concealed(one, names, places, told) for one in released)


class _Names:
    """Which stand-in is whose: fixed for one person and one requester's authority."""

    def __init__(
        self,
        key: bytes,
        question: Question,
        reference: Reference,
        nodes: Sequence[Node],
        service_desk: str,
    ) -> None:
        whose = f"{reference.number}\0{question.requester.authority}".encode()
        self._key = blake2b(whose, key=key, digest_size=32, person=b"watling conceal").digest()
        mixed = sorted((node.id for node in nodes), key=self.digest)
        self._stand_ins = {
            node: _stand_in(place, service_desk) for place, node in enumerate(mixed, 1)
        }

    def of(self, node: NodeId) -> Node:
        return self._stand_ins[node]

    def digest(self, *named: str) -> str:
        said = "\0".join(named).encode()
        return blake2b(said, key=self._key, digest_size=12).hexdigest()


def _stand_in(place: int, service_desk: str) -> Node:
    """A node that tells nothing but that it is another than the rest."""
    return replace(
        UNNAMED_SOURCE,
        id=NodeId(f"source-{place}"),
        name=f"Source {place} of this network",
        contact_route=service_desk,
    )


def _concealed(
    released: Released,
    names: _Names,
    places: Places,
    told: Mapping[Category, SourceStatus],
) -> Released:
    node = names.of(released.node.id)
    rows = {category: _under(node, told[category]) for category in released.rows}
    return replace(
        released,
        node=node,
        rows=rows,
        items={
            category: tuple(
                _item(item, released.node.id, node, names, places, told[category].retrieved_at)
                for item in items
            )
            for category, items in released.items.items()
        },
        persons=tuple(_person(person, places) for person in released.persons),
    )


def _item(
    item: Item,
    of: NodeId,
    node: Node,
    names: _Names,
    places: Places,
    retrieved_at: datetime | None,
) -> Item:
    changed: dict[str, Any] = {
        "source": node,
        "source_id": names.digest(of, item.source_id),
        "version": None,
        "retrieved_at": retrieved_at or item.retrieved_at,
        "redactions": (*item.redactions, _REDACTED),
    }
    for name in _POINTERS:
        if pointed := getattr(item, name, None):
            changed[name] = SourceItemId(names.digest(of, pointed))
    return replace(places.taken_out_of(item), **changed)


def _person(person: Person, places: Places) -> Person:
    adjustments = tuple(map(places.without, person.reasonable_adjustments))
    return replace(person, reasonable_adjustments=adjustments)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


def _rows(
    categories: Iterable[Category], released: Sequence[Released]
) -> Mapping[Category, SourceStatus]:
    """For each category the one row that stands for every node, whichever of them holds what."""
    return {category: _joined(category, released) for category in categories}


def _joined(category: Category, released: Sequence[Released]) -> SourceStatus:
    rows = [one.rows[category] for one in released]
    held = any(one.items.get(category) or _shows(one, category) for one in released)
    state, code = _state(rows, held=held)
    complete = state in (SourceState.FRESH, SourceState.FRESH_EMPTY)
    times = [one.retrieved_at for one in rows if one.retrieved_at]
    return row(
        _stand_in(0, SERVICE_DESK),  # what is told here is told again under each node's own
        category,
        state,
        code,
        None if complete else FaultOrigin.POLICY if code is SourceCode.NOT_PERMITTED else None,
        assertion=_assertion(rows, held=held) if complete else None,
        retrieved_at=min(times, default=None),
    )


def _shows(released: Released, category: Category) -> bool:
    return category is Category.DEMOGRAPHICS and bool(released.persons)


def _state(rows: Sequence[SourceStatus], *, held: bool) -> tuple[SourceState, SourceCode | None]:
    states = {one.state for one in rows}
    if SourceState.IDENTITY_MISMATCH in states:
        return SourceState.PARTIAL, SourceCode.WRONG_PERSON
    if states.isdisjoint(_GIVEN):
        return _nothing(rows, states)
    asked = [one for one in rows if one.state is not SourceState.NOT_ASKED]
    if all(one.complete for one in asked):
        return (SourceState.FRESH if held else SourceState.FRESH_EMPTY), None
    return SourceState.PARTIAL, SourceCode.OTHER


def _nothing(
    rows: Sequence[SourceStatus], states: set[SourceState]
) -> tuple[SourceState, SourceCode | None]:
    """Where no source gave anything: withheld by a rule, not asked, or not to be had."""
    if SourceState.WITHHELD in states:
        return SourceState.WITHHELD, SourceCode.NOT_PERMITTED
    if states == {SourceState.NOT_ASKED}:
        offered = any(one.code is not SourceCode.NOT_OFFERED for one in rows)
        return SourceState.NOT_ASKED, None if offered else SourceCode.NOT_OFFERED
    return SourceState.UNAVAILABLE, SourceCode.OTHER


def _assertion(rows: Sequence[SourceStatus], *, held: bool) -> Assertion | None:
    """What an empty list means; beside items "none known" alone is kept: it contradicts them."""
    said = {one.assertion for one in rows if one.answered} - {None}
    if Assertion.NONE_KNOWN in said and (held or said == {Assertion.NONE_KNOWN}):
        return Assertion.NONE_KNOWN
    if held:
        return None
    return Assertion.NOT_KNOWN if Assertion.NOT_KNOWN in said else Assertion.NO_CONTENT_RECORDED


def _under(node: Node, told: SourceStatus) -> SourceStatus:
    return row(
        node,
        told.category,
        told.state,
        told.code,
        told.origin,
        assertion=told.assertion,
        retrieved_at=told.retrieved_at,
    )
