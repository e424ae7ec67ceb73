"""Looks as a replay gets them from the audit log: what they were made on, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

import tests.federation.audit
from federation.audit import AuditEvent
from federation.audit.event import EventKind
from federation.audit.wanted import Wanted
from federation.case import About
from federation.errors import AuditBrokenError, ErrorCode
from federation.flow import Decision, Outcome
from federation.model import Category
from federation.sharing.replay import Look
from federation.storage.base import AuditRow
from federation.storage.memory import MemoryAudit
from gateway.sharing.looks import Looks
from tests.builders import HERTS, LONDON, NOW, NUMBER, a_released
from tests.federation.audit.values import (
    KEYS,
    a_trail,
    an_event,
    refusal_event,
    the_question,
    the_view,
)
from tests.federation.sharing.given import a_case

FOOTING = a_case().footing
YOUNGER = replace(FOOTING, about=About(age=12))
SHOWN = Decision(node=LONDON.id, category=Category.ALLERGIES, outcome=Outcome.PERMIT)
KEPT = Decision(node=HERTS.id, category=Category.ALLERGIES, outcome=Outcome.NOT_ASKED)
PARTS = (
    a_released(
        LONDON,
        footing=FOOTING,
        decisions=(SHOWN,),
        screened_on=YOUNGER,
        looked_at=frozenset(("day",)),
    ),
    a_released(HERTS, footing=FOOTING, screened=(KEPT,), screened_on=YOUNGER),
)


def a_view(**given) -> AuditEvent:
    return the_view(the_question(**given), released=PARTS)[0]


async def a_log(*events: AuditEvent) -> MemoryAudit:
    store = MemoryAudit()
    trail = await a_trail(store)
    await trail.record(events)
    await trail.aclose()
    return store


async def found(store: MemoryAudit, **wanted) -> tuple[list[Look], Looks]:
    looks = Looks(store, KEYS, Wanted(**wanted))
    return [look async for look in looks.read()], looks


async def test_a_look_is_what_its_decisions_were_made_on():
    """And what they were; neither a name nor a number is handed on."""
    (look,), looks = await found(await a_log(*the_view(released=PARTS)))
    assert (look.footing, look.screened_on) == (FOOTING, YOUNGER)
    assert (look.decisions, look.screened) == ((SHOWN,), (KEPT,))
    assert look.looked_at == {LONDON.id: {"day"}}
    assert (looks.first, looks.last) == (NOW, NOW)
    told = repr(look)
    assert NUMBER not in told
    assert "Ada" not in told


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ({"since": date(2026, 10, 5)}, True),
        ({"until": date(2026, 10, 5)}, True),
        ({"since": date(2026, 10, 6)}, False),
        ({"until": date(2026, 10, 4)}, False),
        ({"until": date(2026, 10, 3)}, False),
        ({"organisation": "RRV"}, True),
        ({"organisation": "RJ1"}, False),
    ],
)
async def test_which_looks_are_wanted(wanted: dict[str, object], there: bool):
    """Days are local and both included."""
    looks, _ = await found(await a_log(a_view()), **wanted)
    assert bool(looks) == there


async def test_a_look_just_after_local_midnight_is_of_that_day():
    """In summer the day begins an hour before the clock of the log says so."""
    late = NOW.replace(day=4, hour=23, minute=30)
    looks, _ = await found(await a_log(a_view(asked_at=late)), since=date(2026, 10, 5))
    assert len(looks) == 1


async def test_what_was_written_before_footings_is_counted():
    """It cannot be replayed, and is not passed over in silence."""
    stored = Path(tests.federation.audit.__file__).parent / "stored_before_footings.json"
    store = MemoryAudit()
    await store.append([msgspec.json.decode(stored.read_bytes(), type=AuditRow)])
    looks, read = await found(store)
    assert (looks, read.before_footings) == ([], 1)


async def test_a_look_at_an_empty_network_is_counted():
    """Nothing was decided in it."""
    view = the_view(released=())[0]
    bare = replace(view, plain=replace(view.plain, rows=()))
    looks, read = await found(await a_log(bare))
    assert (looks, read.without_decisions, read.before_footings) == ([], 1, 0)


async def test_requests_that_rules_refused_whole_are_counted():
    """By code; whoever was not known, or was refused for another reason, is not."""
    refused = refusal_event(the_question(), ErrorCode.FORBIDDEN)
    looks, read = await found(await a_log(refused, refused, an_event()))
    assert (looks, read.refused) == ([], {ErrorCode.FORBIDDEN: 2})


def _changed(row: AuditRow) -> Iterable[AuditRow]:
    yield replace(row, body=row.body.replace(b"R0050", b"R8000"))
    yield replace(row, at=row.at + timedelta(seconds=1))
    yield replace(row, at="noon")


@pytest.mark.parametrize("way", [0, 1, 2])
async def test_a_look_that_was_written_to_is_not_replayed(way: int):
    """Whatever was changed of it, the command ends there."""
    store = await a_log(a_view())
    (row,) = [one async for one in store.read()]
    broken = MemoryAudit()
    await broken.append([tuple(_changed(row))[way]])
    with pytest.raises(AuditBrokenError):
        await found(broken, since=date(2026, 10, 5))
    assert row.kind == EventKind.VIEW
