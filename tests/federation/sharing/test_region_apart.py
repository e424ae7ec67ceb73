"""Law: whatever one region publishes, nothing changes of what another region's rules decide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model import Category, NodeId
from federation.sharing.rulebook import RuleBook, RulesNow
from tests.builders import HERTS as HERTS_NODE
from tests.builders import LONDON as LONDON_NODE
from tests.federation.sharing.given import a_case
from tests.federation.sharing.sheet.given import a_body
from tests.federation.sharing.test_rulebook import CLOSED, HERTS, LONDON, NOW, a_row, enrolled

OWN = a_body(CLOSED, owner=LONDON, agreements=({},))
ELSEWHERE = (HERTS_NODE.id, NodeId("milton-keynes"))
MORE = (
    # What an expert may write under a sheet, badly.
    "permit (principal, action, resource);",
    '@id("x") @reason("-") forbid (principal, action, resource);',
    (
        '@id("node:herts-west-essex/x") @reason("-") forbid (principal, action == Action::"see",'
        ' resource is Holding) when { resource.node == "herts-west-essex" };'
    ),
    (
        '@id("node:london-care-record/x") @reason("-") forbid (principal, action == Action::"see",'
        " resource is Holding) when { resource.nothing };"
    ),
    (
        '@id("node:london-care-record/x") @reason("-") forbid (principal, action == Action::"see",'
        " resource is Holding) when { 9223372036854775807 + 1 == 0 };"
    ),
    (
        '@id("node:london-care-record/x") @reason("-") forbid (principal, action == Action::"ask",'
        " resource);"
    ),
    (
        '@id("node:london-care-record/x") @reason("-") forbid (principal, action == Action::"see",'
        ' resource is Holding) when { resource.category == "RESULTS" };'
    ),
    "forbid (",
)


def _with_cedar(text: str) -> bytes:
    return a_body(CLOSED, owner=LONDON, agreements=({},), more=f"cedar = {json.dumps(text)}\n")


broken_bodies = st.one_of(
    st.integers(0, len(OWN)).map(lambda end: OWN[:end]),
    st.tuples(st.integers(0, len(OWN) - 1), st.integers(0, 255)).map(
        lambda change: OWN[: change[0]] + bytes((change[1],)) + OWN[change[0] + 1 :]
    ),
    st.sampled_from(MORE).map(_with_cedar),
    st.binary(max_size=40),
)
broken = st.builds(
    lambda body, changed: {"body": body} | changed,
    broken_bodies,
    st.sampled_from(
        ({}, {"by": ("ines",)}, {"signatures": ("a.b.c",)}, {"digest": "0" * 64}, {"version": "9"})
    ),
)


def _said(now: RulesNow, node: NodeId) -> list[Any]:
    given = tuple(one for one in now.agreements if one.source == node)
    return [
        now.rules.decide(a_case(node=node, category=category, agreements=given, **facts))
        for category in (Category.ALLERGIES, Category.RESULTS, Category.DOCUMENTS)
        for facts in ({}, {"granted": True}, {"objected": True}, {"classes": frozenset(("HIV",))})
    ]


@settings(max_examples=25, deadline=None)
@given(broken)
def test_one_regions_bundle_changes_nothing_of_anothers(changed):
    """Broken, unsigned, reaching beyond its node or failing: the others decide as they did."""
    _check(changed)


@pytest.mark.parametrize("text", MORE)
def test_one_regions_own_cedar_changes_nothing_of_anothers(text):
    """The same of what an expert may write, well signed, the good text among it."""
    _check({"body": _with_cedar(text)})


def _check(changed: dict[str, Any]) -> None:
    book = RuleBook(enrolled, 0.0)
    assert book.hear([a_row(1), a_row(2, owner=HERTS)], NOW, 0.0) == ()
    before = book.now(0.0)
    refused = book.hear([a_row(3, **changed)], NOW, 0.0)
    after = book.now(0.0)
    for node in ELSEWHERE:
        assert _said(after, node) == _said(before, node)
    if refused:
        assert _said(after, LONDON_NODE.id) == _said(before, LONDON_NODE.id)
        assert after.version == before.version
