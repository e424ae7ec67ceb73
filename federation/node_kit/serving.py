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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn
from starlette.types import ASGIApp

from federation.followed import Refreshed
from federation.node_kit.tls import OnlyNamed, ShowsCertificate, Tls, followed, following

HOST = "127.0.0.1"
_TICKS_BETWEEN_LOOKS = 20
"""Of the server's, ten a second."""


def add_serving_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen and where to say so."""
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--ready-file", type=Path, help="written once requests are accepted")


def serve(
    app: ASGIApp,
    path: str,
    *,
    port: int,
    ready_file: Path | None,
    host: str = HOST,
    tls: Tls | None = None,
    end_seconds: int = 2,
) -> None:
    """Serve until told to stop; raises `SettingsError` where a file of `tls` cannot be used."""
    now = followed(tls) if tls is not None else None
    context = following(now) if now is not None else None
    named = OnlyNamed(app, tls.client_names) if tls is not None and tls.client_names else app
    listening = socket.create_server((host, port))
    config = uvicorn.Config(
        named,
        log_level="warning",
        access_log=False,  # addresses stay out of logs
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=end_seconds,
        lifespan="off",
        http=ShowsCertificate,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )
    origin = f"{'https' if tls else 'http'}://{host}:{listening.getsockname()[1]}"
    told: dict[str, object] = {"url": origin + path, "health": f"{origin}/livez"}
    server = _Server(config, ready_file, told, now)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner, listening:
        runner.run(server.serve([listening]))


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        ready_file: Path | None,
        told: dict[str, object],
        certificates: Refreshed | None,
    ) -> None:
        super().__init__(config)
        self._certificates = certificates
        self._ready_file = ready_file
        self._told = {**told, "pid": os.getpid()}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_file:
            unfinished = self._ready_file.with_suffix(".unfinished")
            unfinished.write_bytes(msgspec.json.encode(self._told))
            unfinished.replace(self._ready_file)

    async def on_tick(self, counter: int) -> bool:
        if self._certificates is not None and counter % _TICKS_BETWEEN_LOOKS == 0:
            await self._certificates.refresh()
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again at the end; being told to stop is no failure here.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
