"""One log line a request, and the headers that every response carries.

The line has the route's name and never the address, because an address can hold anything a caller
puts there.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.endpoint import request_id

log = structlog.get_logger()

_ROUTES = frozenset(("/graphql", "/launch", "/livez", "/readyz", "/status", "/metrics"))
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))


def count_nothing(_method: str, _route: str, _status: int, _seconds: float) -> None:
    """What nobody counts."""


class AccessLog:
    """Names the request, times it, logs it once it is over, and tells `ended` of it."""

    def __init__(
        self,
        app: ASGIApp,
        timer: Callable[[], float] = time.perf_counter,
        ended: Callable[[str, str, int, float], None] = count_nothing,
    ) -> None:
        self._app = app
        self._timer = timer
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = request_id(scope)
        started = self._timer()
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", name.encode("ascii")),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=name):
            try:
                await self._app(scope, receive, send_named)
            finally:
                method = _known(scope["method"], _METHODS)
                route = _known(scope["path"], _ROUTES)
                seconds = self._timer() - started
                self._ended(method, route, status, seconds)
                log.info(
                    "request",
                    method=method,
                    route=route,
                    status=status,
                    milliseconds=round(seconds * 1000, 1),
                )


def _known(value: str, known: frozenset[str]) -> str:
    return value if value in known else "other"
