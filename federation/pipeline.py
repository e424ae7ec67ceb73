"""The way of a request, from a question to an audited answer.

`Pipeline.ask` is the table of contents; start reading there.
Only this file knows the order of the stages. It hands out no answer that is not durable in the
audit log, and it writes down every way in which a look can end: answered, refused, abandoned by the
caller, failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zlib import crc32

from msgspec.structs import replace

from federation.audit import (
    AuditTrail,
    abandoned_event,
    refusal_event,
    second_look_events,
    shadow_events,
    shadow_rules_event,
    view_events,
)
from federation.audit.done import RulesChanged
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
    Candidate,
    DecidedAgain,
    Facts,
    Failure,
    Incident,
    Plan,
    Question,
    Record,
    Reference,
    Released,
    Reply,
    Screened,
    Sought,
    Verified,
)
from federation.identify import KnownNumbers, Tracer, identify
from federation.launches import Launches
from federation.locate import locate
from federation.merge import check_cursors, merge
from federation.model import Node, NodeId, NodeState, ViewId
from federation.nhs_number import NhsNumber
from federation.plan import make_plan
from federation.protocols.base import NodeClient
from federation.registry import Network, Registry
from federation.second_look import Missed, is_missing, missed_of, news
from federation.sharing import (
    SERVICE_DESK,
    InShadow,
    Rules,
    RulesNow,
    Viewed,
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
from federation.sharing.in_shadow import compare, deciding, reaches, refusal, refused
from federation.sharing.obligations import grant_in_force, obligations_of
from federation.verify import verify

Work = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Way:
    """How far a look has come, for the record of one that ends early."""

    launch: Launch | None = None
    plan: Plan | None = None
    again: bool = False
    """Nobody asked now: a refusal of it is none of theirs."""
    marks: Collection[MarkKind] | None = None
    """What is known of the person and who asks; None: nobody has looked."""
    clients: Mapping[NodeId, NodeClient] = field(default_factory=dict)
    """Of the nodes of the same moment as the network of this look."""
    leases: ExitStack = field(default_factory=ExitStack)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What came of a look, before it is on the record: `record` is the reader's.

    `looked_at` is the same with every source under its own name, `before` who the person was known
    to be when it was screened, `version` that of rules and agreements together.
    """

    before: Reference
    reference: Reference
    facts: Facts
    rules: Rules
    version: str
    candidates: tuple[Candidate, ...]
    screened: tuple[Screened, ...]
    sought: Sought | None
    plan: Plan
    outcomes: tuple[Reply | Failure, ...]
    verified: tuple[Verified, ...]
    released: tuple[Released, ...]
    record: Record
    looked_at: Record

    def viewed(self, question: Question) -> Viewed:
        """As other rules are asked of it."""
        return Viewed(
            question=question,
            before=self.before,
            reference=self.reference,
            facts=self.facts,
            candidates=self.candidates,
            screened=self.screened,
            verified=self.verified,
            released=self.released,
            rules=self.rules,
            version=self.version,
        )


async def _keep_none(_missed: Iterable[Missed]) -> None:
    pass


def _tell_nobody(_node: NodeId) -> None:
    pass


def _do_nothing(_work: Work) -> None:
    pass


def _never(_of: str, _work: Work) -> None:
    pass


def _none(_of: str) -> int:
    return 0


def _no_rules() -> tuple[InShadow, ...]:
    return ()


@contextmanager
def _no_clients() -> Iterator[Mapping[NodeId, NodeClient]]:
    yield {}


def _in_turn(nodes: Sequence[Node], view: ViewId) -> Sequence[Node]:
    """The nodes, another one first for each view: where not all can be asked, none is always last.

    By the view's own name, so that it hangs on nothing that is kept between two of them.
    """
    first = crc32(view.encode()) % len(nodes) if nodes else 0
    return (*nodes[first:], *nodes[:first])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Everything a request needs, built once by the composition root.

    `rules` tells what decides now; a view takes it once and keeps it.
    `clients` lends the client of every node of the network for one view.
    `about` tells what the stores know of a person's sharing, by all their numbers, or what was
    last known of it while they are lost; `remember` keeps what a launch vouched for, so that the
    next page needs no other.
    `loop_time` is the event loop's clock in seconds. `cursor_key` (32 bytes) seals page cursors.
    `service_desk` is whom to ring where no source may be named.
    `missed` lets looks that missed a node wait for it, `answered` hears of each node that answered.
    `beside` does what nobody waits for; `shadow_clients` lends those of the nodes in the shadow.
    `shadow_rules` are the bundles in the shadow; `left_out` is asked how many views one of them,
    by its digest, was not asked about since it was last asked that.
    `report_incident` and `report_defect` reach the operators' log; neither is ever given an
    identifier.
    """

    registry: Registry
    tracer: Tracer | None
    numbers: KnownNumbers
    clients: Callable[[], AbstractContextManager[Mapping[NodeId, NodeClient]]]
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
    missed: Callable[[Iterable[Missed]], Awaitable[None]] = _keep_none
    answered: Callable[[NodeId], None] = _tell_nobody
    beside: Callable[[Work], None] = _do_nothing
    shadow_clients: Callable[[], AbstractContextManager[Mapping[NodeId, NodeClient]]] = _no_clients
    shadow_rules: Callable[[], tuple[InShadow, ...]] = _no_rules
    left_out: Callable[[str], int] = _none

    async def ask(self, question: Question, later: Callable[[str, Work], None] = _never) -> Answer:
        """The merged, audited answer to one question.

        `later` is given what is to be done once the answer is out of the house, and of which bundle
        in the shadow, by its digest.
        Raises a `RefusedError` where the request as a whole is refused, `AuditUnavailableError`
        among them where the look could not be written down. What a node does is never an error: it
        is a row of the answer.
        """
        way = _Way()
        async with self._on_the_record(question, way):
            return await self._answer(question, way, later)

    async def look_again(self, missed: Missed, asked_at: datetime, deadline: float) -> bool:
        """Ask the node that a look missed, and write down what its reader is to be told.

        Decided by the rules of now as if it were asked now. False: the node is still missing, and
        nothing is told. Raises as `ask` does.
        """
        question, way = missed.question(asked_at, deadline), _Way(again=True)
        async with self._on_the_record(question, way):
            looked = await self._look(question, way, only=missed.node)
            told = news(looked.record, missed.seen)
            if looked.reference.restricted or looked.record is not looked.looked_at:
                told = ()
            await self.trail.record(
                second_look_events(
                    question,
                    looked.reference,
                    looked.plan,
                    looked.outcomes,
                    looked.verified,
                    told,
                    missed.looked_at,
                    looked.sought,
                )
            )
            return not is_missing(looked.looked_at, missed.node)

    @asynccontextmanager
    async def _on_the_record(self, question: Question, way: _Way) -> AsyncIterator[None]:
        """Write down how a look ended that did not end in an answer."""
        try:
            with way.leases:
                yield
        except AuditUnavailableError:
            raise
        except RefusedError as refused:
            await self._refuse(question, refused, way)
            raise
        except (asyncio.CancelledError, Exception):
            # Nothing was shown, but nodes may have been asked: that is on the record all the same.
            with suppress(AuditUnavailableError):
                await self.trail.record((abandoned_event(question, way.plan, way.launch),))
            raise

    async def _answer(
        self, question: Question, way: _Way, later: Callable[[str, Work], None]
    ) -> Answer:
        looked = await self._look(question, way)
        view, *others = view_events(
            question,
            looked.reference,
            looked.plan,
            looked.outcomes,
            looked.verified,
            looked.released,
            looked.looked_at,
            looked.rules.version,
            looked.facts,
            way.launch,
            looked.sought,
        )
        flags = self.watch.of_view(
            question,
            looked.reference.number,
            looked.facts,
            looked.record.obligations,
            restricted=looked.reference.restricted
            or any(one.restricted for one in looked.released),
        )
        nodes = view.plain.nodes
        news = self.watch.is_news(question, looked.reference.number, flags, nodes)
        view = flagged(view, flags, question.requester, nodes, news=news)
        await self.trail.record((view, *others))
        await self.missed(missed_of(question, looked.reference, looked.looked_at, looked.record))
        for node in _in_turn(self.registry.now().shadow, question.view_id):
            self.beside(partial(self._look_beside, question, looked, node))
        if tried := self.shadow_rules():
            viewed = looked.viewed(question)
            for shadow in (one for one in tried if reaches(one, viewed)):
                later(shadow.sheet.digest, partial(self._decide_beside, viewed, shadow))
        return Answer(question=question, record=looked.record)

    async def _look_beside(self, question: Question, looked: _Looked, node: Node) -> None:
        """Ask a node in the shadow what a view has asked of others; nothing of it is shown.

        By the rules and the facts of that view: what may not be told of a live node is not asked of
        this one either.
        """
        live = replace(node, state=NodeState.LIVE)
        facts = replace(looked.facts, nodes=(live,))
        reference, rules = looked.reference, looked.rules
        screened = screen(question, reference, facts, locate(question, facts), rules)
        plan = make_plan(question, reference, facts, screened).giving_way()
        begun = self.loop_time()
        try:
            with self.shadow_clients() as clients:
                outcomes = await fan_out(
                    plan, clients, begun + live.timeout_seconds, self.loop_time, self.report_defect
                )
            took = round((self.loop_time() - begun) * 1000) if plan.calls else None
            _, verified = verify(reference, *as_unheld(screened, plan, outcomes))
            self._report(verified)
            released = await _yielding(
                releasing(question, reference, facts, screened, verified, rules)
            )
        except (asyncio.CancelledError, Exception):
            # It may have been asked: that is on the record all the same.
            lost = (Released(node=live),)
            with suppress(AuditUnavailableError):
                await self.trail.record(
                    shadow_events(question, reference, plan, (), (), lost, None)
                )
            raise
        await self.trail.record(
            shadow_events(question, reference, plan, outcomes, verified, released, took)
        )

    async def _decide_beside(self, viewed: Viewed, shadow: InShadow) -> None:
        """Decide a view again by a bundle in the shadow, and write down what it would have been."""
        begun = self.loop_time()
        error = refusal(shadow, viewed)
        seconds = self.loop_time() - begun
        parts: list[DecidedAgain] = list(refused(shadow, viewed)) if error else []
        nodes = iter(() if error else deciding(shadow, viewed))
        while True:
            begun = self.loop_time()
            again = next(nodes, None)
            seconds += self.loop_time() - begun
            if again is None:
                break
            parts += compare(viewed, again)
            await asyncio.sleep(0)
        head, digest = shadow.sheet.head, shadow.sheet.digest
        event = shadow_rules_event(
            viewed.question,
            viewed.reference,
            RulesChanged(owner=head.owner, version=head.version, digest=digest),
            viewed.rules.version,
            parts,
            error,
            round(seconds * 1_000_000),
            self.left_out(digest),
        )
        await self.trail.record((event,))

    async def _look(self, question: Question, way: _Way, only: NodeId | None = None) -> _Looked:
        """The way itself; `only` one node is asked for the record, whoever else could be."""
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
        network, way.clients = self._network(now), way.leases.enter_context(self.clients())
        facts = load_facts(
            network, question, held, evidence=(*evidence, *ties), rules_state=now.state
        )
        way.marks = facts.marks
        admit_about(question, reference, facts, now.rules)
        sought: Sought | None = None
        if is_sought(question, facts):
            sought = await self._seek(question, reference, facts, now.rules, way)
            facts = load_facts(network, question, held, evidence=sought.ties, rules_state=now.state)
        candidates = [one for one in locate(question, facts) if only is None or one.node.id == only]
        screened = screen(question, reference, facts, candidates, now.rules)
        plan = make_plan(question, reference, facts, screened)
        if way.again:
            plan = plan.giving_way()
        way.plan = Plan(calls=(*sought.plan.calls, *plan.calls)) if sought else plan
        outcomes = await fan_out(
            plan, way.clients, question.deadline, self.loop_time, self.report_defect
        )
        for outcome in outcomes:
            if isinstance(outcome, Reply):
                self.answered(outcome.node.id)
        before = reference
        reference, verified = verify(before, *as_unheld(screened, plan, outcomes))
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
        return _Looked(
            before=before,
            reference=reference,
            facts=facts,
            rules=now.rules,
            version=now.version,
            candidates=tuple(candidates),
            screened=screened,
            sought=sought,
            plan=plan,
            outcomes=outcomes,
            verified=verified,
            released=released,
            record=record,
            looked_at=looked_at,
        )

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
        outcomes = await fan_out(plan, way.clients, until, self.loop_time, self.report_defect)
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

    async def _refuse(self, question: Question, refused: RefusedError, way: _Way) -> None:
        """Write the refusal down, flagged if it should be, and without that if nobody can tell."""
        event = refusal_event(question, refused.code, way.launch)
        if way.again:
            await self.trail.record((event,))
            return
        try:
            marks = await self._marks(question, way)
        except (asyncio.CancelledError, Exception):
            with suppress(AuditUnavailableError):
                await self.trail.record((event,))
            raise
        flags = self.watch.of_refusal(question.requester, question.asked_at, marks)
        await self.trail.record((flagged(event, flags, question.requester),))

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
