"""Nodes, agreements, organisations: what the network looks like now. Start in `network.py`."""

from federation.registry.network import Network, load_network
from federation.registry.organisations import Organisations
from federation.registry.organisations_file import load_organisations
from federation.registry.registry import Registry

__all__ = ["Network", "Organisations", "Registry", "load_network", "load_organisations"]
