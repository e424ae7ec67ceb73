"""What the network itself allows at a time. Scenarios 34 to 36, 50 and 62."""

from __future__ import annotations

import pytest

from tests.acceptance.asking import SUMMARY, As
from tests.acceptance.networks import in_state
from tests.scenarios.network import System

HERTS, LONDON, MILTON_KEYNES = "herts-west-essex", "london-care-record", "milton-keynes"


async def test_35_a_suspended_node(as_: As, system: System):
    """Node suspended for an incident: not asked, with a message; the others are served."""
    gateway = system.gateway_of("suspended", in_state("SUSPENDED", HERTS))
    answer = await as_("gp-london", gateway).asks(about="seen-in-watford")
    for category in SUMMARY:
        row = answer.row(HERTS, category)
        assert (row.state, row.code) == ("NOT_ASKED", "NODE_SUSPENDED")
        assert row.message
    assert answer.states("MEDICATIONS")[LONDON] == "FRESH"
    assert answer.record["coverage"]["state"] == "SOME_SOURCES_MISSING"


async def test_36_a_node_in_its_trial(as_: As, system: System):
    """Node still in its safety trial: not asked on behalf of anybody else."""
    gateway = system.gateway_of("safety-only", in_state("SAFETY_ONLY", HERTS))
    answer = await as_("gp-london", gateway).asks(about="seen-in-watford")
    assert answer.states("MEDICATIONS")[HERTS] == "NOT_ASKED NODE_NOT_LIVE"


async def test_36_testers_of_a_trial(as_: As, system: System):
    """Its testers see their own caseload, and nobody else's."""
    trial = in_state("SAFETY_ONLY", HERTS, testers=["Z99250"])
    gateway = system.gateway_of("safety-only-tested", trial)
    nurse = as_("community-nurse-herts", gateway)
    answer = await nurse.asks(about="discharged-home")
    assert answer.states("MEDICATIONS")[HERTS] == "FRESH"
    answer = await as_("gp-london", gateway).asks(about="seen-in-watford")
    assert answer.states("MEDICATIONS")[HERTS] == "NOT_ASKED NODE_NOT_LIVE"


@pytest.mark.xfail(reason="turned on by subscriptions")
async def test_62_authority_ends_in_a_stream(as_: As, system: System):
    """Token, relationship or grant ends while a stream is open: it is closed with a code."""
    story = system.people.stories["everywhere"]
    answer = await as_("gp-herts").sends(
        "subscription ($n: NHSNumber!) { patient(nhsNumber: $n, purpose: DIRECT_CARE) { viewId } }",
        {"n": story.nhs_number},
    )
    assert answer.refused_with is None
