"""Starts one node of the demo.

`python -m demo.nodes NODE_ID --store PATH --gateway-keys FILE-OR-URL --port 0 --ready-file PATH`
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from demo.nodes.network import SERVED_NODES
from federation.node_kit import GatewayKeys, KeysOfAddress, KeysOfFile
from federation.node_kit.serving import add_serving_arguments, serve
from federation.protocols import open_transport


def main() -> None:
    """Serve until told to stop."""
    nodes = {node.id: node for node in SERVED_NODES}
    parser = argparse.ArgumentParser(prog="python -m demo.nodes", description="one demo node")
    parser.add_argument("node_id", choices=sorted(nodes))
    parser.add_argument(
        "--gateway-keys",
        required=True,
        help="the gateway's public keys (JWKS): a file, or where it publishes them",
    )
    parser.add_argument("--store", type=Path, required=True, help="its SQLite store")
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="in test mode: with people of a rehearsal, and what a conformance check asks for",
    )
    add_serving_arguments(parser)
    chosen = parser.parse_args()
    node = nodes[chosen.node_id]
    store: Path = chosen.store
    app = node.app(store, _keys(chosen.gateway_keys), _now, rehearses=chosen.rehearse)
    serve(app, node.path, port=chosen.port, ready_file=chosen.ready_file)


def _keys(place: str) -> GatewayKeys:
    if place.startswith(("http://", "https://")):
        return KeysOfAddress(place, open_transport(), _now)
    return KeysOfFile(Path(place), _now)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a command is a composition root


if __name__ == "__main__":
    main()
