"""`watling sharing test`: let rules answer the cases that an information-governance lead wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct
from rich.text import Text

from federation.errors import SettingsError
from federation.sharing.sheet.spreadsheet import SpreadsheetError, read_table
from federation.sharing.trial import TrialRow, Tried, rules_of_sheets, try_out
from gateway.cli.sharing.terminal import plain_errors, show, table, today
from gateway.sharing import read_bundle


class _Cases(Struct, frozen=True, forbid_unknown_fields=True):
    case: list[dict[str, Any]]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def test(files: tuple[Path, ...]) -> None:
    """Try the cases of the last of FILES against the bundles before it."""
    *bundles, cases = files
    if not bundles:
        raise click.UsageError("give the bundles first, and the cases last")
    with plain_errors():
        sheets = [read_bundle(path).sheet for path in bundles]
        rules = rules_of_sheets(sheets)
        agreements = [one for sheet in sheets for one in sheet.given()]
        tried = try_out(read_cases(cases), rules, agreements, today())
    _print(tried)
    wrong = sum(not one.as_expected for one in tried)
    click.echo(f"{len(tried)} cases, {wrong} not as expected")
    sys.exit(1 if wrong else 0)


def read_cases(path: Path) -> list[TrialRow]:
    """The rows of a TOML or CSV file; raises `SettingsError` naming the row."""
    try:
        text = path.read_text("utf-8")
        raw = (
            read_table(text, TrialRow)
            if path.suffix == ".csv"
            else msgspec.toml.decode(text, type=_Cases).case
        )
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except (msgspec.MsgspecError, SpreadsheetError, UnicodeDecodeError) as error:
        raise SettingsError(f"`{path}`: {error}") from None
    return [_case(row, f"{path.name}: case {number}") for number, row in enumerate(raw, start=1)]


def _case(row: dict[str, Any], place: str) -> TrialRow:
    try:
        return msgspec.convert(row, TrialRow)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{place} (`{row.get('name', 'without a name')}`): {error}") from None


def _print(tried: tuple[Tried, ...]) -> None:
    made = table("", "case", "expected", "came out", "by")
    for one in tried:
        mark = Text("ok", "green") if one.as_expected else Text("NO", "bold red")
        made.add_row(
            mark, Text(one.row.name), one.row.expected, one.actual, Text(", ".join(one.rules))
        )
    show(made)
