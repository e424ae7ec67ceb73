"""`watling fhir read FILE...`: what becomes of FHIR R4 JSON here.

For whoever prepares a node, or wonders why something of it is not shown: reads files by the same
readers as a node's answers, and prints what each resource becomes, with nothing of its content.
Exit codes: 0, also where resources are refused; 1 where a file cannot be read as JSON.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from federation.records.fhir.survey import Fate, Survey, survey

_ENDINGS = (".json", ".json.gz")
_WIDTH_OF_A_FILE = 140


@click.group()
def fhir() -> None:
    """What becomes of FHIR R4 JSON here."""


@fhir.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--total", "only_total", is_flag=True, help="Print the total only.")
def read(files: tuple[Path, ...], *, as_json: bool, only_total: bool) -> None:
    """Say what becomes of each resource in FILES: resources, Bundles, or folders of them.

    References are followed from one file into another, as if one node held them all. Files end in
    .json or .json.gz. Nothing of a resource's content is printed.
    """
    names = [str(file) for file in _found(files)]
    found = dict(zip(names, survey(map(_bytes, names)), strict=True))
    surveys = {name: one for name, one in found.items() if one is not None}
    unreadable = [name for name, one in found.items() if one is None]
    total = Survey()
    for one in surveys.values():
        total.add(one)
    if as_json:
        _print_json(surveys, total, unreadable)
    else:
        _print_tables({} if only_total else surveys, total)
        for name in unreadable:
            click.echo(f"watling: `{name}` cannot be read as JSON", err=True)
    sys.exit(1 if unreadable else 0)


def _found(files: Iterable[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            yield from sorted(one for one in file.rglob("*") if one.name.endswith(_ENDINGS))
        else:
            yield file


def _bytes(name: str) -> bytes:
    """What a file holds; nothing, which is no JSON either, where it cannot be read."""
    try:
        content = Path(name).read_bytes()
        return gzip.decompress(content) if name.endswith(".gz") else content
    except (OSError, EOFError, zlib.error):
        return b""


def _print_tables(surveys: dict[str, Survey], total: Survey) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_A_FILE)
    for name, one in (*surveys.items(), ("total", total)):
        click.echo(name)
        console.print(_table(one))
    for category, items in sorted(total.items.items()):
        click.echo(f"{category}: {items} item{'s' if items > 1 else ''}")


def _table(found: Survey) -> Table:
    table = Table(box=SIMPLE)
    for column in ("type", "resources", "becomes", "of", "why"):
        table.add_column(column, justify="right" if column == "resources" else "left")
    for fate, count in _rows(found):
        table.add_row(
            fate.kind or "-", str(count), fate.becomes, ", ".join(fate.categories), fate.why
        )
    return table


def _rows(found: Survey) -> Sequence[tuple[Fate, int]]:
    return sorted(found.fates.items())


def _print_json(surveys: dict[str, Survey], total: Survey, unreadable: list[str]) -> None:
    shown = {
        "files": {name: _as_json(one) for name, one in surveys.items()},
        "total": _as_json(total),
        "unreadable": unreadable,
    }
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode())


def _as_json(found: Survey) -> dict[str, Any]:
    fates = [msgspec.to_builtins(fate) | {"resources": count} for fate, count in _rows(found)]
    return {"resources": fates, "items": dict(sorted(found.items.items()))}
