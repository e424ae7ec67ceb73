"""What stood on the screen, so that it can be told years later: rows, lines, items and versions.

Pure. Contents are not kept, for they are the sources'; an id with a version, or a digest, says what
they were.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from federation.audit.made_on import FootingKept
from federation.audit.seen import (
    ConflictShown,
    Decided,
    ItemShown,
    LookedAt,
    RowShown,
    SectionShown,
    ShadowPart,
    WithheldCount,
)
from federation.flow import DemographicsSection, Entry, Record, Released, Section, WarningCode
from federation.model import Category, NodeId
from federation.records.base import STAMPED_FIELDS, Item

_NOT_OF_THE_SOURCE = STAMPED_FIELDS - {"redactions"}
_encode = msgspec.json.Encoder(order="deterministic").encode


def rows(record: Record) -> Iterator[RowShown]:
    """Every source row, as it stands in every section."""
    for category, section in _sections(record):
        for row in section.coverage.rows:
            yield RowShown(row.source.id, category, row.state, row.code)


def shown(record: Record, released: Iterable[Released]) -> Iterator[SectionShown]:
    """Every section with its lines in order, and the items on each."""
    for category, section in _sections(record):
        yield SectionShown(
            category=category,
            assertion=section.assertion,
            warnings=tuple(dict.fromkeys(_warnings(section))),
            lines=tuple(_lines(section, released)),
        )


def conflicts(record: Record) -> Iterator[ConflictShown]:
    """How often each disagreement stands on the screen."""
    counts = Counter(
        (category, conflict.field, conflict.severity)
        for category, section in _sections(record)
        if isinstance(section, Section)
        for entry in _entries(section)
        for conflict in entry.conflicts
    )
    for (category, field, severity), lines in counts.items():
        yield ConflictShown(category, field, severity, lines)


def decisions(released: Iterable[Released]) -> Iterator[Decided]:
    """What the rules decided, and which of them."""
    for part in released:
        yield from map(Decided.of, part.decisions)


def screened(released: Iterable[Released]) -> Iterator[Decided]:
    """What they decided before anything was asked for, and not again since."""
    for part in released:
        yield from map(Decided.of, part.screened)


def looked_at(released: Iterable[Released]) -> Iterator[LookedAt]:
    """Of which nodes some rule asked for details of an item, and for which."""
    for part in released:
        if part.looked_at:
            yield LookedAt(part.node.id, tuple(sorted(part.looked_at)))


def footings(released: Iterable[Released]) -> tuple[FootingKept | None, FootingKept | None]:
    """What the decisions of a view were made on, and those of its screen where that was other."""
    for part in released:
        if part.footing is not None:
            before = part.screened_on if part.screened_on != part.footing else None
            return FootingKept.of(part.footing), FootingKept.of(before) if before else None
    return None, None


def would_be(part: Released) -> Iterator[ShadowPart]:
    """What a node that nothing is shown of would have added, category by category."""
    for category, row in sorted(part.rows.items()):
        shared = len(part.items.get(category, ()))
        if category is Category.DEMOGRAPHICS:
            shared = len(part.persons)
        yield ShadowPart(category, row.state, row.code, shared, part.withheld.get(category, 0))


def withheld(released: Iterable[Released]) -> Iterator[WithheldCount]:
    """How much the rules took away."""
    for part in released:
        for category in sorted(part.withheld):
            yield WithheldCount(part.node.id, category, part.withheld[category])


def _sections(record: Record) -> Iterator[tuple[Category, Section | DemographicsSection]]:
    if record.demographics is not None:
        yield Category.DEMOGRAPHICS, record.demographics
    for category in sorted(record.sections):
        yield category, record.sections[category]


def _warnings(section: Section | DemographicsSection) -> Iterator[WarningCode]:
    pages = section.pages.values() if isinstance(section, Section) else ()
    for part in (section, *pages):
        yield from (warning.code for warning in part.warnings)


def _lines(
    section: Section | DemographicsSection, released: Iterable[Released]
) -> Iterable[tuple[ItemShown, ...]]:
    if isinstance(section, Section):
        return (tuple(map(_item, entry.items)) for entry in _entries(section))
    if section.person is None:
        return ()
    # One line: the person as shown, and what each source said that went into it.
    merged = ItemShown(NodeId(""), "person", _digest(section.person))
    echoes = (
        ItemShown(part.node.id, "person", _digest(person))
        for part in released
        for person in part.persons
    )
    return ((merged, *echoes),)


def _entries(section: Section) -> Iterable[Entry]:
    if not section.pages:
        return section.entries
    # What stands on two of the pages that were asked for counts once. Told apart by their facts,
    # which differ: a source may use one id for two things, and both are on the screen.
    return {entry.fact: entry for page in section.pages.values() for entry in page.entries}.values()


def _item(item: Item) -> ItemShown:
    return ItemShown(
        item.source.id,
        item.source_id,
        item.version or _digest(item),
        tuple(redaction.field for redaction in item.redactions) if item.redactions else (),
    )


def _digest(shown: msgspec.Struct) -> str:
    said = {
        name: getattr(shown, name)
        for name in shown.__struct_fields__
        if name not in _NOT_OF_THE_SOURCE
    }
    return f"sha256:{hashlib.sha256(_encode(said)).hexdigest()}"
