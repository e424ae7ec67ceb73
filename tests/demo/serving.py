"""Runs an application of the demo on a loopback port for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette

HOST = "127.0.0.1"


class _InThisProcess(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals belong to the test run


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over real HTTP."""
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    with socket.create_server((HOST, 0)) as listening:
        server = _InThisProcess(config)
        running = asyncio.create_task(server.serve([listening]))
        origin = f"http://{HOST}:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=origin, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            await running
