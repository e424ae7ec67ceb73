"""The default is refuse: whatever no agreement names is neither asked for nor shown.

Every kind of requester, role, organisation, purpose and category, against a network whose only
agreement is as narrow as one can be.
"""

from itertools import product

import pytest

from federation.errors import RefusedError
from federation.flow import Outcome
from federation.model import Category, Purpose, RequesterKind
from federation.sharing import admit, screen
from federation.sharing.case import Case, asking_of
from federation.sharing.facts import local_day
from tests.builders import HERTS, LONDON, NOW, a_question
from tests.federation.sharing.given import (
    CLINICAL,
    a_professional,
    an_agreement,
    candidates,
    some_facts,
)

ROLES = (
    *CLINICAL,
    *[
        "R1730",
        "R8008",
        "R8009",
        "R8010",
        "R8015",
        "PRIVACY_OFFICER",
        "APPROVER",
        "OPERATOR",
        "R9999",
    ],
    "",
)
KINDS = (
    "gp",
    "acute",
    "ambulance",
    "community",
    "care-home",
    "pharmacy",
    "local-authority",
    "mental-health",
    "hospice",
    "research",
    "",
)
REGIONS = ("london", "hertfordshire-west-essex", "milton-keynes", "oxfordshire", None)
NARROW = an_agreement(
    organisation_kinds=frozenset(("gp",)),
    roles=frozenset(("R0260",)),
    categories=frozenset((Category.ALLERGIES,)),
)


def _case(role, kind, region, purpose, category, agreements, node=LONDON):
    question = a_question(requester=a_professional(role, kind, region), purpose=purpose)
    return Case(
        asking=asking_of(question),
        day=local_day(NOW),
        restricted=False,
        node=node.id,
        category=category,
        agreements=agreements,
    )


def test_without_an_agreement_nothing_is_permitted(rules):
    """No role, organisation, region, purpose or category is open while no agreement is."""
    for role, kind, region, purpose, category in product(ROLES, KINDS, REGIONS, Purpose, Category):
        decision = rules.decide(_case(role, kind, region, purpose, category, ()))
        assert decision.outcome is Outcome.NOT_ASKED


@pytest.mark.parametrize("category", [Category.ALLERGIES, Category.RESULTS])
def test_only_what_the_agreement_names_is_permitted(rules, category):
    """Of every combination, exactly the one that the agreement names in all its parts is open."""
    permitted = {
        (role, kind, purpose)
        for role, kind, purpose in product(ROLES, KINDS, Purpose)
        if rules.decide(_case(role, kind, "london", purpose, category, (NARROW,))).outcome
        is Outcome.PERMIT
    }
    named = {("R0260", "gp", Purpose.DIRECT_CARE)} if category is Category.ALLERGIES else set()
    assert permitted == named


def test_only_the_region_and_categories_that_the_agreement_names_are_permitted(rules):
    """The very role and organisation that are named see no other category and from nowhere else."""
    permitted = {
        (region, category)
        for region, category in product(REGIONS, Category)
        if rules.decide(
            _case("R0260", "gp", region, Purpose.DIRECT_CARE, category, (NARROW,))
        ).outcome
        is Outcome.PERMIT
    }
    assert permitted == {("london", Category.ALLERGIES)}


def test_an_agreement_cannot_open_more_than_the_network_allows(rules):
    """An agreement that names receptionists or emergencies opens nothing to them."""
    generous = an_agreement(
        organisation_kinds=frozenset(KINDS) - {""},
        roles=frozenset(ROLES) - {""},
        purposes=frozenset(Purpose),
    )
    for role, purpose, category in product(ROLES, Purpose, Category):
        decision = rules.decide(_case(role, "gp", "london", purpose, category, (generous,)))
        open_to = role in CLINICAL and purpose is Purpose.DIRECT_CARE
        assert (decision.outcome is Outcome.PERMIT) is open_to, (role, purpose, category)


@pytest.mark.parametrize("kind", [RequesterKind.CITIZEN, RequesterKind.OPERATOR])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_citizens_and_operators_are_refused_whatever_they_hold(rules, kind, purpose):
    """Who is no professional is refused at the door and by every rule behind it."""
    requester = a_professional("R0260", "gp", kind=kind)
    question = a_question(requester=requester, purpose=purpose)
    with pytest.raises(RefusedError):
        admit(question, rules)
    (screened,) = screen(question, some_facts(NARROW), candidates(question, LONDON), rules)
    assert screened.categories == frozenset()


def test_a_source_is_opened_by_its_own_agreement_alone(rules):
    """An agreement of one node opens nothing of another, even when it is handed over by mistake."""
    decision = rules.decide(
        _case("R0260", "gp", "london", Purpose.DIRECT_CARE, Category.ALLERGIES, (NARROW,), HERTS)
    )
    assert decision.outcome is Outcome.NOT_ASKED
