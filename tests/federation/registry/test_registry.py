"""The registry: one snapshot at a time."""

from federation.registry import Network, Registry
from tests.builders import LONDON, NETWORK


def test_a_snapshot_does_not_change_under_its_reader():
    """A view keeps the network that it began with; the next one sees the new one whole."""
    first = Network(nodes=NETWORK, agreements=(), version="1")
    second = Network(nodes=(LONDON,), agreements=(), version="2")
    registry = Registry(first)
    taken = registry.now()
    registry.take_over(second)
    assert taken == Network(nodes=NETWORK, agreements=(), version="1")
    assert registry.now() is second
