"""The index of a document store: who somebody is, and their letters, newest first.

A JSON file here (`make_example.py` writes one), read again when it changed. Yours may be an archive
with an interface of its own: then these two functions ask it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

INDEX = Path(__file__).with_name("letters.json")


def person_of(number: str) -> dict[str, Any] | None:
    """Somebody's entry, None: the archive has nobody of this number."""
    return _index().get(number)


def letters_of(number: str, limit: int) -> list[dict[str, Any]]:
    """At most `limit` letters, newest first."""
    letters: list[dict[str, Any]] = _index()[number]["letters"]
    return letters[:limit]


def _index() -> dict[str, Any]:
    return _read(INDEX, INDEX.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    people = msgspec.json.decode(path.read_bytes())
    for person in people:
        person["letters"].sort(key=lambda letter: (letter["written"], letter["id"]), reverse=True)
    return {person["number"]: person for person in people}
