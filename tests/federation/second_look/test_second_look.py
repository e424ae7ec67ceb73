"""A look that missed a node waits for it, sealed; what then counts as news; how gently it asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.errors import StorageError
from federation.flow import News
from federation.model import Category, RequesterKind
from federation.second_look import SecondLooks, Waits, missed_of, news
from federation.second_look.missed import close, open_kept
from federation.second_look.news import seen
from federation.status import FaultOrigin, SourceCode, SourceState, row
from federation.storage import Seal
from federation.storage.memory import MemorySecondLooks
from tests.builders import HERTS, KEY, LONDON, NOW, a_question, a_reference, a_requester
from tests.federation.second_look.seen import a_record
from tests.items import an_allergy

SEAL = Seal("second look", KEY)
HOUR = timedelta(hours=1)
CITIZENS = a_question(Category.ALLERGIES, requester=a_requester(kind=RequesterKind.CITIZEN))
UNCONFIRMED = a_question(Category.ALLERGIES, confirm=None)
RASH = an_allergy("a1", LONDON, reactions=())


def missing(node=HERTS, state=SourceState.UNAVAILABLE, origin=FaultOrigin.NODE):
    return row(node, Category.ALLERGIES, state, SourceCode.CONNECTION_REFUSED, origin)


def what_waits(record, *, question=None, shown=None, **reference: Any):
    question = question or a_question(Category.ALLERGIES)
    return tuple(missed_of(question, a_reference(**reference), record, shown or record))


@pytest.mark.parametrize(
    "state", [SourceState.UNAVAILABLE, SourceState.TIMED_OUT, SourceState.INVALID_RESPONSE]
)
def test_a_look_waits_for_the_node_that_it_missed(state):
    """For that alone, with what was asked of it; what was seen is kept as digests."""
    (one,) = what_waits(a_record(RASH, rows=(missing(state=state),)))
    assert (one.node, one.categories) == (HERTS.id, {Category.ALLERGIES})
    assert len(one.seen) == 1
    assert "Amoxicillin" not in str(one.seen)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"question": CITIZENS}, "a citizen's"),
        ({"restricted": True}, "of a restricted person"),
        ({"shown": a_record(RASH)}, "with concealed sources"),
        ({"question": UNCONFIRMED, "birth_date": None}, "without a birth date"),
    ],
)
def test_looks_that_get_no_second(given, why):
    """When a second came would tell, or nobody could be verified."""
    assert what_waits(a_record(rows=(missing(),)), **given) == (), why


@pytest.mark.parametrize(
    ("state", "origin"),
    [
        (SourceState.WITHHELD, FaultOrigin.POLICY),
        (SourceState.NOT_ASKED, FaultOrigin.POLICY),
        (SourceState.UNAVAILABLE, FaultOrigin.POLICY),
        (SourceState.FRESH_EMPTY, None),
        (SourceState.IDENTITY_MISMATCH, FaultOrigin.NODE),
    ],
)
def test_what_rules_took_is_not_missing(state, origin):
    """Nor is what was answered."""
    assert what_waits(a_record(rows=(missing(state=state, origin=origin),))) == ()


def test_what_waits_is_sealed_to_its_place():
    """It opens as it was; nothing of the person or who looked is to be read, nor moved."""
    (one,) = what_waits(a_record(rows=(missing(),)))
    kept = close(one, SEAL)
    assert open_kept(kept, SEAL) == one
    for secret in (one.nhs_number, one.requester.subject, one.requester.name):
        assert secret.encode() not in kept.sealed
        assert secret not in kept.id
    with pytest.raises(StorageError):
        open_kept(replace(kept, node="milton-keynes"), SEAL)


def test_news_is_what_reads_otherwise():
    """The same from another source is none; other words of the same allergy are."""
    before = seen(a_record(RASH))
    same = an_allergy("h1", HERTS, reactions=())
    refuted = an_allergy("h2", HERTS, clinical_status="INACTIVE")
    assert news(a_record(same), before) == ()
    (one,) = news(a_record(same, refuted), before)
    assert one == News(
        node=HERTS.id,
        source_id="h2",
        version=refuted.version,
        category=Category.ALLERGIES,
        message=f"Amoxicillin, Ended, {HERTS.name}",
    )


class Asked:
    """Second looks over a store in memory, by the hands of a clock that is set."""

    def __init__(self, most: int = 100) -> None:
        self.store, self.now = MemorySecondLooks(), NOW
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.back = True
        self.reports: list[str] = []
        self.looks = SecondLooks(
            self.store,
            SEAL,
            self.ask,
            lambda: self.now,
            self.report,
            Waits(most=most),
            sleep=self.sleep,
            chance=lambda: 0.5,
        )
        self.probe = asyncio.Event()

    def report(self, _node, what, _error) -> None:
        self.reports.append(what)

    async def sleep(self, seconds: float) -> None:
        if seconds > 1:  # the wait between tries
            await self.probe.wait()
            self.probe.clear()
        else:
            await asyncio.sleep(0)

    async def ask(self, missed) -> bool:
        self.asked.append(missed.view_id)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return self.back

    async def keep(self, count: int) -> None:
        for n in range(count):
            question = a_question(Category.ALLERGIES, view_id=f"view-{n}")
            record = a_record(rows=(missing(),))
            await self.looks.keep(missed_of(question, a_reference(), record, record))

    async def rest(self) -> None:
        for _ in range(100):
            await asyncio.sleep(0)


async def test_a_node_that_is_back_is_asked_one_at_a_time():
    """Everything that waits for it, once, however often it answers meanwhile."""
    asked = Asked()
    await asked.keep(5)
    asked.looks.answered(LONDON.id)
    for _ in range(3):
        asked.looks.answered(HERTS.id)
    await asked.rest()
    assert sorted(asked.asked) == [f"view-{n}" for n in range(5)]
    assert asked.most_at_once == 1
    assert not await asked.store.waiting(NOW)


async def test_a_node_that_is_still_missing_is_left_alone():
    """The first that fails ends the round, and everything waits on until the next try."""
    asked = Asked()
    await asked.looks.start()
    await asked.keep(3)
    asked.back = False
    asked.probe.set()
    await asked.rest()
    assert (len(asked.asked), len(await asked.store.waiting(NOW))) == (1, 3)
    asked.back = True
    asked.probe.set()
    await asked.rest()
    assert (len(asked.asked), await asked.store.waiting(NOW)) == (4, ())
    await asked.looks.aclose()


async def test_after_four_hours_nobody_is_asked():
    """It expired."""
    asked = Asked()
    await asked.keep(1)
    asked.now = NOW + 4 * HOUR
    asked.looks.answered(HERTS.id)
    await asked.rest()
    assert asked.asked == []


async def test_what_waited_when_the_gateway_was_closed_is_asked():
    """The next gateway over the same store knows which nodes are missed."""
    asked, again = Asked(), Asked()
    await asked.keep(1)
    again.store = again.looks._store = asked.store
    await again.looks.start()
    again.looks.answered(HERTS.id)
    await again.rest()
    assert again.asked == ["view-0"]
    await again.looks.aclose()


async def test_what_is_too_many_is_reported():
    """And costs nobody their answer."""
    asked = Asked(most=1)
    await asked.keep(2)
    assert asked.reports == ["too many looks wait"]
    assert len(await asked.store.waiting(NOW)) == 1


async def test_what_expires_while_others_are_asked_is_not_asked():
    """A round may take long."""
    asked = Asked()
    await asked.keep(2)
    ask = asked.ask

    async def slowly(missed) -> bool:
        asked.now = NOW + 4 * HOUR
        return await ask(missed)

    asked.looks._ask = slowly
    asked.looks.answered(HERTS.id)
    await asked.rest()
    assert len(asked.asked) == 1


async def test_of_two_gateways_one_asks():
    """Both hear that the node is back; each look is asked once, and is gone afterwards."""
    here, there = Asked(), Asked()
    there.store = there.looks._store = here.store
    await here.keep(4)
    await there.looks.start()
    here.looks.answered(HERTS.id)
    there.looks.answered(HERTS.id)
    await here.rest()
    assert sorted(here.asked + there.asked) == [f"view-{n}" for n in range(4)]
    assert not await here.store.waiting(NOW)
    await there.looks.aclose()


async def test_a_look_whose_gateway_died_is_asked_by_another():
    """Once what it had claimed is nobody's any more."""
    asked = Asked()
    await asked.keep(1)
    (kept,) = await asked.store.waiting(NOW)
    assert await asked.store.claim(kept.id, NOW, NOW + HOUR)
    asked.looks.answered(HERTS.id)
    await asked.rest()
    assert asked.asked == []
    assert await asked.store.waiting(NOW)

    asked.now = NOW + HOUR
    asked.looks.answered(HERTS.id)
    await asked.rest()
    assert asked.asked == ["view-0"]
