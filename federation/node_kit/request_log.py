"""One log line a request: its id, outcome and duration. Never its address or its body."""

from __future__ import annotations

import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOGGER = logging.getLogger(__name__)
_SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(rb"(\d[._-]?){10}")


class RequestLog:
    """Writes the line around any application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            _LOGGER.info(
                "request answered",
                extra={
                    "request_id": safe_request_id(scope),
                    "status": status,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                },
            )


def safe_request_id(scope: Scope) -> str | None:
    """The caller's request id, unless it could be anything else, such as a person's number."""
    value = dict(scope["headers"]).get(b"x-request-id", b"")
    safe = _SAFE_ID.fullmatch(value) and not _NUMBER.search(value)
    if not (safe or _UUID.fullmatch(value)):
        return None
    text: str = value.decode("ascii")
    return text
