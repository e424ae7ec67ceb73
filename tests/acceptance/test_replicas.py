"""Two gateways over one PostgreSQL: whatever happened at one is so at the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from federation.model import NodeId
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As
from tests.acceptance.publishing import OWN_SIGNER, SECOND_PAIR_OF_EYES, Desk
from tests.acceptance.test_second_look import ABOUT, told
from tests.postgres import PostgreSQL
from tests.scenarios.network import RunningGateway, System
from tests.scenarios.processes import Process

HERTS, LONDON = NodeId("herts-west-essex"), NodeId("london-care-record")
MANY = 300


@dataclass(kw_only=True)
class Pair:
    """Both of them, and a node that may be ended."""

    system: System
    url: str
    one: RunningGateway
    other: RunningGateway
    node: Process
    port: int

    def goes(self) -> None:
        self.node.kill()

    def comes_back(self) -> None:
        self.node, _ = self.system.mortal_node(LONDON, port=self.port)


@pytest.fixture(scope="module")
def pair(system: System, postgresql: PostgreSQL) -> Iterator[Pair]:
    node, address = system.mortal_node(LONDON)
    url = postgresql.new_database()

    def edit(network: dict[str, Any]) -> None:
        (row,) = [row for row in network["node"] if row["id"] == LONDON]
        row["endpoint"] = address

    def gateway(writer: str) -> RunningGateway:
        return system.own_gateway(edit, {"storage_url": url, "audit_writer": writer})

    made = Pair(
        system=system,
        url=url,
        one=gateway("replica-1"),
        other=gateway("replica-2"),
        node=node,
        port=urlsplit(address).port or 0,
    )
    yield made
    for gateway_ in (made.one, made.other):
        gateway_.host.end()


async def until(there: Callable[[Answer], bool], asks: Callable[[], Awaitable[Answer]]) -> Answer:
    for _ in range(MANY):
        answer = await asks()
        if there(answer):
            return answer
    raise AssertionError("it never came about")


async def test_an_objection_at_one_holds_at_the_other(pair: Pair, as_: As):
    """From the next question on."""
    practice, elsewhere = as_("gp-london", pair.one), as_("gp-london", pair.other)
    before = await elsewhere.asks(about="two-doses")
    assert not any("OBJECTION" in said for said in before.states("ALLERGIES").values())
    what = {"effect": "OBJECT", "source": HERTS, "inEmergency": True}
    said = await practice.does("recordObjection", "id", "two-doses", **what)
    assert said.refused_with is None, said

    after = await elsewhere.asks(about="two-doses")

    assert after.states("ALLERGIES")[HERTS] == "WITHHELD OBJECTION"


async def test_a_rule_published_at_one_decides_at_the_other(pair: Pair, as_: As, tmp_path: Path):
    """Within two seconds, and no other row changes."""
    desk = Desk(pair.system, pair.one, as_("gp-london", pair.other), tmp_path)
    before = await desk.asks()
    assert before.states("RESULTS")[HERTS] == "FRESH"
    bundle = desk.withholding(HERTS, "RESULTS")
    await desk.sign(bundle, OWN_SIGNER[HERTS], SECOND_PAIR_OF_EYES)

    assert not await desk.publish(bundle)
    after = await desk.until(lambda answer: answer.states("RESULTS")[HERTS] != "FRESH")

    assert after.states("RESULTS")[HERTS] == "WITHHELD NOT_PERMITTED"
    assert after.states("PROBLEMS") == before.states("PROBLEMS")


async def test_rules_put_in_the_shadow_at_one_are_tried_at_the_other(
    pair: Pair, as_: As, tmp_path: Path
):
    """Within two seconds, and no longer than they are there."""
    practice = as_("gp-london", pair.other)
    desk = Desk(pair.system, pair.one, practice, tmp_path)
    bundle = desk.withholding(LONDON, "PROBLEMS")
    await desk.sign(bundle, OWN_SIGNER[LONDON])
    settings = ("--settings", desk.settings)

    async def tried() -> bool:
        # What the look before left is written down by the time that the next one is answered.
        seen = len(await practice.events("SHADOW_RULES"))
        await desk.asks()
        await desk.asks()
        return len(await practice.events("SHADOW_RULES")) > seen

    async def until(wanted: bool) -> Answer:
        for _ in range(MANY):
            answer = await desk.asks()
            if await tried() is wanted:
                return answer
        raise AssertionError("it never came about")

    assert not await desk.watling("sharing", "shadow", bundle, *settings)
    answer = await until(wanted=True)
    assert not answer.states("PROBLEMS")[LONDON].startswith("WITHHELD")
    assert not await desk.watling("sharing", "unshadow", f"node:{LONDON}", *settings)
    await until(wanted=False)


async def test_a_look_at_one_is_in_the_log_at_the_other(pair: Pair, as_: As):
    """The person reads of it wherever they ask."""
    look = await as_("gp-london", pair.one).asks(about="asks-for-his-own")
    assert look.refused_with is None, look

    log = await as_("citizen-own-record", pair.other).log_of("asks-for-his-own")

    (seen,) = [edge["node"] for edge in log.body["data"]["accessLog"]["edges"]]
    assert (seen["kind"], seen["purpose"]) == ("VIEW", "DIRECT_CARE")


async def test_a_second_look_is_told_once(pair: Pair, as_: As):
    """Both gateways hear that the node is back; whoever looked reads of it once, at either."""
    pair.goes()
    missed = await as_("gp-herts", pair.one).asks(about=ABOUT, categories=("ALLERGIES", "ALERTS"))
    assert missed.states("ALLERGIES")[LONDON].startswith("UNAVAILABLE")
    # Who starts looks for what waits, and waits for it too.
    pair.other = pair.system.restarted(pair.other)
    pair.comes_back()

    def is_back(answer: Answer) -> bool:
        return answer.states("PROBLEMS")[LONDON].startswith(("FRESH", "NO_RECORD"))

    for gateway in (pair.one, pair.other):
        practice = as_("gp-london", gateway)
        await until(
            is_back, partial(practice.asks, about="seen-in-watford", categories=("PROBLEMS",))
        )
    for _ in range(MANY):
        if at_other := await told(as_("gp-herts", pair.other)):
            break

    assert len(at_other) == 1
    assert await told(as_("gp-herts", pair.one)) == at_other
