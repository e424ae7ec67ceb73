"""A process that serves gateways, each with settings, a network and a store of its own.

Each line on standard input is an object: `settings` names a settings file, and the line that comes
back on standard output says at which `port` that gateway answers; `port` with `ahead_seconds` sets
the clock of one that runs, so many seconds before the real one; `port` with
`silent_seconds` lets it take its stores for silent so much longer than they are.

Standard error is the gateways' own log, at debug level. One process, because what takes long is
importing and not serving. It ends, each gateway closed in order, when standard input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from gateway.app import build_app, steady_seconds, utc_now
from gateway.logs import configure_logs
from gateway.settings import load_settings

_WHATEVER_THE_ORDER = {
    "WATLING_REVIEWS__SELF_DECLARED_PERCENT": "100",
    "WATLING_REVIEWS__PEOPLE_AN_HOUR": "1000000",
    "WATLING_REVIEWS__REFUSALS": "1000000",
}
"""Nothing is drawn, and nothing counted of one test is held against the next."""


class _Server(uvicorn.Server):
    """Says when it has started, and leaves signals to the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Clock:
    """One gateway's clocks; real, until they are set."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.silent_seconds = 0.0

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def steady(self) -> float:
        return steady_seconds() + self.silent_seconds


class _Host:
    """Every gateway of this process."""

    def __init__(self) -> None:
        self._running: list[tuple[_Server, asyncio.Task[Any]]] = []
        self._clocks: dict[int, _Clock] = {}

    async def told(self, line: str) -> int:
        """Do what a line says, and give the port of the gateway that it speaks of."""
        said = json.loads(line)
        if "settings" in said:
            return await self._start(Path(said["settings"]))
        if "silent_seconds" in said:
            self._clocks[said["port"]].silent_seconds = said["silent_seconds"]
        else:
            self._clocks[said["port"]].ahead = timedelta(seconds=said["ahead_seconds"])
        return int(said["port"])

    async def _start(self, settings_file: Path) -> int:
        clock = _Clock()
        app = build_app(
            load_settings(settings_file, _WHATEVER_THE_ORDER), clock=clock, steady=clock.steady
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", ws="none")
        server = _Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        task = asyncio.create_task(server.serve([listener]))
        up = asyncio.create_task(server.is_up.wait())
        await asyncio.wait((up, task), return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if task.done():
            raise RuntimeError("the gateway did not start")
        self._running.append((server, task))
        self._clocks[port] = clock
        return port

    async def stop(self) -> None:
        for server, task in self._running:
            server.should_exit = True
            await task


async def main() -> None:
    configure_logs("debug")
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    host = _Host()
    while line := await reader.readline():
        port = await host.told(line.decode())
        sys.stdout.write(json.dumps({"port": port}) + "\n")
        sys.stdout.flush()
    await host.stop()


if __name__ == "__main__":
    asyncio.run(main())
