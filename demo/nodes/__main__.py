"""Starts one node of the demo.

`python -m demo.nodes NODE_ID --store PATH --port 0 --ready-file PATH`
"""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.nodes.network import SERVED_NODES
from demo.serving import add_serving_arguments, serve


def main() -> None:
    """Serve until told to stop."""
    nodes = {node.id: node for node in SERVED_NODES}
    parser = argparse.ArgumentParser(prog="python -m demo.nodes", description="one demo node")
    parser.add_argument("node_id", choices=sorted(nodes))
    add_serving_arguments(parser)
    chosen = parser.parse_args()
    node = nodes[chosen.node_id]
    store: Path = chosen.store
    serve(node.app(store), node.path, port=chosen.port, ready_file=chosen.ready_file)


if __name__ == "__main__":
    main()
