"""What every storage does with what ties people to those who look."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from federation.authority import (
    Consent,
    EmergencyReason,
    EvidenceSource,
    Grant,
    Held,
    Mark,
    MarkKind,
    Objection,
    Proxy,
    ProxyBasis,
    Relationship,
    RelationshipKind,
)
from federation.errors import StorageError
from federation.model import Category, NodeId, OdsCode
from federation.storage import FeedChange, PersonKey, Storage
from federation.storage.memory import MemoryStorage
from tests.builders import NOW

A, B, C = (PersonKey(bytes([n]) * 32) for n in range(3))
HOUR = timedelta(hours=1)


def related(id_: str, **given) -> Relationship:
    values: dict[str, Any] = {
        "kind": RelationshipKind.ADMISSION,
        "source": EvidenceSource.FEED,
        "organisation": OdsCode("RRV"),
        "begins_at": NOW,
    }
    return Relationship(id=id_, **(values | given))


def granted(id_: str, **given) -> Grant:
    values: dict[str, Any] = {
        "authority": "issuer\x1fsomebody\x1fPROFESSIONAL",
        "reason_code": EmergencyReason.RISK_TO_LIFE,
        "begins_at": NOW,
        "expires_at": NOW + 4 * HOUR,
    }
    return Grant(id=id_, **(values | given))


def objected(id_: str, **given) -> Objection:
    return Objection(id=id_, recorded_at=NOW, **given)


WHOLE = Held(
    relationships=(
        related("r1"),
        related(
            "r2",
            kind=RelationshipKind.INCIDENT,
            source=EvidenceSource.LAUNCH,
            subject="issuer\x1fsomebody",
            begins_at=NOW + timedelta(microseconds=1),
            ends_at=NOW + HOUR,
            grace=timedelta(days=1, microseconds=3),
            evidence="job-17",
        ),
    ),
    grants=(
        granted("g1"),
        granted(
            "g2",
            nodes=frozenset({NodeId("a"), NodeId("b")}),
            categories=frozenset({Category.ALERTS}),
            ended_at=NOW + HOUR,
        ),
    ),
    objections=(
        objected("o1"),
        objected(
            "o2",
            node=NodeId("a"),
            category=Category.RESULTS,
            organisation=OdsCode("RRV"),
            in_emergency=True,
        ),
    ),
    consents=(
        Consent(id="c1", releases="FERTILITY", recorded_at=NOW),
        Consent(id="c2", releases="GENDER_HISTORY", recorded_at=NOW, ends_at=NOW + HOUR),
    ),
    proxies=(
        Proxy(id="p1", subject="nhs\x1fparent", basis=ProxyBasis.PARENT, begins_at=NOW),
        Proxy(
            id="p2",
            subject="nhs\x1fother",
            basis=ProxyBasis.ATTORNEY,
            begins_at=NOW,
            review_at=NOW + HOUR,
            ended_at=NOW + HOUR / 2,
        ),
    ),
    marks=(
        Mark(id="m1", kind=MarkKind.WATCHED),
        Mark(id="m2", kind=MarkKind.FAMILY, subject="issuer\x1fsomebody"),
    ),
)


async def tell(storage: Storage, person: PersonKey, held: Held) -> None:
    sharing = storage.sharing
    await sharing.relate(person, held.relationships)
    for grant in held.grants:
        await sharing.grant(person, grant, None)
    for objection in held.objections:
        await sharing.object(person, objection)
    for consent in held.consents:
        await sharing.consent(person, consent)
    for proxy in held.proxies:
        await sharing.allow_proxy(person, proxy)
    for mark in held.marks:
        await sharing.mark(person, mark)


async def test_nothing_is_known_at_first(storage: Storage):
    """Of nobody, and of no person at all."""
    assert await storage.sharing.about((A, B)) == Held()
    assert await storage.sharing.about(()) == Held()
    assert [change async for change in storage.sharing.objections()] == []


async def test_facts_come_back_as_they_went_in(storage: Storage):
    """Every field, with and without what may be missing, in order of ids; none of another's."""
    backwards = Held(**{name: getattr(WHOLE, name)[::-1] for name in Held.__struct_fields__})
    await tell(storage, A, backwards)

    assert await storage.sharing.about((A,)) == WHOLE
    assert await storage.sharing.about((B,)) == Held()
    assert await storage.sharing.about((B, A, A)) == WHOLE


async def test_an_id_written_again_replaces_what_it_named(storage: Storage):
    """Of each sort; also where it names another person now, whom the first is rid of."""
    await tell(storage, A, WHOLE)
    await tell(storage, B, WHOLE)

    assert await storage.sharing.about((A,)) == Held()
    assert await storage.sharing.about((B,)) == WHOLE


async def test_sorts_do_not_share_ids(storage: Storage):
    """A consent and a mark may have one id."""
    await storage.sharing.consent(A, replace(WHOLE.consents[0], id="1"))
    await storage.sharing.mark(A, replace(WHOLE.marks[0], id="1"))

    held = await storage.sharing.about((A,))

    assert (len(held.consents), len(held.marks)) == (1, 1)


# ── feeds ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_feed_replaces_what_it_said(storage: Storage):
    """And nothing else: not what others say, under the same ids or not."""
    sharing = storage.sharing
    await sharing.relate(A, (related("r1"),))
    await sharing.load_feed("other", [(A, related("r1", evidence="other"))])
    await sharing.load_feed("homes", [(A, related("r1", evidence="old")), (B, related("r2"))])

    await sharing.load_feed("homes", [(C, related("r1", evidence="new"))])

    evidence = {one.evidence for one in (await sharing.about((A,))).relationships}
    assert evidence == {None, "other"}
    assert await sharing.about((B,)) == Held()
    assert (await sharing.about((C,))).relationships == (related("r1", evidence="new"),)


async def test_a_feed_may_say_anything_but_grants_and_objections(storage: Storage):
    """Relationships, consents, proxies and marks together; an empty one takes all of them back."""
    told = (*WHOLE.relationships, *WHOLE.consents, *WHOLE.proxies, *WHOLE.marks)
    await storage.sharing.load_feed("all", [(A, fact) for fact in told])
    assert await storage.sharing.about((A,)) == replace(WHOLE, grants=(), objections=())

    await storage.sharing.load_feed("all", ())

    assert await storage.sharing.about((A,)) == Held()


async def test_a_feed_loaded_twice_is_the_same(storage: Storage):
    """Loading it again changes nothing; however large it is."""
    rows = [(PersonKey(n.to_bytes(32, "big")), related(f"r{n}")) for n in range(3000)]
    for _ in range(2):
        await storage.sharing.load_feed("large", rows)

    for n in (0, 1499, 2999):
        assert await storage.sharing.about((rows[n][0],)) == Held(relationships=(rows[n][1],))


async def test_a_row_of_a_feed_may_change(storage: Storage):
    """Under its id it may say something else, or speak of somebody else; the others stay."""
    rows = [(A, related("r1")), (A, related("r2")), (A, related("r3"))]
    await storage.sharing.load_feed("homes", rows)

    await storage.sharing.load_feed(
        "homes", [(A, related("r1")), (A, related("r2", evidence="new")), (B, related("r3"))]
    )

    assert (await storage.sharing.about((A,))).relationships == (
        related("r1"),
        related("r2", evidence="new"),
    )
    assert (await storage.sharing.about((B,))).relationships == (related("r3"),)


async def test_a_large_feed_is_a_few_statements(storage: Storage):
    """However many rows come, change or go: whoever else writes waits for all of it."""
    if isinstance(storage, MemoryStorage):
        pytest.skip("it speaks to no database")
    engine = storage._writer._engine  # type: ignore[attr-defined]  # SQL's own
    said = []

    def hear(_connection, _cursor, statement, *_):
        said.append(statement)

    sa.event.listen(getattr(engine, "sync_engine", engine), "before_cursor_execute", hear)
    for rows in (
        [(A, related(f"r{number}")) for number in range(2500)],
        [(B, related(f"r{number}")) for number in range(2500)],
        [],
    ):
        await storage.sharing.load_feed("large", rows)
        assert (await storage.sharing.compare_feed("large", rows)) == FeedChange(
            added=0, changed=0, removed=0
        )
    assert len(said) < 30


async def test_a_feed_that_fails_changes_nothing(storage: Storage):
    """Two rows of one sort and id are an error, and what was there before is there still."""
    await storage.sharing.load_feed("homes", [(A, related("r1"))])

    with pytest.raises(StorageError):
        await storage.sharing.load_feed("homes", [(B, related("r2")), (C, related("r2"))])

    assert await storage.sharing.about((A, B, C)) == Held(relationships=(related("r1"),))


async def test_what_a_load_would_change_is_counted_and_left_alone(storage: Storage):
    """Against what this feed said, by id; a row that speaks of somebody else is changed."""
    await storage.sharing.load_feed("other", [(A, related("r9"))])
    before = [(A, related("r1")), (A, related("r2")), (A, related("r3")), (A, related("r4"))]
    await storage.sharing.load_feed("homes", before)

    after = [(A, related("r1")), (A, related("r2", evidence="new")), (B, related("r3"))]
    change = await storage.sharing.compare_feed("homes", [*after, (C, related("r9"))])

    assert change == FeedChange(added=1, changed=2, removed=1)
    assert await storage.sharing.about((B, C)) == Held()


# ── grants ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_request_sent_twice_makes_one_grant(storage: Storage):
    """The second gets the first's grant, as it is now, and there is no other."""
    first = await storage.sharing.grant(A, granted("g1"), "key")
    await storage.sharing.end_grant("g1", first.authority, NOW + HOUR)

    second = await storage.sharing.grant(A, granted("g2"), "key")

    assert first == granted("g1")
    assert second == granted("g1", ended_at=NOW + HOUR)
    assert (await storage.sharing.about((A,))).grants == (second,)


@pytest.mark.parametrize(
    ("person", "given", "key"),
    [
        pytest.param(A, {}, "another", id="another key"),
        pytest.param(A, {}, None, id="no key"),
        pytest.param(A, {"authority": "issuer\x1fanother"}, "key", id="another's key"),
        pytest.param(B, {}, "key", id="another person"),
    ],
)
async def test_another_request_makes_another_grant(
    storage: Storage, person: PersonKey, given: dict[str, Any], key: str | None
):
    """A key is of one authority and one person; without one, every request is another."""
    await storage.sharing.grant(A, granted("g1"), "key")
    await storage.sharing.grant(A, granted("g2"), None)

    assert await storage.sharing.grant(person, granted("g3", **given), key) == granted(
        "g3", **given
    )
    assert [one.id for one in (await storage.sharing.about((A, B))).grants] == ["g1", "g2", "g3"]


async def test_parts_of_a_request_do_not_run_together(storage: Storage):
    """An authority and a key that read the same side by side are not the same."""
    await storage.sharing.grant(A, granted("g1", authority="a"), "bc")

    assert (await storage.sharing.grant(A, granted("g2", authority="ab"), "c")).id == "g2"


async def test_requests_at_the_same_time_make_one_grant(storage: Storage):
    """Whoever comes first; all are told the same."""
    made = await asyncio.gather(
        *(storage.sharing.grant(A, granted(f"g{n}"), "key") for n in range(8))
    )

    assert len({one.id for one in made}) == 1
    assert (await storage.sharing.about((A,))).grants == (made[0],)


async def test_a_grant_is_ended_by_its_own_authority(storage: Storage):
    """Once: the first end stays. Nobody else ends it, or learns that it is there."""
    await storage.sharing.grant(A, granted("g1"), None)
    ended = granted("g1", ended_at=NOW + HOUR)

    assert await storage.sharing.end_grant("g1", "another", NOW) is None
    assert await storage.sharing.end_grant("g2", ended.authority, NOW) is None
    assert await storage.sharing.end_grant("g1", ended.authority, NOW + HOUR) == ended
    assert await storage.sharing.end_grant("g1", ended.authority, NOW + 2 * HOUR) == ended
    assert (await storage.sharing.about((A,))).grants == (ended,)


# ── objections ───────────────────────────────────────────────────────────────────────────────────

SCOPES = [
    {},
    {"node": NodeId("a")},
    {"category": Category.RESULTS},
    {"organisation": OdsCode("RRV")},
    {"node": NodeId("a"), "category": Category.RESULTS, "organisation": OdsCode("RRV")},
]


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_withdrawal_takes_back_its_own_scope(storage: Storage, scope: dict[str, Any]):
    """All that say so of the person, whatever their force; no wider, no narrower, no other's."""
    for n, other in enumerate(SCOPES):
        await storage.sharing.object(A, objected(f"a{n}", **other))
    await storage.sharing.object(A, objected("again", in_emergency=True, **scope))
    await storage.sharing.object(B, objected("b", **scope))

    assert await storage.sharing.withdraw((A,), objected("w", **scope), NOW)

    left = (await storage.sharing.about((A,))).objections
    assert [one.scope for one in left] == [
        objected("x", **other).scope for other in SCOPES if other != scope
    ]
    assert (await storage.sharing.about((B,))).objections == (objected("b", **scope),)


async def test_a_withdrawal_is_under_any_of_a_persons_keys(storage: Storage):
    """What was said under an earlier number is taken back under the one in use."""
    await storage.sharing.object(A, objected("a"))
    await storage.sharing.object(B, objected("b"))

    assert await storage.sharing.withdraw((B, A), objected("w"), NOW)
    assert (await storage.sharing.about((A, B))).objections == ()


async def test_nothing_to_withdraw(storage: Storage):
    """There was none of that scope, or it has been taken back already."""
    await storage.sharing.object(A, objected("a", node=NodeId("a")))

    assert not await storage.sharing.withdraw((A,), objected("w"), NOW)
    assert not await storage.sharing.withdraw((B,), objected("w", node=NodeId("a")), NOW)
    assert not await storage.sharing.withdraw((), objected("w", node=NodeId("a")), NOW)
    assert await storage.sharing.withdraw((A,), objected("w", node=NodeId("a")), NOW)
    assert not await storage.sharing.withdraw((A,), objected("w", node=NodeId("a")), NOW)


async def test_of_withdrawals_at_the_same_time_one_finds_it(storage: Storage):
    """Exactly one is told that there was something to take back."""
    await storage.sharing.object(A, objected("a"))

    found = await asyncio.gather(
        *(storage.sharing.withdraw((A,), objected("w"), NOW) for _ in range(8))
    )

    assert sorted(found) == [False] * 7 + [True]


async def test_an_objection_may_be_made_again(storage: Storage):
    """After it was taken back, under its old id or a new one."""
    await storage.sharing.object(A, objected("a"))
    await storage.sharing.withdraw((A,), objected("w"), NOW)

    await storage.sharing.object(A, objected("a"))

    assert (await storage.sharing.about((A,))).objections == (objected("a"),)


async def test_objections_can_be_followed(storage: Storage):
    """The newest word on each, in order; whoever goes on from the last change misses nothing."""
    sharing = storage.sharing
    for n in range(3):
        await sharing.object(A, objected(f"o{n}", **SCOPES[n]))
    first = [change async for change in sharing.objections()]

    await sharing.withdraw((A,), objected("w", **SCOPES[1]), NOW + HOUR)
    await sharing.object(B, objected("new"))
    await sharing.object(C, objected("o0"))
    then = [change async for change in sharing.objections(first[-1].change)]

    assert [(one.person, one.objection.id, one.withdrawn_at) for one in first] == [
        (A, "o0", None),
        (A, "o1", None),
        (A, "o2", None),
    ]
    assert [(one.person, one.objection.id, one.withdrawn_at) for one in then] == [
        (A, "o1", NOW + HOUR),
        (B, "new", None),
        (C, "o0", None),
    ]
    changes = [one.change for one in (*first, *then)]
    assert changes == sorted(set(changes))
    assert [one async for one in sharing.objections(changes[-1])] == []


async def test_many_objections_can_be_followed(storage: Storage):
    """More than a page of them come whole and once."""
    for n in range(201):
        await storage.sharing.object(A, objected(f"o{n}", in_emergency=n % 2 == 0))

    ids = [one.objection.id async for one in storage.sharing.objections(1)]

    assert ids == [f"o{n}" for n in range(1, 201)]


async def test_marks_are_all_read_at_once(storage: Storage):
    """Everybody's, whoever told them, and nothing else that was told."""
    await tell(storage, A, WHOLE)
    watched = Mark(id="m1", kind=MarkKind.WATCHED)
    await storage.sharing.load_feed("marks", [(B, watched)])
    assert {(person, mark.id) for person, mark in await storage.sharing.marks()} == {
        (A, "m1"),
        (A, "m2"),
        (B, "m1"),
    }
    assert dict(await storage.sharing.marks())[B] == watched
