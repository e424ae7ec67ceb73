"""Where nodes are and by whom the gateway is vouched for: no region points at another's.

What stood at two regions' addresses would be asked for one and shown by the rules of the other; and
a token of one region's would be fetched under its descriptor and shown to a node of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from federation.errors import ConflictError
from federation.joining.life import Joining, Version
from federation.model import BackendServices, Node

_USUAL = {"https": 443, "http": 80}
Origin = tuple[str, str, int | None]


def check_places(joining: Joining, version: Version) -> None:
    """Raise `ConflictError` where the node, or what vouches for the gateway, is another region's.

    Regions that share a host have paths of their own there, and clients of their own.
    """
    own = version.node
    endpoints = [own.endpoint, *([version.descriptor.test.endpoint] if version.descriptor else [])]
    for other in _others(joining, own):
        if any(_overlap(endpoint, other.endpoint) for endpoint in endpoints):
            raise ConflictError("a node of another region is at this address")
        if own.authentication and _client(own) == _client(other):
            raise ConflictError("another region's tokens come from there, for the same client")
        if own.tls and own.tls.server_name in set(_names(other)):
            raise ConflictError("`server_name` is of another region's node")


def _others(joining: Joining, own: Node) -> Iterator[Node]:
    for life in joining.nodes.values():
        if life.region != own.region_id and not life.retired:
            for version in (life.current, life.candidate):
                if version is not None:
                    yield version.node


def _overlap(one: str, other: str) -> bool:
    """Whether the one is the other, or lies within it, or around it."""
    if _origin(one) != _origin(other):
        return False
    paths = [f"{urlsplit(each).path.rstrip('/')}/".casefold() for each in (one, other)]
    return paths[0].startswith(paths[1]) or paths[1].startswith(paths[0])


def _client(node: Node) -> tuple[Origin, str] | None:
    said = node.authentication
    if not isinstance(said, BackendServices):
        return None
    return _origin(said.token_url or node.endpoint), said.client_id


def _names(node: Node) -> Iterator[str]:
    yield _origin(node.endpoint)[1]
    if node.tls and node.tls.server_name:
        yield node.tls.server_name


def _origin(address: str) -> Origin:
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme, host, parts.port or _USUAL.get(parts.scheme)
