"""`watling audit report` and `reviews`: counts and alerts, and never a person."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from federation.audit import AuditTrail, refusal_event
from federation.audit.deeds import Reviewable, access_reviewed
from federation.audit.event import Flag
from federation.audit.reviewed import EventPlace, Reviewed
from federation.audit.watch import flagged
from federation.deeds import ReviewOutcome
from federation.errors import ErrorCode
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.cli import main
from gateway.settings import load_settings
from tests.builders import LONDON, NOW, NUMBER, a_question, a_requester, an_organisation
from tests.federation.access.standing import reviewing
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


async def _reviewed(office: Log, *found: tuple[str, ReviewOutcome], of: int = 2) -> None:
    """Put on the record, by a writer whose chain is read before the alerts', what was found."""
    settings = load_settings(office.folder / "watling.toml", {})
    store = await open_storage(settings.storage_url.reveal())
    trail = await AuditTrail.open(
        store.audit, "a-writer", load_audit_keys(settings.audit_key_file), lambda: LONG_AFTER
    )
    for to, outcome in found:
        place = EventPlace("report", of)
        alerted = Reviewable(place=place, view_id=a_question().view_id, number=NUMBER, node=None)
        reviewed = Reviewed(of=place, to=to, outcome=outcome)
        deed = reviewing("an-id", outcome=outcome, asked_at=LONG_AFTER)
        await trail.record((access_reviewed(deed, alerted, reviewed),))
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
    assert "1 alerts are past their day, and nobody has looked into them" in lines
    assert "WAITING 1" in lines
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


FOR_US, FOR_THE_NODE = "organisation:RRV", f"node:{LONDON.id}"


def test_what_was_found(office: Log):
    """The newest review holds, for whom it was made alone, whichever days are asked for."""
    asyncio.run(
        _reviewed(
            office,
            (FOR_US, ReviewOutcome.NEEDS_INQUIRY),
            (FOR_THE_NODE, ReviewOutcome.NEEDS_INQUIRY),
            (FOR_US, ReviewOutcome.NOT_JUSTIFIED),
        )
    )
    days = ("--since", "2026-10-05", "--until", "2026-10-05")
    lines = said(office, "report", *days)
    assert {"NOT_JUSTIFIED 1", "NEEDS_INQUIRY 1"} <= set(lines)
    assert "1 alerts are open as inquiries" in lines
    assert "0 alerts are past their day, and nobody has looked into them" in lines
    assert not any(line.startswith("REVIEWED") for line in lines)
    assert "REVIEWED 3" in said(office, "report")
    assert "0 alerts are open as inquiries" in said(
        office, "report", *days, "--organisation", "RRV"
    )


def test_a_review_of_something_else_closes_nothing(office: Log):
    """Neither of another event of the view nor of one of another writer."""
    asyncio.run(_reviewed(office, (FOR_US, ReviewOutcome.JUSTIFIED), of=1))
    lines = said(office, "report", "--organisation", "RRV")
    assert "WAITING 1" in lines
    assert "1 alerts are past their day, and nobody has looked into them" in lines


def test_what_is_closed_is_listed_on_request(office: Log):
    """An inquiry is listed; what was found justified or not is not, unless it is asked for."""
    asyncio.run(
        _reviewed(
            office,
            (FOR_US, ReviewOutcome.JUSTIFIED),
            (FOR_THE_NODE, ReviewOutcome.NEEDS_INQUIRY),
        )
    )
    lines = [line for line in said(office, "reviews") if "WATCHED" in line]
    assert len(lines) == 1
    assert f"NEEDS_INQUIRY {FOR_THE_NODE}" in lines[0]
    assert "overdue" not in lines[0]
    lines = [line for line in said(office, "reviews", "--all") if "WATCHED" in line]
    assert any(f"JUSTIFIED {FOR_US}" in line for line in lines)


def test_a_node_is_not_told_what_is_an_employers(office: Log):
    """Why an alert is there is listed for each as far as it is told to them."""
    asyncio.run(_flag_family(office))
    (organisation,) = [line for line in said(office, "reviews") if "FAMILY, WATCHED" in line]
    assert FOR_US in organisation
    node = said(office, "reviews", "--node", LONDON.id)
    assert not any("FAMILY" in line for line in node)


async def _flag_family(office: Log) -> None:
    settings = load_settings(office.folder / "watling.toml", {})
    store = await open_storage(settings.storage_url.reveal())
    trail = await AuditTrail.open(
        store.audit, "report", load_audit_keys(settings.audit_key_file), lambda: NOW
    )
    question = a_question()
    view, *_ = the_view(question)
    flags = (Flag.FAMILY, Flag.WATCHED)
    await trail.record((flagged(view, flags, question.requester, (LONDON.id,)),))
    await trail.aclose()
    await store.close()
