"""Objections in memory: what they say is what the store says, also when it is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.authority import Objection
from federation.errors import StorageError
from federation.model import Category, NodeId, OdsCode
from federation.storage import KnownObjections, PersonKey, Storage
from federation.storage.memory import MemorySharing
from tests.builders import NOW
from tests.federation.storage.test_sharing import SCOPES, A, B, objected

MINUTE = timedelta(minutes=1)


def said(objections) -> set[tuple[object, ...]]:
    return {(*one.scope, one.in_emergency) for one in objections}


async def test_what_is_known_follows_the_store(storage: Storage):
    """What was there, what comes and what goes; each of the person who said it."""
    known = KnownObjections(storage.sharing)
    await storage.sharing.object(A, objected("a", node=NodeId("a")))
    assert known.of((A,)) == ()

    await known.refresh()
    assert said(known.of((A,))) == {(NodeId("a"), None, None, False)}
    assert known.of((B,)) == ()

    await storage.sharing.object(B, objected("b", in_emergency=True))
    await storage.sharing.withdraw((A,), objected("w", node=NodeId("a")), NOW)
    await known.refresh()
    await known.refresh()

    assert known.of((A,)) == ()
    assert said(known.of((A, B))) == {(None, None, None, True)}


async def test_it_applies_as_the_store_has_it():
    """To the same nodes, categories and organisations."""
    store = MemorySharing()
    known = KnownObjections(store)
    for n, scope in enumerate(SCOPES[1:]):
        await store.object(A, objected(str(n), **scope))
    await known.refresh()
    held = (await store.about((A,))).objections

    for node in (NodeId("a"), NodeId("b")):
        for category in (Category.RESULTS, Category.ALERTS):
            for organisation in (OdsCode("RRV"), None):
                asked = (node, category, organisation)
                kept = sum(one.applies(*asked) for one in known.of((A,)))
                assert kept == sum(one.applies(*asked) for one in held)


class Lost:
    """A store that breaks off after a few rows, once."""

    def __init__(self, store: MemorySharing) -> None:
        self.store = store
        self.left: int | None = None

    async def objections(self, after: int = 0):
        async for change in self.store.objections(after):
            if self.left is not None:
                if self.left == 0:
                    raise StorageError("lost")
                self.left -= 1
            yield change


async def test_a_store_that_is_lost_leaves_what_was_known():
    """What was read before it broke off holds, and the next time goes on from there."""
    store = MemorySharing()
    lost = Lost(store)
    known = KnownObjections(lost)  # type: ignore[arg-type]  # only what is followed
    await store.object(A, objected("a"))
    await known.refresh()
    await store.object(B, objected("b"))
    await store.object(PersonKey(b"c" * 32), objected("c"))

    lost.left = 1
    with pytest.raises(StorageError):
        await known.refresh()
    assert [len(known.of((person,))) for person in (A, B, PersonKey(b"c" * 32))] == [1, 1, 0]

    lost.left = None
    await known.refresh()
    assert len(known.of((PersonKey(b"c" * 32),))) == 1


_deeds = st.lists(
    st.tuples(
        st.sampled_from([A, B]),
        st.sampled_from(SCOPES),
        st.sampled_from(["object", "object for emergencies", "withdraw", "refresh"]),
    ),
    max_size=14,
)


@given(_deeds)
def test_memory_says_what_the_store_says(deeds):
    """After any sequence of objections and withdrawals, read in any steps."""

    async def play() -> None:
        store = MemorySharing()
        known = KnownObjections(store)
        for n, (person, scope, deed) in enumerate(deeds):
            if deed == "withdraw":
                await store.withdraw((person,), objected("w", **scope), NOW + n * MINUTE)
            elif deed == "refresh":
                await known.refresh()
            else:
                strong = deed != "object"
                await store.object(person, objected(str(n), in_emergency=strong, **scope))
        await known.refresh()
        for persons in ((A,), (B,), (A, B)):
            held: tuple[Objection, ...] = (await store.about(persons)).objections
            assert said(known.of(persons)) == said(held)

    asyncio.run(play())


@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from(SCOPES)), max_size=8),
    st.sets(st.sampled_from([A, B])),
)
def test_about_several_keys_is_the_union(objections, persons):
    """What is known under several keys is what is known under each, and nothing twice."""

    async def play() -> None:
        store = MemorySharing()
        for n, (person, scope) in enumerate(objections):
            await store.object(person, objected(str(n), **scope))
        together = (await store.about(tuple(persons))).objections
        apart = [one for person in persons for one in (await store.about((person,))).objections]
        assert sorted(apart, key=lambda one: one.id) == list(together)

    asyncio.run(play())
