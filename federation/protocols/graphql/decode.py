"""Reading a native node's reply.

The whole reply is decoded at once, straight into the record's structs. Only when that fails is it
read a second time, part by part and item by item, so that one bad item is set aside and counted
instead of losing the rest; a part whose envelope cannot be read is lost alone, and the reply only
if its own envelope or a person in it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct

from federation.flow import HeldRecord, Part, Reply
from federation.model import Assertion, Category
from federation.protocols.failures import MALFORMED, NODE_ERROR, NOT_OFFERED, Verdict, by_words
from federation.protocols.graphql.documents import definitions_for
from federation.protocols.graphql.sdl import PART_CODES
from federation.protocols.parts import MOST_RECORDS, Arrival, given, missing
from federation.records.base import UNDECODABLE, CategoryDefinition, Instant, Item
from federation.records.date_fields import dates_are_real
from federation.records.person import Person
from federation.status import FaultOrigin, SourceCode, SourceState

MOST_VALUES = 1_000_000
"""A reply with more values than this is not searched for its bad items: it would cost too much."""
MOST_QUARANTINED = 1_000
"""A part with more bad items than this is not read further."""


class _Extensions(Struct, frozen=True):
    code: str | None = None


class _Error(Struct, frozen=True):
    extensions: _Extensions | None = None


class _Errors(Struct, frozen=True):
    errors: tuple[_Error, ...] | None = None


class _PartHead(Struct, frozen=True, kw_only=True, rename="camel"):
    """What every part says of itself.

    State and code are texts: one that is not known yet must not lose the part.
    """

    state: str
    code: str | None = None
    assertion: str | None = None
    data_current_to: Instant | None = None


class _RawPart(_PartHead, frozen=True, kw_only=True, rename="camel"):
    items: tuple[Raw, ...]


class _Held(Struct, frozen=True, kw_only=True, rename="camel"):
    person: Person


class _Readers(Struct, frozen=True, kw_only=True):
    """The decoders for one set of categories."""

    definitions: tuple[CategoryDefinition[Any], ...]
    whole: msgspec.json.Decoder[Any]
    piecewise: msgspec.json.Decoder[Any]


_ERRORS = msgspec.json.Decoder(_Errors)
_PART = msgspec.json.Decoder(_RawPart)


def read_words(body: bytes) -> tuple[str, ...]:
    """The codes in `errors`, if this is a GraphQL answer at all."""
    try:
        found = _ERRORS.decode(body)
    except UNDECODABLE:
        return ()
    return _words(found.errors)


def read_reply(body: bytes, categories: Sequence[Category], arrival: Arrival) -> Reply | Verdict:
    """A reply, or why it cannot be used."""
    readers = _readers(frozenset(categories))
    try:
        try:
            answer = readers.whole.decode(body)
            read = _typed
        except msgspec.ValidationError:
            if body.count(b",") > MOST_VALUES:
                return MALFORMED
            answer = readers.piecewise.decode(body)
            read = _quarantining
    except UNDECODABLE:
        return MALFORMED
    words = _words(answer.errors)
    if answer.data is None:
        return _refusal(answer.errors, words)
    if not _are_one_persons(answer.data.records):
        return MALFORMED
    held = [
        HeldRecord(
            person=record.person,
            parts=_with_demographics(
                categories, {d.category: read(record, d, arrival) for d in readers.definitions}
            ),
        )
        for record in answer.data.records
    ]
    if answer.errors:
        # Data beside errors: what was refused is refused, what failed makes the rest less than
        # whole.
        return _beside_errors(held, by_words(words) or NODE_ERROR, arrival)
    return Reply(node=arrival.node, records=tuple(held), retrieved_at=arrival.at)


def _are_one_persons(records: Sequence[Any]) -> bool:
    """No more records than one person can have, each with dates that are."""
    few = len(records) <= MOST_RECORDS
    return few and dates_are_real(*(record.person for record in records))


@lru_cache(maxsize=1024)
def _readers(categories: frozenset[Category]) -> _Readers:
    definitions = definitions_for(categories)
    return _Readers(
        definitions=definitions,
        whole=_decoder(
            [(d.field_name, _part_type(d)) for d in definitions],
        ),
        piecewise=_decoder([(d.field_name, Raw, Raw()) for d in definitions]),
    )


def _decoder(fields: list[Any]) -> msgspec.json.Decoder[Any]:
    held = msgspec.defstruct("Held", fields, bases=(_Held,), kw_only=True, frozen=True)
    data = msgspec.defstruct("Data", [("records", tuple[held, ...])], frozen=True)  # type: ignore[valid-type]  # built here
    return msgspec.json.Decoder(
        msgspec.defstruct("Answer", [("data", data | None, None)], bases=(_Errors,), frozen=True)
    )


def _part_type(definition: CategoryDefinition[Any]) -> type[Struct]:
    items = ("items", tuple[definition.item, ...])  # type: ignore[name-defined]  # read at run time
    return msgspec.defstruct("Part", [items], bases=(_PartHead,), kw_only=True, frozen=True)


def _words(errors: tuple[_Error, ...] | None) -> tuple[str, ...]:
    return tuple(
        error.extensions.code
        for error in errors or ()
        if error.extensions and error.extensions.code
    )


def _refusal(errors: tuple[_Error, ...] | None, words: tuple[str, ...]) -> Verdict:
    return (by_words(words) or NODE_ERROR) if errors else MALFORMED


def _beside_errors(held: list[HeldRecord], verdict: Verdict, arrival: Arrival) -> Reply | Verdict:
    # Invariant: an error beside no records is never "no record held".
    if verdict.state is not SourceState.UNAVAILABLE or not held:
        return verdict
    lacking = Verdict(SourceState.PARTIAL, verdict.code, verdict.origin)
    records = tuple(
        HeldRecord(
            person=record.person,
            parts={category: _lessened(part, lacking) for category, part in record.parts.items()},
        )
        for record in held
    )
    return Reply(node=arrival.node, records=records, retrieved_at=arrival.at)


def _lessened(part: Part, lacking: Verdict) -> Part:
    if part.state not in {SourceState.FRESH, SourceState.FRESH_EMPTY}:
        return part
    return msgspec.structs.replace(
        part, state=lacking.state, code=lacking.code, origin=lacking.origin, assertion=None
    )


def _with_demographics(
    categories: Sequence[Category], parts: dict[Category, Part]
) -> dict[Category, Part]:
    # The person is always echoed; asked for, they are a part as well, whose content is the echo.
    if Category.DEMOGRAPHICS in categories:
        parts[Category.DEMOGRAPHICS] = Part(category=Category.DEMOGRAPHICS)
    return parts


# ── one part ────────────────────────────────────────────────────────────────────────────────────


def _typed(record: Any, definition: CategoryDefinition[Any], arrival: Arrival) -> Part:
    head = getattr(record, definition.field_name)
    return _part(definition.category, head, head.items, arrival, misfits=0)


def _quarantining(record: Any, definition: CategoryDefinition[Any], arrival: Arrival) -> Part:
    raw = getattr(record, definition.field_name)
    try:
        head = _PART.decode(raw)
    except UNDECODABLE:
        return missing(definition.category, MALFORMED)
    items = tuple(_readable(head.items, definition.item))
    quarantined = len(head.items) - len(items)
    if quarantined > MOST_QUARANTINED:
        return missing(definition.category, MALFORMED)
    return _part(definition.category, head, items, arrival, misfits=quarantined)


def _readable(raws: tuple[Raw, ...], item: type[Item]) -> Iterator[Item]:
    decoder = msgspec.json.Decoder(item)
    bad = 0
    for raw in raws:
        try:
            yield decoder.decode(raw)
        except UNDECODABLE:
            bad += 1
            if bad > MOST_QUARANTINED:
                return


MISFIT = "an item that does not fit its type"


def _part(
    category: Category,
    head: _PartHead,
    items: Sequence[Item],
    arrival: Arrival,
    *,
    misfits: int,
) -> Part:
    if head.state in {"COMPLETE", "PARTIAL"}:
        # A code says why something is missing: beside "complete" it is the one to believe.
        whole = head.state == "COMPLETE" and head.code is None
        return given(
            category,
            items,
            arrival,
            assertion=_assertion(head.assertion),
            reasons={MISFIT: misfits} if misfits else None,
            lacking=None if whole else _because(head, SourceState.PARTIAL),
            data_current_to=head.data_current_to,
        )
    # Invariant: items beside a state that says there are none are never shown.
    if head.state == "WITHHELD":
        return missing(category, _because(head, SourceState.WITHHELD))
    if head.state == "UNAVAILABLE":
        return missing(category, _because(head, SourceState.UNAVAILABLE))
    return missing(category, NOT_OFFERED if head.state == "NOT_OFFERED" else MALFORMED)


_UNSAID = {
    SourceState.PARTIAL: SourceCode.OTHER,
    SourceState.WITHHELD: SourceCode.WITHHELD_AT_SOURCE,
    SourceState.UNAVAILABLE: SourceCode.NODE_ERROR,
}


def _because(head: _PartHead, state: SourceState) -> Verdict:
    if head.code is None:
        code = _UNSAID[state]
    else:
        code = SourceCode(head.code) if head.code in PART_CODES else SourceCode.OTHER
    behind = code is SourceCode.DEADLINE_EXCEEDED
    return Verdict(state, code, FaultOrigin.UPSTREAM_OF_NODE if behind else FaultOrigin.NODE)


def _assertion(text: str | None) -> Assertion | None:
    return next((known for known in Assertion if known.value == text), None)
