"""Looks, grants and statements that wait for officers, and who the officers are."""

from __future__ import annotations

from typing import Any

from federation.access.review_queue import AccessReview
from federation.access.reviews import ReviewPage
from federation.audit import AuditEvent
from federation.audit.deeds import emergency_granted, relationship_declared
from federation.audit.event import Flag
from federation.audit.watch import flagged
from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    Grant,
    Relationship,
    RelationshipKind,
)
from federation.model import Requester, ViewId
from tests.builders import (
    CARE_PLAN_NODE,
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NOW,
    NUMBER,
    a_reference,
    a_requester,
    an_organisation,
)
from tests.federation.access.standing import (
    Office,
    an_officer,
    breaking,
    declaring,
    reading_reviews,
)
from tests.federation.audit.values import the_question, the_view

NODES = (LONDON, HERTS, MILTON_KEYNES, CARE_PLAN_NODE)
OFFICER = an_officer(name="Oriel Banks")
COLLEAGUE = an_officer(subject="colleague", name="Second Officer")
ELSEWHERE = an_officer(
    subject="elsewhere", organisation=an_organisation("RWG", region=HERTS.region_id)
)
NEIGHBOUR = an_officer(
    subject="neighbour", organisation=an_organisation("RAL", region=LONDON.region_id)
)
"""Of another organisation of the same region."""
CONSULTANT = a_requester()
BOTH = (LONDON.id, HERTS.id)


def a_look(
    view_id: str = "look",
    flags: tuple[Flag, ...] = (Flag.WATCHED,),
    requester: Requester = CONSULTANT,
    nodes: tuple[Any, ...] = BOTH,
    **given: Any,
) -> AuditEvent:
    """A view that is to be looked into."""
    question = the_question(view_id=ViewId(view_id), requester=requester, **given)
    view, *_ = the_view(question, reference=a_reference(number=question.nhs_number))
    return flagged(view, flags, requester, nodes)


def a_grant() -> AuditEvent:
    grant = Grant(
        id="g",
        authority="a",
        reason_code=EmergencyReason.SAFEGUARDING,
        begins_at=NOW,
        expires_at=NOW,
    )
    deed = breaking(deed_id=ViewId("grant"))
    return emergency_granted(deed, NUMBER, grant, (LONDON.id,), objected=False)


def a_statement() -> AuditEvent:
    tie = Relationship(
        id="tie",
        kind=RelationshipKind.SELF_DECLARED,
        source=EvidenceSource.SELF,
        begins_at=NOW,
        ends_at=NOW,
    )
    return relationship_declared(declaring(deed_id=ViewId("statement")), NUMBER, tie)


async def an_office(*events: AuditEvent, **given: Any) -> Office:
    office = Office(nodes=NODES, **given)
    await office.happened_before(*(events or (a_look(),)))
    return office


async def the_queue(office: Office, **given: Any) -> tuple[AccessReview, ...]:
    page: ReviewPage = await office.do(reading_reviews(**given))
    return page.reviews


async def the_alert(office: Office, **given: Any) -> AccessReview:
    (alert,) = await the_queue(office, **given)
    return alert


def views(alerts: Any) -> list[str]:
    return [one.id.partition(".")[0] for one in alerts]
