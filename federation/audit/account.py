"""Makes audit events from what the pipeline carried.

A view with its manifest, each node call, incidents, refusals and abandoned looks. Pure. What an
event may say and in which part is in `event.py`; writing it down is `trail.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from federation.audit import manifest
from federation.audit.done import RulesChanged
from federation.audit.event import Asker, AuditEvent, EventKind, Plain, Sealed
from federation.audit.seen import (
    AgreementInForce,
    CallOutcome,
    CoverageShown,
    DecidedBeside,
    EvidenceHeld,
    EvidenceInForce,
    PageAsked,
    Told,
)
from federation.authority import Launch
from federation.case import agreements_with
from federation.errors import ErrorCode
from federation.flow import (
    DecidedAgain,
    Facts,
    Failure,
    News,
    NodeCall,
    Plan,
    Question,
    Record,
    Reference,
    Released,
    Reply,
    Sought,
    Verified,
)
from federation.model import Category, NodeId, Requester, RequestId, ViewId
from federation.nhs_number import NhsNumber


def view_events(
    question: Question,
    reference: Reference,
    plan: Plan,
    outcomes: Iterable[Reply | Failure],
    verified: Iterable[Verified],
    released: Sequence[Released],
    record: Record,
    rules_version: str,
    facts: Facts | None = None,
    launch: Launch | None = None,
    sought: Sought | None = None,
) -> tuple[AuditEvent, ...]:
    """The view with its manifest, an event for every planned call, and one for every incident.

    `facts` adds the agreements and the relationships that the rules had before them, `launch` the
    host system that vouched for the person, `sought` the calls that were made for evidence before.
    """
    by_node = {outcome.node.id: outcome for outcome in outcomes}
    before = _seeking(question, reference, sought) if sought else ()
    return (
        _view(question, reference, plan, released, record, rules_version, facts, launch),
        *(_node_call(question, reference, call, by_node.get(call.node.id)) for call in plan.calls),
        *before,
        *_incidents(question, reference, verified),
    )


def second_look_events(
    question: Question,
    reference: Reference,
    plan: Plan,
    outcomes: Iterable[Reply | Failure],
    verified: Iterable[Verified],
    news: Sequence[News],
    viewed_at: datetime,
    sought: Sought | None = None,
) -> tuple[AuditEvent, ...]:
    """Every node call of a second look, and what is told because of it: an event for each thing.

    `question` has the `view_id` of the look at `viewed_at` that it follows up.
    """
    by_node = {outcome.node.id: outcome for outcome in outcomes}
    return (
        *(_node_call(question, reference, call, by_node.get(call.node.id)) for call in plan.calls),
        *(_seeking(question, reference, sought) if sought else ()),
        *_incidents(question, reference, verified),
        *(_second_look(question, reference, each, viewed_at) for each in news),
    )


def _second_look(
    question: Question, reference: Reference, news: News, viewed_at: datetime
) -> AuditEvent:
    told = Told(news.node, news.source_id, news.version, news.category, news.message)
    return AuditEvent(
        plain=_plain(
            question,
            EventKind.SECOND_LOOK,
            asked_for=(news.category,),
            nodes=(news.node,),
            viewed_at=viewed_at,
        ),
        sealed=_sealed(question, reference, told=(told,), told_to=question.requester.authority),
    )


def shadow_events(
    question: Question,
    reference: Reference,
    plan: Plan,
    outcomes: Iterable[Reply | Failure],
    verified: Iterable[Verified],
    released: Iterable[Released],
    milliseconds: int | None,
) -> tuple[AuditEvent, ...]:
    """What one node in the shadow was asked beside a view, and what it would have added to it.

    `question` is the view's; `milliseconds` None: by the rules the node was not asked.
    """
    calls = {call.node.id: call for call in plan.calls}
    by_node = {outcome.node.id: outcome for outcome in outcomes}
    return (
        *(
            _in_the_shadow(
                question,
                reference,
                part,
                calls.get(part.node.id),
                by_node.get(part.node.id),
                milliseconds,
            )
            for part in released
        ),
        *_incidents(question, reference, verified),
    )


def _in_the_shadow(
    question: Question,
    reference: Reference,
    part: Released,
    call: NodeCall | None,
    outcome: Reply | Failure | None,
    milliseconds: int | None,
) -> AuditEvent:
    plain = _plain(
        question,
        EventKind.SHADOW_LOOK,
        nodes=(part.node.id,),
        asked_for=call.categories if call else (),
        outcome=_outcome(outcome) if outcome else None,
        milliseconds=milliseconds,
    )
    sealed = _sealed(
        question,
        reference,
        asked_with=call.numbers if call else (),
        shadow=tuple(manifest.would_be(part)),
    )
    return AuditEvent(plain=plain, sealed=sealed)


def shadow_rules_event(
    question: Question,
    reference: Reference,
    rules: RulesChanged,
    rules_version: str,
    again: Iterable[DecidedAgain],
    refused: ErrorCode | None,
    microseconds: int,
    left_out: int,
) -> AuditEvent:
    """What these rules, in the shadow, would have made of a view that others decided.

    `rules_version` names those others, as the view's own event does; `refused` is why the whole
    view would have been refused.
    """
    parts = tuple(map(DecidedBeside.of, again))
    return AuditEvent(
        plain=_plain(
            question,
            EventKind.SHADOW_RULES,
            nodes=tuple(dict.fromkeys(part.node for part in parts)),
            rules=rules,
            rules_version=rules_version,
            error=refused,
            microseconds=microseconds,
            left_out=left_out,
        ),
        sealed=_sealed(question, reference, decided_beside=parts),
    )


def refusal_event(question: Question, code: ErrorCode, launch: Launch | None = None) -> AuditEvent:
    """The request got an error and no record; `launch` was redeemed for it, and is spent."""
    return AuditEvent(
        plain=_plain(question, EventKind.REFUSAL, error=code, vouched_by=_host(launch)),
        sealed=_sealed(question),
    )


def unread_event(
    requester: Requester,
    number: NhsNumber | None,
    code: ErrorCode,
    *,
    at: datetime,
    view_id: ViewId,
    request_id: RequestId,
) -> AuditEvent:
    """A request that named this person, or nobody, got an error and was no question or deed."""
    plain = Plain(
        kind=EventKind.REFUSAL,
        at=at,
        view_id=view_id,
        request_id=request_id,
        asker=asker_of(requester),
        categories=(),
        confirmed=False,
        error=code,
    )
    sealed = Sealed(
        subject=requester.subject, issuer=requester.issuer, name=requester.name, number=number
    )
    return AuditEvent(plain=plain, sealed=sealed)


def abandoned_event(
    question: Question, plan: Plan | None, launch: Launch | None = None
) -> AuditEvent:
    """The request ended without an answer; `plan` says which nodes it was to ask or had asked."""
    asked = _asked(plan) if plan else ()
    return AuditEvent(
        plain=_plain(question, EventKind.ABANDONED, nodes=asked, vouched_by=_host(launch)),
        sealed=_sealed(question),
    )


def _view(
    question: Question,
    reference: Reference,
    plan: Plan,
    released: Sequence[Released],
    record: Record,
    rules_version: str,
    facts: Facts | None,
    launch: Launch | None,
) -> AuditEvent:
    coverage = record.coverage
    footing, screened_on = manifest.footings(released)
    plain = _plain(
        question,
        EventKind.VIEW,
        nodes=_asked(plan),
        identity=reference.basis,
        vouched_by=_host(launch),
        evidence=tuple(
            EvidenceInForce(one.kind, one.source) for one in (facts.relationships if facts else ())
        ),
        rows=tuple(manifest.rows(record)),
        coverage=CoverageShown(
            state=coverage.state,
            headline=coverage.headline,
            asked=coverage.asked,
            answered=coverage.answered,
        ),
        rules_version=rules_version,
        agreements=tuple(_agreements(question, released, facts)) if facts else (),
        obligations=tuple(obligation.code for obligation in record.obligations),
    )
    sealed = _sealed(
        question,
        reference,
        evidence=tuple(
            EvidenceHeld(one.kind, one.source, one.id, one.evidence)
            for one in (facts.relationships if facts else ())
        ),
        pages=tuple(_pages(question)),
        shown=tuple(manifest.shown(record, released)),
        conflicts=tuple(manifest.conflicts(record)),
        footing=footing,
        granted=bool(facts and facts.grants),
        decisions=tuple(manifest.decisions(released)),
        screened=tuple(manifest.screened(released)),
        screened_on=screened_on,
        looked_at=tuple(manifest.looked_at(released)),
        withheld=tuple(manifest.withheld(released)),
    )
    return AuditEvent(plain=plain, sealed=sealed)


def _seeking(question: Question, reference: Reference, sought: Sought) -> Iterator[AuditEvent]:
    for call, outcome in zip(sought.plan.calls, sought.outcomes, strict=True):
        yield _node_call(question, reference, call, outcome, evidence_only=True)
    yield from _incidents(question, reference, sought.verified)


def _node_call(
    question: Question,
    reference: Reference,
    call: NodeCall,
    outcome: Reply | Failure | None,
    *,
    evidence_only: bool = False,
) -> AuditEvent:
    plain = _plain(
        question,
        EventKind.NODE_CALL,
        nodes=(call.node.id,),
        asked_for=call.categories,
        outcome=_outcome(outcome) if outcome else None,
        evidence_only=evidence_only,
    )
    return AuditEvent(plain=plain, sealed=_sealed(question, reference, asked_with=call.numbers))


def _incidents(
    question: Question, reference: Reference, verified: Iterable[Verified]
) -> Iterator[AuditEvent]:
    for incident in (incident for part in verified for incident in part.incidents):
        plain = _plain(
            question,
            EventKind.INCIDENT,
            nodes=(incident.node,),
            incident=incident.code,
            detail=incident.detail,
        )
        yield AuditEvent(plain=plain, sealed=_sealed(question, reference))


def _plain(
    question: Question,
    kind: EventKind,
    *,
    asked_for: Iterable[Category] | None = None,
    **more: object,
) -> Plain:
    return Plain(
        kind=kind,
        at=question.asked_at,
        view_id=question.view_id,
        request_id=question.request_id,
        asker=asker_of(question.requester),
        purpose=question.purpose,
        categories=tuple(sorted(question.categories if asked_for is None else asked_for)),
        confirmed=question.confirm is not None,
        launched=question.launch is not None,
        **more,  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
    )


def asker_of(requester: Requester) -> Asker:
    """In which capacity somebody asks."""
    organisation = requester.organisation
    return Asker(
        kind=requester.kind,
        role=requester.role,
        organisation=organisation.ods_code if organisation else None,  # type: ignore[arg-type]  # the record's own text
        region=organisation.region if organisation else None,
    )


def _sealed(question: Question, reference: Reference | None = None, **more: object) -> Sealed:
    number = reference.number if reference else question.nhs_number
    return Sealed(
        subject=question.requester.subject,
        issuer=question.requester.issuer,
        name=question.requester.name,
        number=number,
        asked_number=None if number == question.nhs_number else question.nhs_number,
        **more,  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
    )


def _host(launch: Launch | None) -> str | None:
    return launch.host if launch else None


def _asked(plan: Plan) -> tuple[NodeId, ...]:
    return tuple(dict.fromkeys(call.node.id for call in plan.calls))


def _outcome(outcome: Reply | Failure) -> CallOutcome:
    if isinstance(outcome, Reply):
        return CallOutcome(records=len(outcome.records), retrieved_at=outcome.retrieved_at)
    return CallOutcome(state=outcome.state, code=outcome.code, origin=outcome.origin)


def _agreements(
    question: Question, released: Iterable[Released], facts: Facts
) -> Iterator[AgreementInForce]:
    """Those that a case had beside it, of every node of which there was one to decide."""
    requester = question.requester
    region = (requester.organisation and requester.organisation.region) or ""
    for node in (part.node.id for part in released if part.decisions or part.screened):
        given = facts.agreements.get(node, ())
        for agreement in agreements_with(requester.kind, region, given):
            yield AgreementInForce(node, agreement.id, agreement.version)


def _pages(question: Question) -> Iterator[PageAsked]:
    for category in sorted(question.windows):
        for window in question.windows[category]:
            yield PageAsked(
                category=category,
                first=window.first,
                continued=window.after is not None,
                since=window.since,
                until=window.until,
                codes=window.codes,
            )
