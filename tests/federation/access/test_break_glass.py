"""Emergency access: who gets it, for how long, and what is on the record before they do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from federation.access import Happened
from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    Grant,
    Mark,
    MarkKind,
    Objection,
    Relationship,
    RelationshipKind,
    RulesState,
)
from federation.deeds import DeedKind
from federation.errors import (
    AuditUnavailableError,
    ConflictError,
    ErrorCode,
    ForbiddenError,
    NotFoundError,
    NotRecordedError,
    PersonRefusesError,
    PolicyUnavailableError,
    RoleNotSelectedError,
    StrongerSignInError,
)
from federation.model import Category, NodeState, Standing
from tests.builders import HERTS, LONDON, NOW, NUMBER, OTHER_NUMBER, a_node, a_requester
from tests.federation.access.standing import BrokenAudit, Lost, Office, WritesLost, breaking, ending
from tests.federation.sharing.given import a_professional

HOURS_4 = timedelta(hours=4)
SURE = {"assurance": 3}


def an_objection(**given) -> Objection:
    return Objection(**({"id": "o1", "recorded_at": NOW, "in_emergency": True} | given))


async def test_a_grant_lasts_four_hours_and_binds_its_holder() -> None:
    """What is stored is the requester's authority, the scope and the reason; the view reads it."""
    office = Office()
    scope = {"nodes": frozenset((LONDON.id,)), "categories": frozenset((Category.ALERTS,))}
    access = await office.do(breaking(**scope))
    (grant,) = (await office.held()).grants
    assert (access.id, access.expires_at) == (grant.id, NOW + HOURS_4)
    assert grant == Grant(
        id="id-1",
        authority=a_requester(assurance=3).authority,
        reason_code=EmergencyReason.LACKS_CAPACITY,
        **scope,
        begins_at=NOW,
        expires_at=NOW + HOURS_4,
    )
    (happened,) = office.happened
    assert happened == Happened(kind=DeedKind.BREAK_GLASS, deed_id="deed-1", organisation="RRV")
    assert [one.code for one in access.obligations] == [
        "SHOW_BANNER",
        "AUDIT_REVIEW",
        "NOTIFY_PERSON",
    ]


async def test_both_sides_are_told() -> None:
    """The event names the requester's organisation and every source in scope, with a due date."""
    office = Office()
    await office.do(breaking())
    (event,) = await office.events()
    told = [(alert.to, alert.due) for alert in event.plain.alerts]
    due = NOW + timedelta(days=1)
    assert told == [
        ("organisation:RRV", due),
        (f"node:{LONDON.id}", due),
        (f"node:{HERTS.id}", due),
    ]
    assert event.plain.kind == "BREAK_GLASS"
    assert event.plain.grant.reason_code == "LACKS_CAPACITY"
    assert (event.sealed.reason, event.sealed.number) == ("found unconscious", NUMBER)


async def test_only_sources_in_scope_are_told() -> None:
    """A grant for one node alerts that node, and not its neighbours."""
    office = Office()
    await office.do(breaking(nodes=frozenset((HERTS.id,))))
    (event,) = await office.events()
    assert [alert.to for alert in event.plain.alerts] == ["organisation:RRV", f"node:{HERTS.id}"]


async def test_a_node_that_only_applies_is_not_told() -> None:
    """A grant reaches the network, and nobody beside it hears that it was given."""
    office = Office(nodes=(LONDON, a_node("applying", state=NodeState.SUBMITTED)))
    await office.do(breaking())
    (event,) = await office.events()
    assert event.plain.nodes == (LONDON.id,)
    assert [alert.to for alert in event.plain.alerts] == ["organisation:RRV", f"node:{LONDON.id}"]


async def test_a_reason_is_read_by_nobody_without_the_key() -> None:
    """The caller's words are in no column and in no plain part of the log."""
    office = Office()
    await office.do(breaking(reason="an unmistakable story"))
    rows = [row async for row in office.audit.read()]
    assert b"unmistakable" not in b"".join(row.body for row in rows)
    assert "unmistakable" not in repr(office.happened)


@pytest.mark.parametrize(
    ("requester", "error"),
    [
        (a_professional("R0050", assurance=3), None),
        (a_professional("R1070", "ambulance", assurance=3), None),
        (a_professional("R8014", "local-authority", assurance=3), None),
        (a_professional("R8009", assurance=3), ForbiddenError),
        (a_professional("R8015", assurance=3), ForbiddenError),
        (a_professional("R0050", assurance=2), StrongerSignInError),
        (a_professional("R0050", assurance=0), StrongerSignInError),
        (a_professional("R0050", assurance=3, standing=Standing.LAPSED), ForbiddenError),
        (a_professional("R0050", assurance=3, kind="CITIZEN"), ForbiddenError),
        (a_professional("R0050", assurance=3, kind="PROXY"), ForbiddenError),
        (a_professional("R0050", assurance=3, kind="OPERATOR"), ForbiddenError),
    ],
)
async def test_who_may_break_the_glass(requester, error) -> None:
    """Those who give care and social workers, surely signed in; each refusal is on the record."""
    office = Office()
    if error is None:
        await office.do(breaking(requester=requester))
        return
    with pytest.raises(ForbiddenError) as refused:
        await office.do(breaking(requester=requester))
    assert isinstance(refused.value, error)
    (event,) = await office.events()
    assert (event.plain.kind, event.plain.deed, event.plain.error) == (
        "REFUSAL",
        "BREAK_GLASS",
        "FORBIDDEN",
    )
    assert event.sealed.reason == "found unconscious"
    assert (await office.held()).grants == ()
    assert [one.refused for one in office.happened] == [ErrorCode.FORBIDDEN]


async def test_without_a_selected_role_nothing_is_granted() -> None:
    """Authority is one role's; the refusal says to select one."""
    requester = a_requester(role=None, assurance=3)
    with pytest.raises(RoleNotSelectedError):
        await Office().do(breaking(requester=requester))


async def test_nobody_breaks_the_glass_over_their_own_record() -> None:
    """Staff look at their own record as citizens."""
    office = Office()
    await office.store.mark(
        office.person(),
        Mark(id="m", kind=MarkKind.OWN_RECORD, subject=a_requester().principal),
    )
    with pytest.raises(ForbiddenError):
        await office.do(breaking())


async def test_without_audit_nothing_is_granted() -> None:
    """A grant that cannot be written down is none."""
    office = Office(audit=BrokenAudit())
    with pytest.raises(AuditUnavailableError):
        await office.do(breaking())
    assert (await office.held()).grants == ()


async def test_a_grant_that_cannot_be_stored_is_on_the_record_and_is_none() -> None:
    """The log has the grant and that it came to nothing; the caller is told that."""
    office = Office(WritesLost())
    with pytest.raises(NotRecordedError):
        await office.do(breaking())
    assert await office.kinds() == ["BREAK_GLASS", "REFUSAL"]


async def test_without_the_store_nothing_is_granted() -> None:
    """Whether the person refuses is not known then."""
    office = Office(Lost())
    with pytest.raises(PolicyUnavailableError):
        await office.do(breaking())
    assert await office.kinds() == ["REFUSAL"]


@pytest.mark.parametrize("state", [RulesState.EMERGENCY_SET, RulesState.NONE])
async def test_without_rules_nothing_is_granted(state) -> None:
    """Rules that have not been heard of for too long permit nobody to set rules aside."""
    with pytest.raises(PolicyUnavailableError):
        await Office(state=state).do(breaking())


# ── refused by the person ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("objections", "scope", "refused"),
    [
        ([an_objection()], {}, True),
        ([an_objection(organisation="RRV")], {}, True),
        ([an_objection(organisation="OTHER")], {}, False),
        ([an_objection(in_emergency=False)], {}, False),
        ([an_objection(node=LONDON.id)], {}, False),
        ([an_objection(node=LONDON.id)], {"nodes": frozenset((LONDON.id,))}, True),
        ([an_objection(node=LONDON.id), an_objection(id="o2", node=HERTS.id)], {}, True),
        ([an_objection(category=Category.RESULTS)], {}, False),
        (
            [an_objection(category=Category.RESULTS)],
            {"categories": frozenset((Category.RESULTS,))},
            True,
        ),
    ],
)
@pytest.mark.parametrize("reason", [EmergencyReason.PATIENT_AGREES, EmergencyReason.RISK_TO_LIFE])
async def test_a_refusal_in_emergencies_too_blocks_what_it_covers(
    objections, scope, refused, reason
) -> None:
    """Where all that is asked for is refused there is no grant, whatever the reason given."""
    office = Office()
    for objection in objections:
        await office.store.object(office.person(), objection)
    deed = breaking(reason_code=reason, **scope)
    if refused:
        with pytest.raises(PersonRefusesError):
            await office.do(deed)
        assert (await office.held()).grants == ()
        return
    await office.do(deed)
    event = (await office.events())[-1]
    assert event.sealed.objected is True


async def test_where_nothing_is_in_scope_nobody_has_refused() -> None:
    """A scope that reaches nothing is not told as the person's refusal, which it is not."""
    office = Office(nodes=(a_node(categories=(Category.ALLERGIES,)),))
    await office.do(breaking(categories=frozenset((Category.RESULTS,))))
    assert await office.kinds() == ["BREAK_GLASS"]


# ── the same again ────────────────────────────────────────────────────────────────────────────────


async def test_the_same_request_again_is_the_same_grant() -> None:
    """A retry gets the grant that it got, and nobody is told twice."""
    office = Office()
    first = await office.do(breaking(idempotency_key="k"))
    again = await office.do(breaking(idempotency_key="k", asked_at=NOW + timedelta(minutes=5)))
    assert again == first
    assert len((await office.held()).grants) == 1
    events = await office.events()
    assert [len(event.plain.alerts) for event in events] == [3, 0]
    assert events[1].plain.grant_id == first.id


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "another story"},
        {"reason_code": EmergencyReason.SAFEGUARDING},
        {"nodes": frozenset((LONDON.id,))},
        {"categories": frozenset((Category.ALERTS,))},
    ],
)
async def test_another_request_under_the_same_key_is_a_conflict(other) -> None:
    """A key stands for one request; what would widen it is refused."""
    office = Office()
    await office.do(breaking(idempotency_key="k"))
    with pytest.raises(ConflictError):
        await office.do(breaking(idempotency_key="k", **other))
    assert len((await office.held()).grants) == 1


async def test_a_key_is_one_persons_and_one_authoritys() -> None:
    """Another person, or another role, gets a grant of their own under the same key."""
    office = Office()
    ids = {
        (await office.do(breaking(idempotency_key="k"))).id,
        (await office.do(breaking(idempotency_key="k", nhs_number=OTHER_NUMBER))).id,
        (
            await office.do(
                breaking(idempotency_key="k", requester=a_requester(role="R0260", **SURE))
            )
        ).id,
    }
    assert len(ids) == 3


async def test_without_a_key_each_request_is_its_own() -> None:
    """Nothing is guessed to be a retry."""
    office = Office()
    assert (await office.do(breaking())).id != (await office.do(breaking())).id


async def test_one_request_under_two_keys_is_two_grants() -> None:
    """Another key says that it is meant anew, also word for word."""
    office = Office()
    first = await office.do(breaking(idempotency_key="k"))
    assert (await office.do(breaking(idempotency_key="l"))).id != first.id
    assert len((await office.held()).grants) == 2


@pytest.mark.parametrize(
    ("kind", "ends_at"),
    [
        (RelationshipKind.ADMISSION, NOW + timedelta(hours=1)),
        (RelationshipKind.INCIDENT, None),
        (RelationshipKind.INCIDENT, NOW),
        (RelationshipKind.INCIDENT, NOW - timedelta(hours=1)),
        (RelationshipKind.INCIDENT, NOW + timedelta(hours=5)),
    ],
)
async def test_nothing_else_ends_a_grant_sooner(kind, ends_at) -> None:
    """An end that is not an incident's, is not known, has passed or is later does not count."""
    office = Office()
    tie = Relationship(
        id="i",
        kind=kind,
        source=EvidenceSource.LAUNCH,
        organisation="RRV",
        begins_at=NOW - HOURS_4,
        ends_at=ends_at,
    )
    await office.store.relate(office.person(), (tie,))
    assert (await office.do(breaking())).expires_at == NOW + HOURS_4


async def test_a_grant_ends_with_the_incident() -> None:
    """Emergency access for an incident is over when it is, where that is sooner."""
    office = Office()
    end = NOW + timedelta(hours=1)
    incident = Relationship(
        id="i",
        kind=RelationshipKind.INCIDENT,
        source=EvidenceSource.LAUNCH,
        organisation="RRV",
        begins_at=NOW - timedelta(hours=1),
        ends_at=end,
    )
    await office.store.relate(office.person(), (incident,))
    assert (await office.do(breaking())).expires_at == end


# ── ended early ───────────────────────────────────────────────────────────────────────────────────


async def test_ending_early_ends_it() -> None:
    """The grant holds no longer, and ending it again is fine."""
    office = Office()
    grant = await office.do(breaking())
    later = NOW + timedelta(minutes=10)
    ended = await office.do(ending(grant.id, asked_at=later))
    again = await office.do(ending(grant.id, asked_at=later + timedelta(minutes=1)))
    assert (ended.expires_at, again.expires_at) == (later, later)
    (kept,) = (await office.held()).grants
    assert not kept.holds(later)
    assert (await office.kinds())[1:] == ["END_EMERGENCY_ACCESS"] * 2


async def test_ending_what_is_over_does_not_lengthen_it() -> None:
    """A grant that ran out ended when it ran out."""
    office = Office()
    grant = await office.do(breaking())
    ended = await office.do(ending(grant.id, asked_at=NOW + timedelta(hours=9)))
    assert ended.expires_at == grant.expires_at


async def test_whether_anybody_elses_grant_exists_is_not_told() -> None:
    """Another's grant and none at all have one answer, and both are on the record."""
    office = Office()
    grant = await office.do(breaking())
    stranger = a_requester(subject="somebody else")
    texts = set()
    for id_ in (grant.id, "nonesuch"):
        with pytest.raises(NotFoundError) as refused:
            await office.do(ending(id_, requester=stranger))
        texts.add((refused.value.code, refused.value.text))
    assert len(texts) == 1
    assert (await office.held()).grants[0].ended_at is None
    assert (await office.kinds())[1:] == ["END_EMERGENCY_ACCESS", "REFUSAL"] * 2


async def test_access_can_be_given_up_without_rules() -> None:
    """Ending needs nothing but one's own grant, also while the rules are lost."""
    office = Office()
    grant = await office.do(breaking())
    office.state = RulesState.NONE
    assert (await office.do(ending(grant.id))).expires_at == NOW
