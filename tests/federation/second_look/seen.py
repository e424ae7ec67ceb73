"""A record in which something of allergies was seen."""

from __future__ import annotations

from federation.flow import Coverage, CoverageState, Entry, Identity, Record, Section
from federation.model import Category, IdentityBasis
from federation.records.base import Basis
from tests.builders import NOW, NUMBER


def a_record(*items, rows=()) -> Record:
    """Each of these on a line of its own, and these rows above them."""
    coverage = Coverage(
        state=CoverageState.UNKNOWN, headline="", asked=1, answered=0, rows=tuple(rows)
    )
    entries = tuple(
        Entry(
            category=Category.ALLERGIES,
            fact=(item.source_id,),
            title="",
            basis=next(iter(Basis)),
            lead=item,
            items=(item,),
        )
        for item in items
    )
    section = Section(category=Category.ALLERGIES, coverage=coverage, entries=entries)
    return Record(
        nhs_number=NUMBER,
        coverage=coverage,
        notice="",
        identity=Identity(basis=IdentityBasis.UNCONFIRMED, message=""),
        demographics=None,
        sections={Category.ALLERGIES: section},
        as_of=NOW,
    )
