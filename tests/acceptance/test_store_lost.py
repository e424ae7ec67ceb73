"""Rules, and what is held of people, whose store cannot be read. Scenario 50."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from gateway.settings import load_settings
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As
from tests.acceptance.launching import Launched
from tests.scenarios.network import RunningGateway, System

HERTS, LONDON, PLANS = "herts-west-essex", "london-care-record", "universal-care-plan"
MINUTE = 60.0
KEPT = ("ALLERGIES", "MEDICATIONS", "ALERTS")
MANY = 2000
BUNDLES = ("rule_bundle",)
TIES, OBJECTIONS = ("told_fact",), ("objection",)
HELD = (*TIES, *OBJECTIONS)
REST = (*BUNDLES, *OBJECTIONS)
NOT_CURRENT = "RULES_NOT_CURRENT"


def _rename(gateway: RunningGateway, tables: Sequence[str], name: str, other: str) -> None:
    url = load_settings(gateway.settings_file, {}).storage_url.reveal()
    with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10) as database:
        for table in tables:
            database.execute(f"ALTER TABLE {name.format(table)} RENAME TO {other.format(table)}")


def lose(gateway: RunningGateway, tables: Sequence[str]) -> None:
    _rename(gateway, tables, "{}", "{}_out_of_reach")


def give_back(gateway: RunningGateway, tables: Sequence[str]) -> None:
    _rename(gateway, tables, "{}_out_of_reach", "{}")


async def until(there: Callable[[Answer], bool], asks: Callable[[], Awaitable[Answer]]) -> Answer:
    """The first answer that is so, or the last of very many: stores are followed each second."""
    for _ in range(MANY):
        answer = await asks()
        if there(answer):
            break
    return answer


class Ward:
    """Those who ask at one gateway about one person, each opening the record anew."""

    def __init__(self, gateway: RunningGateway, as_: As, launched: Launched) -> None:
        self.gateway, self._as, self._launched = gateway, as_, launched

    async def doctor(self) -> Answer:
        return await self._asks("ed-doctor-london", "ADMISSION", "DIRECT_CARE")

    async def crew(self) -> Answer:
        return await self._asks("paramedic-london", "INCIDENT", "EMERGENCY")

    async def citizen(self) -> Answer:
        caller = self._as("citizen-own-record", self.gateway)
        return await caller.asks(about="asks-for-his-own", purpose="PATIENT_REQUEST")

    async def nurse_of_herself(self) -> Answer:
        caller = self._as("community-nurse-herts", self.gateway)
        return await caller.asks(about="the-nurse-herself")

    async def object(self) -> None:
        practice = self._as("gp-london", self.gateway)
        what = {"effect": "OBJECT", "source": HERTS, "inEmergency": True}
        said = await practice.does("recordObjection", "id", "everywhere", **what)
        assert said.refused_with is None, said

    async def _asks(self, persona: str, kind: str, purpose: str) -> Answer:
        launch = await self._launched(persona, "everywhere", kind, at=self.gateway)
        caller = self._as(persona, self.gateway)
        return await caller.asks(about="everywhere", purpose=purpose, launch=launch)


async def test_50_the_store_is_lost(system: System, as_: As, launched: Launched):
    """What was last known for fifteen minutes, then emergencies alone, then nothing; and back."""
    gateway = system.gateway_of("store-lost", lambda _: None)
    ward = Ward(gateway, as_, launched)
    await ward.object()
    before = await ward.doctor()
    assert NOT_CURRENT not in before.obligations
    assert before.states("PROBLEMS")[HERTS] == "WITHHELD OBJECTION"

    # While objections can still be followed, it is seen that this one was.
    lose(gateway, TIES)
    problems = before.states("PROBLEMS")
    followed = await until(lambda told: told.states("PROBLEMS") == problems, ward.doctor)
    assert followed.states("PROBLEMS") == problems
    lose(gateway, REST)

    system.set_silence(gateway, MINUTE)
    _is_last_known(await ward.doctor(), before)
    assert (await ward.nurse_of_herself()).refused_with == "FORBIDDEN"
    assert (await ward.citizen()).refused_with == "POLICY_UNAVAILABLE"

    system.set_silence(gateway, 16 * MINUTE)
    assert (await ward.doctor()).refused_with == "POLICY_UNAVAILABLE"
    _is_what_saves_lives(await ward.crew())

    system.set_silence(gateway, 300 * MINUTE)
    assert (await ward.crew()).refused_with == "POLICY_UNAVAILABLE"

    give_back(gateway, (*TIES, *REST))
    again = await until(lambda told: told.refused_with is None, ward.doctor)
    assert NOT_CURRENT not in again.obligations
    assert again.states("PROBLEMS") == problems
    assert (await ward.citizen()).refused_with is None


def _is_last_known(known: Answer, before: Answer) -> None:
    assert NOT_CURRENT in known.obligations
    assert known.states("PROBLEMS") == before.states("PROBLEMS")
    assert known.items("ALLERGIES")
    assert not any(item["source"]["id"] == HERTS for item in known.items("ALLERGIES"))


def _is_what_saves_lives(emergency: Answer) -> None:
    assert NOT_CURRENT in emergency.obligations
    for category in KEPT:
        assert emergency.states(category)[LONDON].startswith("FRESH"), category
        assert emergency.states(category)[HERTS] == "WITHHELD OBJECTION", category
    assert emergency.states("PROBLEMS")[LONDON] == "WITHHELD POLICY_UNAVAILABLE"
    assert not emergency.items("PROBLEMS")
    assert emergency.states("CARE_PLANS")[PLANS] == "PARTIAL POLICY_UNAVAILABLE"
    assert all(plan["cpr"] for plan in emergency.items("CARE_PLANS"))


async def test_50_only_the_bundles_are_lost(system: System, as_: As):
    """What is held of people is read as ever; the rules are the last known."""
    gateway = system.gateway_of("rules-lost", lambda _: None)
    lose(gateway, BUNDLES)
    system.set_silence(gateway, 5 * MINUTE)
    known = await as_("gp-london", gateway).asks(about="everywhere")
    assert NOT_CURRENT in known.obligations
    own = await as_("citizen-own-record", gateway).asks(
        about="asks-for-his-own", purpose="PATIENT_REQUEST"
    )
    assert own.refused_with is None
    system.set_silence(gateway, 20 * MINUTE)
    answer = await as_("gp-london", gateway).asks(about="everywhere")
    assert answer.refused_with == "POLICY_UNAVAILABLE"


async def test_50_only_what_is_held_of_people_is_lost(system: System, as_: As):
    """The rules are current, and nobody is shown more for it."""
    gateway = system.gateway_of("held-lost", lambda _: None)
    doctor = as_("gp-london", gateway)
    lose(gateway, HELD)
    assert NOT_CURRENT in (await doctor.asks(about="everywhere")).obligations
    system.set_silence(gateway, 300 * MINUTE)
    for _ in range(MANY):
        ready = await system.client.get(f"{gateway.url}/readyz")
        if ready.status_code == HTTPStatus.OK:  # the rules have been heard of again
            break
    assert ready.status_code == HTTPStatus.OK
    assert (await doctor.asks(about="everywhere")).refused_with == "POLICY_UNAVAILABLE"
