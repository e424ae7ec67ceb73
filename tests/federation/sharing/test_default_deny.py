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
from tests.builders import HERTS, LONDON, a_question, a_reference
from tests.federation.sharing.given import (
    CLINICAL,
    a_case,
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
RECEPTION, BOOKING = ("R1730", "R8009"), (Category.DEMOGRAPHICS, Category.APPOINTMENTS)
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
    return a_case(
        requester=a_professional(role, kind, region),
        purpose=purpose,
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
    """An agreement that names clerks, or the person's own request, opens nothing to them."""
    generous = an_agreement(
        organisation_kinds=frozenset(KINDS) - {""},
        roles=frozenset(ROLES) - {""},
        purposes=frozenset(Purpose),
    )
    for role, purpose, category in product(ROLES, Purpose, Category):
        decision = rules.decide(_case(role, "gp", "london", purpose, category, (generous,)))
        at_reception = role in RECEPTION and category in BOOKING
        open_to = (role in CLINICAL or at_reception) and purpose is not Purpose.PATIENT_REQUEST
        assert (decision.outcome is Outcome.PERMIT) is open_to, (role, purpose, category)


@pytest.mark.parametrize(
    "kind", [RequesterKind.CITIZEN, RequesterKind.PROXY, RequesterKind.OPERATOR]
)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_who_is_no_professional_sees_nothing_through_a_clinician_s_agreement(rules, kind, purpose):
    """Whatever role they claim: an agreement with clinicians speaks of no one else."""
    question = a_question(requester=a_professional("R0260", "gp", kind=kind), purpose=purpose)
    (screened,) = screen(
        question, a_reference(), some_facts(NARROW), candidates(question, LONDON), rules
    )
    assert screened.categories == frozenset()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_operators_are_refused_whatever_they_hold(rules, purpose):
    """Records are no business of those who keep the gateway up."""
    requester = a_professional("R0260", "gp", kind=RequesterKind.OPERATOR)
    with pytest.raises(RefusedError):
        admit(a_question(requester=requester, purpose=purpose), rules)


def test_a_source_is_opened_by_its_own_agreement_alone(rules):
    """An agreement of one node opens nothing of another, even when it is handed over by mistake."""
    decision = rules.decide(
        _case("R0260", "gp", "london", Purpose.DIRECT_CARE, Category.ALLERGIES, (NARROW,), HERTS)
    )
    assert decision.outcome is Outcome.NOT_ASKED
