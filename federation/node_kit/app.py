"""The application that a region gets: `POST /graphql`, health, errors by their code alone.

At a test endpoint there is `POST /rehearsal` besides (`rehearsal.py`).

Nothing is answered to whom the gateway does not vouch for (`requester.py`), and every answer says
which request it is to. Nothing of a request is repeated in an error or a log line. What is asked of
the region's store is `answering.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from federation.model import Clock
from federation.nhs_number import NhsNumber
from federation.node_kit.answering import Answering
from federation.node_kit.body import BodyTooLargeError, read_body
from federation.node_kit.clock import utc_now
from federation.node_kit.health import CurrencyOf, Health
from federation.node_kit.limits import Limits, Places, Rate
from federation.node_kit.looks import LookLog, LooksToLogging
from federation.node_kit.refusals import in_json, refused
from federation.node_kit.rehearsal import PATH as REHEARSAL_PATH
from federation.node_kit.rehearsal import Rehearsal
from federation.node_kit.request_log import RequestLog
from federation.node_kit.requester import RequesterVerifier
from federation.node_kit.source import NodeErrorCode, NodeRefusalError, NodeSource
from federation.node_kit.wire import Wire
from federation.protocols.requester_token import (
    ANSWER_HEADER,
    REQUESTER_HEADER,
    RequesterClaims,
    digest_of,
)

PATH = "/graphql"
MOST_BODY_BYTES = 128 * 1024
_LOGGER = logging.getLogger(__name__)
_STATUSES = {NodeErrorCode.BAD_REQUEST: 400, NodeErrorCode.RATE_LIMITED: 429}
"""Any other refusal is an answer to a good request: 200, as GraphQL over HTTP has it."""


def build_node_app(
    source: NodeSource,
    verifier: RequesterVerifier,
    *,
    looks: LookLog | None = None,
    limits: Limits | None = None,
    currency: CurrencyOf | None = None,
    test_people: frozenset[NhsNumber] = frozenset(),
    rehearsal: Rehearsal | None = None,
    clock: Clock = utc_now,
) -> Starlette:
    """A native node over a region's records, for the requesters that its gateway vouches for.

    `looks` is the node's log of who looked; without one they are lines of the process's log.
    `currency` says how old each feed is, for `/healthz`. `test_people` are for a trial alone:
    synthetic people, about whom an answer comes with the entry of the look. `rehearsal` is for a
    trial as well: what a conformance check asks a node to do.
    """
    answering = Answering(source, looks or LooksToLogging(), clock, test_people)
    endpoint = _Endpoint(answering.answer, verifier, limits or Limits())
    routes = [
        Route(PATH, endpoint.answer, methods=["POST"]),
        Route("/healthz", Health(currency, source.categories, clock).answer),
        Route("/livez", _alive),
    ]
    if rehearsal is not None:
        rehearsed = _Endpoint(rehearsal.answer, verifier, limits or Limits())
        routes.append(Route(REHEARSAL_PATH, rehearsed.answer, methods=["POST"]))
    return Starlette(
        routes=routes,
        middleware=[Middleware(RequestLog)],
        exception_handlers={HTTPException: _not_served},  # type: ignore[dict-item]  # starlette types handlers for the base class
    )


class _Endpoint:
    def __init__(
        self,
        answering: Callable[[bytes, RequesterClaims], Awaitable[Wire]],
        verifier: RequesterVerifier,
        limits: Limits,
    ) -> None:
        self._answering = answering
        self._verifier = verifier
        self._places = Places(limits.requests_at_once)
        a_minute = limits.requests_a_minute
        self._rate = Rate(a_minute, time.monotonic) if a_minute else None
        self._seconds = limits.request_seconds
        self._encoder = msgspec.json.Encoder()

    async def answer(self, request: Request) -> Response:
        token = request.headers.get(REQUESTER_HEADER)
        response = await self._answer(request, token)
        if token is not None:
            response.headers[ANSWER_HEADER] = digest_of(token.encode("latin-1"))
        return response

    async def _answer(self, request: Request, token: str | None) -> Response:
        unread = _unread(request)
        if unread is not None:
            return unread
        try:
            with self._places.place():
                async with asyncio.timeout(self._seconds):
                    answer = await self._answered(request, token)
        except BodyTooLargeError:
            return refused(NodeErrorCode.BAD_REQUEST, 413)
        except NodeRefusalError as refusal:
            return refused(
                refusal.code, _STATUSES.get(refusal.code, 200), refusal.retry_after_seconds
            )
        except TimeoutError:
            return refused(NodeErrorCode.UPSTREAM_TIMEOUT, 200)
        except Exception as error:  # noqa: BLE001 - whatever a region's store raises, the caller reads a code
            # The text of a foreign exception may hold a person's data: only its kind is logged.
            _LOGGER.error("request failed", extra={"kind": type(error).__name__})  # noqa: TRY400 - a traceback's text is not ours
            return refused(NodeErrorCode.INTERNAL, 500)
        return in_json(self._encoder.encode(answer), 200)

    async def _answered(self, request: Request, token: str | None) -> Wire:
        body = await read_body(request, most=MOST_BODY_BYTES)
        requester = await self._verifier.verify(token, method=request.method, path="", body=body)
        if self._rate:
            self._rate.take()
        return await self._answering(body, requester)


def _unread(request: Request) -> Response | None:
    """What is answered to a request whose body is not looked at."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return refused(NodeErrorCode.BAD_REQUEST, 415)
    if request.url.query:
        # The whole path is the node's registered address; whoever sends a filter beside it must
        # not take what comes for filtered.
        return refused(NodeErrorCode.BAD_REQUEST, 400)
    return None


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _not_served(_request: Request, error: HTTPException) -> Response:
    return refused(NodeErrorCode.BAD_REQUEST, error.status_code)
