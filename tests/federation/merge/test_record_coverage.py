"""Coverage of the whole record where a node is asked for some categories and not for others."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from federation.flow import Coverage, CoverageState
from federation.merge.coverage import cover_record
from federation.model import Category, Node
from federation.status import SourceCode, SourceState, SourceStatus
from tests.builders import HERTS, LONDON, MILTON_KEYNES, a_released, a_row

ALLERGIES, PLANS = Category.ALLERGIES, Category.CARE_PLANS
IN_PART = f"for a part of the record: {HERTS.name}, {MILTON_KEYNES.name}"
NOT_ASKED: dict[str, Any] = {"state": SourceState.NOT_ASKED, "code": SourceCode.NO_AGREEMENT}


def covered_by(node: Node, *rows: SourceStatus) -> Coverage:
    released = a_released(
        node, rows=rows, categories=[row.category for row in rows if row.category]
    )
    return cover_record([released])


def test_a_node_that_may_tell_a_part_was_asked_and_answered() -> None:
    """A node that gave what it may share was asked and answered; its row speaks of a part."""
    covered = covered_by(HERTS, a_row(HERTS, ALLERGIES), a_row(HERTS, PLANS, **NOT_ASKED))
    assert (covered.asked, covered.answered) == (1, 1)
    assert covered.state is CoverageState.SOME_SOURCES_MISSING
    (row,) = covered.rows
    assert row.state is SourceState.NOT_ASKED
    assert row.message.startswith("For a part of the record: ")
    assert row.message in covered.headline


def test_a_node_that_failed_for_a_part_did_not_answer() -> None:
    """A node whose answer is missing for one of the categories asked for has not answered."""
    failed = a_row(LONDON, PLANS, state=SourceState.UNAVAILABLE, code=SourceCode.NODE_ERROR)
    covered = covered_by(LONDON, a_row(LONDON, ALLERGIES), failed)
    assert (covered.asked, covered.answered) == (1, 0)


def test_a_node_that_was_not_asked_at_all() -> None:
    """A node that was asked for nothing counts as neither, and its row does not speak of a part."""
    rows = [a_row(HERTS, each, **NOT_ASKED) for each in (ALLERGIES, PLANS)]
    covered = covered_by(HERTS, *rows)
    assert (covered.asked, covered.answered) == (0, 0)
    (row,) = covered.rows
    assert row.message == rows[0].message


def test_what_concerns_a_part_is_told_apart_from_the_whole() -> None:
    """One reason: the sources that it closes, and after them those that it closes in part."""
    part = [a_row(HERTS, ALLERGIES), a_row(HERTS, PLANS, **NOT_ASKED)]
    released = [
        a_released(node, rows=rows, categories=[ALLERGIES, PLANS])
        for node, rows in (
            (HERTS, part),
            (LONDON, [a_row(LONDON, each, **NOT_ASKED) for each in (ALLERGIES, PLANS)]),
            (MILTON_KEYNES, [replace(row, source=MILTON_KEYNES) for row in part]),
        )
    ]
    reason = "Not asked, for want of an agreement to share this with you"
    some = "Some of the record may be missing."
    for shown, expected in (
        (released, f"{some} {reason}: {LONDON.name}; {IN_PART}."),
        (released[::2], f"{some} {reason}, {IN_PART}."),
    ):
        assert cover_record(shown).headline == expected
