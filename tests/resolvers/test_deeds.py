"""Deeds as clients ask for them: checked, handed to the desk once, and read back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.access.review_queue import AccessReview
from federation.access.reviews import ReviewPage
from federation.audit.event import Flag
from federation.audit.reviews import AlertedKind
from federation.authority import EmergencyReason, ObjectionEffect
from federation.deeds import (
    AccessLogPage,
    BreakGlass,
    Declared,
    DeclareRelationship,
    EndEmergencyAccess,
    ExplainAccess,
    ExplainedDecision,
    Explanation,
    ListedLook,
    LookKind,
    ReadAccessLog,
    ReadReviews,
    RecordedObjection,
    RecordObjection,
    ReviewAccess,
    ReviewOutcome,
    ReviewState,
)
from federation.errors import PersonRefusesError
from federation.flow import EmergencyAccess, Obligation, Outcome
from federation.model import Category, Purpose
from federation.status import SourceCode
from tests.builders import LONDON, NOW, NUMBER, a_requester, an_organisation
from tests.resolvers.asking import Asked, an_answer, ask, codes, patient

GRANT = EmergencyAccess(
    id="g1",
    expires_at=NOW + timedelta(hours=4),
    obligations=(Obligation(code="SHOW_BANNER", message="show a banner"),),
)


A_LOOK = ListedLook(
    id="v1.a",
    kind=LookKind.BREAK_GLASS,
    at=NOW,
    name="Doctor Ada Example",
    role="Consultant",
    organisation=an_organisation("RRV", name="A hospital"),
    purpose=Purpose.EMERGENCY,
    categories=(Category.ALERTS,),
    emergency=True,
    emergency_reason=EmergencyReason.RISK_TO_LIFE,
    regions=("London",),
)


AN_ALERT = AccessReview(
    id="v1.a",
    kind=AlertedKind.VIEW,
    at=NOW,
    due=NOW,
    overdue=False,
    state=ReviewState.CLOSED,
    flags=(Flag.FAMILY,),
    node=None,
    name=None,
    role="Consultant",
    organisation=None,
    purpose=Purpose.DIRECT_CARE,
    categories=(Category.ALERTS,),
    evidence=(),
    nhs_number=NUMBER,
    reason=None,
    emergency_reason=None,
    reviews=(),
)


class Desk:
    """Keeps each deed, and answers it."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.deeds: list[Any] = []
        self._refusal = refusal

    def _answer(self, deed: Any, answer: Any) -> Any:
        self.deeds.append(deed)
        if self._refusal:
            raise self._refusal
        return answer

    async def break_glass(self, deed: BreakGlass) -> EmergencyAccess:
        return self._answer(deed, GRANT)

    async def end_emergency_access(self, deed: EndEmergencyAccess) -> EmergencyAccess:
        return self._answer(deed, GRANT)

    async def declare_relationship(self, deed: DeclareRelationship) -> Declared:
        return self._answer(deed, Declared(id="r1", expires_at=NOW))

    async def record_objection(self, deed: RecordObjection) -> RecordedObjection:
        return self._answer(
            deed,
            RecordedObjection(
                id="o1", nhs_number=deed.nhs_number, effect=deed.effect, recorded_at=NOW
            ),
        )

    async def read_access_log(self, deed: ReadAccessLog) -> AccessLogPage:
        looks = (A_LOOK, replace(A_LOOK, id="v2.a", organisation=None, regions=None))[: deed.first]
        cursors = ("c1", "c2")[: deed.first]
        page = AccessLogPage(looks=looks, cursors=cursors, has_next=False, has_previous=True)
        return self._answer(deed, page)

    async def explain_access(self, deed: ExplainAccess) -> Explanation:
        decision = ExplainedDecision(
            source=LONDON,
            category=Category.RESULTS,
            outcome=Outcome.WITHHOLD,
            code=SourceCode.OBJECTION,
            message="an objection",
            liftable_by_break_glass=True,
        )
        return self._answer(deed, Explanation(purpose=deed.purpose, decisions=(decision,)))


class Queue(Desk):
    """Where nothing waits."""

    async def read_reviews(self, deed: ReadReviews) -> ReviewPage:
        page = ReviewPage(reviews=(), cursors=(), has_next=False, has_previous=False)
        return self._answer(deed, page)

    async def review_access(self, deed: ReviewAccess) -> AccessReview:
        return self._answer(deed, AN_ALERT)


class Unlooked(Desk):
    """At whose record nobody looked."""

    async def read_access_log(self, deed: ReadAccessLog) -> AccessLogPage:
        return AccessLogPage(looks=(), cursors=(), has_next=False, has_previous=False)


async def do(query: str, desk: Desk | None = None, **variables: Any) -> tuple[Any, Desk]:
    desk = desk or Desk()
    return await ask(query, variables or None, asked=Asked(desk=desk)), desk


BREAK = (
    "mutation($i: BreakGlassInput!) { breakGlass(input: $i)"
    " { id expiresAt obligations { code message } } }"
)
SHORTEST = {"nhsNumber": "999 000 0018", "reasonCode": "RISK_TO_LIFE", "reason": " bleeding "}


async def test_breaking_the_glass() -> None:
    """Everything that the client gives is in the deed, and the grant is read back."""
    given = SHORTEST | {
        "sources": ["london-care-record"],
        "categories": ["ALERTS"],
        "idempotencyKey": "k",
    }
    result, desk = await do(BREAK, i=given)
    assert result.data["breakGlass"] == {
        "id": "g1",
        "expiresAt": (NOW + timedelta(hours=4)).isoformat(),
        "obligations": [{"code": "SHOW_BANNER", "message": "show a banner"}],
    }
    assert desk.deeds == [
        BreakGlass(
            deed_id="view-1",
            request_id="request-1",
            requester=a_requester(),
            asked_at=NOW,
            nhs_number=NUMBER,
            reason_code=EmergencyReason.RISK_TO_LIFE,
            reason="bleeding",
            nodes=frozenset(("london-care-record",)),
            categories=frozenset((Category.ALERTS,)),
            idempotency_key="k",
        )
    ]


async def test_what_is_left_out_means_all() -> None:
    """No sources and no categories: every one."""
    _, desk = await do(BREAK, i=SHORTEST)
    (deed,) = desk.deeds
    assert (deed.nodes, deed.categories, deed.idempotency_key) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"sources": []}, "sources"),
        ({"sources": ["nowhere"]}, "sources"),
        ({"categories": []}, "categories"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "x" * 129}, "idempotencyKey"),
    ],
)
async def test_what_is_out_of_range_is_refused_by_name(given, names) -> None:
    """The text names the field and repeats nothing; the desk never hears of it."""
    result, desk = await do(BREAK, i=SHORTEST | given)
    assert codes(result) == ["BAD_USER_INPUT"]
    assert f"`{names}`" in result.errors[0].message
    assert "nowhere" not in result.errors[0].message
    assert desk.deeds == []


async def test_a_refusal_is_read_as_it_stands() -> None:
    """Code and fixed text."""
    result, _ = await do(BREAK, Desk(PersonRefusesError()), i=SHORTEST)
    assert codes(result) == ["FORBIDDEN"]
    assert result.errors[0].message == PersonRefusesError.public


async def test_ending_it() -> None:
    """By the grant's id alone."""
    result, desk = await do('mutation { endEmergencyAccess(id: "g1") { id } }')
    assert result.data["endEmergencyAccess"] == {"id": "g1"}
    assert [deed.grant_id for deed in desk.deeds] == ["g1"]


async def test_an_endless_id_is_nobodys() -> None:
    """It is refused before it is looked up."""
    result, desk = await do(f'mutation {{ endEmergencyAccess(id: "{"x" * 201}") {{ id }} }}')
    assert (codes(result), desk.deeds) == (["BAD_USER_INPUT"], [])


async def test_declaring_a_relationship() -> None:
    """The number and the caller's words."""
    query = (
        f'mutation {{ declareRelationship(input: {{nhsNumber: "{NUMBER}", reason: "my list"}})'
        " { id expiresAt } }"
    )
    result, desk = await do(query)
    assert result.data["declareRelationship"]["id"] == "r1"
    assert [(deed.nhs_number, deed.reason) for deed in desk.deeds] == [(NUMBER, "my list")]


OBJECT = (
    "mutation($i: ObjectionInput!) { recordObjection(input: $i)"
    " { id nhsNumber effect recordedAt } }"
)


async def test_objecting() -> None:
    """Every part of the scope, and what was recorded is read back."""
    given = {
        "nhsNumber": NUMBER,
        "effect": "OBJECT",
        "source": "milton-keynes",
        "category": "RESULTS",
        "organisation": "RRV",
        "inEmergency": True,
        "reason": "private",
    }
    result, desk = await do(OBJECT, i=given)
    assert result.data["recordObjection"] == {
        "id": "o1",
        "nhsNumber": NUMBER,
        "effect": "OBJECT",
        "recordedAt": NOW.isoformat(),
    }
    (deed,) = desk.deeds
    assert (deed.effect, deed.node, deed.category, deed.organisation, deed.in_emergency) == (
        ObjectionEffect.OBJECT,
        "milton-keynes",
        Category.RESULTS,
        "RRV",
        True,
    )
    assert deed.reason == "private"


async def test_objecting_to_everything() -> None:
    """What is left out means all, and not in emergencies."""
    _, desk = await do(OBJECT, i={"nhsNumber": NUMBER, "effect": "WITHDRAW"})
    (deed,) = desk.deeds
    assert (deed.node, deed.category, deed.organisation, deed.reason) == (None,) * 4
    assert deed.in_emergency is False


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"source": "nowhere"}, "source"),
        ({"organisation": "the hospital"}, "organisation"),
        ({"organisation": ""}, "organisation"),
        ({"reason": ""}, "reason"),
    ],
)
async def test_an_objection_out_of_range_is_refused_by_name(given, names) -> None:
    """Nothing is recorded."""
    result, desk = await do(OBJECT, i={"nhsNumber": NUMBER, "effect": "OBJECT"} | given)
    assert codes(result) == ["BAD_USER_INPUT"]
    assert f"`{names}`" in result.errors[0].message
    assert desk.deeds == []


EXPLAIN = (
    f'{{ explainAccess(nhsNumber: "{NUMBER}", purpose: EMERGENCY) {{ purpose decisions'
    " { source { id } category outcome code message liftableByBreakGlass } } }"
)


async def test_explaining_access() -> None:
    """Each decision, with its words."""
    result, desk = await do(EXPLAIN)
    assert result.data["explainAccess"] == {
        "purpose": "EMERGENCY",
        "decisions": [
            {
                "source": {"id": "london-care-record"},
                "category": "RESULTS",
                "outcome": "WITHHOLD",
                "code": "OBJECTION",
                "message": "an objection",
                "liftableByBreakGlass": True,
            }
        ],
    }
    assert [deed.purpose for deed in desk.deeds] == [Purpose.EMERGENCY]


LOG = (
    "query ($first: Int! = 50, $after: String) {"
    f' accessLog(nhsNumber: "{NUMBER}", first: $first, after: $after) {{'
    " edges { cursor node { id kind at name role organisation { odsCode name } purpose categories"
    " emergency emergencyReason regions } }"
    " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
)


async def test_reading_who_looked() -> None:
    """Every entry with its cursor, and where the page begins and ends."""
    result, desk = await do(LOG, after="c0")
    one, other = result.data["accessLog"]["edges"]
    assert one == {
        "cursor": "c1",
        "node": {
            "id": "v1.a",
            "kind": "BREAK_GLASS",
            "at": NOW.isoformat(),
            "name": "Doctor Ada Example",
            "role": "Consultant",
            "organisation": {"odsCode": "RRV", "name": "A hospital"},
            "purpose": "EMERGENCY",
            "categories": ["ALERTS"],
            "emergency": True,
            "emergencyReason": "RISK_TO_LIFE",
            "regions": ["London"],
        },
    }
    assert (other["node"]["organisation"], other["node"]["regions"]) == (None, None)
    assert result.data["accessLog"]["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": "c1",
        "endCursor": "c2",
    }
    (deed,) = desk.deeds
    assert (deed.nhs_number, deed.first, deed.after) == (NUMBER, 50, "c0")


async def test_a_page_of_nobody_who_looked() -> None:
    """No entry, and no cursor."""
    result, _ = await do(LOG, Unlooked())
    assert result.data["accessLog"]["edges"] == []
    assert result.data["accessLog"]["pageInfo"]["endCursor"] is None


@pytest.mark.parametrize("given", [{"first": 0}, {"first": 501}, {"after": "x" * 4097}])
async def test_a_page_of_the_log_out_of_range_is_refused(given) -> None:
    """Nobody is asked."""
    result, desk = await do(LOG, **given)
    assert codes(result) == ["BAD_USER_INPUT"]
    assert desk.deeds == []


@pytest.mark.parametrize(
    "query",
    [
        'mutation { a: endEmergencyAccess(id: "1") { id } b: endEmergencyAccess(id: "2") { id } }',
        patient("id")[:-1] + EXPLAIN[1:],
    ],
)
async def test_one_request_does_one_thing(query) -> None:
    """A second deed, or one beside a look, is refused."""
    asked = Asked(desk=(desk := Desk()))
    result = await ask(query, asked=asked)
    assert codes(result) == ["ONE_PERSON_PER_REQUEST"]
    assert len(desk.deeds) + len(asked.questions) == 1


async def test_the_record_shows_the_grant() -> None:
    """A grant in force stands on the record, and changes its revision."""

    def with_grant(question):
        return an_answer(question, emergency_grant=GRANT)

    query = patient("revision emergencyGrant { id obligations { code } }")
    shown = (await ask(query, asked=Asked(with_grant))).data["patient"]
    assert shown["emergencyGrant"] == {"id": "g1", "obligations": [{"code": "SHOW_BANNER"}]}
    assert shown["revision"] != (await ask(query)).data["patient"]["revision"]


REVIEWS = (
    "query ($node: ID, $state: AccessReviewState, $overdue: Boolean, $first: Int! = 50) {"
    " accessReviews(node: $node, state: $state, overdue: $overdue, first: $first)"
    " { edges { node { id } } } }"
)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, (None, None, None)),
        ({"node": None, "state": None, "overdue": None}, (None, None, None)),
        ({"node": LONDON.id, "state": "INQUIRY"}, (LONDON.id, ReviewState.INQUIRY, None)),
        ({"overdue": False}, (None, None, False)),
    ],
)
async def test_reading_a_queue(given, asked) -> None:
    """What is left out is no filter, and `false` is one."""
    result, desk = await do(REVIEWS, Queue(), **given)
    assert result.data["accessReviews"]["edges"] == []
    (deed,) = desk.deeds
    assert (deed.node, deed.state, deed.overdue) == asked


@pytest.mark.parametrize("given", [{"first": 0}, {"first": 501}, {"node": "nowhere"}])
async def test_a_queue_out_of_range_is_refused(given) -> None:
    """By the name of the argument."""
    result, desk = await do(REVIEWS, Queue(), **given)
    assert (codes(result), desk.deeds) == (["BAD_USER_INPUT"], [])


SAY = "mutation ($i: ReviewAccessInput!) { reviewAccess(input: $i) { id state flags kind } }"
SAID = {"id": "v1.a", "outcome": "NOT_JUSTIFIED", "note": " no tie "}


async def test_saying_what_was_found() -> None:
    """The note without blanks around it, and the alert is read back."""
    result, desk = await do(SAY, Queue(), i=SAID | {"idempotencyKey": "k"})
    assert result.data["reviewAccess"] == {
        "id": "v1.a",
        "state": "CLOSED",
        "flags": ["FAMILY"],
        "kind": "VIEW",
    }
    (deed,) = desk.deeds
    assert (deed.review, deed.outcome, deed.note, deed.idempotency_key) == (
        "v1.a",
        ReviewOutcome.NOT_JUSTIFIED,
        "no tie",
        "k",
    )


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"note": " "}, "note"),
        ({"note": "x" * 1001}, "note"),
        ({"id": "x" * 201}, "id"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
    ],
)
async def test_a_review_out_of_range_is_refused_by_name(given, names) -> None:
    """The desk never hears of it."""
    result, desk = await do(SAY, Queue(), i=SAID | given)
    assert (codes(result), desk.deeds) == (["BAD_USER_INPUT"], [])
    assert f"`{names}`" in result.errors[0].message
