"""One event, or several, of every kind that is ever written, as they are read back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from federation.access.joining import EVENTS
from federation.audit import (
    AuditEvent,
    Opened,
    Sealer,
    abandoned_event,
    second_look_events,
    shadow_events,
    shadow_rules_event,
)
from federation.audit.chain import Position, draft, extend, open_row
from federation.audit.deeds import (
    Reviewable,
    access_explained,
    access_log_read,
    access_reviewed,
    acknowledged,
    deed_abandoned,
    deed_refused,
    emergency_asked_again,
    emergency_ended,
    emergency_granted,
    follow_ups_read,
    node_log_read,
    objection_recorded,
    recalls_read,
    relationship_declared,
    reviews_read,
    submissions_read,
)
from federation.audit.done import (
    AuditExported,
    FeedLoaded,
    HoldNamed,
    JoiningStep,
    LogOpened,
    ReceiptMade,
    RulesChanged,
    SegmentNamed,
)
from federation.audit.operations import (
    Operation,
    archived,
    audit_exported,
    feed_loaded,
    hold_lifted,
    hold_placed,
    joining_step,
    launch_refused,
    launched,
    log_opened,
    purged,
    receipt_made,
    rules_published,
    rules_put_in_shadow,
    rules_rolled_back,
    rules_taken_from_shadow,
    sign_ins_failed,
)
from federation.audit.recalled import RecallNamed
from federation.audit.recalls import RecallOf, recall_notice, recalled
from federation.audit.reviewed import EventPlace, Reviewed
from federation.authority import EvidenceSource, Grant, Launch, Relationship, RelationshipKind
from federation.deeds import (
    Acknowledge,
    ReadFollowUps,
    ReadRecalls,
    ReadSubmissions,
    RecallReason,
    ReviewOutcome,
)
from federation.errors import ErrorCode
from federation.flow import DecidedAgain, News, Plan, Released
from federation.model import Category, OdsCode, Purpose, ViewId
from federation.status import SourceCode, SourceState
from tests.builders import HERTS, LONDON, NOW, NUMBER, a_reference
from tests.federation.access.standing import (
    breaking,
    declaring,
    ending,
    explaining,
    objecting,
    reading,
    reading_node_log,
    reading_reviews,
    reviewing,
)
from tests.federation.audit.values import KEYS, a_plan, an_event, the_question, the_view

SEALER = Sealer(KEYS)
OPERATION = Operation(id="operation-1", at=NOW, operator="an-account")
LAUNCH = Launch(
    id="message-1",
    host="https://epr.hospital.example",
    launched_at=NOW,
    number=NUMBER,
    birth_date=date(1952, 5, 17),
    kind=RelationshipKind.ADMISSION,
    evidence="A-1",
    organisation=OdsCode("RRV"),
    begins_at=NOW,
)
ASKED = {
    name: getattr(ending("grant-1"), name)
    for name in ("deed_id", "request_id", "requester", "asked_at")
}
NEWS = News(
    node=LONDON.id, source_id="a-1", category=Category.ALLERGIES, message="Penicillin, London"
)
PLACE = EventPlace("gateway-1", 1)
ALERTED = Reviewable(place=PLACE, view_id=the_question().view_id, number=NUMBER, node=None)
REVIEWED = Reviewed(of=PLACE, to="organisation:RRV", outcome=ReviewOutcome.NOT_JUSTIFIED)
STEP = JoiningStep(
    region="london", side="operator", node=LONDON.id, digest="0" * 64, custodian="RRV"
)
AGAIN = DecidedAgain(
    node=LONDON.id,
    category=Category.RESULTS,
    state=SourceState.FRESH,
    code=None,
    would_state=SourceState.WITHHELD,
    would_code=SourceCode.NOT_PERMITTED,
    fewer=2,
    directions=("closes",),
    because=("node:london-care-record/closed",),
)
LATER = NOW + timedelta(hours=4)
RECALL = RecallOf(node=LONDON.id, source_id="allergy-london-1", reason=RecallReason.WITHDRAWN)
RECALLED = RecallNamed(id="recall-1", reason=RecallReason.WITHDRAWN, began_at=NOW)


def every_kind() -> tuple[AuditEvent, ...]:
    """What a night of everything leaves."""
    grant = Grant(
        id="grant-1",
        authority=breaking().requester.authority,
        reason_code=breaking().reason_code,
        begins_at=NOW,
        expires_at=LATER,
    )
    tie = Relationship(
        id="tie-1",
        kind=RelationshipKind.SELF_DECLARED,
        source=EvidenceSource.SELF,
        begins_at=NOW,
        ends_at=LATER,
    )
    rules = RulesChanged(owner="node:milton-keynes", version="2", digest="0" * 64)
    feed = FeedLoaded(feed="relationship:homes", digest="0" * 64, added=1, changed=0, removed=0)
    exported = AuditExported(form="csv", since=date(2026, 11, 1), kinds=("VIEW",))
    segment = SegmentNamed(writer="gateway-1", first=1, last=9, hash="0" * 64)
    return (
        *the_view(),
        an_event("refused"),
        abandoned_event(the_question(), a_plan()),
        emergency_granted(breaking(), NUMBER, grant, (LONDON.id, HERTS.id), objected=True),
        emergency_asked_again(breaking(), NUMBER, grant),
        emergency_ended(ending("grant-1")),
        relationship_declared(declaring(), NUMBER, tie),
        objection_recorded(objecting(), NUMBER, "objection-1"),
        access_explained(explaining(), NUMBER, (), "network 3"),
        access_log_read(reading(), NUMBER, Purpose.DIRECT_CARE),
        deed_refused(declaring(), NUMBER, ErrorCode.FORBIDDEN, alert=True),
        feed_loaded(OPERATION, feed),
        rules_published(OPERATION, rules),
        rules_rolled_back(OPERATION, rules),
        rules_put_in_shadow(OPERATION, rules),
        rules_taken_from_shadow(OPERATION, rules),
        shadow_rules_event(
            the_question(), a_reference(), rules, "rules 3", (AGAIN,), ErrorCode.FORBIDDEN, 250, 2
        ),
        audit_exported(OPERATION, exported, NUMBER),
        log_opened(OPERATION, LogOpened(command="audit view", opened_view=ViewId("v")), NUMBER),
        sign_ins_failed(OPERATION, {"EXPIRED": 2, "SIGNATURE": 1}),
        launched(OPERATION, LAUNCH),
        launch_refused(OPERATION, LAUNCH.host, "REPLAYED", ErrorCode.CONFLICT),
        deed_abandoned(declaring(), NUMBER),
        archived(OPERATION, segment),
        purged(OPERATION, segment),
        hold_placed(OPERATION, HoldNamed(id="hold-1", reference="case 1"), NUMBER),
        hold_lifted(OPERATION, HoldNamed(id="hold-1", reference="case 1", since=NOW)),
        *shadow_events(
            the_question(), a_reference(), a_plan(), (), (), (Released(node=LONDON),), 40
        ),
        *second_look_events(the_question(), a_reference(), Plan(calls=()), (), (), (NEWS,), NOW),
        follow_ups_read(ReadFollowUps(**ASKED, first=50)),
        acknowledged(
            Acknowledge(**ASKED, follow_up="0" * 32),
            the_question().view_id,
            Category.ALLERGIES,
            NUMBER,
        ),
        recalled(OPERATION, RECALL, RECALLED, (LONDON.id,), "found by the laboratory"),
        recall_notice(
            OPERATION, RECALL, RECALLED, opened(the_view()[:1])[0], Category.ALLERGIES, LONDON
        ),
        recalls_read(ReadRecalls(**ASKED, node=LONDON.id, first=50)),
        receipt_made(OPERATION, HERTS.id, ReceiptMade(month="2026-10", digest="0" * 64)),
        node_log_read(reading_node_log(), 3),
        reviews_read(reading_reviews(node=LONDON.id), (PLACE,)),
        access_reviewed(reviewing("an-id"), ALERTED, REVIEWED),
        access_reviewed(reviewing("an-id"), ALERTED, None),
        *(joining_step(OPERATION, kind, STEP, "why") for kind in EVENTS.values()),
        submissions_read(ReadSubmissions(**ASKED)),
    )


def opened(events: Iterable[AuditEvent], writer: str = "gateway-1") -> tuple[Opened, ...]:
    """As they are read back."""
    drafts = [draft(event, SEALER) for event in events]
    rows, _ = extend(writer, Position(), drafts, NOW + timedelta(seconds=1), SEALER)
    return tuple(open_row(row, SEALER) for row in rows)
