"""`watling audit report` and `reviews`: counts and alerts, and never a person."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from federation.audit import AuditTrail, refusal_event
from federation.audit.event import Flag
from federation.audit.watch import flagged
from federation.errors import ErrorCode
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.cli import main
from gateway.settings import load_settings
from tests.builders import LONDON, NOW, NUMBER, a_question, a_requester, an_organisation
from tests.federation.audit.values import the_view
from tests.gateway.cli.test_audit import Log

LONG_AFTER = NOW + timedelta(days=365 * 100)


@pytest.fixture
def office(tmp_path: Path) -> Log:
    """A log of a view, a flagged view, and a refusal flagged to another organisation alone."""
    office = Log(tmp_path)
    make_audit_keys(office.keys, "2026-11")
    office.write_settings(tmp_path / "watling.toml")
    asyncio.run(_fill(office))
    return office


async def _fill(office: Log) -> None:
    settings = load_settings(office.folder / "watling.toml", {})
    store = await open_storage(settings.storage_url.reveal())
    trail = await AuditTrail.open(
        store.audit, "report", load_audit_keys(settings.audit_key_file), lambda: NOW
    )
    question = a_question()
    view, *others = the_view(question)
    risky = flagged(view, (Flag.WATCHED, Flag.RULE), question.requester, (LONDON.id,))
    await trail.record((view, risky, *others))
    elsewhere = a_requester(organisation=an_organisation("RWG", region="elsewhere"))
    later = replace(question, requester=elsewhere, asked_at=LONG_AFTER)
    refused = refusal_event(later, ErrorCode.FORBIDDEN)
    await trail.record((flagged(refused, (Flag.FAMILY,), elsewhere),))
    await trail.aclose()
    await store.close()


def said(office: Log, *words: str) -> list[str]:
    result = CliRunner().invoke(
        main,
        ["audit", *words, "--settings", str(office.folder / "watling.toml")],
        env={"COLUMNS": "200"},
    )
    assert result.exit_code == 0, result.output
    for secret in (NUMBER, "consultant-london", "Ada Example"):
        assert secret not in result.output
    return [" ".join(line.replace("│", " ").split()) for line in result.output.splitlines()]


def test_what_is_counted(office: Log):
    """Alerts by reason and by whom they are for, those past their day, and looks by role."""
    lines = said(office, "report", "--since", "2026-10-05", "--organisation", "RRV")
    assert "WATCHED 1" in lines
    assert "RULE 1" in lines
    assert "organisation:RRV 1" in lines
    assert not any(line.startswith(("node:", "FAMILY", "organisation:RWG")) for line in lines)
    assert any(line.startswith("R0050 ") for line in lines)
    assert "0 alerts are past their day" not in lines
    node = [line for line in said(office, "report", "--node", LONDON.id) if ":" in line]
    assert node == [f"node:{LONDON.id} 1"]


def test_what_waits(office: Log):
    """Every alert, first due first, and whether its day is past."""
    lines = [line for line in said(office, "reviews") if "FAMILY" in line or "WATCHED" in line]
    assert ["organisation:RWG" in line for line in lines][-1]
    assert "overdue" not in lines[-1]
    assert sum("WATCHED, RULE" in line for line in lines) == 2
    only = said(office, "reviews", "--organisation", "RWG")
    assert sum("FAMILY" in line for line in only) == 1
    assert not any("WATCHED" in line for line in only)
