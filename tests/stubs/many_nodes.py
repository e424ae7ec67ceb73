"""Many native nodes in one process, each at a port of its own, for the network of their names.

Each holds the one person of `--person-file`, and of them one allergy, to something that is called
after the node. The ready file has each node's address by its name.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from demo.model import GATEWAY
from federation.model import Category
from federation.node_kit import NOT_HELD, Held, NhsNumber, NotHeld, RegionNode
from federation.node_kit.app import PATH, build_node_app
from federation.node_kit.clock import utc_now
from federation.node_kit.gateway_keys import KeysOfFile
from federation.node_kit.requester import RequesterVerifier

HOST = "127.0.0.1"


def substance(name: str) -> str:
    """What the one allergy at this node is to."""
    return f"Pollen of {name}"


def _node(name: str, person: Mapping[str, Any]) -> RegionNode:
    node = RegionNode()

    @node.person
    async def find(number: NhsNumber) -> Held[str] | NotHeld:
        return Held(person=dict(person), key=name) if number == person["nhsNumber"] else NOT_HELD

    @node.category(Category.ALLERGIES)
    async def allergies(_held: Held[str]) -> list[dict[str, Any]]:
        return [
            {
                "sourceId": f"{name}-1",
                "substance": {"display": substance(name), "originalText": substance(name)},
                "clinicalStatus": "ACTIVE",
                "verificationStatus": "CONFIRMED",
            }
        ]

    return node


def _app(name: str, person: Mapping[str, Any], keys: KeysOfFile) -> Starlette:
    verifier = RequesterVerifier(gateway=GATEWAY, node=name, keys=keys, clock=utc_now)
    return build_node_app(_node(name, person), verifier)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(listening: Mapping[str, socket.socket], apps: Mapping[str, Starlette]) -> None:
    await asyncio.gather(
        *(
            _Server(
                uvicorn.Config(apps[name], log_level="warning", access_log=False, lifespan="off")
            ).serve([one])
            for name, one in listening.items()
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+")
    parser.add_argument("--person-file", type=Path, required=True)
    parser.add_argument("--gateway-keys", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    chosen = parser.parse_args()
    person = json.loads(chosen.person_file.read_bytes())
    keys = KeysOfFile(chosen.gateway_keys, utc_now)
    apps = {name: _app(name, person, keys) for name in chosen.names}
    # Who asks before the server takes requests waits in the socket's queue.
    listening = {name: socket.create_server((HOST, 0)) for name in chosen.names}
    told = {name: f"http://{HOST}:{one.getsockname()[1]}{PATH}" for name, one in listening.items()}
    unfinished = chosen.ready_file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(told))
    unfinished.replace(chosen.ready_file)
    asyncio.run(_serve(listening, apps))


if __name__ == "__main__":
    main()
