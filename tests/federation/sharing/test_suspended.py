"""What a suspended custodian keeps is not shown, and no answer reads as if it were all there."""

import pytest
from msgspec.structs import replace

from federation.model import Assertion, Category
from federation.sharing import CedarRules
from federation.sharing.item_class import class_of
from federation.status import SourceCode, SourceState
from tests.builders import LONDON, an_organisation
from tests.federation.sharing.given import a_part, held, released_from, verified_of
from tests.items import an_allergy

SUSPENDED = replace(LONDON, suspended_custodians=frozenset({"RY4"}))
THEIRS = an_allergy("theirs", custodian=an_organisation("RY4"))
OTHERS = an_allergy("others", custodian=an_organisation("RRV"))
NOBODYS = an_allergy("nobodys", custodian=None)


@pytest.fixture(scope="module")
def rules():
    return CedarRules.shipped()


def _released(rules, *items, node=SUSPENDED, **part):
    given = held(allergies=a_part(Category.ALLERGIES, *items, **part))
    (released,) = released_from(rules, verified_of(node, given))
    shown = [item.source_id for item in released.items.get(Category.ALLERGIES, ())]
    return shown, released.rows[Category.ALLERGIES], released.withheld


def test_what_they_keep_is_left_out_and_counted(rules):
    """The others' things, and those of nobody in particular, are shown."""
    shown, row, withheld = _released(rules, THEIRS, OTHERS, NOBODYS)
    assert shown == ["others", "nobodys"]
    assert (row.state, row.code) == (SourceState.PARTIAL, SourceCode.NODE_SUSPENDED)
    assert "suspended" in row.message
    assert withheld == {Category.ALLERGIES: 1}


@pytest.mark.parametrize("code", ["ry4", " RY4", "Ry4 "])
def test_however_a_node_writes_their_code(rules, code):
    """A code in small letters, or with a blank, is theirs all the same."""
    theirs = an_allergy("theirs", custodian=an_organisation(code))
    shown, _, withheld = _released(rules, theirs, OTHERS)
    assert (shown, withheld) == (["others"], {Category.ALLERGIES: 1})


@pytest.mark.parametrize("items", [(), (THEIRS,), (OTHERS,)], ids=["none", "theirs", "others"])
def test_the_row_reads_the_same_whatever_is_held(rules, items):
    """It tells of the organisation, and nothing of the person."""
    _, row, _ = _released(rules, *items)
    _, empty, _ = _released(rules)
    assert row == empty


def test_nothing_is_none_known_while_somebody_s_things_are_left_out(rules):
    """What a source asserts of all that it holds is not said of a part of it."""
    _, row, _ = _released(rules, assertion=Assertion.NONE_KNOWN)
    assert row.assertion is None


def test_a_node_that_failed_says_why_it_failed(rules):
    """A suspension hides no fault."""
    failed = {"state": SourceState.UNAVAILABLE, "code": SourceCode.NODE_ERROR}
    _, row, _ = _released(rules, **failed)
    assert row.code is SourceCode.NODE_ERROR


def test_without_a_suspension_nothing_changes(rules):
    """All of it is there, and the row says so."""
    shown, row, withheld = _released(rules, THEIRS, OTHERS, node=LONDON)
    assert shown == ["theirs", "others"]
    assert row.state is SourceState.FRESH
    assert withheld == {}


def test_rules_too_see_the_code_as_it_is():
    """A rule about a custodian is no less about them where a node writes their code otherwise."""
    theirs = an_allergy("theirs", custodian=an_organisation(" ry4"))
    seen = class_of(theirs, "RY4", frozenset({"custodian"}))
    assert (seen.custodian, seen.own_organisation) == ("RY4", True)
