"""The log as a table (RFC 4180), for people with a spreadsheet.

What a cell holds is text and stays text: a cell that a spreadsheet would take for a formula gets an
apostrophe in front, which such programs hide. Whoever reads the file by program takes it off again,
or uses another form.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from federation.audit.chain import Opened
from federation.audit.export.names import Names

HEADER = (
    "writer", "sequence", "written_at", "asked_at", "kind", "view_id", "request_id",
    "who_system", "who", "who_name", "acting_as", "role", "organisation", "region",
    "purpose", "whom_system", "whom", "nodes", "categories", "evidence", "vouched_by",
    "coverage", "outcome", "error", "incident", "grant", "rules_version", "reason", "withheld",
)  # fmt: skip
"""The columns, in order; a list in a cell is parted by `; `."""
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the wide letters begin a formula too
"""What makes a formula of a cell that begins with it (OWASP, CSV injection)."""


class Table:
    """CSV with a header; every cell is quoted."""

    def __init__(self, names: Names) -> None:
        self._names = names

    @property
    def head(self) -> bytes:
        return _row(HEADER)

    def line(self, event: Opened) -> bytes:
        cells = self._when(event) | self._who(event) | self._what(event)
        return _row(cells.get(column, "") for column in HEADER)

    def _when(self, event: Opened) -> dict[str, str]:
        plain = event.plain
        return {
            "writer": event.writer,
            "sequence": str(event.sequence),
            "written_at": event.written_at.isoformat(),
            "asked_at": plain.at.isoformat(),
            "kind": plain.kind,
            "view_id": plain.view_id,
            "request_id": plain.request_id,
        }

    def _who(self, event: Opened) -> dict[str, str]:
        who, whom, asker = self._names.who(event), self._names.whom(event), event.plain.asker
        return {
            "who_system": who.system,
            "who": who.value,
            "who_name": who.words or "",
            "acting_as": asker.kind if asker else "",
            "role": (asker and asker.role) or "",
            "organisation": (asker and asker.organisation) or "",
            "region": (asker and asker.region) or "",
            "whom_system": whom.system if whom else "",
            "whom": whom.value if whom else "",
        }

    def _what(self, event: Opened) -> dict[str, str]:
        plain, sealed = event.plain, event.sealed
        outcome = plain.outcome
        failed = outcome and outcome.state
        said = {
            "purpose": plain.purpose or "",
            "nodes": _list(plain.nodes),
            "categories": _list(plain.categories),
            "evidence": _list(f"{one.kind} ({one.source})" for one in plain.evidence),
            "vouched_by": plain.vouched_by or "",
            "coverage": plain.coverage.state if plain.coverage else "",
            "outcome": failed or (f"{outcome.records} records" if outcome else ""),
            "error": plain.error or "",
            "incident": plain.incident or "",
            "grant": plain.grant.id if plain.grant else plain.grant_id or "",
            "rules_version": plain.rules_version or "",
        }
        if self._names.identities:
            said["reason"] = sealed.reason or ""
            said["withheld"] = _list(
                f"{one.node} {one.category}: {one.items}" for one in sealed.withheld
            )
        return said


def _list(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _row(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(map(_text, cells))
    return text.getvalue().encode("utf-8", "replace")


def _text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, also behind blanks that it would cut off."""
    begins = cell[:1] in FORMULA or cell.lstrip()[:1] in FORMULA
    return f"'{cell}" if cell and begins else cell
