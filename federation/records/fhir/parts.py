"""Names for parts of one FHIR resource that are items of their own.

A name is made of the part's own id where it has one, else of what it says; never of its place in
the list, so that one part more or less renames no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec.structs import replace

from federation.records.base import Identifier

_BYTES = 6


class PartName(NamedTuple):
    """What names a part: the id of its element, and the words that tell it from others."""

    element_id: str | None
    words: tuple[str | None, ...]


def part_keys(names: Iterable[PartName]) -> list[str]:
    """A key for each part, unique within its resource; of equals the second ends in `-2`."""
    seen: Counter[str] = Counter()
    keys = []
    for name in names:
        key = name.element_id or _digest(name.words)
        seen[key] += 1
        keys.append(f"{key}-{seen[key]}" if seen[key] > 1 else key)
    return keys


def as_part(whole: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A resource's envelope as that of a part of it.

    Two parts never share a business identifier: they would be taken for one fact.
    """
    return {
        **whole,
        "source_id": f"{whole['source_id']}#{key}",
        "identifiers": tuple(_of_part(one, key) for one in whole["identifiers"]),
    }


def _of_part(identifier: Identifier, key: str) -> Identifier:
    return replace(identifier, value=f"{identifier.value}#{key}")


def _digest(words: Iterable[str | None]) -> str:
    text = "\x1f".join(word or "" for word in words)
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()
