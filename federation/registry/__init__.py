"""Nodes, agreements, and what the network looks like now. Start in `network.py`."""

from federation.registry.network import Network, load_network
from federation.registry.registry import Registry

__all__ = ["Network", "Registry", "load_network"]
