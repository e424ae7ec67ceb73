"""The content of a record apart from its times, as bytes: what its revision is made from.

Only made when a client selects it. The order of everything in a record is fixed by the merge, so
equal content has equal bytes.
"""

from __future__ import annotations

import re

from msgspec.json import encode

from federation.flow import Record, Section

_TIMES = re.compile(
    rb'"(?:retrieved_?[aA]t|as_of|data_current_to|last_success_at|retry_after_seconds|confirmedAt)":'
    rb'(?:"[^"]*"|null|\d+)'
)
"""Keys of the gateway's own times.

A text cannot be mistaken for one: inside a text, JSON escapes the quotes.
"""


def content_of(record: Record) -> bytes:
    """Everything that the record says, without when it was asked for."""
    said = (
        record.nhs_number,
        record.coverage,
        record.notice,
        record.obligations,
        record.identity,
        record.demographics,
        [_section(record.sections[category]) for category in sorted(record.sections)],
    )
    return _TIMES.sub(b"", encode(said))


def _section(section: Section) -> tuple[object, ...]:
    pages = [
        (page.entries, page.has_next, page.has_previous, page.warnings)
        for page in section.pages.values()
    ]
    return (
        section.category,
        section.coverage,
        section.entries,
        pages,
        section.assertion,
        section.warnings,
    )
