"""Rules that are published while a gateway answers: what changes, how soon, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from gateway.cli.sharing.terminal import now
from gateway.sharing import read_bundle
from gateway.sharing.follower import row_of
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As
from tests.acceptance.publishing import (
    CATEGORIES,
    HERTS,
    LONDON,
    OWN_SIGNER,
    SECOND_PAIR_OF_EYES,
    Desk,
)
from tests.scenarios.network import System


@pytest_asyncio.fixture
async def desk(system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    gateway = system.gateway_of(request.node.nodeid, lambda _: None)
    return Desk(system, gateway, as_("gp-london", gateway), tmp_path)


def state(category: str, node: str) -> Callable[[Answer], str]:
    return lambda answer: answer.states(category)[node]


def but_for(answer: Answer, category: str, node: str) -> dict[str, str]:
    """Every other row."""
    return {
        f"{one} of {source}": said
        for one in CATEGORIES
        for source, said in answer.states(one).items()
        if (one, source) != (category, node)
    }


async def test_a_published_rule_decides_and_rolls_back_while_the_gateway_runs(desk: Desk):
    """One node withholds a category from now on, no other row changes, and it can be taken back."""
    herts = state("RESULTS", HERTS)
    before = await desk.asks()
    assert herts(before) == "FRESH"
    bundle = desk.withholding(HERTS, "RESULTS")
    await desk.sign(bundle, OWN_SIGNER[HERTS], SECOND_PAIR_OF_EYES)

    assert not await desk.publish(bundle)
    after = await desk.until(lambda answer: herts(answer) != "FRESH")
    assert herts(after) == "WITHHELD NOT_PERMITTED"
    assert not any(item["source"]["id"] == HERTS for item in after.items("RESULTS"))
    assert but_for(after, "RESULTS", HERTS) == but_for(before, "RESULTS", HERTS)

    rollback = ("sharing", "rollback", f"node:{HERTS}", "--settings", desk.settings)
    assert not await desk.watling(*rollback)
    back = await desk.until(lambda answer: herts(answer) == "FRESH")
    assert back.titles("RESULTS") == before.titles("RESULTS")
    assert but_for(back, "", "") == but_for(before, "", "")


@pytest.mark.parametrize("fault", ["one signature", "a broken body", "another's signature"])
async def test_what_does_not_hold_changes_nothing(desk: Desk, fault: str):
    """Refused where it is published; and where it gets into the store, by every gateway."""
    before = await desk.asks()
    bundle = desk.withholding(HERTS, "RESULTS")
    own = OWN_SIGNER[LONDON if fault == "another's signature" else HERTS]
    await desk.sign(bundle, *(() if fault == "one signature" else (own,)), SECOND_PAIR_OF_EYES)
    row = row_of(read_bundle(bundle), now(), "nobody")
    if fault == "a broken body":
        broken = row.body.replace(b'"rule"', b'"ruin"')
        row = replace(row, body=broken)
        bundle.write_bytes(broken)

    assert "watling: " in await desk.publish(bundle)
    await desk.slip_in(row)
    # What another node publishes after it is followed after it.
    good = desk.withholding(LONDON, "PROBLEMS")
    await desk.sign(good, OWN_SIGNER[LONDON], SECOND_PAIR_OF_EYES)
    assert not await desk.publish(good)
    london = state("PROBLEMS", LONDON)
    after = await desk.until(lambda answer: london(answer) != "FRESH")
    assert london(after) == "WITHHELD NOT_PERMITTED"
    assert but_for(after, "PROBLEMS", LONDON) == but_for(before, "PROBLEMS", LONDON)
