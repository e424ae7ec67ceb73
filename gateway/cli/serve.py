"""`watling serve`: run the gateway until it is told to stop; what is under way is finished."""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections.abc import Callable
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


class Server(uvicorn.Server):
    """Tells the gateway to let nothing more in as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop admitting, then do as uvicorn does: wait for what is under way, then close."""
        self._on_stop()
        super().handle_exit(sig, frame)


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
    except WatlingError as error:
        _stop(str(error))
    gateway: Gateway = app.state.gateway
    server = Server(_config(app, chosen), gateway.in_flight.stop_admitting)
    server.run(sockets=[_listen(chosen)])
    if gateway.start_error is not None:
        _stop(str(gateway.start_error))


def _config(app: object, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # a Starlette application
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
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
