"""`watling sharing labels preview EXTRACT...`: what the value sets would find in a region's data.

Exit codes: 0, also where nothing is found; 1 where a file cannot be read as JSON.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from federation.records import CATEGORIES
from federation.records.base import UNDECODABLE, Item
from federation.records.fhir.survey import items_in
from federation.sharing.preview import Preview
from federation.sharing.signs import LABELS_TABLE, VALUE_SETS

_ENDINGS = (".json", ".json.gz", ".ndjson", ".ndjson.gz")
_MOST_ENTRIES = 5
_WIDTH_OF_A_FILE = 140
_SECTIONS = {definition.field_name: definition.item for definition in CATEGORIES}


@click.group()
def labels() -> None:
    """What makes a thing sensitive here."""


@labels.command("preview")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def preview_command(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what of FILES would be kept back: by class, how many items, and by what they were caught.

    FHIR R4 resources or Bundles, or a native node's answers, as JSON or NDJSON, zipped or not, or
    folders of them. Nothing of their content is printed: only entries of the network's tables.
    """
    unreadable, made = [], Preview()
    bodies: list[bytes] = []
    for file in _found(files):
        parts = _documents(file)
        if parts is None:
            unreadable.append(str(file))
        bodies += parts or ()
    for item in (*items_in(bodies), *_native(bodies)):
        made.look_at(item)
    _print_json(made) if as_json else _print_table(made)
    for name in unreadable:
        click.echo(f"watling: `{name}` cannot be read as JSON", err=True)
    sys.exit(1 if unreadable else 0)


def _found(files: Iterable[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            yield from sorted(one for one in file.rglob("*") if one.name.endswith(_ENDINGS))
        else:
            yield file


def _documents(file: Path) -> list[bytes] | None:
    """The JSON documents of a file, a line each of NDJSON; None where one is none."""
    try:
        content = file.read_bytes()
        content = gzip.decompress(content) if file.name.endswith(".gz") else content
        lines = ".ndjson" in file.name
        found = [one for one in content.splitlines() if one.strip()] if lines else [content]
        for one in found:
            msgspec.json.decode(one)
    except (OSError, EOFError, zlib.error, *UNDECODABLE):
        return None
    return found


def _native(bodies: Iterable[bytes]) -> Iterator[Item]:
    """Items of a native node's answers: wherever a section stands under its own name."""
    for body in bodies:
        yield from _sections(msgspec.json.decode(body))


def _sections(value: Any) -> Iterator[Item]:
    if isinstance(value, list):
        for one in value:
            yield from _sections(one)
    elif isinstance(value, dict) and "resourceType" not in value:
        for name, held in value.items():
            items = held.get("items") if isinstance(held, dict) else held
            if name in _SECTIONS and isinstance(items, list):
                yield from _items(items, _SECTIONS[name])
            else:
                yield from _sections(held)


def _items(found: list[Any], kind: type[Item]) -> Iterator[Item]:
    for one in found:
        try:
            yield msgspec.convert(one, kind)
        except msgspec.ValidationError:
            click.echo("watling: an item that cannot be read is left out", err=True)


def _print_table(made: Preview) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_A_FILE)
    console.print(f"{made.items} items, {made.classed} of them of some class.")
    if made.found:
        table = Table(box=SIMPLE)
        for column, right in (
            ("class", False),
            ("items", True),
            ("shown without origin", True),
            ("table", False),
            ("caught by", False),
            ("items", True),
        ):
            table.add_column(column, justify="right" if right else "left")
        for row in _rows(made):
            table.add_row(*row)
        console.print(table)
    versions = {"labels.toml": LABELS_TABLE.version} | {
        name: one.version for name, one in VALUE_SETS.items()
    }
    console.print("Tables: " + ", ".join(f"{name} {said}" for name, said in versions.items()))


def _rows(made: Preview) -> Iterator[tuple[str, ...]]:
    for name, found in sorted(made.found.items()):
        head = (name, str(found.items), str(found.shown))
        for sign, count in found.by.most_common(_MOST_ENTRIES):
            yield (*head, sign.table, sign.entry, str(count))
            head = ("", "", "")
        if (more := len(found.by) - _MOST_ENTRIES) > 0:
            yield ("", "", "", "", f"and {more} more entries", "")


def _print_json(made: Preview) -> None:
    shown = {
        "items": made.items,
        "classed": made.classed,
        "classes": {
            name: {
                "items": found.items,
                "shownWithoutOrigin": found.shown,
                "caughtBy": [
                    {"table": sign.table, "entry": sign.entry, "items": count}
                    for sign, count in found.by.most_common()
                ],
            }
            for name, found in sorted(made.found.items())
        },
    }
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode())
