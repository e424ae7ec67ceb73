"""What people state: that somebody is in their care, and what a person does not want shared."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.authority import (
    EvidenceSource,
    Mark,
    MarkKind,
    ObjectionEffect,
    Proxy,
    ProxyBasis,
    Relationship,
    RelationshipKind,
)
from federation.errors import (
    AuditUnavailableError,
    EvidenceNeededError,
    ForbiddenError,
    NotRecordedError,
)
from federation.model import Category, OdsCode, RequesterKind
from tests.builders import LONDON, NOW, NUMBER, OTHER_NUMBER, a_requester
from tests.federation.access.standing import BrokenAudit, Office, WritesLost, declaring, objecting
from tests.federation.sharing.given import a_professional

DAY = timedelta(hours=24)
CITIZEN = a_requester(
    kind=RequesterKind.CITIZEN, role=None, available_roles=(), organisation=None, person=NUMBER,
    assurance=3,
)  # fmt: skip
PROXY = a_requester(
    subject="parent", kind=RequesterKind.PROXY, role=None, available_roles=(), organisation=None,
    person=NUMBER, proxy_id="p1", assurance=3,
)  # fmt: skip


def related(kind=RelationshipKind.REGISTERED, **given) -> Relationship:
    defaults = {
        "id": "r1",
        "kind": kind,
        "source": EvidenceSource.FEED,
        "organisation": OdsCode("RRV"),
        "begins_at": NOW - DAY,
    }
    return Relationship(**(defaults | given))


# ── in my care ────────────────────────────────────────────────────────────────────────────────────


async def test_ones_own_word_counts_for_a_day_and_for_oneself() -> None:
    """The relationship is the declarer's alone, self-declared, and ends without grace."""
    office = Office()
    declared = await office.do(declaring())
    (kept,) = (await office.held()).relationships
    assert (kept.id, kept.kind, kept.source) == (declared.id, "SELF_DECLARED", "SELF")
    assert kept.organisation == "RRV", "it does not go with them to another organisation"
    assert declared.expires_at == kept.ends_at == NOW + DAY
    assert kept.holds(NOW + DAY - timedelta(seconds=1))
    assert not kept.holds(NOW + DAY)
    assert kept.binds(a_requester())
    assert not kept.binds(a_requester(subject="a colleague"))


async def test_the_organisation_hears_of_it() -> None:
    """The event alerts the declarer's own privacy officer, and keeps the words sealed."""
    office = Office()
    await office.do(declaring())
    (event,) = await office.events()
    assert (event.plain.kind, [alert.to for alert in event.plain.alerts]) == (
        "DECLARE_RELATIONSHIP",
        ["organisation:RRV"],
    )
    assert event.sealed.reason == "on my ward since this morning"


@pytest.mark.parametrize("kind", [MarkKind.OWN_RECORD, MarkKind.FAMILY])
async def test_ones_own_word_is_not_enough_for_oneself_or_the_family(kind) -> None:
    """It is refused, and the organisation hears of the attempt."""
    office = Office()
    mark = Mark(id="m", kind=kind, subject=a_requester().principal)
    await office.store.mark(office.person(), mark)
    with pytest.raises(EvidenceNeededError):
        await office.do(declaring())
    (event,) = await office.events()
    assert [alert.to for alert in event.plain.alerts] == ["organisation:RRV"]
    assert (await office.held()).relationships == ()


@pytest.mark.parametrize(
    "requester", [CITIZEN, PROXY, a_professional("R8009"), a_professional("R8015")]
)
async def test_only_those_who_care_can_say_so(requester) -> None:
    """Nobody else's word counts, and the refusal does not speak of evidence."""
    office = Office()
    with pytest.raises(ForbiddenError) as refused:
        await office.do(declaring(requester=requester))
    assert refused.value.code == "FORBIDDEN"
    assert (await office.held()).relationships == ()


@pytest.mark.parametrize(
    ("office", "error", "kinds"),
    [
        (lambda: Office(audit=BrokenAudit()), AuditUnavailableError, []),
        (lambda: Office(WritesLost()), NotRecordedError, ["DECLARE_RELATIONSHIP", "REFUSAL"]),
    ],
)
async def test_what_is_not_written_down_does_not_count(office, error, kinds) -> None:
    """Audit first, then the store; without either there is no relationship."""
    office = office()
    with pytest.raises(error):
        await office.do(declaring())
    assert (await office.kinds(), (await office.held()).relationships) == (kinds, ())


# ── I do not want this shared ─────────────────────────────────────────────────────────────────────


async def test_a_person_objects_and_takes_it_back() -> None:
    """It is in force at once, and gone at once."""
    office = Office()
    scope = {"node": LONDON.id, "category": Category.RESULTS, "organisation": OdsCode("RRV")}
    recorded = await office.do(objecting(requester=CITIZEN, in_emergency=True, **scope))
    (kept,) = (await office.held()).objections
    assert (kept.id, kept.node, kept.category, kept.organisation, kept.in_emergency) == (
        recorded.id,
        *scope.values(),
        True,
    )
    assert kept.recorded_at == NOW
    assert (recorded.nhs_number, recorded.effect, recorded.recorded_at) == (NUMBER, "OBJECT", NOW)
    await office.do(objecting(requester=CITIZEN, effect=ObjectionEffect.WITHDRAW, **scope))
    assert (await office.held()).objections == ()
    assert await office.kinds() == ["RECORD_OBJECTION"] * 2


async def test_taking_back_what_was_never_said_is_no_error() -> None:
    """It reads as any withdrawal, and is on the record."""
    office = Office()
    done = await office.do(objecting(requester=CITIZEN, effect=ObjectionEffect.WITHDRAW))
    assert done.effect == "WITHDRAW"
    assert await office.kinds() == ["RECORD_OBJECTION"]


async def test_an_objection_follows_the_person_to_a_new_number() -> None:
    """What was said under an earlier number is taken back under the one in use."""
    office = Office()
    await office.do(objecting(requester=CITIZEN))
    await office.numbers.learn(NUMBER, OTHER_NUMBER)
    now = replace(CITIZEN, person=OTHER_NUMBER)
    await office.do(
        objecting(requester=now, nhs_number=OTHER_NUMBER, effect=ObjectionEffect.WITHDRAW)
    )
    assert (await office.held()).objections == ()


@pytest.mark.parametrize(
    ("requester", "proxies", "allowed"),
    [
        (CITIZEN, (), True),
        (a_requester(kind=RequesterKind.CITIZEN, role=None, available_roles=(), person=OTHER_NUMBER,
                     assurance=3), (), False),
        (a_requester(kind=RequesterKind.CITIZEN, role=None, available_roles=(), person=NUMBER,
                     assurance=2), (), False),
        (PROXY, (), False),
        (PROXY, ("p1",), True),
        (PROXY, ("another",), False),
        (a_professional("R0260", "gp"), (), True),
        (a_professional("R1330", "local-authority"), (), True),
        (a_professional("R1070", "ambulance"), (), False),
        (a_professional("R8009"), (), False),
    ],
)  # fmt: skip
async def test_who_speaks_for_the_person(requester, proxies, allowed) -> None:
    """The person, a proxy in force, and the roles of the table; nobody else."""
    office = Office()
    for id_ in proxies:
        proxy = Proxy(id=id_, subject=PROXY.principal, basis=ProxyBasis.PARENT, begins_at=NOW - DAY)
        await office.store.allow_proxy(office.person(), proxy)
    deed = objecting(requester=requester)
    if allowed:
        await office.do(deed)
    else:
        with pytest.raises(ForbiddenError):
            await office.do(deed)
        assert await office.kinds() == ["REFUSAL"]
    assert len((await office.held()).objections) == allowed


@pytest.mark.parametrize(
    ("relationships", "allowed"),
    [
        ((), False),
        ((related(),), True),
        ((related(ends_at=NOW - timedelta(days=60)),), False),
        ((related(organisation=OdsCode("OTHER")),), False),
        (
            (
                related(
                    RelationshipKind.SELF_DECLARED,
                    source=EvidenceSource.SELF,
                    subject=a_requester().principal,
                    ends_at=NOW + DAY,
                ),
            ),
            False,
        ),
    ],
)
async def test_staff_open_what_a_person_closed_only_where_the_person_is_in_their_care(
    relationships, allowed
) -> None:
    """A withdrawal by staff needs a tie that somebody else vouches for."""
    office = Office()
    await office.do(objecting(requester=CITIZEN))
    await office.store.relate(office.person(), relationships)
    deed = objecting(effect=ObjectionEffect.WITHDRAW)
    if allowed:
        await office.do(deed)
    else:
        with pytest.raises(EvidenceNeededError):
            await office.do(deed)
    assert bool((await office.held()).objections) is not allowed


@pytest.mark.parametrize(
    ("office", "error"),
    [
        (lambda: Office(audit=BrokenAudit()), AuditUnavailableError),
        (lambda: Office(WritesLost()), NotRecordedError),
    ],
)
async def test_an_objection_that_is_not_kept_is_not_confirmed(office, error) -> None:
    """The person is told that it was not recorded."""
    with pytest.raises(error):
        await office().do(objecting(requester=CITIZEN))


async def test_staff_close_emergencies_only_for_those_in_their_care() -> None:
    """What nobody can lift is not closed by whoever has no more than a number."""
    office = Office()
    with pytest.raises(EvidenceNeededError):
        await office.do(objecting(in_emergency=True))
    assert not (await office.held()).objections


async def test_refusals_in_a_row_are_told() -> None:
    """Deeds that are refused again and again are flagged, and the organisation is told."""
    office = Office()
    mine = a_requester(role="R8015")
    for _ in range(3):
        with pytest.raises(ForbiddenError):
            await office.do(replace(declaring(), requester=mine))
    events = await office.events()
    assert [event.sealed.flags for event in events] == [(), (), ("MANY_REFUSALS",)]
    assert [len(event.plain.alerts) for event in events] == [0, 0, 1]
