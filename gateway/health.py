"""`/livez`: the process answers. `/readyz`: it can do its work, part by part.

A node that is down is no part of this: the gateway serves with any or all of them down.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import JSON, NO_STORE

Check = Callable[[], Awaitable[bool]]


async def livez(_request: Request) -> Response:
    """The process runs."""
    return _report(HTTPStatus.OK, {"status": "alive"})


class Readiness:
    """Says whether every part is ready; a check that fails or raises is a part that is not."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def readyz(self, _request: Request) -> Response:
        """The parts and whether each is ready; 503 unless all are."""
        parts = {name: await _holds(check) for name, check in self._checks.items()}
        ready = all(parts.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        words = {name: "ready" if good else "not ready" for name, good in parts.items()}
        return _report(status, {"status": "ready" if ready else "not ready", "parts": words})


async def _holds(check: Check) -> bool:
    try:
        return await check()
    except Exception:  # noqa: BLE001 - whatever it was, the part is not ready
        return False


def _report(status: HTTPStatus, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, dict(NO_STORE), JSON)
