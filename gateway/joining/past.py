"""Whose log it is: the nodes of the network file, those that joined, and those that have left."""

from __future__ import annotations

from federation.access.joining import Steps
from federation.errors import SettingsError
from federation.joining.serving import nodes_in_the_network, nodes_that_left
from federation.model import Node
from federation.registry import load_network
from federation.storage import JoiningStore
from gateway.settings import Settings


async def node_of_log(store: JoiningStore, settings: Settings, node: str) -> Node:
    """The node that a command about the log names by `--node`; raises `SettingsError`."""
    joining, _ = await Steps(store, load_network(settings.network_file).nodes).read()
    known = (*nodes_in_the_network(joining), *nodes_that_left(joining))
    found = next((one for one in known if one.id == node), None)
    if found is None:
        raise SettingsError("`--node` names a node that is not in the network, and never was")
    return found
