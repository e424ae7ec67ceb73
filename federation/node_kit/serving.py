"""Serves an application, and says when it is ready.

The ready file holds `url` (what the gateway is told), `health` and `pid`, and appears whole once
requests are accepted. SIGTERM and SIGINT end the process with status 0: nothing more is let in, and
what is under way is finished first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn
from msgspec import Struct
from starlette.applications import Starlette

HOST = "127.0.0.1"


class Tls(Struct, frozen=True, kw_only=True):
    """The server's certificate and key; with `client_ca`, only callers with one of its own."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def add_serving_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen and where to say so."""
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--ready-file", type=Path, help="written once requests are accepted")


def serve(
    app: Starlette,
    path: str,
    *,
    port: int,
    ready_file: Path | None,
    host: str = HOST,
    tls: Tls | None = None,
    end_seconds: int = 2,
) -> None:
    """Serve until told to stop."""
    listening = socket.create_server((host, port))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # addresses stay out of logs
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=end_seconds,
        lifespan="off",
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=str(tls.client_ca) if tls and tls.client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls and tls.client_ca else ssl.CERT_NONE,
    )
    origin = f"{'https' if tls else 'http'}://{host}:{listening.getsockname()[1]}"
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
