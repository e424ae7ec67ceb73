"""A bundle in the shadow is asked of each view after it; nothing comes of it but a record."""

from __future__ import annotations

from dataclasses import replace as changed

import pytest
from msgspec.json import encode
from msgspec.structs import replace

from federation.audit import AuditKeys, EventKind, Sealer
from federation.audit.chain import open_row
from federation.audit.shadow_rules_page import ShadowRulesDay
from federation.audit.wanted import local_day
from federation.errors import AuditUnavailableError, ErrorCode, ForbiddenError
from federation.model import Category
from federation.sharing import RulesNow
from federation.status import SourceCode, SourceState
from tests.builders import HERTS, KEY, LONDON, NOW, NUMBER, a_requester
from tests.federation.sharing.test_in_shadow import (
    CLOSED,
    WHOLE_REFUSED,
    an_organisation_s,
    in_force,
    in_the_shadow,
    the_sheet,
)
from tests.federation.test_pipeline import BrokenAudit, Whole

SEALER = Sealer(AuditKeys("1", {"1": KEY}))
DECIDES = in_force(the_sheet())
CLOSES = in_the_shadow(DECIDES, the_sheet(CLOSED))


class Tried(Whole):
    """A pipeline beside which bundles stand; what is to be done later waits for `catch_up`."""

    def __init__(self, *shadow, decides: RulesNow = DECIDES, left_out: int = 0, **given) -> None:
        super().__init__(**given)
        self.shadow, self.decides, self._left_out = shadow, decides, left_out
        self.later = []

    async def _opened(self):
        pipeline = await super()._opened()
        self.pipeline = changed(
            pipeline,
            rules=lambda: self.decides,
            shadow_rules=lambda: self.shadow,
            left_out=lambda _of: self._left_out,
        )
        outer = self

        class Asked:
            async def ask(self, question):
                return await outer.pipeline.ask(
                    question, later=lambda of, work: outer.later.append((of, work))
                )

        return Asked()

    async def catch_up(self) -> None:
        """Do what is to be done once the answer is out."""
        await self._opened()
        works, self.later = self.later, []
        try:
            for _, work in works:
                await getattr(self.pipeline, work.func.__name__)(*work.args)
        finally:
            await self.trail.aclose()

    async def events(self, kind=EventKind.SHADOW_RULES):
        rows = [row async for row in self.store.read()]
        return [one for one in (open_row(row, SEALER) for row in rows) if one.plain.kind is kind]

    async def day(self, owner=f"node:{LONDON.id}"):
        counted = ShadowRulesDay(owner=owner, day=local_day(NOW))
        async for row in self.store.read():
            counted.add(open_row(row, SEALER))
        return counted


async def test_what_is_shown_and_asked_is_the_same_with_and_without_rules_in_the_shadow():
    """Not a byte of the answer, nor a call, is another; and nothing is done yet."""
    tried = Tried(CLOSES)
    answer = await tried.ask()
    without = await Tried().ask()
    assert encode(answer.record) == encode(without.record)
    assert [len(tried.london.calls), len(tried.herts.calls)] == [1, 1]
    assert await tried.events() == []
    assert [of for of, _ in tried.later] == [CLOSES.sheet.digest]
    await tried.catch_up()
    assert [len(tried.london.calls), len(tried.herts.calls)] == [1, 1]


async def test_what_it_would_have_made_of_the_view_is_on_the_record():
    """By whose rules, of which node, what became of it, what would have; and of no item a word."""
    tried = Tried(CLOSES, left_out=3)
    await tried.ask()
    await tried.catch_up()
    (event,) = await tried.events()
    (view,) = await tried.events(EventKind.VIEW)
    assert (event.plain.view_id, event.plain.nodes) == (view.plain.view_id, (LONDON.id,))
    assert event.plain.rules_version == view.plain.rules_version
    assert event.plain.rules.digest == CLOSES.sheet.digest
    assert event.plain.left_out == 3
    assert event.plain.microseconds >= 0
    (part,) = event.sealed.decided_beside
    assert (part.category, part.state) == (Category.ALLERGIES, SourceState.FRESH)
    assert (part.would_state, part.would_code) == (
        SourceState.WITHHELD,
        SourceCode.NOT_PERMITTED,
    )
    assert (part.fewer, part.because) == (1, (f"node:{LONDON.id}/closed",))
    assert event.sealed.shown == event.sealed.decisions == ()
    assert event.sealed.footing is None
    assert "london-care-record-1" not in repr(event)
    assert NUMBER not in repr(event.plain)


async def test_the_day_counts_views_rows_items_and_what_was_left_out():
    """Of this owner and this day alone."""
    tried = Tried(CLOSES, left_out=1)
    for _ in range(3):
        await tried.ask()
        await tried.catch_up()
    (bundle,) = (await tried.day()).bundles.values()
    assert (bundle.looks, bundle.differing, bundle.left_out) == (3, 3, 3)
    told = bundle.categories[Category.ALLERGIES]
    assert (told.rows, told.differing, told.fewer, told.more, told.shared) == (3, 3, 3, 0, 0)
    assert told.directions == {"closes": 3}
    assert told.because == {f"node:{LONDON.id}/closed": 3}
    assert len(bundle.microseconds) == 3
    assert (await tried.day(f"node:{HERTS.id}")).bundles == {}


async def test_a_view_that_it_would_have_refused_whole_is_shown_and_told():
    """With the code, as an organisation's rules may refuse their own staff's."""
    cedar = WHOLE_REFUSED.replace("RAL", "RRV")
    tried = Tried(in_the_shadow(DECIDES, an_organisation_s(owner="organisation:RRV", cedar=cedar)))
    answer = await tried.ask()
    assert answer.record.sections[Category.ALLERGIES].entries
    await tried.catch_up()
    (event,) = await tried.events()
    assert event.plain.error is ErrorCode.FORBIDDEN
    assert event.plain.nodes == (LONDON.id, HERTS.id)
    (bundle,) = (await tried.day("organisation:RRV")).bundles.values()
    assert bundle.refused == {ErrorCode.FORBIDDEN: 1}
    assert bundle.categories[Category.ALLERGIES].fewer == 2


async def test_one_that_has_no_say_in_a_view_is_not_asked():
    """Another organisation's, and one that was made ready beside other rules."""
    others = in_the_shadow(DECIDES, an_organisation_s(CLOSED, owner="organisation:RYJ"))
    tried = Tried(others, replace(CLOSES, beside="an earlier version"))
    await tried.ask()
    assert tried.later == []


async def test_a_refused_look_has_nothing_beside_it():
    """Who may not ask makes nothing be tried."""
    tried = Tried(CLOSES)
    with pytest.raises(ForbiddenError):
        await tried.ask(requester=a_requester(role="R8015"))
    assert tried.later == []


async def test_one_that_cannot_be_evaluated_fails_by_itself():
    """The answer was out, and whoever runs what is beside hears of it."""

    class Broken:
        def __getattr__(self, name):
            raise RuntimeError(name)

    tried = Tried(replace(CLOSES, rules=Broken()))
    answer = await tried.ask()
    assert answer.record.sections[Category.ALLERGIES].entries
    with pytest.raises(RuntimeError):
        await tried.catch_up()
    assert await tried.events() == []


async def test_what_cannot_be_written_down_is_heard_of():
    """The record of a trial is no answer's condition, and no secret either."""
    tried = Tried(CLOSES)
    await tried.ask()
    tried.store = BrokenAudit()
    with pytest.raises(AuditUnavailableError):
        await tried.catch_up()
