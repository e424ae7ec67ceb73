"""A database far away, lost for a while: with a log on the gateway's own disk, and without."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.acceptance.asking import As
from tests.acceptance.test_replicas import until
from tests.postgres import PostgreSQL
from tests.scenarios.network import RunningGateway, System

NOT_CURRENT = "RULES_NOT_CURRENT"
ABOUT = "asks-for-his-own"


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgreSQL]:
    """A server that may be stopped: nobody else uses it."""
    server = PostgreSQL()
    yield server
    server.end()


@pytest.fixture
def near(system: System, mortal: PostgreSQL, tmp_path: Path) -> Iterator[RunningGateway]:
    """A gateway that writes its log on its own disk first."""
    own = f"sqlite:///{tmp_path}/own.db"
    gateway = system.own_gateway(
        settings={"storage_url": mortal.new_database(), "audit_storage_url": own}
    )
    yield gateway
    gateway.host.end()


@pytest.fixture
def far(system: System, mortal: PostgreSQL) -> Iterator[RunningGateway]:
    """One that has nothing but the database."""
    gateway = system.own_gateway(settings={"storage_url": mortal.new_database()})
    yield gateway
    gateway.host.end()


async def looks_in_the_log(as_: As, gateway: RunningGateway) -> int:
    log = await as_("citizen-own-record", gateway).log_of(ABOUT)
    return len(log.body["data"]["accessLog"]["edges"])


@pytest.mark.long
async def test_answers_go_on_as_last_known_and_on_the_record(
    near: RunningGateway, as_: As, mortal: PostgreSQL
):
    """Nobody is shown what nobody can trace: what was seen meanwhile is in the shared log after."""
    practice = as_("gp-london", near)
    before = await practice.asks(about=ABOUT)
    assert before.refused_with is None
    assert NOT_CURRENT not in before.obligations
    await asyncio.to_thread(mortal.stop)
    try:
        meanwhile = await practice.asks(about=ABOUT)
        assert (meanwhile.refused_with, NOT_CURRENT in meanwhile.obligations) == (None, True)
        assert meanwhile.states("ALLERGIES") == before.states("ALLERGIES")
    finally:
        await asyncio.to_thread(mortal.start)

    await until(lambda it: NOT_CURRENT not in it.obligations, partial(practice.asks, about=ABOUT))
    await until(
        lambda log: len(log.body["data"]["accessLog"]["edges"]) >= 3,
        partial(as_("citizen-own-record", near).log_of, ABOUT),
    )
    verified = await asyncio.to_thread(
        CliRunner().invoke, main, ["audit", "verify", "--settings", str(near.settings_file)]
    )
    assert verified.exit_code == 0, verified.output


async def test_without_a_log_of_its_own_a_gateway_shows_nothing_meanwhile(
    far: RunningGateway, as_: As, mortal: PostgreSQL
):
    """What cannot be written down is not shown; once the database is back, so is the gateway."""
    practice = as_("gp-london", far)
    before = await practice.asks(about=ABOUT)
    assert before.refused_with is None
    await asyncio.to_thread(mortal.stop)
    try:
        assert (await practice.asks(about=ABOUT)).refused_with == "AUDIT_UNAVAILABLE"
    finally:
        await asyncio.to_thread(mortal.start)

    again = await practice.asks(about=ABOUT)

    assert again.refused_with is None
    assert again.states("ALLERGIES") == before.states("ALLERGIES")
