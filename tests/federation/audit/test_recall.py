"""A gateway that starts anew goes on counting where the log has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.audit import AuditEvent, AuditTrail, Sealer, refusal_event
from federation.audit.account import unread_event
from federation.audit.deeds import deed_refused
from federation.audit.event import Flag
from federation.audit.recall import recall
from federation.audit.watch import Watch, WatchLimits
from federation.errors import AuditBrokenError, ErrorCode
from federation.flow import Facts, Question
from federation.model import RequesterKind, RequestId, ViewId
from federation.nhs_number import NhsNumber
from federation.storage.memory import MemoryAudit
from tests.builders import NOW, NUMBER, a_question, a_requester
from tests.federation.access.standing import declaring
from tests.federation.audit.values import KEYS, OTHER_KEYS, the_view

SEALER = Sealer(KEYS)
USUAL = 3


def a_watch() -> Watch:
    return Watch(SEALER, WatchLimits(people_an_hour=USUAL, refusals=USUAL, self_declared=0))


async def written(events: Iterable[AuditEvent], minutes_ago: float = 5) -> MemoryAudit:
    store = MemoryAudit()
    at = NOW - timedelta(minutes=minutes_ago)
    trail = await AuditTrail.open(store, "gateway-1", KEYS, lambda: at)
    for event in events:
        moved = replace(event.plain, at=at)
        await trail.record((AuditEvent(plain=moved, sealed=event.sealed),))
    await trail.aclose()
    return store


def views(count: int, question: Question | None = None) -> list[AuditEvent]:
    """Looks at so many people, each the view alone."""
    event = the_view(question or a_question())[0]
    return [
        AuditEvent(plain=event.plain, sealed=replace(event.sealed, number=NhsNumber(f"{one:010}")))
        for one in range(count)
    ]


def flags_of_one_more(watch: Watch) -> tuple[Flag, ...]:
    facts = Facts(at=NOW, nodes=(), agreements={}, rules_version="1")
    return watch.of_view(a_question(), NUMBER, facts, (), restricted=False)


async def test_people_of_the_hour_before_are_counted():
    """The look that is too many is found, though most were before the restart."""
    watch = a_watch()
    assert await recall(watch, await written(views(USUAL)), SEALER, NOW) == USUAL
    assert flags_of_one_more(watch) == (Flag.MANY_PEOPLE,)


async def test_what_is_older_or_a_citizen_s_is_not():
    """An hour ago is over, and people are not watched."""
    old, own = a_watch(), a_watch()
    await recall(old, await written(views(USUAL), minutes_ago=61), SEALER, NOW)
    citizen = a_question(requester=a_requester(kind=RequesterKind.CITIZEN))
    await recall(own, await written(views(USUAL, citizen)), SEALER, NOW)
    assert flags_of_one_more(old) == flags_of_one_more(own) == ()


@pytest.mark.parametrize("slips", range(USUAL + 1))
async def test_refusals_are_counted_and_slips_are_not(slips: int):
    """Questions and deeds together, as they were counted then."""
    watch = a_watch()
    slip = unread_event(
        a_requester(),
        NUMBER,
        ErrorCode.GRAPHQL_PARSE_FAILED,
        at=NOW,
        view_id=ViewId("v"),
        request_id=RequestId("r"),
    )
    events = (
        refusal_event(a_question(), ErrorCode.FORBIDDEN),
        *[slip] * slips,
        deed_refused(declaring(), NUMBER, ErrorCode.FORBIDDEN),
    )
    await recall(watch, await written(events), SEALER, NOW)
    assert watch.of_refusal(a_requester(), NOW, ()) == (Flag.MANY_REFUSALS,)


async def test_a_look_ends_the_row_there_too():
    """The order is that of the log."""
    watch = a_watch()
    refused = refusal_event(a_question(), ErrorCode.FORBIDDEN)
    await recall(watch, await written((refused, refused, *views(1))), SEALER, NOW)
    assert watch.of_refusal(a_requester(), NOW, ()) == ()


async def test_no_more_than_some_are_read():
    """Of a busy hour the newest are counted, so that a start does not wait."""
    watch = a_watch()
    assert await recall(watch, await written(views(9)), SEALER, NOW, most=2) == 2
    assert flags_of_one_more(watch) == ()


async def test_what_cannot_be_opened_counts_nothing():
    """Whoever starts the gateway is told, and it starts."""
    watch = a_watch()
    with pytest.raises(AuditBrokenError):
        await recall(watch, await written(views(USUAL)), Sealer(OTHER_KEYS), NOW)
    assert flags_of_one_more(watch) == ()
