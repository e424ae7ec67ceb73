"""Clients come and go with their nodes, and no view loses one under its hands."""

from __future__ import annotations

from msgspec.structs import replace

from federation.errors import SettingsError
from federation.model import BearerToken, Category, NodeState
from federation.protocols.authentication import Bearer
from gateway.node_clients import Credentials, NodeClients
from tests.builders import HERTS, LONDON, a_node


class _Client:
    def __init__(self, node) -> None:
        self.node = node
        self.closed = 0

    async def fetch(self, call):
        raise NotImplementedError

    async def aclose(self) -> None:
        self.closed += 1


def _opened():
    made = []

    def opener(node):
        made.append(_Client(node))
        return made[-1]

    return NodeClients(opener), made


async def _settled(clients) -> None:
    for task in tuple(clients._closing):
        await task


async def test_a_node_that_is_as_it_was_keeps_its_client() -> None:
    """Another node's coming or going, or its own promotion, opens and closes nothing of it."""
    clients, made = _opened()
    clients.take_over([LONDON])
    clients.take_over([replace(LONDON, state=NodeState.SAFETY_ONLY), HERTS])
    await _settled(clients)
    assert [(one.node.id, one.closed) for one in made] == [(LONDON.id, 0), (HERTS.id, 0)]
    await clients.aclose()
    assert [one.closed for one in made] == [1, 1]


async def test_a_node_that_moved_is_called_where_it_is() -> None:
    """Whatever its client hangs on makes a new one, and the old one is closed."""
    clients, made = _opened()
    clients.take_over([LONDON])
    clients.take_over([replace(LONDON, endpoint="https://elsewhere.example/graphql")])
    await _settled(clients)
    assert [one.closed for one in made] == [1, 0]
    with clients.lease() as held:
        assert held[LONDON.id] is made[1]
    await clients.aclose()


async def test_a_suspension_lets_go_of_what_its_client_kept() -> None:
    """In part or whole: nothing that was kept of before it is there after it."""
    clients, made = _opened()
    clients.take_over([LONDON])
    clients.take_over([replace(LONDON, suspended_categories=frozenset({Category.ALERTS}))])
    clients.take_over([replace(LONDON, state=NodeState.SUSPENDED)])
    clients.take_over([LONDON])
    await _settled(clients)
    assert [one.closed for one in made] == [1, 1, 0]
    await clients.aclose()


async def test_a_view_keeps_the_clients_that_it_began_with() -> None:
    """A client is closed when the last view that may call through it is over, and not before."""
    clients, made = _opened()
    clients.take_over([LONDON])
    with clients.lease() as first:
        with clients.lease() as second:
            clients.take_over([])
            with clients.lease() as after:
                assert LONDON.id not in after
            assert first[LONDON.id] is second[LONDON.id] is made[0]
        await _settled(clients)
        assert made[0].closed == 0
    await _settled(clients)
    assert made[0].closed == 1
    await clients.aclose()
    assert made[0].closed == 1


async def test_only_nodes_that_are_spoken_to_have_a_client() -> None:
    """Not one that is suspended, not yet approved, or no longer of the network."""
    clients, made = _opened()
    clients.take_over(a_node(state.value.lower(), state=state) for state in NodeState)
    spoken_to = {NodeState.SHADOW, NodeState.SAFETY_ONLY, NodeState.LIVE}
    assert {one.node.state for one in made} == spoken_to
    await clients.aclose()


async def test_one_that_cannot_be_spoken_to_takes_no_other_with_it() -> None:
    """A wrong credential costs its own node alone."""

    def opener(node):
        if node.id == HERTS.id:
            raise SettingsError("no key")
        return _Client(node)

    clients = NodeClients(opener)
    clients.take_over([LONDON, HERTS])
    with clients.lease() as held:
        assert list(held) == [LONDON.id]
    await clients.aclose()


def test_what_a_node_does_not_ask_for_is_not_shown_to_it() -> None:
    """A token of the network file goes to no address that the node's descriptor has since given."""
    asks = replace(LONDON, authentication=BearerToken(token_file="token"))  # noqa: S106 - a file
    credentials = Credentials({LONDON.id: lambda _transport, _clock: Bearer("secret")}, None)
    assert credentials.of(asks) is not None
    moved = replace(LONDON, endpoint="https://elsewhere.example/graphql", authentication=None)
    assert credentials.of(moved) is None


async def test_views_call_through_what_counts_and_others_do_not() -> None:
    """A probe is no look: what counts the calls of views counts none of it."""
    clients = NodeClients(_Client, lambda client: (client, "counted"))
    clients.take_over([LONDON])
    with clients.lease() as held:
        client, counted = held[LONDON.id]
    assert counted == "counted"
    assert clients.uncounted() == {LONDON.id: client}
    await clients.aclose()
    assert client.closed == 1


async def test_every_call_goes_through_what_keeps_to_the_rate() -> None:
    """Of views and of what is none; and what waits there is not counted as the node's time."""
    around: list[str] = []

    class _Around(_Client):
        def __init__(self, client, name) -> None:
            super().__init__(client.node)
            self.client, self.name = client, name

        async def fetch(self, call):
            around.append(self.name)
            return await self.client.fetch(call)

    class _Asked(_Client):
        async def fetch(self, call):
            around.append("node")

    clients = NodeClients(
        _Asked,
        lambda client: _Around(client, "counted"),
        lambda _node, client: _Around(client, "paced"),
    )
    clients.take_over([LONDON])
    with clients.lease() as held:
        await held[LONDON.id].fetch(None)
    await clients.uncounted()[LONDON.id].fetch(None)
    assert around == ["paced", "counted", "node", "paced", "node"]
    await clients.aclose()
