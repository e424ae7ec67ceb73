"""L1: what each part of an agreement opens, and the code of what it leaves closed."""

from datetime import UTC, date, datetime

import pytest

from federation.flow import Outcome
from federation.model import Category, Purpose, RegionId
from federation.sharing import screen
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import HERTS, LONDON, a_question, a_reference
from tests.federation.sharing.given import a_professional, an_agreement, candidates, some_facts

NO, EXPIRED, NOT_FOR_YOU = (
    SourceCode.NO_AGREEMENT,
    SourceCode.AGREEMENT_EXPIRED,
    SourceCode.NOT_PERMITTED,
)
ENDED = an_agreement("ended", valid_until=date(2026, 10, 5))

TABLE = [
    # what is different, agreements, the code of allergies at London (None: asked)
    ("in force", [an_agreement()], None),
    ("no end", [an_agreement(valid_until=None)], None),
    ("begins today", [an_agreement(valid_from=date(2026, 10, 5))], None),
    ("last day", [an_agreement(valid_until=date(2026, 10, 6))], None),
    ("ended today", [ENDED], EXPIRED),
    ("begins tomorrow", [an_agreement(valid_from=date(2026, 10, 6))], NO),
    ("none", [], NO),
    ("another source", [an_agreement(source=HERTS)], NO),
    ("another region", [an_agreement(requester_region=RegionId("milton-keynes"))], NO),
    ("another kind of organisation", [an_agreement(organisation_kinds=frozenset(("gp",)))], NO),
    ("another category", [an_agreement(categories=frozenset((Category.RESULTS,)))], NO),
    ("another purpose", [an_agreement(purposes=frozenset((Purpose.EMERGENCY,)))], NO),
    ("another role", [an_agreement(roles=frozenset(("R0260",)))], NOT_FOR_YOU),
    ("renewed", [ENDED, an_agreement("renewed")], None),
    ("renewed, the other order", [an_agreement("renewed"), ENDED], None),
    (
        "ended for the organisation, in force for another kind",
        [ENDED, an_agreement("practices", organisation_kinds=frozenset(("gp",)))],
        EXPIRED,
    ),
    (
        "ended for this role, in force for another",
        [ENDED, an_agreement("practitioners", roles=frozenset(("R0260",)))],
        NOT_FOR_YOU,
    ),
]


@pytest.mark.parametrize(
    ("agreements", "code"), [case[1:] for case in TABLE], ids=[case[0] for case in TABLE]
)
def test_each_part_of_an_agreement_counts(rules, agreements, code):
    """A node is asked only where source, region, organisation, role, purpose and day all fit."""
    question = a_question(Category.ALLERGIES, requester=a_professional())
    (screened,) = screen(
        question, a_reference(), some_facts(*agreements), candidates(question, LONDON), rules
    )
    assert [row.code for row in screened.rows] == ([] if code is None else [code])
    assert screened.categories == (frozenset() if code else {Category.ALLERGIES})


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (NO, SourceState.NOT_ASKED),
        (EXPIRED, SourceState.NOT_ASKED),
        (NOT_FOR_YOU, SourceState.WITHHELD),
    ],
)
def test_what_is_not_open_is_told_by_its_state(rules, code, state):
    """A region that has not agreed is not asked; a role that is left out is withheld from."""
    agreements = next(case[1] for case in TABLE if case[2] is code)
    question = a_question(Category.ALLERGIES, requester=a_professional())
    (screened,) = screen(
        question, a_reference(), some_facts(*agreements), candidates(question, LONDON), rules
    )
    assert [(row.state, row.origin) for row in screened.rows] == [(state, FaultOrigin.POLICY)]


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        # the agreement ends with the 30th of June; midnight is British Summer Time's
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), False),
    ],
)
def test_days_are_local_days(rules, at, asked):
    """An agreement ends at midnight in the United Kingdom, not in Greenwich's winter time."""
    question = a_question(Category.ALLERGIES, requester=a_professional(), asked_at=at)
    facts = some_facts(an_agreement(valid_until=date(2026, 7, 1)), at=at)
    (screened,) = screen(question, a_reference(), facts, candidates(question, LONDON), rules)
    assert (Category.ALLERGIES in screened.categories) is asked


def test_a_decision_names_the_agreement_that_permits(rules):
    """The audit can say which agreement, in which version, opened what was shown."""
    question = a_question(Category.ALLERGIES, requester=a_professional())
    facts = some_facts(an_agreement("london-itself", version="7"))
    (screened,) = screen(question, a_reference(), facts, candidates(question, LONDON), rules)
    (decision,) = screened.decisions
    assert decision.outcome is Outcome.PERMIT
    assert decision.rules == ("agreement", "london-itself@7")


def test_a_requester_without_region_matches_no_agreement(rules):
    """What a token does not say opens nothing."""
    requester = a_professional(region=None)
    question = a_question(Category.ALLERGIES, requester=requester)
    (screened,) = screen(
        question, a_reference(), some_facts(an_agreement()), candidates(question, LONDON), rules
    )
    assert [row.code for row in screened.rows] == [NO]
