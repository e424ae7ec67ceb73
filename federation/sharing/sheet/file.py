"""Bundle files: bytes into a `Sheet`, with every fault named by file and row.

A bundle is one TOML file, or a folder with `bundle.toml` and beside it any of `rules.csv`,
`agreements.csv` and `rules.cedar`. A folder is published as one body (`pack`). Nothing is read from
a disk here: whoever has the bytes gives them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from federation.errors import PolicyInvalidError
from federation.model import Agreement, NodeId
from federation.sharing.bundle import Bundle
from federation.sharing.layers import Layer
from federation.sharing.sheet.agreements import agreement_of
from federation.sharing.sheet.cedar import cedar_of
from federation.sharing.sheet.faults import agreement_faults, duplicates, rule_faults
from federation.sharing.sheet.rows import AgreementRow, Head, RuleRow
from federation.sharing.sheet.spreadsheet import SpreadsheetError, read_table

LARGEST_BODY = 4 * 1024 * 1024
HEAD_FILE = "bundle.toml"
PARTS = {"rules.csv": "rule", "agreements.csv": "agreement"}
CEDAR_FILE = "rules.cedar"


class Sheet(Struct, frozen=True, kw_only=True):
    """One owner's bundle as it was written: head, rows, the expert's text, and its digest."""

    file: str
    head: Head
    rules: tuple[RuleRow, ...]
    agreements: tuple[AgreementRow, ...]
    cedar: str
    digest: str

    @property
    def layer(self) -> Layer:
        """For whom it speaks: a node, or an organisation that asks."""
        return Layer.NODE if self.head.owner.startswith("node:") else Layer.ORGANISATION

    @property
    def owner(self) -> str:
        """The node's id or the organisation's code."""
        return self.head.owner.partition(":")[2]

    @property
    def prefix(self) -> str:
        """What the ids of its rules begin with, so that no two owners' can be the same."""
        return f"{self.head.owner}/"

    def reaches(self, node: NodeId, organisation: str) -> bool:
        """Whether it has a say in what this organisation's people see of this node.

        A node's speaks of its own things, an organisation's for its own staff (L2, L3).
        """
        return self.owner == (node if self.layer is Layer.NODE else organisation)

    def bundle(self) -> Bundle:
        """Its rules as Cedar, the expert's own behind those of the rows."""
        rows = [cedar_of(row, self.layer, self.owner, self.prefix) for row in self.rules]
        text = "\n".join((*rows, self.cedar)) if self.cedar else "\n".join(rows)
        return Bundle(layer=self.layer, owner=self.owner, file=self.file, text=text)

    def given(self) -> tuple[Agreement, ...]:
        """Its agreements; an organisation has none."""
        source = NodeId(self.owner)
        return tuple(agreement_of(row, source) for row in self.agreements)


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file before its rows are read, so that a fault can name its row."""

    bundle: dict[str, Any]
    rule: list[dict[str, Any]] = []
    agreement: list[dict[str, Any]] = []
    cedar: str = ""


def pack(files: Mapping[str, bytes]) -> bytes:
    """A folder's files as one body, the same bytes whatever the order of the files."""
    try:
        texts = {name: content.decode("utf-8") for name, content in sorted(files.items())}
    except UnicodeDecodeError:
        raise PolicyInvalidError("a file of the bundle is not UTF-8 text") from None
    return json.dumps({"files": texts}, ensure_ascii=False, indent=1, sort_keys=True).encode()


def read_sheet(body: bytes, file: str) -> Sheet:
    """The sheet of a body; raises `PolicyInvalidError`, one line for each fault."""
    if len(body) > LARGEST_BODY:
        raise PolicyInvalidError(f"{file}: is larger than {LARGEST_BODY} bytes")
    raw = _raw(body, file)
    faults: list[str] = []
    head = _head(raw.bundle, file, faults)
    rules = tuple(_rows(raw.rule, RuleRow, f"{file}: rule", rule_faults, faults))
    agreements = tuple(
        _rows(raw.agreement, AgreementRow, f"{file}: agreement", agreement_faults, faults)
    )
    if raw.agreement and head and not head.owner.startswith("node:"):
        faults.append(f"{file}: only a node has agreements, an organisation has none")
    if faults or head is None:
        raise PolicyInvalidError("\n".join(faults))
    return Sheet(
        file=file,
        head=head,
        rules=rules,
        agreements=agreements,
        cedar=raw.cedar,
        digest=sha256(body).hexdigest(),
    )


def _raw(body: bytes, file: str) -> _File:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyInvalidError(f"{file}: is not UTF-8 text") from None
    if not text.startswith("{"):
        return _decoded(_toml(text, file), file)
    try:
        texts = msgspec.json.decode(text, type=dict[str, dict[str, str]])["files"]
    except (msgspec.MsgspecError, KeyError, RecursionError):
        raise PolicyInvalidError(f"{file}: is neither TOML nor a packed folder") from None
    return _folder(texts, file)


def _folder(texts: Mapping[str, str], file: str) -> _File:
    if HEAD_FILE not in texts:
        raise PolicyInvalidError(f"{file}: has no `{HEAD_FILE}`")
    for name in texts:
        if name not in {HEAD_FILE, CEDAR_FILE, *PARTS}:
            known = ", ".join((HEAD_FILE, CEDAR_FILE, *PARTS))
            raise PolicyInvalidError(f"{file}: `{name}` is none of {known}")
    table = dict(_toml(texts[HEAD_FILE], f"{file}/{HEAD_FILE}"))
    for name, rows in PARTS.items():
        if name in texts:
            if rows in table:
                raise PolicyInvalidError(f"{file}: has {rows} rows in both {HEAD_FILE} and {name}")
            table[rows] = _table(texts[name], rows, f"{file}/{name}")
    if CEDAR_FILE in texts:
        table["cedar"] = f"{table.get('cedar', '')}\n{texts[CEDAR_FILE]}"
    return _decoded(table, file)


def _table(text: str, rows: str, place: str) -> list[dict[str, Any]]:
    try:
        return read_table(text, RuleRow if rows == "rule" else AgreementRow)
    except SpreadsheetError as fault:
        raise PolicyInvalidError(f"{place}: {fault}") from None


def _toml(text: str, place: str) -> Mapping[str, Any]:
    try:
        return msgspec.toml.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError, ValueError) as fault:
        raise PolicyInvalidError(f"{place}: is not TOML: {_lowered(fault)}") from None


def _decoded(table: Mapping[str, Any], file: str) -> _File:
    try:
        return msgspec.convert(table, _File)
    except msgspec.ValidationError as fault:
        raise PolicyInvalidError(f"{file}: {_lowered(fault)}") from None


def _head(raw: Mapping[str, Any], file: str, faults: list[str]) -> Head | None:
    try:
        return msgspec.convert(raw, Head)
    except msgspec.ValidationError as fault:
        faults.append(f"{file}: [bundle]: {_lowered(fault)}")
        return None


R = TypeVar("R", RuleRow, AgreementRow)


def _rows(
    raw: Iterable[Mapping[str, Any]],
    kind: type[R],
    what: str,
    wrong: Any,
    faults: list[str],
) -> Iterator[R]:
    """Each row that can be read; what is wrong goes to `faults`, with the place of the row."""
    twice = duplicates(str(row.get("id")) for row in raw if "id" in row)
    for number, given in enumerate(raw, start=1):
        place = f"{what} {number} (`{given.get('id', 'without an id')}`)"
        try:
            row = msgspec.convert(_undated(given), kind)
        except msgspec.ValidationError as fault:
            faults.append(f"{place}: {_lowered(fault)}")
            continue
        faults.extend(f"{place}: {one}" for one in wrong(row))
        if row.id in twice:
            faults.append(f"{place}: another row has the same id")
        yield row


def _undated(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Days may be written as texts too, as a spreadsheet has them; a time of day is no day."""
    return {
        name: value.isoformat()
        if isinstance(value, date) and not isinstance(value, datetime)
        else value
        for name, value in row.items()
    }


def _lowered(fault: Exception) -> str:
    text = str(fault)
    return text[:1].lower() + text[1:]
