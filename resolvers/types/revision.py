"""The content of a record apart from its times, as bytes: what its revision is made from.

Only made when a client selects it. The order of everything in a record is fixed by the merge, so
equal content has equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec.json import encode

from federation.flow import Coverage, DemographicsSection, Entry, Record, Section
from federation.status import SourceStatus

_CONFIRMED = re.compile(rb'"confirmedAt":"[^"]*"')
"""When this gateway last had a decision confirmed. No text can be mistaken for it: inside a text,
JSON escapes the quotes."""


def content_of(record: Record) -> bytes:
    """Everything that the record says, without when it was asked for."""
    sections = [record.sections[category] for category in sorted(record.sections)]
    said = encode(
        (
            record.nhs_number,
            _coverage(record.coverage),
            record.notice,
            record.obligations,
            record.emergency_grant,
            record.identity,
            _demographics(record.demographics),
            [_section(section) for section in sections],
        )
    )
    for moment in _moments(sections):
        said = said.replace(b'"retrievedAt":' + encode(moment), b"")
    return _CONFIRMED.sub(b"", said) if b'"confirmedAt"' in said else said


def _moments(sections: list[Section]) -> set[datetime]:
    """When items were retrieved: one moment for each node that answered."""
    entries = (entry for section in sections for entry in _shown(section))
    return {item.retrieved_at for entry in entries for item in entry.items}


def _shown(section: Section) -> Iterator[Entry]:
    yield from section.entries
    for page in section.pages.values():
        yield from page.entries


def _section(section: Section) -> tuple[object, ...]:
    pages = [
        (page.entries, page.has_next, page.has_previous, page.warnings)
        for page in section.pages.values()
    ]
    return (
        section.category,
        _coverage(section.coverage),
        section.entries,
        pages,
        section.assertion,
        section.warnings,
    )


def _demographics(section: DemographicsSection | None) -> tuple[object, ...] | None:
    if section is None:
        return None
    return _coverage(section.coverage), section.person, section.assertion, section.warnings


def _coverage(coverage: Coverage) -> tuple[object, ...]:
    rows = [_row(row) for row in coverage.rows]
    return coverage.state, coverage.headline, coverage.asked, coverage.answered, rows


def _row(row: SourceStatus) -> tuple[object, ...]:
    return (
        row.source,
        row.category,
        row.state,
        row.assertion,
        row.origin,
        row.code,
        row.message,
        row.retryable,
        row.liftable_by_break_glass,
    )
