"""Rules whose store cannot be read. Scenario 50."""

from __future__ import annotations

import sqlite3

from gateway.settings import load_settings
from tests.acceptance.asking import As
from tests.scenarios.network import System

LONDON = "london-care-record"
MINUTE = 60.0
KEPT = ("ALLERGIES", "MEDICATIONS", "ALERTS")


async def test_50_the_store_of_rules_is_lost(system: System, as_: As):
    """The last known rules for fifteen minutes, then emergencies alone, then nothing."""
    gateway = system.gateway_of("rules-lost", lambda _: None)
    doctor, crew = as_("gp-london", gateway), as_("paramedic-london", gateway)
    before = await doctor.asks(about="everywhere")
    assert "RULES_NOT_CURRENT" not in before.obligations
    url = load_settings(gateway.settings_file, {}).storage_url.reveal()
    with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10) as database:
        database.execute("ALTER TABLE rule_bundle RENAME TO out_of_reach")

    system.set_silence(gateway, 5 * MINUTE)
    known = await doctor.asks(about="everywhere")
    assert "RULES_NOT_CURRENT" in known.obligations
    assert known.states("PROBLEMS") == before.states("PROBLEMS")

    system.set_silence(gateway, 20 * MINUTE)
    assert (await doctor.asks(about="everywhere")).refused_with == "POLICY_UNAVAILABLE"
    emergency = await crew.asks(about="everywhere", purpose="EMERGENCY")
    assert "RULES_NOT_CURRENT" in emergency.obligations
    for category in KEPT:
        assert emergency.states(category)[LONDON].startswith("FRESH"), category
    assert emergency.states("PROBLEMS")[LONDON] == "WITHHELD POLICY_UNAVAILABLE"
    assert not emergency.items("PROBLEMS")

    system.set_silence(gateway, 300 * MINUTE)
    lost = await crew.asks(about="everywhere", purpose="EMERGENCY")
    assert lost.refused_with == "POLICY_UNAVAILABLE"
