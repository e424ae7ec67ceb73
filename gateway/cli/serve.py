"""`watling serve`: run the gateway until it is told to stop; what is under way is finished."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import uvicorn

from federation.errors import WatlingError
from gateway.app import Gateway, build_app
from gateway.logs import configure_logs
from gateway.settings import Settings, load_settings

_PAUSE_SECONDS = 0.02
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_ALLOCATIONS_A_COLLECTION = 50_000


class Server(uvicorn.Server):
    """Tells the gateway to let nothing more in as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop admitting, then do as uvicorn does: wait for what is under way, then end."""
        self._on_stop()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Heed signals for as long as it serves; uvicorn would raise them again at the end.

        That would end the process before the trail and the store are closed.
        """
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


@click.command()
@click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file; without one, WATLING_* variables alone.",
)
@click.option(
    "--wait-seconds",
    type=click.FloatRange(0, 600),
    default=0,
    help="How long to wait for the settings file to be there.",
)
def serve(settings: Path | None, wait_seconds: float) -> None:
    """Run the gateway."""
    deadline = time.monotonic() + wait_seconds
    while settings and not settings.exists() and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    try:
        chosen = load_settings(settings)
        configure_logs(chosen.log_level)
        app = build_app(chosen)
        config = _config(app, chosen)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(app.state.gateway, config, _listen(chosen)))
    except WatlingError as error:
        _stop(str(error))


async def _serve(gateway: Gateway, config: uvicorn.Config, listener: socket.socket) -> None:
    # The gateway is opened around the server and not by it: what keeps it from opening is then
    # one plain sentence, and it closes after the last connection.
    with listener:
        async with gateway.opened():
            spare_the_collector()
            server = Server(config, gateway.in_flight.stop_admitting)
            await server.serve(sockets=[listener])


def spare_the_collector() -> None:
    """Set aside for good what the gateway is made of, and look for cycles less often.

    A record is a tree and goes when its request does; the collector would walk over what lives as
    long as the process, and over records half made, to find next to nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_A_COLLECTION, 20, 20)


def _config(app: object, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # a Starlette application
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.limits.max_body_bytes,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
    )


def _listen(settings: Settings) -> socket.socket:
    """The socket, bound here so that a taken port is one plain sentence."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048, reuse_port=False)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            _stop(f"{place} is taken by another program; stop it or set another `port`")
        _stop(f"{place} cannot be listened on: {error.strerror}")


def _stop(message: str) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
