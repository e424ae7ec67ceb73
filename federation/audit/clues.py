"""By what an event can be found again: whose record, who looked, of which organisation, which node.

A clue becomes an entry of the index beside the chain (`storage/`). An entry names nobody: where a
clue would, it stands as a keyed hash. The index is derived and proves nothing; `find.py` opens what
it finds, and `reindex.py` makes entries anew that are missing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct

from federation.audit.event import EventKind, Plain, Sealed
from federation.audit.seal import Sealer
from federation.model import NodeId, OdsCode
from federation.nhs_number import NhsNumber
from federation.status import SourceCode
from federation.storage.base import AuditRow, IndexEntry

_HASH_BYTES = 16


class ClueSort(StrEnum):
    """What a clue is about."""

    PERSON = "person"
    ACTOR = "actor"
    ORGANISATION = "organisation"
    NODE = "node"
    ALERT = "alert"
    KIND = "kind"
    TOLD = "told"
    RECALL = "recall"


_REFUSED = frozenset(
    (
        SourceCode.NO_AGREEMENT,
        SourceCode.AGREEMENT_EXPIRED,
        SourceCode.NOT_PERMITTED,
        SourceCode.OBJECTION,
        SourceCode.RELATIONSHIP_NEEDED,
        SourceCode.POLICY_UNAVAILABLE,
    )
)
"""What a source row says where a node's rules kept it from being asked: its affair all the same."""
_NAMES_SOMEBODY = frozenset((ClueSort.PERSON, ClueSort.ACTOR, ClueSort.TOLD))
_OF_A_CALL = frozenset((ClueSort.NODE, ClueSort.KIND))


class Clue(Struct, frozen=True):
    """One thing that an event can be found by, in clear."""

    sort: ClueSort
    value: str


def person(number: NhsNumber) -> Clue:
    """Events about the person of this number, in use then or typed then."""
    return Clue(ClueSort.PERSON, number)


def actor(issuer: str, subject: str) -> Clue:
    """Events of one who looked or did something; an operator's have no issuer."""
    return Clue(ClueSort.ACTOR, msgspec.json.encode((issuer, subject)).decode())


def organisation(ods_code: OdsCode) -> Clue:
    """Events of those who acted for this organisation."""
    return Clue(ClueSort.ORGANISATION, ods_code)


def node(id: NodeId) -> Clue:  # noqa: A002 - the word for it
    """Events in which this node was asked, or its rules said no, or which are about it."""
    return Clue(ClueSort.NODE, id)


def alert(to: str) -> Clue:
    """Events that those are to be told of, and what they found of them: `organisation:RRV`."""
    return Clue(ClueSort.ALERT, to)


def kind(of: EventKind) -> Clue:
    """Events of one kind."""
    return Clue(ClueSort.KIND, of.value)


def told(authority: str) -> Clue:
    """What was told of their views, afterwards, to those who looked under this authority."""
    return Clue(ClueSort.TOLD, authority)


def recall(id: str) -> Clue:  # noqa: A002 - the word for it
    """Every run of one recall, whom it told, and who has read that."""
    return Clue(ClueSort.RECALL, id)


def clues(plain: Plain, sealed: Sealed) -> frozenset[Clue]:
    """Everything that an event can be found by."""
    return frozenset(_clues(plain, sealed))


def _clues(plain: Plain, sealed: Sealed) -> Iterator[Clue]:
    yield kind(plain.kind)
    yield actor(sealed.issuer, sealed.subject)
    for number in (sealed.number, sealed.asked_number):
        if number is not None:
            yield person(number)
    if plain.asker and plain.asker.organisation:
        yield organisation(plain.asker.organisation)
    yield from map(node, plain.nodes)
    yield from (node(row.node) for row in plain.rows if row.code in _REFUSED)
    if sealed.told_to is not None:
        yield told(sealed.told_to)
    if plain.recall is not None:
        yield recall(plain.recall.id)
    yield from (alert(one.to) for one in plain.alerts)
    if plain.review is not None:
        yield alert(plain.review.to)


def indexed(plain: Plain, sealed: Sealed) -> frozenset[Clue]:
    """What the index has of an event: everything, but of a node call no more than which node.

    Calls are most of the log, and are written together with the view that they were made for: who
    looks for a person's or an officer's finds the view, and by its id the calls.
    """
    found = clues(plain, sealed)
    if plain.kind is not EventKind.NODE_CALL:
        return found
    return frozenset(one for one in found if one.sort in _OF_A_CALL)


def entry(clue: Clue, sealer: Sealer, key: str | None = None) -> str:
    """The clue as it stands in the index: under this audit key, or under the current one."""
    if clue.sort not in _NAMES_SOMEBODY:
        return f"{clue.sort}:{clue.value}"
    # Half the hash tells any two people apart, and there are some fifteen entries for each view.
    name = sealer.index_name(f"{clue.sort}:{clue.value}".encode(), key)[:_HASH_BYTES]
    return f"{clue.sort}:{base64.urlsafe_b64encode(name).rstrip(b'=').decode()}"


def entries(sought: Clue, sealer: Sealer) -> tuple[str, ...]:
    """Everything that the clue may stand as, under whichever key an event was written."""
    return tuple(dict.fromkeys(entry(sought, sealer, key) for key in sealer.keys))


def index(
    rows: Sequence[AuditRow], entries_by_row: Sequence[Sequence[str]]
) -> tuple[IndexEntry, ...]:
    """The index of these rows, each with its entries."""
    return tuple(
        IndexEntry(one, row.at, row.writer, row.sequence)
        for row, each in zip(rows, entries_by_row, strict=True)
        for one in each
    )
