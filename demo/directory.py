"""Names staff, organisations and medicines once per node, so that items can refer to them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import get_args, get_type_hints

from msgspec import Struct

from demo.model import Holding
from federation.model import Organisation, Practitioner
from federation.records.base import STAMPED_FIELDS, Concept
from federation.records.medications import Medication


class Medicine(Struct, frozen=True, kw_only=True):
    """A medicine as a node's catalogue names it."""

    concept: Concept
    form: str | None = None


Listed = Practitioner | Organisation | Medicine


def directory_of(holding: Holding) -> Iterator[tuple[str, Listed]]:
    """Everybody and everything that one holding speaks of, each under its key."""
    yield from _named(holding.person)
    for items in holding.items.values():
        for item in items:
            yield from _named(item)
            if isinstance(item, Medication):
                yield listed(medicine_of(item))


def _named(value: object) -> Iterator[tuple[str, Listed]]:
    """The staff and organisations in a value, whatever its fields are called."""
    match value:
        case None:
            return
        case Organisation():
            yield listed(value)
        case Practitioner():
            yield listed(value)
            yield from _named(value.organisation)
        case tuple():
            for one in value:
                yield from _named(one)
        case Struct():
            for field in _naming_fields(type(value)):
                yield from _named(getattr(value, field))


@lru_cache(maxsize=256)
def _naming_fields(struct: type[Struct]) -> tuple[str, ...]:
    """The fields of a struct that can name staff or organisations, at any depth."""
    hints = get_type_hints(struct)
    return tuple(
        field
        for field in struct.__struct_fields__
        if field not in STAMPED_FIELDS and any(map(_names, _parts(hints[field])))
    )


def _names(part: object) -> bool:
    if part in (Organisation, Practitioner):
        return True
    return isinstance(part, type) and issubclass(part, Struct) and bool(_naming_fields(part))


def _parts(hint: object) -> Iterator[object]:
    """What a hint is made of, its unions and tuples taken apart."""
    arguments = get_args(hint)
    if not arguments:
        yield hint
    for one in arguments:
        yield from _parts(one)


def medicine_of(medication: Medication) -> Medicine:
    """The catalogue's entry for what was prescribed."""
    return Medicine(concept=medication.medicine, form=medication.form)


def listed(entry: Listed) -> tuple[str, Listed]:
    """An entry and its key."""
    return key_of(entry), entry


@lru_cache(maxsize=4096)
def key_of(entry: Listed) -> str:
    """What an entry is named by, made from what it says, so that it is the same everywhere."""
    match entry:
        case Practitioner():
            code = entry.organisation.ods_code if entry.organisation else None
            text = f"{entry.name}|{entry.role}|{code}"
        case Organisation():
            text = f"{entry.ods_code}|{entry.name}"
        case Medicine():
            text = f"{entry.concept.display}|{entry.concept.codings}|{entry.form}"
    return blake2b(text.encode(), digest_size=8).hexdigest()
