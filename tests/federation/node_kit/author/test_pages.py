"""Paging by keyset: everything, each once, or a word that it is not everything."""

from __future__ import annotations

import pytest

from federation.model import Category
from federation.node_kit import RegionNode
from federation.node_kit.testing import Asking
from tests.federation.node_kit.author.nodes import a_paged_node, live
from tests.federation.node_kit.sources import NUMBER

ALL = [
    ((f"2026-{1 + n // 28:02}-{1 + n % 28:02}", n), {
        "sourceId": str(n), "type": {"display": "Letter"}, "name": f"Letter {n}",
    })
    for n in reversed(range(100))
]  # fmt: skip


def after_key(after, limit):
    """As a store does it: newest first, strictly after the key."""
    later = [row for row in ALL if after is None or row[0] < after]
    return later[:limit]


SIZES = [
    # size of a page, most items, what comes, whether it is everything
    (10, 1000, 100, True),
    (7, 1000, 100, True),
    (100, 100, 100, True),
    (10, 100, 100, True),
    (1000, 1000, 100, True),
    (10, 99, 99, False),
    (10, 40, 40, False),
    (7, 40, 40, False),
    (1, 3, 3, False),
]


@pytest.mark.parametrize(("size", "most", "count", "whole"), SIZES)
def test_pages_are_read_to_the_end_or_to_the_bound(size, most, count, whole):
    """Every item once, newest first; what is cut says TRUNCATED and lacks the oldest."""
    part = Asking(a_paged_node(after_key, size=size, most=most))(NUMBER).part(Category.DOCUMENTS)
    assert [item.source_id for item in part.items] == [row[1]["sourceId"] for row in ALL[:count]]
    assert (part.state, part.code) == (("FRESH", None) if whole else ("PARTIAL", "TRUNCATED"))


def test_an_empty_first_page_is_an_empty_list():
    """Nothing recorded, and said so."""
    part = Asking(a_paged_node(lambda _after, _limit: []))(NUMBER).part(Category.DOCUMENTS)
    assert (part.state, part.assertion) == ("FRESH_EMPTY", "NO_CONTENT_RECORDED")


def test_what_is_filed_while_pages_are_read_moves_none_of_them():
    """A new row at the top neither repeats nor hides another."""
    rows = list(ALL)

    def filing(after, limit):
        if after is not None and len(rows) == len(ALL):
            rows.insert(0, (("2027-01-01", 999), ALL[0][1] | {"sourceId": "new"}))
        return [row for row in rows if after is None or row[0] < after][:limit]

    part = Asking(a_paged_node(filing, size=10))(NUMBER).part(Category.DOCUMENTS)
    assert [item.source_id for item in part.items] == [row[1]["sourceId"] for row in ALL]


NOT_PAGES = [
    # what a function does wrong, what the mistake says, how many items are shown
    (lambda _after, limit: ALL[:limit], "a key comes twice", 10),
    (lambda _after, limit: ALL[: limit + 1], "more rows than were asked for", 0),
    (lambda _after, limit: [ALL[0]] * limit, "a key comes twice", 0),
]


@pytest.mark.parametrize(("rows", "said", "shown"), NOT_PAGES)
def test_pages_that_do_not_go_on_are_told(rows, said, shown):
    """A function that passes over `after` would be asked for ever: it is stopped, and said."""
    told, mistakes = live(a_paged_node(rows, size=10))
    part = told.part(Category.DOCUMENTS)
    assert said in mistakes[0]
    assert len(part.items) == shown
    assert part.state == ("PARTIAL" if shown else "UNAVAILABLE")


def test_what_was_read_in_time_is_given():
    """A page that is late: the newest are there, and the part says why not all."""
    node = RegionNode(patience_seconds=0.1)
    slow = a_paged_node(after_key, size=10)
    node.person(slow._find_person)

    @node.pages(Category.DOCUMENTS, size=10)
    async def documents(_held, after, limit):
        if after is not None:
            raise TimeoutError
        return after_key(after, limit)

    part = Asking(node)(NUMBER).part(Category.DOCUMENTS)
    assert len(part.items) == 10
    assert (part.state, part.code) == ("PARTIAL", "DEADLINE_EXCEEDED")
