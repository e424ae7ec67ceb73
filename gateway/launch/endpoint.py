"""`POST /launch`: from a posted message to a handle, or to one coded error.

The message is its own proof of who sends it, so there is no bearer token; and it is all that there
is, so nothing may stand in the address. A host system answers for what it signs: what is refused is
in the log with the fault and, where it is known, the host, and with nothing of the person. Nothing
is answered that is not on the record (`record.py`).
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from federation.authority import Launch
from federation.errors import ConflictError, OverloadedError, RefusedError, StorageError
from federation.launches import Handle, Launches
from federation.model import Clock
from gateway.errors import (
    JSON,
    NO_STORE,
    HttpRefusedError,
    bad_request,
    internal_response,
    refused_response,
)
from gateway.launch.message import LaunchFault, LaunchReader, LaunchRefusedError
from gateway.launch.record import LaunchRecord
from gateway.limits.body import read_body
from gateway.limits.in_flight import InFlight

log = structlog.get_logger()

LARGEST_MESSAGE_BYTES = 16 * 1024
LONGEST_SECONDS = 5.0
"""How long a body may take: until it is there, nobody knows who sends it."""
MOST_AT_ONCE = 100
MEDIA_TYPES = frozenset(("application/jwt", "application/jose"))
"""What RFC 7519 and RFC 7515 call a signed token, and a compact JWS whatever it holds."""

_BY_POST_ALONE = "launch by POST, with the signed launch as the body"
_NO_QUERY = "nothing may stand in the address: the signed launch is the body"
_OTHER_MEDIA = "the body must be application/jwt: one signed launch"
_POSTED_BEFORE = "this launch has been posted before; sign a new one, with a new `jti`"
_NOT_KEPT = "the launch could not be kept; sign a new one in a moment"


class LaunchEndpoint:
    """The address for host systems. `launches` is there while the gateway is open."""

    def __init__(self, reader: LaunchReader, clock: Clock, record: LaunchRecord) -> None:
        self._reader = reader
        self._clock = clock
        self.record = record
        # Its own: whoever is not known yet must not take the places of those who ask.
        self.in_flight = InFlight(MOST_AT_ONCE)
        self.launches: Launches | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self._recorded(request)
        except HttpRefusedError as refused:
            return refused_response(refused)
        except RefusedError as refused:
            return refused_response(HttpRefusedError(refused))
        except Exception as error:  # noqa: BLE001 - nobody outside may see what it was
            log.error("launch failed", error=error)  # noqa: TRY400 - `logs.name_error` words it
            return internal_response()

    async def _recorded(self, request: Request) -> Response:
        """The answer; a refusal is on the record by then, or counted."""
        try:
            _check_address(request)
            with self.in_flight.one():
                return await self._answer(request)
        except LaunchRefusedError as refused:
            log.info("launch refused", fault=refused.fault, host=refused.host)
            await self.record.refused(refused)
            raise
        except HttpRefusedError as refused:
            if refused.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                self.record.unsigned(LaunchFault.MALFORMED)
            raise

    async def _answer(self, request: Request) -> Response:
        message = await read_body(request, LARGEST_MESSAGE_BYTES, LONGEST_SECONDS)
        launch = await self._reader.read(message.strip())
        handle = await self._keep(launch)
        # Kept before it is on the record: without that nobody learns the handle, and it expires.
        await self.record.kept(launch)
        log.info("launch kept", host=launch.host, kind=launch.kind)
        body = {"launch": handle.text, "expiresAt": handle.expires_at}
        return Response(msgspec.json.encode(body), HTTPStatus.CREATED, dict(NO_STORE), JSON)

    async def _keep(self, launch: Launch) -> Handle:
        assert self.launches is not None  # noqa: S101 - requests come while the lifespan is open
        try:
            handle = await self.launches.keep(launch, self._clock())
        except StorageError as error:
            log.error("launch could not be kept", error=error)  # noqa: TRY400 - as above
            busy = OverloadedError(_NOT_KEPT)
            raise HttpRefusedError(busy, headers={"Retry-After": "1"}) from None
        if handle is None:
            raise LaunchRefusedError(
                LaunchFault.REPLAYED,
                ConflictError(_POSTED_BEFORE),
                HTTPStatus.CONFLICT,
                launch.host,
            )
        return handle


def _check_address(request: Request) -> None:
    """Refuse what is no posted launch before its body is read."""
    if request.method != "POST":
        refused = bad_request(_BY_POST_ALONE, HTTPStatus.METHOD_NOT_ALLOWED)
        refused.headers = {"Allow": "POST"}
        raise refused
    if request.url.query:
        raise bad_request(_NO_QUERY)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA_TYPES:
        raise bad_request(_OTHER_MEDIA, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
