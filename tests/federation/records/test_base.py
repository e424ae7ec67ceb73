"""A category that says no more of itself than it must."""

from __future__ import annotations

from federation.model import Category
from federation.records.base import CategoryDefinition, Shape
from federation.records.procedures import Procedure
from tests.items import an_item

PLAIN = CategoryDefinition(
    category=Category.PROCEDURES,
    field_name="procedures",
    section_name="ProcedureConnection",
    item=Procedure,
    shape=Shape.TIMELINE,
    description="Procedures.",
    title=lambda item: item.code.display,
)


def test_what_a_category_need_not_say() -> None:
    """Unless a category says otherwise nothing but an identifier links it, and nothing is over."""
    one, other = (an_item(Category.PROCEDURES, source_id=name) for name in ("p1", "p2"))
    assert PLAIN.same_fact(one) is None
    assert (*PLAIN.also_same(one), *PLAIN.related(one), *PLAIN.codes(one)) == ()
    assert (*PLAIN.conflicts((one, other)), *PLAIN.related_conflicts((one, other))) == ()
    assert PLAIN.may_link(one, other)
    assert PLAIN.lead((one, other)) is one
    assert not PLAIN.ended(one)
    assert PLAIN.subtitle(one) is None


def test_a_line_is_dated_by_what_happened() -> None:
    """Without a word of its own a category goes by when it was so, else by when it was recorded."""
    item = an_item(Category.PROCEDURES, effective_at="2024-05", recorded_at="2024-06")
    assert PLAIN.clinical_date(item) == "2024-05"
    assert PLAIN.clinical_date(an_item(Category.PROCEDURES, recorded_at="2024-06")) == "2024-06"
