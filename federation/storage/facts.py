"""How facts of sharing lie in a store: by sort, as bytes, and gathered again for one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from federation.authority import Consent, Grant, Held, Mark, Objection, Proxy, Relationship
from federation.errors import StorageError
from federation.storage.base import FeedChange, Told

Fact = Told | Grant | Objection


class Sort(StrEnum):
    """The sorts of facts, by the names that they have in a store."""

    RELATIONSHIP = "RELATIONSHIP"
    CONSENT = "CONSENT"
    PROXY = "PROXY"
    MARK = "MARK"
    GRANT = "GRANT"
    OBJECTION = "OBJECTION"


# By sort: its struct, and the field of `Held` that its facts go to.
_KINDS: dict[str, tuple[type[Any], str]] = {
    Sort.RELATIONSHIP: (Relationship, "relationships"),
    Sort.CONSENT: (Consent, "consents"),
    Sort.PROXY: (Proxy, "proxies"),
    Sort.MARK: (Mark, "marks"),
    Sort.GRANT: (Grant, "grants"),
    Sort.OBJECTION: (Objection, "objections"),
}
_SORTS = {kind: Sort(sort) for sort, (kind, _) in _KINDS.items()}
_DECODERS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    sort: msgspec.msgpack.Decoder(kind) for sort, (kind, _) in _KINDS.items()
}
_ENCODER = msgspec.msgpack.Encoder()


def sort_of(fact: Fact) -> Sort:
    """Which sort this fact is of."""
    return _SORTS[type(fact)]


def encode(fact: Fact) -> bytes:
    """A fact as bytes."""
    return _ENCODER.encode(fact)


def decode(sort: str, body: bytes) -> Any:
    """The fact of these bytes; `StorageError` where they are none of this sort."""
    try:
        return _DECODERS[sort].decode(body)
    except (KeyError, msgspec.MsgspecError) as error:
        raise StorageError("what was read is no fact of sharing") from error


def change_of(before: Mapping[Any, object], after: Mapping[Any, object]) -> FeedChange:
    """What differs between two states of a feed, each by what names a fact in it."""
    kept = before.keys() & after.keys()
    return FeedChange(
        added=len(after.keys() - before.keys()),
        changed=sum(before[key] != after[key] for key in kept),
        removed=len(before.keys() - after.keys()),
    )


def gathered(facts: Iterable[Fact]) -> Held:
    """Everything of one person, each sort in order of ids."""
    by_field: dict[str, list[Fact]] = {field: [] for _, field in _KINDS.values()}
    for fact in facts:
        by_field[_KINDS[_SORTS[type(fact)]][1]].append(fact)
    return Held(
        **{
            field: tuple(sorted(found, key=lambda fact: fact.id))
            for field, found in by_field.items()
        }  # type: ignore[arg-type]  # each field gets its own sort
    )
