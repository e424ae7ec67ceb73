"""The sheet as Cedar: every row the plain rules that it comes to, then the expert's own text.

Readable on purpose: what decides is this text, and it can be read without the sheet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from federation.flow import Disclosure
from federation.sharing.layers import Layer
from federation.sharing.sheet.clauses import Clause, dated
from federation.sharing.sheet.rows import RuleRow
from federation.sharing.sheet.templates import TEMPLATES
from federation.status import SourceCode


def scope(layer: Layer, owner: str) -> str:
    """Where a rule of this owner holds: at its own node, or for its own organisation's staff."""
    attribute = "resource.node" if layer is Layer.NODE else "principal.organisation"
    return f"{attribute} == {json.dumps(owner)}"


def cedar_of(row: RuleRow, layer: Layer, owner: str, prefix: str) -> str:
    """The rules that one row comes to. Their ids begin with `prefix`."""
    meaning = dated(row, TEMPLATES[row.template].means(row))
    return "\n".join(
        "\n".join(_lines(clause, row, scope(layer, owner), prefix)) for clause in meaning.clauses
    )


def _lines(clause: Clause, row: RuleRow, scoped: str, prefix: str) -> Iterator[str]:
    part = f".{clause.part}" if clause.part else ""
    yield f"@id({_text(f'{prefix}{row.id}{part}')})"
    yield f"@reason({_text(row.reason)})"
    if clause.action == "see":
        if clause.code is not None and clause.code is not SourceCode.NOT_PERMITTED:
            yield f"@code({_text(clause.code)})"
        if clause.disclosure is not Disclosure.WITHHOLD_NOTICE:
            yield f"@disclosure({_text(clause.disclosure)})"
    if clause.liftable:
        yield '@liftable("true")'
    if clause.redact:
        yield f"@redact({_text(','.join(clause.redact))})"
    if clause.obligations:
        yield f"@obligation({_text(','.join(clause.obligations))})"
    yield "forbid ("
    yield "  principal is Requester,"
    yield f'  action == Action::"{clause.action}",'
    yield "  resource is Holding"
    yield ")"
    yield "when {"
    yield " &&\n".join(f"  {_bracketed(one)}" for one in (scoped, *clause.when))
    if clause.unless:
        yield "}"
        yield "unless {"
        yield " ||\n".join(f"  {_bracketed(one)}" for one in clause.unless)
    yield "};\n"


def _bracketed(condition: str) -> str:
    return f"({condition})" if "||" in condition else condition


def _text(value: str) -> str:
    """A Cedar text; what the sheet lets through needs no other escapes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
