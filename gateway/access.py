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

_ROUTES = frozenset(("/graphql", "/launch", "/livez", "/readyz"))
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))


class AccessLog:
    """Names the request, times it, and logs it once it is over."""

    def __init__(self, app: ASGIApp, timer: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._timer = timer

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
                log.info(
                    "request",
                    method=_known(scope["method"], _METHODS),
                    route=_known(scope["path"], _ROUTES),
                    status=status,
                    milliseconds=round((self._timer() - started) * 1000, 1),
                )


def _known(value: str, known: frozenset[str]) -> str:
    return value if value in known else "other"
