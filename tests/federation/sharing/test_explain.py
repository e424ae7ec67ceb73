"""What stands behind a decision: every rule that made it, and what each did."""

from __future__ import annotations

from datetime import date

import msgspec

from federation.errors import ErrorCode
from federation.sharing.explain import Explained, explain
from federation.sharing.layers import Layer
from federation.sharing.trial import Expected, TrialRow, rules_of_sheets
from tests.federation.sharing.sheet.given import a_sheet

TODAY = date(2026, 10, 5)
CASE = {
    "name": "one",
    "role": "R0260",
    "organisation": "Z99101",
    "organisation_kind": "gp",
    "region": "london",
    "relationships": ["REGISTERED"],
    "node": "london-care-record",
    "category": "RESULTS",
    "expected": "permit",
}


def told(*rules, **case) -> Explained:
    sheet = a_sheet(*rules, agreements=({},))
    row = msgspec.convert(CASE | case, TrialRow)
    return explain(row, rules_of_sheets((sheet,)), sheet.given(), TODAY)


def what(found: Explained) -> dict[str, str]:
    return {one.id: one.does for one in found.speaking}


def test_what_opens_is_named():
    """The agreement, and the one permit that lets agreements open."""
    found = told()
    assert found.outcome is Expected.PERMIT
    assert what(found)["to-london@1"] == "opens"
    assert "lets agreements open" in what(found).values()


def test_what_an_emergency_sets_aside_is_named_as_set_aside():
    """Beside what opened it, so that whoever reviews sees what was overridden."""
    closed = {"template": "rule", "categories": ["RESULTS"], "liftable": True}
    kept = told(closed)
    assert kept.outcome is Expected.WITHHOLD
    assert kept.decision
    assert kept.decision.liftable
    name = "node:london-care-record/one"
    assert what(kept)[name] == "keeps back (NOT_PERMITTED, WITHHOLD_NOTICE)"
    lifted = told(closed, granted=True)
    assert lifted.outcome is Expected.PERMIT
    assert what(lifted)[name] == "is set aside by the emergency grant"
    (rule,) = [one for one in lifted.speaking if one.id == name]
    assert (rule.layer, rule.reason, rule.liftable) == (Layer.NODE, "because", True)


def test_what_is_emptied_is_named():
    """A rule that only narrows the fields is no reason why something is kept back."""
    found = told({"template": "redact", "redact": ["author"]})
    assert found.outcome is Expected.REDACT
    assert what(found)["node:london-care-record/one"] == "empties author"


def test_a_refusal_of_the_whole_is_told_as_its_code():
    """Nothing of a node has decided anything then."""
    found = told(standing="LAPSED")
    assert found.outcome is Expected.REFUSE
    assert isinstance(found.refusal, ErrorCode)
    assert found.speaking == ()
