"""Merge: what may be shown of every node, as one record.

Reads as a table of contents: the rows of all nodes (`coverage.py`), who the person is
(`demographics.py`), and each category asked for (`sections.py`). Pure: the same released values
give the same record, whoever answered first. Rules were applied before, the audit comes after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from federation.flow import (
    DemographicsSection,
    EmergencyAccess,
    Identity,
    ItemName,
    Obligation,
    Question,
    Record,
    Reference,
    Released,
    Section,
)
from federation.merge.coverage import cover_record
from federation.merge.demographics import make_demographics
from federation.merge.pages import Sealer
from federation.merge.sections import make_section
from federation.model import Category
from federation.records import CATEGORIES


def merge(
    question: Question,
    reference: Reference,
    released: Iterable[Released],
    *,
    notice: str,
    obligations: tuple[Obligation, ...],
    emergency_grant: EmergencyAccess | None = None,
    cursor_key: bytes,
) -> Record:
    """The record as it will be audited and shown.

    Each of `released` has a row for every category of the question; a cursor that was not given out
    for this person, filter and requester raises `InvalidCursorError`.
    """
    nodes = sorted(released, key=lambda one: one.node.id)
    demographics = make_demographics(question, reference, nodes)
    sections = _sections(question, reference, nodes, cursor_key)
    return Record(
        nhs_number=reference.number,
        coverage=cover_record(nodes),
        notice=notice,
        obligations=obligations,
        emergency_grant=emergency_grant,
        identity=Identity(basis=reference.basis, message=reference.message),
        demographics=demographics,
        sections=sections,
        repeated=frozenset(_repeated(nodes)),
        as_of=_oldest(question, (*sections.values(), *((demographics,) if demographics else ()))),
    )


def _sections(
    question: Question, reference: Reference, nodes: Sequence[Released], cursor_key: bytes
) -> Mapping[Category, Section]:
    sealer = Sealer(cursor_key, reference.number, question.requester.authority)
    return {
        definition.category: make_section(
            definition, nodes, question.windows.get(definition.category, ()), sealer
        )
        for definition in CATEGORIES
        if definition.category in question.categories
    }


def _repeated(released: Iterable[Released]) -> Iterator[ItemName]:
    """The names that a node gave to several of its items."""
    for one in released:
        for category, items in one.items.items():
            if len({item.source_id for item in items}) == len(items):
                continue
            for name, count in Counter(item.source_id for item in items).items():
                if count > 1:
                    yield category, one.node.id, name


def _oldest(question: Question, sections: Iterable[Section | DemographicsSection]) -> datetime:
    times = (section.as_of for section in sections)
    return min((time for time in times if time is not None), default=question.asked_at)
