"""`watling sharing shadow` at a gateway that runs: tried beside live looks, showing nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner

from federation.audit.seen import DecidedBeside
from gateway.cli import main
from gateway.cli.sharing.terminal import today
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.acceptance.publishing import HERTS, OWN_SIGNER, SECOND_PAIR_OF_EYES, Desk
from tests.acceptance.test_replay import CLOSES, OPENS
from tests.scenarios.network import RunningGateway, System

PERSON, CATEGORIES = "seen-in-watford", ("ALLERGIES", "PROBLEMS", "RESULTS")
RESIDENT, BESIDE = "care-home-resident", ("CONTACTS", "IMMUNISATIONS", "RESULTS")
MANY = 300
"""So often at most is something asked for that comes about within two seconds."""


def parts_of(event: Any) -> list[dict[str, Any]]:
    """What is kept of each category, by name."""
    names = DecidedBeside.__struct_fields__
    return [dict(zip(names, part, strict=True)) for part in event["sealed"]["decidedBeside"]]


class Office:
    """Whoever answers for Hertfordshire's rules, at a gateway of its own."""

    def __init__(self, system: System, gateway: RunningGateway, as_: As, to: Path) -> None:
        self.gateway = gateway
        self.practice = as_("gp-london", gateway)
        self.social_worker = as_("social-worker-herts", gateway)
        self.desk = Desk(system, gateway, self.practice, to)
        self._page = to / "day.json"

    async def does(self, *words: object) -> str:
        return await self.desk.watling("sharing", *words, "--settings", self.desk.settings)

    async def puts(self, edit: Callable[[str], str], *signers: str) -> Path:
        """Hertfordshire's next bundle in the shadow, with their own signature alone."""
        bundle = self.desk.edited(HERTS, edit)
        await self.desk.sign(bundle, *(signers or (OWN_SIGNER[HERTS],)))
        assert not await self.does("shadow", bundle)
        return bundle

    async def tried(self, caller: Caller) -> list[Any]:
        return await caller.events("SHADOW_RULES")

    async def until_tried(self, look: Callable[[], Any], caller: Caller) -> tuple[Answer, Any]:
        """The first look beside which something was tried, and what came of that."""
        before = len(await self.tried(caller))
        for _ in range(MANY):
            answer = await look()
            views = {event["viewId"] for event in await caller.events("VIEW")}
            if len(events := await self.tried(caller)) > before:
                assert events[-1]["viewId"] in views
                return answer, events[-1]
        raise AssertionError("nothing was tried")

    async def until_not_tried(self, look: Callable[[], Any], caller: Caller) -> None:
        for _ in range(MANY):
            before = len(await self.tried(caller))
            await look()
            # What was begun by the one before is written down by the time the next is answered.
            await look()
            if len(await self.tried(caller)) == before:
                return
        raise AssertionError("it is tried still")

    async def day(self) -> Any:
        words = ("sharing", "shadow-day", f"node:{HERTS}", "--day", today(), "--json", self._page)
        words = (*words, "--settings", self.desk.settings)
        done = await asyncio.to_thread(CliRunner().invoke, main, [str(one) for one in words])
        assert done.exit_code == 0, done.output
        return json.loads(self._page.read_bytes()), done.output

    def looks(self, caller: Caller, about: str, categories: tuple[str, ...]) -> Callable[[], Any]:
        return lambda: caller.asks(about=about, categories=categories)


@pytest_asyncio.fixture
async def office(system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    gateway = system.gateway_of(request.node.nodeid, lambda _: None)
    return Office(system, gateway, as_, tmp_path)


async def test_a_bundle_that_closes_a_category_is_tried_and_closes_nothing(office: Office):
    """The answer is the same but for what is every look's own; what would be gone is counted."""
    look = office.looks(office.practice, PERSON, CATEGORIES)
    before = await look()
    assert before.states("RESULTS")[HERTS] == "FRESH"
    held = sum(item["source"]["id"] == HERTS for item in before.items("RESULTS"))
    assert held
    await office.puts(lambda text: text + CLOSES)

    after, event = await office.until_tried(look, office.practice)

    assert after.but_for() == before.but_for()
    parts = {part["category"]: part for part in parts_of(event)}
    assert {part["node"] for part in parts.values()} == {HERTS}
    closed = parts["RESULTS"]
    assert (closed["state"], closed["would_state"]) == ("FRESH", "WITHHELD")
    assert (closed["shared"], closed["fewer"]) == (0, held)
    assert closed["because"] == [f"node:{HERTS}/no-results-for-practices"]
    assert parts["PROBLEMS"]["directions"] == parts["ALLERGIES"]["directions"] == []
    page, said = await office.day()
    (bundle,) = page["bundles"]
    assert bundle["looks"] == bundle["differing"] == len(await office.tried(office.practice))
    (results,) = [one for one in bundle["categories"] if one["category"] == "RESULTS"]
    assert results["fewer"] == held * bundle["looks"]
    assert results["turned"] == {"FRESH > WITHHELD NOT_PERMITTED": bundle["looks"]}
    assert bundle["microseconds"]["p95"] is not None
    assert "no-results-for-practices" in said


async def test_a_bundle_that_opens_a_category_is_tried_and_opens_nothing(office: Office):
    """The node is not asked for what it would open, so nothing of it is fetched or counted."""
    look = office.looks(office.social_worker, RESIDENT, BESIDE)
    before = await look()
    assert before.states("IMMUNISATIONS")[HERTS].startswith(("NOT_ASKED", "WITHHELD"))
    await office.puts(lambda text: text.replace(*OPENS))

    after, event = await office.until_tried(look, office.social_worker)

    assert after.but_for() == before.but_for()
    (opened,) = [part for part in parts_of(event) if part["directions"]]
    assert (opened["category"], opened["directions"]) == ("IMMUNISATIONS", ["opens"])
    assert opened["would_state"] is None
    assert (opened["shared"], opened["more"], opened["fewer"]) == (0, 0, 0)
    asked = [
        call["categories"]
        for call in await office.social_worker.events("NODE_CALL")
        if call["nodes"] == [HERTS]
    ]
    assert asked
    assert not any("IMMUNISATIONS" in categories for categories in asked)
    page, _ = await office.day()
    (told,) = [o for o in page["bundles"][0]["categories"] if o["category"] == "IMMUNISATIONS"]
    assert told["unasked"] == told["differing"] == page["bundles"][0]["looks"]


async def test_it_leaves_the_shadow_when_it_is_published(office: Office):
    """With one signature it is tried; with the second it decides, and is tried no more."""
    look = office.looks(office.practice, PERSON, CATEGORIES)
    bundle = await office.puts(lambda text: text + CLOSES)
    await office.until_tried(look, office.practice)
    assert "needs the signatures of 2" in await office.desk.publish(bundle)
    await office.desk.sign(bundle, SECOND_PAIR_OF_EYES)
    assert not await office.desk.publish(bundle)
    after = await office.desk.until(lambda one: one.states("RESULTS")[HERTS] != "FRESH", look)
    assert after.states("RESULTS")[HERTS] == "WITHHELD NOT_PERMITTED"
    await office.until_not_tried(look, office.practice)
    assert "nothing in the shadow" in await office.does("unshadow", f"node:{HERTS}")


async def test_it_can_be_taken_away(office: Office):
    """And nothing changes then either."""
    look = office.looks(office.practice, PERSON, CATEGORIES)
    await office.puts(lambda text: text + CLOSES)
    before, _ = await office.until_tried(look, office.practice)
    assert not await office.does("unshadow", f"node:{HERTS}")
    await office.until_not_tried(look, office.practice)
    assert (await look()).but_for() == before.but_for()


async def test_nobody_tries_rules_of_an_owner_who_has_not_signed(office: Office):
    """Neither without a signature nor with the network's alone."""
    bundle = office.desk.edited(HERTS, lambda text: text + CLOSES)
    assert "needs the signatures of one person" in await office.does("shadow", bundle)
    await office.desk.sign(bundle, SECOND_PAIR_OF_EYES)
    assert "answers for" in await office.does("shadow", bundle)


async def test_neither_the_page_nor_a_person_s_log_tells_of_a_trial(office: Office, as_: As):
    """Counts and rules on the page; in the log of who looked the look alone, once."""
    await office.puts(lambda text: text + CLOSES)
    look = office.looks(office.practice, "asks-for-his-own", CATEGORIES)
    await office.until_tried(look, office.practice)
    page, said = await office.day()
    story = office.practice.system.people.stories["asks-for-his-own"]
    for secret in (story.nhs_number, "gp-london"):
        assert secret not in said + json.dumps(page)
    log = await as_("citizen-own-record", office.gateway).log_of("asks-for-his-own")
    assert {one["kind"] for one in log.looks} == {"VIEW"}
    assert len(log.looks) == len(await office.practice.events("VIEW"))
