"""What of the nodes' lives is served: the nodes of the network, and those in the shadow."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from federation.joining.life import Joining, NodeLife, Version
from federation.model import Node, NodeState


def nodes_in_the_network(joining: Joining) -> tuple[Node, ...]:
    """Every node that readers are told of, as it is now, in the order in which they came."""
    lives = joining.nodes.values()
    return tuple(
        _served(life, life.current)
        for life in lives
        if life.current is not None and not life.retired
    )


def nodes_that_left(joining: Joining) -> tuple[Node, ...]:
    """Every node that was in the network and is not any more, as it was served last."""
    return tuple(
        replace(life.current.node, state=NodeState.RETIRED)
        for life in joining.nodes.values()
        if life.retired and life.current is not None
    )


def nodes_in_the_shadow(joining: Joining) -> tuple[Node, ...]:
    """What is asked beside the traffic and shown to nobody: new nodes, and new versions of old."""
    return tuple(node for life in joining.nodes.values() for node in _in_the_shadow(life))


def _in_the_shadow(life: NodeLife) -> Iterator[Node]:
    if life.retired or life.state is NodeState.SUSPENDED:
        return
    for version in (life.current, life.candidate):
        if version is not None and version.state is NodeState.SHADOW:
            # What is suspended in part is suspended of every version.
            yield replace(_suspended(life, version), state=NodeState.SHADOW)


def _served(life: NodeLife, current: Version) -> Node:
    node = _suspended(life, current)
    return replace(node, state=life.state, testers=frozenset(current.testers))


def _suspended(life: NodeLife, version: Version) -> Node:
    scopes = [one.scope for one in life.suspended]
    return replace(
        version.node,
        suspended_categories=frozenset(one for scope in scopes for one in scope.categories),
        suspended_custodians=frozenset(scope.custodian for scope in scopes if scope.custodian),
    )
