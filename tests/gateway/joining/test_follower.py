"""A gateway serves what the steps come to, as soon as it has heard of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.access.kept_steps import row_of
from federation.errors import StorageError
from federation.joining.steps import Promotion, Retirement, Suspension
from federation.model import Category, NodeState, RegionId
from federation.registry import Network, Registry
from federation.storage.memory import MemoryJoining
from gateway.joining import JoiningFollower, Served
from gateway.node_clients import NodeClients
from tests.builders import LONDON
from tests.federation.joining.given import (
    ENROLLED,
    IN_SHADOW,
    LIVE,
    NODE,
    NOW,
    OTHER_KEY,
    ROSA,
    SAFETY_ONLY,
    SERVED,
    SUBMITTED,
    enrolment,
    region_key,
    step,
)
from tests.gateway.test_node_clients import _Client

WHY = {"reason": "an incident"}
_SUSPENDED = step(Suspension(**WHY))


class _Silent(MemoryJoining):
    silent = False
    slowly = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    async def after(self, sequence):
        self.asked.append(sequence)
        if self.slowly:
            await asyncio.sleep(0)
        if self.silent:
            raise StorageError("the store is gone")
        return await super().after(sequence)


class _Followed:
    """A follower over a store that steps are put into."""

    def __init__(self, opener=_Client) -> None:
        self.store = _Silent()
        self.registry = Registry(Network(nodes=(LONDON,), version="1"))
        self.clients = NodeClients(opener)
        self.shadow = NodeClients(_Client)
        served = Served(self.registry, self.clients, self.shadow)
        self.follower = JoiningFollower(self.store, (LONDON,), served)
        self._sequence = 0

    async def hears(self, *steps) -> None:
        for one in steps:
            self._sequence += 1
            await self.store.append(row_of(one, self._sequence))
        await self.follower.look()

    def put_back(self, number) -> None:
        """The store as it was after so many steps."""
        del self.store._rows[number:]
        self._sequence = number

    def states(self):
        return {node.id: node.state for node in self.registry.now().nodes}

    def called(self):
        with self.clients.lease() as held:
            return set(held)


async def test_the_network_file_is_served_without_any_step() -> None:
    """Who was there from the beginning is there."""
    given = _Followed()
    await given.follower.start()
    await given.follower.aclose()
    assert given.states() == {LONDON.id: NodeState.LIVE}
    assert given.called() == {LONDON.id}


async def test_two_who_look_at_once_take_each_step_once() -> None:
    """What is followed of rules looks too: no step is taken again behind what came after it."""
    given = _Followed()
    given.store.slowly = True
    for number, one in enumerate((*SERVED, _SUSPENDED), 1):
        await given.store.append(row_of(one, number))
    await asyncio.gather(given.follower.hear(), given.follower.hear())
    assert given.store.asked == [0, len(SERVED) + 1]
    await given.follower.look()
    assert given.states()[NODE] is NodeState.SUSPENDED


async def test_a_node_comes_into_the_network_step_by_step() -> None:
    """In the shadow it is known and not called; live it is called."""
    given = _Followed()
    await given.hears(*IN_SHADOW[:-1])
    assert NODE not in given.states()
    await given.hears(IN_SHADOW[-1])
    assert given.states()[NODE] is NodeState.SHADOW
    assert [node.id for node in given.registry.now().shadow] == [NODE]
    with given.shadow.lease() as held:
        assert set(held) == {NODE}
    await given.hears(SAFETY_ONLY)
    assert given.states()[NODE] is NodeState.SAFETY_ONLY
    assert given.called() == {LONDON.id, NODE}
    await given.hears(LIVE)
    assert given.states()[NODE] is NodeState.LIVE


async def test_a_suspension_and_a_retirement_are_followed() -> None:
    """A suspended node stays known and is called no more; a retired one is gone."""
    given = _Followed()
    await given.hears(*SERVED, step(Suspension(**WHY), ROSA))
    assert given.states()[NODE] is NodeState.SUSPENDED
    assert given.called() == {LONDON.id}
    assert given.registry.now().left == ()
    await given.hears(step(Retirement(**WHY), ROSA))
    assert given.states() == {LONDON.id: NodeState.LIVE}


async def test_whose_log_it_is_that_a_node_left_behind() -> None:
    """A node that was in the network is known by its region still; one that never was is not."""
    given = _Followed()
    await given.hears(ENROLLED, SUBMITTED, step(Retirement(**WHY), ROSA))
    assert given.registry.now().node_of_log(NODE) is None
    given = _Followed()
    await given.hears(*SERVED, step(Retirement(**WHY), ROSA))
    (left,) = given.registry.now().left
    assert (left.id, left.region_id, left.state) == (NODE, "chiltern", NodeState.RETIRED)
    assert given.registry.now().node_of_log(NODE) is left
    assert given.registry.now().node_of_log(LONDON.id) is not None


async def test_a_view_has_both_of_before_or_both_of_now() -> None:
    """Every node of the network that may be asked has its client, at any moment."""
    given = _Followed()
    for one in SERVED:
        await given.hears(one)
        asked = {
            node.id
            for node in given.registry.now().nodes
            if node.state in (NodeState.SHADOW, NodeState.LIVE, NodeState.SAFETY_ONLY)
        }
        assert asked == given.called()


async def test_what_is_agreed_is_left_as_it_is() -> None:
    """Nodes change under the agreements that are in force."""
    given = _Followed()
    given.registry.take_over(replace(given.registry.now(), version="9"))
    await given.hears(*SERVED)
    assert given.registry.now().version == "9"


async def test_while_the_store_is_silent_the_last_known_network_stays() -> None:
    """Nobody is cut off because steps cannot be read."""
    given = _Followed()
    await given.hears(*SERVED)
    given.store.silent = True
    with pytest.raises(StorageError):
        await given.follower.look()
    assert given.states()[NODE] is NodeState.LIVE
    assert given.called() == {LONDON.id, NODE}


async def test_a_step_that_cannot_be_read_shuts_its_node() -> None:
    """It may have been a suspension: the others go on, and so does following."""
    given = _Followed()
    await given.hears(*SERVED)
    unread = replace(row_of(LIVE, len(SERVED) + 1), kind="SHUT_AT_ONCE")
    given._sequence += 1
    await given.store.append(unread)
    await given.hears()
    assert given.states() == {LONDON.id: NodeState.LIVE, NODE: NodeState.SUSPENDED}


async def test_a_step_that_may_not_be_taken_is_passed_over() -> None:
    """Whoever writes past the gateway promotes nobody."""
    given = _Followed()
    forged = step(Promotion(to=NodeState.LIVE))
    await given.hears(*IN_SHADOW, forged)
    assert given.states()[NODE] is NodeState.SHADOW


async def test_a_node_whose_client_cannot_be_opened_holds_up_nobody() -> None:
    """Whatever is raised by one address, the others are served, and suspended, as they are told."""

    def opener(node):
        if node.id == NODE:
            raise UnicodeError("no such host")
        return _Client(node)

    given = _Followed(opener)
    await given.hears(*SERVED)
    assert given.states() == {LONDON.id: NodeState.LIVE, NODE: NodeState.LIVE}
    assert given.called() == {LONDON.id}
    suspended = step(Suspension(**WHY), node=LONDON.id)
    await given.hears(suspended)
    assert given.states()[LONDON.id] is NodeState.SUSPENDED
    assert given.called() == set()


async def test_what_could_not_be_taken_over_is_taken_over_later() -> None:
    """A change that was read once is served, though the first try of it failed."""
    tries = []

    async def keep(nodes):
        tries.append({node.id for node in nodes})
        if len(tries) == 1:
            raise RuntimeError

    given = _Followed()
    served = Served(given.registry, given.clients, given.shadow, keep)
    given.follower = JoiningFollower(given.store, (LONDON,), served)
    with pytest.raises(RuntimeError):
        await given.hears(*SERVED)
    await given.follower.look()
    await given.follower.look()
    assert tries == [{LONDON.id, NODE}] * 2


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "RETIRE", "side": "herts", "body": b'{"reason": "an incident"}'},
        {"kind": "SUSPEND", "side": "herts", "body": b'{"reason": "an incident"}'},
        {"kind": "SUBMIT", "body": b'{"signed": "a.b.c"}'},
        {"kind": "SUBMIT", "body": b"[" * 100_000},
    ],
)
async def test_a_refused_step_that_narrows_shuts_its_node(row) -> None:
    """A release that holds otherwise serves nothing that another has taken away, or moved."""
    given = _Followed()
    await given.hears(*SERVED)
    await given.store.append(replace(row_of(LIVE, len(SERVED) + 1), **row))
    await given.follower.look()
    assert given.states() == {LONDON.id: NodeState.LIVE, NODE: NodeState.SUSPENDED}


async def test_a_store_that_was_put_back_is_followed_from_its_new_end() -> None:
    """A step under a number that was heard already is heard, and is not taken for the old one."""
    given = _Followed()
    await given.hears(*SERVED)
    given.put_back(len(IN_SHADOW))
    await given.hears(SAFETY_ONLY)
    assert given.states()[NODE] is NodeState.SAFETY_ONLY
    suspended = step(Suspension(**WHY), ROSA, id="later")
    given.put_back(len(IN_SHADOW))
    await given.hears(replace(SAFETY_ONLY, id="again"), suspended)
    assert given.states()[NODE] is NodeState.SUSPENDED


@pytest.mark.parametrize(
    "closed",
    [
        step(Suspension(**WHY), ROSA, id="closed"),
        step(Suspension(categories=(Category.ALERTS,), **WHY), ROSA, id="closed"),
        step(Retirement(**WHY), ROSA, id="closed"),
        step(enrolment(networks=("192.0.2.0/24",)), id="closed"),
    ],
)
async def test_a_store_that_was_put_back_opens_nothing(closed) -> None:
    """A node whose suspension was lost with the store's last moments stays shut."""
    given = _Followed()
    await given.hears(*SERVED, closed)
    given.put_back(len(SERVED))
    await given.hears()
    assert given.states() == {LONDON.id: NodeState.LIVE, NODE: NodeState.SUSPENDED}
    assert given.called() == {LONDON.id}


@pytest.mark.parametrize("narrowed", ["taken out", "ended"])
async def test_a_store_that_was_put_back_brings_no_key_back(narrowed) -> None:
    """A key that was taken out of a region signs nothing, though that step was lost."""
    given, soon = _Followed(), NOW + timedelta(days=1)
    other = region_key(OTHER_KEY, kid="chiltern-2")
    keys = (other,) if narrowed == "taken out" else (region_key(until=soon), other)
    await given.hears(*SERVED, step(enrolment(keys=keys), id="closed", at=soon))
    given.put_back(len(SERVED))
    await given.hears()
    region = RegionId("chiltern")
    joining = given.follower.now()
    assert [(key.kid, key.until) for key in joining.keys_of(region)] == [(region_key().kid, soon)]
    assert [key.until for key in joining.regions[region].keys] == [soon]
