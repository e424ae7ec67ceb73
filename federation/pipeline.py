"""The way of a request, from a question to an audited answer.

`Pipeline.ask` is the table of contents; start reading there.
Only this file knows the order of the stages. It hands out no answer that is not durable in the
audit log, and it writes down every way in which a look can end: answered, refused, abandoned by the
caller, failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from federation.audit import AuditTrail, abandoned_event, refusal_event, view_events
from federation.audit.watch import Watch, flagged
from federation.authority import Held, Launch, MarkKind, Relationship
from federation.errors import (
    AuditUnavailableError,
    PolicyUnavailableError,
    RefusedError,
    StorageError,
)
from federation.evidence import (
    asked_for_evidence,
    called_alike,
    is_sought,
    of_anybody,
    proven_ties,
    supposing_a_tie,
    time_for_evidence,
)
from federation.fanout import fan_out
from federation.flow import (
    Answer,
    Facts,
    Incident,
    Plan,
    Question,
    Record,
    Reference,
    Released,
    Sought,
    Verified,
)
from federation.identify import KnownNumbers, Tracer, identify
from federation.launches import Launches
from federation.locate import locate
from federation.merge import check_cursors, merge
from federation.model import NodeId
from federation.nhs_number import NhsNumber
from federation.plan import make_plan
from federation.protocols.base import NodeClient
from federation.registry import Network, Registry
from federation.sharing import (
    SERVICE_DESK,
    Rules,
    RulesNow,
    admit,
    admit_about,
    admit_last_known,
    as_unheld,
    conceal,
    load_facts,
    marks_on,
    notice_for,
    release,
    releasing,
    screen,
    traced_ties,
)
from federation.sharing.obligations import grant_in_force, obligations_of
from federation.verify import verify


@dataclass(slots=True)
class _Way:
    """How far a look has come, for the record of one that ends early."""

    launch: Launch | None = None
    plan: Plan | None = None
    marks: Collection[MarkKind] | None = None
    """What is known of the person and who asks; None: nobody has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Everything a request needs, built once by the composition root.

    `rules` tells what decides now; a view takes it once and keeps it.
    `about` tells what the stores know of a person's sharing, by all their numbers, or what was
    last known of it while they are lost; `remember` keeps what a launch vouched for, so that the
    next page needs no other.
    `loop_time` is the event loop's clock in seconds. `cursor_key` (32 bytes) seals page cursors.
    `service_desk` is whom to ring where no source may be named.
    `report_incident` and `report_defect` reach the operators' log; neither is ever given an
    identifier.
    """

    registry: Registry
    tracer: Tracer | None
    numbers: KnownNumbers
    clients: Mapping[NodeId, NodeClient]
    rules: Callable[[], RulesNow]
    about: Callable[[Collection[NhsNumber]], Awaitable[Held]]
    remember: Callable[[NhsNumber, Sequence[Relationship]], Awaitable[None]]
    launches: Launches
    trail: AuditTrail
    watch: Watch
    cursor_key: bytes
    loop_time: Callable[[], float]
    report_incident: Callable[[Incident], None]
    report_defect: Callable[[NodeId, BaseException], None]
    service_desk: str = SERVICE_DESK

    async def ask(self, question: Question) -> Answer:
        """The merged, audited answer to one question.

        Raises a `RefusedError` where the request as a whole is refused, `AuditUnavailableError`
        among them where the look could not be written down. What a node does is never an error: it
        is a row of the answer.
        """
        way = _Way()
        try:
            return await self._answer(question, way)
        except AuditUnavailableError:
            raise
        except RefusedError as refused:
            event = refusal_event(question, refused.code, way.launch)
            flags = self.watch.of_refusal(
                question.requester, question.asked_at, await self._marks(question, way)
            )
            await self.trail.record((flagged(event, flags, question.requester),))
            raise
        except (asyncio.CancelledError, Exception):
            # Nothing was shown, but nodes may have been asked: that is on the record all the same.
            with suppress(AuditUnavailableError):
                await self.trail.record((abandoned_event(question, way.plan, way.launch),))
            raise

    async def _answer(self, question: Question, way: _Way) -> Answer:
        now = self.rules()
        admit(question, now.rules, now.state)
        launch = way.launch = await self.launches.redeem(question)
        reference = await identify(question, launch, self.tracer, self.numbers, self.loop_time)
        check_cursors(question, reference.number, self.cursor_key)
        held = await self._known_of(reference.numbers)
        admit_last_known(question, held)
        evidence = self.launches.evidence_of(launch, question.requester)
        await self.remember(reference.number, evidence)
        ties = traced_ties(reference, question.requester, question.asked_at)
        network = self._network(now)
        facts = load_facts(
            network, question, held, evidence=(*evidence, *ties), rules_state=now.state
        )
        way.marks = facts.marks
        admit_about(question, reference, facts, now.rules)
        sought: Sought | None = None
        if is_sought(question, facts):
            sought = await self._seek(question, reference, facts, now.rules, way)
            facts = load_facts(network, question, held, evidence=sought.ties, rules_state=now.state)
        screened = screen(question, reference, facts, locate(question, facts), now.rules)
        plan = make_plan(question, reference, facts, screened)
        way.plan = Plan(calls=(*sought.plan.calls, *plan.calls)) if sought else plan
        outcomes = await fan_out(
            plan, self.clients, question.deadline, self.loop_time, self.report_defect
        )
        reference, verified = verify(reference, *as_unheld(screened, plan, outcomes))
        self._report(verified)
        released = await _yielding(
            releasing(question, reference, facts, screened, verified, now.rules)
        )
        shown = conceal(question, reference, released, verified, self.cursor_key, self.service_desk)
        record = self._merged(question, reference, facts, shown)
        # The audit names every source, whatever the reader may know of them.
        looked_at = (
            record if shown is released else self._merged(question, reference, facts, released)
        )
        view, *others = view_events(
            question,
            reference,
            plan,
            outcomes,
            verified,
            released,
            looked_at,
            now.rules.version,
            facts,
            launch,
            sought,
        )
        flags = self.watch.of_view(
            question,
            reference.number,
            facts,
            record.obligations,
            restricted=reference.restricted or any(one.restricted for one in shown),
        )
        view = flagged(view, flags, question.requester, view.plain.nodes)
        await self.trail.record((view, *others))
        return Answer(question=question, record=record)

    async def _seek(
        self, question: Question, reference: Reference, facts: Facts, rules: Rules, way: _Way
    ) -> Sought:
        """Whether a node knows of a tie that nobody else does: it is asked for that alone."""
        asked, supposed = asked_for_evidence(question), supposing_a_tie(question, facts)
        candidates = locate(asked, facts)
        screened = screen(asked, reference, supposed, candidates, rules)
        anybody = screen(asked, *of_anybody(reference, supposed), candidates, rules)
        # By what truly ties the two, which is nothing: a node must not be told of what is supposed.
        plan = way.plan = make_plan(asked, reference, facts, called_alike(anybody, screened))
        until = time_for_evidence(question.deadline, self.loop_time())
        outcomes = await fan_out(plan, self.clients, until, self.loop_time, self.report_defect)
        _, verified = verify(reference, plan, outcomes)
        self._report(verified)
        visible = release(asked, reference, supposed, screened, verified, rules)
        return Sought(
            plan=plan,
            outcomes=outcomes,
            verified=verified,
            ties=proven_ties(asked, verified, visible),
        )

    def _report(self, verified: Sequence[Verified]) -> None:
        for part in verified:
            for incident in (*part.incidents, *part.faults):
                self.report_incident(incident)

    def _merged(
        self,
        question: Question,
        reference: Reference,
        facts: Facts,
        released: tuple[Released, ...],
    ) -> Record:
        return merge(
            question,
            reference,
            released,
            notice=notice_for(question.requester),
            obligations=obligations_of(facts, released),
            emergency_grant=grant_in_force(facts),
            cursor_key=self.cursor_key,
        )

    async def _known_of(self, numbers: Collection[NhsNumber]) -> Held:
        """What the stores know. Without it an objection might be passed over: nothing is shown."""
        try:
            return await self.about(numbers)
        except StorageError:
            raise PolicyUnavailableError from None

    async def _marks(self, question: Question, way: _Way) -> Collection[MarkKind]:
        """What is known of whom a refused request named, also where it was refused for its token.

        Asked for whoever was refused, so that no answer tells by its time who is marked.
        """
        if way.marks is not None:
            return way.marks
        number = question.nhs_number
        numbers = self.numbers.all_of(self.numbers.in_use(number)) | {number}
        try:
            return marks_on(await self.about(numbers), question.requester)
        except StorageError:
            return ()

    def _network(self, now: RulesNow) -> Network:
        """The nodes as they are now, under the agreements that were published."""
        nodes = self.registry.now()
        return Network(nodes=nodes.nodes, agreements=now.agreements, version=now.version)


async def _yielding(nodes: Iterator[Released]) -> tuple[Released, ...]:
    """All of them; other requests have their turn between two nodes."""
    given = []
    for one in nodes:
        given.append(one)
        await asyncio.sleep(0)
    return tuple(given)
