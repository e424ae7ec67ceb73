"""Serves one application of the demo on the loopback address, and says when it is ready.

The ready file holds `url` (what the gateway is told), `health` and `pid`, and appears whole once
requests are accepted. SIGTERM and SIGINT end the process with status 0.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette

HOST = "127.0.0.1"


def add_serving_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that every server of the demo takes."""
    parser.add_argument("--store", type=Path, required=True, help="its SQLite store")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--ready-file", type=Path, help="written once requests are accepted")


def serve(app: Starlette, path: str, *, port: int, ready_file: Path | None) -> None:
    """Serve until told to stop."""
    listening = socket.create_server((HOST, port))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses stay out of logs
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        lifespan="off",
    )
    origin = f"http://{HOST}:{listening.getsockname()[1]}"
    server = _Server(config, ready_file, {"url": origin + path, "health": f"{origin}/livez"})
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner, listening:
        runner.run(server.serve([listening]))


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready_file: Path | None, told: dict[str, object]
    ) -> None:
        super().__init__(config)
        self._ready_file = ready_file
        self._told = {**told, "pid": os.getpid()}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_file:
            unfinished = self._ready_file.with_suffix(".unfinished")
            unfinished.write_bytes(msgspec.json.encode(self._told))
            unfinished.replace(self._ready_file)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again at the end; being told to stop is no failure here.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
