"""Runs a region's node as a process: `python node.py`.

    if __name__ == "__main__":
        run(node)

Reads `node.toml` beside where it is started, and serves until it is told to stop. With `--ask
NUMBER` it serves nobody: it asks itself about a synthetic person, and prints what a reader is told.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from starlette.applications import Starlette

from federation.errors import SettingsError
from federation.node_kit.app import PATH, build_node_app
from federation.node_kit.author.node import RegionNode
from federation.node_kit.clock import utc_now
from federation.node_kit.gateway_keys import GatewayKeys, KeysOfAddress, KeysOfFile
from federation.node_kit.looks import LooksToFile
from federation.node_kit.preview import preview
from federation.node_kit.rehearsal import Faulty, Rehearsal
from federation.node_kit.requester import RequesterVerifier
from federation.node_kit.serving import add_serving_arguments, serve
from federation.node_kit.settings import NodeSettings, load_node_settings
from federation.protocols import open_transport

_END_SECONDS = 10
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def run(node: RegionNode) -> None:
    """Serve the node until told to stop; a fault of its settings is one plain sentence."""
    parser = argparse.ArgumentParser(description="a node of the network")
    parser.add_argument("--settings", type=Path, default=Path("node.toml"))
    parser.add_argument("--ask", metavar="NUMBER", help="print what is told of a test person")
    add_serving_arguments(parser)
    parser.set_defaults(port=None)
    chosen = parser.parse_args()
    if chosen.ask:
        sys.exit(preview(node, chosen.ask))
    _log_to_stderr()
    try:
        settings = load_node_settings(chosen.settings)
    except SettingsError as fault:
        sys.exit(f"{fault}")
    beside = chosen.settings.resolve().parent
    port = settings.port if chosen.port is None else chosen.port
    try:
        serve(
            node_app(node, settings, beside),
            PATH,
            host=settings.host,
            port=port,
            ready_file=chosen.ready_file,
            tls=settings.tls(beside),
            end_seconds=_END_SECONDS,
        )
    except SettingsError as fault:
        sys.exit(f"{fault}")
    except OSError as fault:
        sys.exit(f"{settings.host}:{port} cannot be served: {fault.strerror}")


def node_app(node: RegionNode, settings: NodeSettings, beside: Path) -> Starlette:
    """The node's application by its settings, whose files are in the folder `beside` it."""
    verifier = RequesterVerifier(
        gateway=settings.gateway, node=settings.node, keys=_keys(settings, beside), clock=utc_now
    )
    test_people, faults = settings.test_numbers(), settings.faults()
    return build_node_app(
        Faulty(node, faults) if faults else node,
        verifier,
        looks=LooksToFile(beside / settings.looks),
        limits=settings.limits,
        currency=node.currency,
        test_people=test_people,
        rehearsal=Rehearsal(node.rehearsed) if test_people or faults else None,
    )


def _keys(settings: NodeSettings, beside: Path) -> GatewayKeys:
    address = settings.keys_address
    if address:
        return KeysOfAddress(address, open_transport(), utc_now)
    return KeysOfFile(beside / settings.gateway_keys, utc_now)


class _Lines(logging.Formatter):
    """The message, and what goes with it as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback is left out, because its text may hold a person's data."""
        given = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        told = " ".join(f"{name}={value}" for name, value in given.items())
        return f"{self.formatTime(record)} {record.levelname} {record.getMessage()} {told}".strip()


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    logging.getLogger("federation").addHandler(handler)
    logging.getLogger("federation").setLevel(logging.INFO)
