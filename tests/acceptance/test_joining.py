"""A neighbouring region joins while the gateway answers, and is suspended and resumed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.conformance import Outcome, canonical, report_in
from federation.joining.signing import unverified
from federation.model import Category, NodeId
from tests.acceptance.asking import As
from tests.acceptance.joining import NODE, Asking, Region, passed, without_the_node
from tests.scenarios.network import System

FRESH, GONE, COMING = "FRESH", None, "NOT_ASKED NODE_NOT_LIVE"
SUSPENDED = "NOT_ASKED NODE_SUSPENDED"
GP, LONDON = "gp-london", "london-care-record"
WHY = {"reason": "an incident"}


@pytest_asyncio.fixture
async def region(system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path) -> Region:
    gateway = system.gateway_of(request.node.nodeid, without_the_node)
    return Region(system, gateway, as_, tmp_path)


async def _states(region: Region) -> dict[str, str]:
    answer = await region.caller(GP).sends("{ recordNodes { id state } }", {})
    return {one["id"]: one["state"] for one in answer.body["data"]["recordNodes"]}


async def _live(region: Region) -> None:
    await region.enrol()
    await region.sign()
    await region.submit()
    await region.report()
    await region.approve()
    assert await region.approves("approver-herts") == "SHADOW"
    await region.watling("node", "safety-only", NODE, "--tester", "Z99250")
    await region.watling("node", "live", NODE)


async def test_a_region_joins_while_the_gateway_answers(region: Region):
    """Step by step into the record, each followed within two seconds, and no request failed."""
    async with Asking(region.caller(GP)) as asking:
        before = await asking.until(GONE)
        await region.enrol()
        await region.sign()
        await region.submit()
        await region.report()
        await region.approve()
        assert (await asking.until(GONE)).states("MEDICATIONS").get(NODE) is None
        assert NODE not in await _states(region)
        assert await region.approves("approver-herts") == "SHADOW"
        assert (await asking.until(COMING)).states("MEDICATIONS")[NODE] == COMING
        await region.watling("node", "safety-only", NODE, "--tester", "Z99250")
        assert (await asking.until(COMING)).states("MEDICATIONS")[NODE] == COMING
        await region.watling("node", "live", NODE)
        after = await asking.until(FRESH)
        assert after.states("MEDICATIONS")[NODE] == FRESH
        assert any(one["source"]["id"] == NODE for one in after.items("MEDICATIONS"))
        assert not any(one["source"]["id"] == NODE for one in before.items("MEDICATIONS"))
        assert (await _states(region))[NODE] == "LIVE"
        others = {node: said for node, said in after.states("MEDICATIONS").items() if node != NODE}
        assert others == before.states("MEDICATIONS")
    assert len(asking.answers) > 4
    assert not asking.unanswered


async def test_only_the_side_that_suspended_resumes(region: Region):
    """Within two seconds nobody asks it any more, and the row says so; the other side cannot."""
    await _live(region)
    async with Asking(region.caller(GP)) as asking:
        assert (await asking.until(FRESH)).states("MEDICATIONS")[NODE] == FRESH
        await region.watling("node", "suspend", NODE, "--reason", "an incident")
        answer = await asking.until(SUSPENDED)
        assert answer.states("MEDICATIONS")[NODE] == SUSPENDED
        assert not any(one["source"]["id"] == NODE for one in answer.items("MEDICATIONS"))
        refused = await region.does("approver-herts", "resumeNode", id=NODE)
        assert refused.refused_with == "FORBIDDEN"
        await region.watling("node", "resume", NODE)
        assert (await asking.until(FRESH)).states("MEDICATIONS")[NODE] == FRESH
        await region.watling(
            "node", "suspend", NODE, "--category", "MEDICATIONS", "--reason", "a feed is wrong"
        )
        partly = await asking.until(SUSPENDED)
        assert partly.states("MEDICATIONS")[NODE] == SUSPENDED
        assert partly.states("ALLERGIES")[NODE].startswith("FRESH")
        await region.watling("node", "retire", NODE, "--reason", "it is over")
        assert NODE not in (await asking.until(GONE)).states("MEDICATIONS")
    assert not asking.unanswered


async def test_what_nobody_but_the_right_ones_may(region: Region):
    """Clinicians, citizens and officers change nothing; a step out of order is refused as well."""
    await region.enrol()
    await region.sign()
    await region.submit()
    asked = {"id": NODE, "descriptorDigest": region.digest}
    for persona in (GP, "citizen", "privacy-officer-london"):
        refused = await region.does(persona, "approveNode", **asked)
        assert refused.refused_with == "FORBIDDEN", persona
        listed = await region.caller(persona).sends("{ nodeSubmissions { id } }", {})
        assert listed.refused_with == "FORBIDDEN", persona
    refused = await region.does("approver-herts", "approveNode", **asked)
    assert refused.refused_with == "CONFLICT"
    said, failed = await region.tries("node", "live", NODE)
    assert failed
    assert "watling: " in said


async def test_a_report_that_nobody_answers_for(region: Region):
    """It is refused by its code, and nothing is kept of it: the node stands as it did."""
    await region.enrol()
    await region.sign()
    await region.submit()
    report = canonical(passed(region.digest))
    stranger = ECKey.generate_key("P-256")
    for text, code in (
        (report.decode(), "REPORT_NOT_SIGNED"),
        (region.signs(report, key=stranger), "REPORT_SIGNER_UNKNOWN"),
        (region.signs(canonical(passed("b" * 64))), "REPORT_OF_ANOTHER"),
    ):
        said, failed = await region.files(text)
        assert failed
        assert f"watling: report.jws: {code}: " in said
    asked = "{ nodeSubmissions { state reportPassed report } }"
    stands = await region.caller("operator").sends(asked, {})
    assert stands.body["data"]["nodeSubmissions"] == [
        {"state": "SUBMITTED", "reportPassed": None, "report": None}
    ]

    await region.report()
    stands = await region.caller("operator").sends(asked, {})
    before = passed(region.digest)
    before = replace(before, finished_at=before.finished_at - timedelta(hours=1))
    said, failed = await region.files(region.signs(canonical(before)))
    assert failed
    assert "REPORT_TOO_OLD: " in said
    assert (await region.caller("operator").sends(asked, {})).body == stands.body
    assert stands.body["data"]["nodeSubmissions"][0]["reportPassed"]


async def test_every_step_is_on_the_record(region: Region):
    """Who did what to which node, about which bytes; and why, sealed."""
    await _live(region)
    answer = await region.does(
        "operator", "suspendNode", id=NODE, reason="an incident", custodian="RD8"
    )
    assert answer.body["data"]["suspendNode"]["state"] == "LIVE"
    (event,) = await region.caller("approver-herts").events("NODE_APPROVED")
    assert event["joining"]["digest"] == region.digest
    assert event["joining"]["side"] == "hertfordshire-west-essex"
    (event,) = await region.caller("operator").events("NODE_SUSPENDED")
    assert event["joining"]["custodian"] == "RD8"
    assert event["sealed"]["reason"] == "an incident"
    told = await region.caller("operator").sends(
        "{ nodeSubmissions { id digest version approvedBy suspendedBy descriptor } }", {}
    )
    (one,) = told.body["data"]["nodeSubmissions"]
    assert one["approvedBy"] == ["operator", "hertfordshire-west-essex"]
    assert one["suspendedBy"] == ["operator"]
    assert one["descriptor"] == region.descriptor.read_text()


async def test_a_gateway_checks_what_is_submitted_by_itself(
    system: System, as_: As, tmp_path: Path
):
    """All checks against the test endpoint; the report is signed and filed, and opens the way."""
    edit = partial(without_the_node, node=LONDON)
    gateway = system.own_gateway(edit, {"examine_nodes": True})
    region = Region(system, gateway, as_, tmp_path, LONDON)
    region.brings(system.rehearsing_node(NodeId(LONDON)), tuple(Category))
    await region.enrol()
    await region.sign()
    await region.submit()
    told = await region.reported()
    assert (told["state"], told["reportPassed"]) == ("AWAITING_APPROVAL", True)
    report = report_in(unverified(told["report"]))
    assert report.descriptor_digest == region.digest
    assert report.passed
    assert report.count(Outcome.PASS) == 25
