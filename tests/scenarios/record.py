"""Writes down what the system answers now: `python -m tests.scenarios.record NAME [--audit]`.

What is written is a proposal. Read every line of it: a scenario expects what is right, not what
happens to come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import httpx

from tests.scenarios.folder import HERE, Folder
from tests.scenarios.network import System
from tests.scenarios.people import People
from tests.scenarios.runner import Runner

_WILD_KEYS = {
    "cursor": "<cursor>",
    "endCursor": "<cursor>",
    "startCursor": "<cursor>",
    "rulesVersion": "<text>",
}
_FOOTINGS = {"footing", "screenedOn"}
"""What decisions were made on: the day of asking is in it, and an age on that day."""
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOW = re.compile(r"20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)")


def proposal(value: Any, people: People) -> str:
    """The answer as a folder could expect it."""
    text = json.dumps(_wild(value, {}), indent=2, ensure_ascii=False)
    return people.empty(text) + "\n"


def _wild(value: Any, ids: dict[str, int], key: str = "") -> Any:
    if key in _FOOTINGS:
        return _wild_footing(*value)
    if isinstance(value, dict):
        return {name: _wild(inner, ids, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_wild(inner, ids, key) for inner in value]
    if not isinstance(value, str):
        return value
    if _ID.fullmatch(value) and key not in _WILD_KEYS:
        return f"<id {ids.setdefault(value, len(ids) + 1)}>"
    return _WILD_KEYS.get(key, "<time>" if _NOW.fullmatch(value) else value)


def _wild_footing(asking: Any, about: Any, authority: Any, _day: str) -> Any:
    restricted, deceased, age, *rest = about
    known = None if age is None else "<age>"
    return [asking, [restricted, deceased, known, *rest], authority, "<day>"]


async def record(names: list[str], *, audit: bool) -> None:
    """Play each scenario and write its files."""
    with tempfile.TemporaryDirectory() as place:
        system = System(Path(place))
        try:
            for name in names:
                try:
                    await _record_one(Folder(HERE / name), system, audit=audit)
                except (AssertionError, httpx.HTTPError) as error:
                    print(name, "could not be played:", repr(error))  # noqa: T201 - a command prints
        finally:
            await system.client.aclose()
            system.end()


async def _record_one(folder: Folder, system: System, *, audit: bool) -> None:
    played = await Runner(system).play(folder)
    print(  # noqa: T201 - a command prints
        folder.name,
        played.status,
        f"{played.seconds:.2f} s, nodes were asked {played.asked_of_nodes} times",
    )
    if not folder.scenario.caller_leaves:
        written = proposal(played.answer, system.people)
        (folder.path / "expected.json").write_text(written, "utf-8")
    if audit:
        written = proposal(played.events, system.people)
        (folder.path / "audit.json").write_text(written, "utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--audit", action="store_true")
    given = parser.parse_args()
    asyncio.run(record(given.names, audit=given.audit))


if __name__ == "__main__":
    main()
