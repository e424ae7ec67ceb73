"""The demo's feeds of proxies and marks."""

from __future__ import annotations

import json
from datetime import date

import pytest

from demo.personas import personas
from demo.population.stories import stories
from demo.ties import mark_rows, proxy_rows
from federation.authority import Mark, Proxy
from federation.feeds import read_feed
from federation.storage import PersonKeys

TODAY = date(2026, 11, 25)
NUMBERS = {story.slug: story.nhs_number for story in stories()}


@pytest.fixture
def told(tmp_path):
    """The facts that a gateway takes from a feed of one kind."""

    def read(kind: str, rows: list) -> list:
        path = tmp_path / f"{kind}.json"
        path.write_text(json.dumps(rows, default=str))
        return [fact for _, fact in read_feed(kind, "demo", path, PersonKeys(bytes(32))).rows]

    return read


def test_each_persona_who_acts_for_somebody_is_known(told):
    """Under the id and the principal of their token; overdue and revoked ones say so."""
    facts = {one.id: one for one in told("proxy", proxy_rows(NUMBERS, TODAY))}
    acting = {one.proxy.id: one.principal for one in personas().values() if one.proxy}
    assert {id_: fact.subject for id_, fact in facts.items()} == acting
    assert all(isinstance(fact, Proxy) for fact in facts.values())
    assert facts["proxy-overdue"].review_at.date() < TODAY
    assert facts["proxy-revoked"].ended_at.date() < TODAY


def test_marks_name_those_whom_they_speak_of(told):
    """An employer's list names the nurse as her identity provider does; others name nobody."""
    facts = told("mark", mark_rows(NUMBERS, TODAY))
    assert all(isinstance(fact, Mark) for fact in facts)
    nurse = personas()["community-nurse-herts"].principal
    assert {(fact.kind.value, fact.subject) for fact in facts} == {
        ("WATCHED", None),
        ("COERCED", None),
        ("OWN_RECORD", nurse),
        ("FAMILY", nurse),
    }
