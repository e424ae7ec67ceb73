"""What was allowed and is not any more. Scenarios 34 and 62."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from gateway.app import utc_now
from tests.acceptance.asking import As
from tests.acceptance.publishing import HERTS, LONDON, OWN_SIGNER, SECOND_PAIR_OF_EYES, Desk
from tests.scenarios.network import System

MILTON_KEYNES = "milton-keynes"


async def test_34_an_agreement_that_ended_yesterday(system: System, as_: As, tmp_path: Path):
    """London's agreement with Milton Keynes ended yesterday: not asked, and others as ever."""
    gateway = system.gateway_of("agreement-ended", lambda _: None)
    doctor = as_("gp-milton-keynes", gateway)
    before = await doctor.asks(about="everywhere")
    assert before.states("MEDICATIONS")[LONDON] == "FRESH"
    desk = Desk(system, gateway, doctor, tmp_path)
    agreement = 'id = "london-to-milton-keynes-clinicians"\n'
    today = utc_now().date()
    bundle = desk.edited(
        LONDON, lambda text: text.replace(agreement, f"{agreement}valid_until = {today}\n", 1)
    )
    await desk.sign(bundle, OWN_SIGNER[LONDON], SECOND_PAIR_OF_EYES)
    assert not await desk.publish(bundle)
    answer = await desk.until(
        lambda said: said.states("MEDICATIONS")[LONDON] != "FRESH",
        lambda: doctor.asks(about="everywhere"),
    )
    for category in ("ALLERGIES", "MEDICATIONS", "PROBLEMS"):
        assert answer.states(category)[LONDON] == "NOT_ASKED AGREEMENT_EXPIRED"
        assert not any(item["source"]["id"] == LONDON for item in answer.items(category))
        for other in (HERTS, MILTON_KEYNES):
            assert answer.states(category)[other] == before.states(category)[other]


async def test_62_a_page_is_decided_by_the_new_rule(system: System, as_: As, tmp_path: Path):
    """A rule changes between two pages: the second shows nothing that it withholds."""
    gateway = system.gateway_of("rule-between-pages", lambda _: None)
    doctor = as_("gp-london", gateway)
    ask = partial(doctor.asks, about="thousand-results", categories=("RESULTS",), first=20)
    first = await ask()
    page = first.section("RESULTS")["pageInfo"]
    before = await ask(after=page["endCursor"])
    assert {item["source"]["id"] for item in before.items("RESULTS")} >= {LONDON, HERTS}
    desk = Desk(system, gateway, doctor, tmp_path)
    bundle = desk.withholding(LONDON, "RESULTS")
    await desk.sign(bundle, OWN_SIGNER[LONDON], SECOND_PAIR_OF_EYES)
    assert not await desk.publish(bundle)
    second = await desk.until(
        lambda said: said.states("RESULTS")[LONDON] != "FRESH",
        partial(ask, after=page["endCursor"]),
    )
    assert second.states("RESULTS")[LONDON] == "WITHHELD NOT_PERMITTED"
    assert LONDON not in {item["source"]["id"] for item in second.items("RESULTS")}
    assert HERTS in {item["source"]["id"] for item in second.items("RESULTS")}
