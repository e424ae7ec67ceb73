"""`watling node shadow-day`: what a node in the shadow would have done; of no person anything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from federation.audit import AuditTrail, shadow_events
from federation.flow import Failure, HeldRecord, Reply
from federation.model import Category
from federation.status import FaultOrigin, SourceCode, SourceState, row
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.cli import main
from gateway.settings import load_settings
from tests.builders import LONDON, NOW, NUMBER, a_person, a_reference, a_released, a_requester
from tests.federation.audit.values import a_plan, the_question
from tests.gateway.cli.test_audit import Log
from tests.items import an_allergy

HELD = Reply(node=LONDON, records=(HeldRecord(person=a_person(), parts={}),), retrieved_at=NOW)
LATE = Failure(
    node=LONDON,
    state=SourceState.TIMED_OUT,
    code=SourceCode.DEADLINE_EXCEEDED,
    origin=FaultOrigin.NODE,
)


def _released(state: SourceState, code: SourceCode | None, items: int, withheld: int):
    category = Category.ALLERGIES
    return a_released(
        LONDON,
        {category: [an_allergy(f"a-{n}", LONDON) for n in range(items)]},
        rows=(row(LONDON, category, state, code),),
        categories=(category,),
        withheld={category: withheld} if withheld else {},
    )


@pytest.fixture
def office(tmp_path: Path) -> Log:
    """A log of three looks, beside which London stood in the shadow."""
    office = Log(tmp_path)
    make_audit_keys(office.keys, "2026-11")
    office.write_settings(tmp_path / "watling.toml")
    asyncio.run(_fill(office))
    return office


_QUICK = (HELD, _released(SourceState.FRESH, None, 1, 0), 0)
_LOOKS = (
    (HELD, _released(SourceState.FRESH, None, 2, 0), 40),
    (HELD, _released(SourceState.PARTIAL, SourceCode.NOT_PERMITTED, 1, 3), 900),
    (LATE, _released(SourceState.TIMED_OUT, SourceCode.DEADLINE_EXCEEDED, 0, 0), 8000),
)


async def _fill(office: Log, looks=_LOOKS, writer: str = "shadow") -> None:
    settings = load_settings(office.folder / "watling.toml", {})
    store = await open_storage(settings.storage_url.reveal())
    trail = await AuditTrail.open(
        store.audit, writer, load_audit_keys(settings.audit_key_file), lambda: NOW
    )
    question = the_question()
    for outcome, part, took in looks:
        events = shadow_events(question, a_reference(), a_plan(), (outcome,), (), (part,), took)
        await trail.record(events)
    await trail.aclose()
    await store.close()


def said(office: Log, *words: str):
    return CliRunner().invoke(
        main,
        ["node", "shadow-day", *words, "--settings", str(office.folder / "watling.toml")],
        env={"COLUMNS": "160"},
    )


DAY = ("--day", "2026-10-05")


def test_a_day_as_table_page_and_json(office: Log, tmp_path: Path):
    """Looks, what would have been shared and withheld, what failed, and how quick it was."""
    page, counts = tmp_path / "day.html", tmp_path / "day.json"
    result = said(office, LONDON.id, *DAY, "--html", str(page), "--json", str(counts))
    assert result.exit_code == 0, result.output
    assert "3 looks, asked beside 3, answered 2, nothing held in 0" in result.output
    assert "1 times TIMED_OUT DEADLINE_EXCEEDED" in result.output
    told = msgspec.json.decode(counts.read_bytes())
    assert told["milliseconds"] == {"p50": 900, "p95": 8000, "p99": 8000}
    assert told["categories"] == [
        {
            "category": "ALLERGIES",
            "looks": 3,
            "sharedIn": 2,
            "shared": 3,
            "withheldIn": 1,
            "withheld": 3,
            "rows": {
                "FRESH": 1,
                "PARTIAL NOT_PERMITTED": 1,
                "TIMED_OUT DEADLINE_EXCEEDED": 1,
            },
        }
    ]
    shown = page.read_text()
    assert "london-care-record in the shadow on 2026-10-05" in shown
    assert "<script" not in shown
    for secret in (NUMBER, a_requester().subject, "Fernsby"):
        assert secret not in result.output + shown + counts.read_text()


def test_calls_that_took_no_millisecond_are_told(office: Log):
    """Quick is not the same as never asked."""
    asyncio.run(_fill(office, (_QUICK,) * 9, "shadow-2"))
    assert "p50 0 ms" in said(office, LONDON.id, *DAY).output


def test_another_day_and_another_node_have_nothing(office: Log):
    """No counts are made up."""
    for words in ((LONDON.id, "--day", "2026-10-04"), ("milton-keynes", *DAY)):
        result = said(office, *words)
        assert result.exit_code == 0, result.output
        assert "0 looks, asked beside 0" in result.output


def test_that_somebody_read_it_is_on_the_record(office: Log):
    """As whatever opens the log is, before it is shown."""
    said(office, LONDON.id, *DAY)
    report = CliRunner().invoke(
        main, ["audit", "report", "--settings", str(office.folder / "watling.toml")]
    )
    assert "LOG_OPENED" in report.output
