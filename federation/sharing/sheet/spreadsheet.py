"""Rows as CSV, as a spreadsheet keeps them: one row a rule, lists separated by `;`.

Reads to the same values as TOML does, and writes them back. What a cell means is for the struct of
the row; here is only how a value is spelt.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

_DIGITS = 9
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class SpreadsheetError(Exception):
    """The text is no table; the message says in which line and why."""


def read_table(text: str, kind: type[Struct]) -> list[dict[str, Any]]:
    """The rows of a table as TOML would give them; an empty cell is a column left out.

    Empty rows are passed over, as spreadsheets leave them at the end. Raises `SpreadsheetError`.
    """
    try:
        lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as fault:
        raise SpreadsheetError(f"is not CSV: {fault}") from None
    if not lines:
        raise SpreadsheetError("has no row of column names")
    names = [name.strip() for name in lines[0]]
    if len(set(names)) != len(names):
        raise SpreadsheetError("line 1: a column is named twice")
    spelt = {name: name for name in names} | _spellings(kind)
    return [
        _row(names, cells, spelt, number)
        for number, cells in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]


def write_table(rows: Iterable[Struct], kind: type[Struct]) -> str:
    """The rows with every column that one of them uses."""
    plain = [_plain(row) for row in rows]
    used = [
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if field.required or any(field.encode_name in row for row in plain)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([_cell(row.get(name, "")) for name in used] for row in plain)
    return out.getvalue()


def _plain(row: Struct) -> Mapping[str, Any]:
    return msgspec.to_builtins(row, builtin_types=(date,))  # type: ignore[no-any-return]  # a struct is a dict there


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _row(names: list[str], cells: list[str], kinds: Mapping[str, str], line: int) -> dict[str, Any]:
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
        raise SpreadsheetError(f"line {line}: has more cells than there are columns")
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        text = cell.strip()
        if text:
            row[name] = _value(text, kinds.get(name, ""), f"line {line}: `{name}`")
    return row


def _value(text: str, kind: str, place: str) -> Any:
    match kind:
        case "list":
            return [one.strip() for one in text.split(";") if one.strip()]
        case "truth":
            if text.lower() not in _TRUTH:
                raise SpreadsheetError(f"{place} is `true` or `false`")
            return _TRUTH[text.lower()]
        case "number":
            if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
                raise SpreadsheetError(f"{place} is a whole number")
            return int(text)
    return text


def _spellings(kind: type[Struct]) -> dict[str, str]:
    """How the values of each column are spelt: `list`, `truth`, `number`; else as plain text."""
    hints = get_type_hints(kind)
    named = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    return {named[name]: _spelling(hint) for name, hint in hints.items() if name in named}


def _spelling(hint: Any) -> str:
    text = str(hint)
    if "tuple" in text:
        return "list"
    if "bool" in text:
        return "truth"
    return "number" if "int" in text else "text"
