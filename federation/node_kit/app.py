"""The application that a region gets: `POST /graphql`, `GET /livez`, errors by their code alone.

Nothing of a request is repeated in an error or a log line. What is asked of the region's store is
`answering.py`.
"""

from __future__ import annotations

import logging

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from federation.node_kit.answering import Answering
from federation.node_kit.body import BodyTooLargeError, read_body
from federation.node_kit.request_log import RequestLog
from federation.node_kit.source import NodeErrorCode, NodeRefusalError, NodeSource

PATH = "/graphql"
MOST_BODY_BYTES = 128 * 1024
_LOGGER = logging.getLogger(__name__)
_MESSAGES = {
    NodeErrorCode.UNAUTHENTICATED: "who asks could not be verified",
    NodeErrorCode.FORBIDDEN: "this node does not allow the request",
    NodeErrorCode.NO_PATIENT_CONSENT: "the person objects to sharing",
    NodeErrorCode.NO_ORGANISATION_CONSENT: "this node does not share with the organisation",
    NodeErrorCode.RATE_LIMITED: "too many requests just now",
    NodeErrorCode.UPSTREAM_TIMEOUT: "a system behind this node did not answer in time",
    NodeErrorCode.UPSTREAM_UNAVAILABLE: "a system behind this node is not available",
    NodeErrorCode.BAD_REQUEST: "the request cannot be read",
    NodeErrorCode.INTERNAL: "the node failed",
}


def build_node_app(source: NodeSource) -> Starlette:
    """A native node over a region's records."""
    endpoint = _Endpoint(Answering(source))
    return Starlette(
        routes=[
            Route(PATH, endpoint.answer, methods=["POST"]),
            Route("/livez", _alive),
        ],
        middleware=[Middleware(RequestLog)],
        exception_handlers={HTTPException: _not_served},  # type: ignore[dict-item]  # starlette types handlers for the base class
    )


class _Endpoint:
    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._encoder = msgspec.json.Encoder()

    async def answer(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refused(NodeErrorCode.BAD_REQUEST, 415)
        try:
            body = await read_body(request, most=MOST_BODY_BYTES)
            answer = await self._answering.answer(body)
        except BodyTooLargeError:
            return _refused(NodeErrorCode.BAD_REQUEST, 413)
        except NodeRefusalError as refusal:
            status = 400 if refusal.code is NodeErrorCode.BAD_REQUEST else 200
            return _refused(refusal.code, status, refusal.retry_after_seconds)
        except Exception as error:  # noqa: BLE001 - whatever a region's store raises, the caller reads a code
            # The text of a foreign exception may hold a person's data: only its kind is logged.
            _LOGGER.error("request failed", extra={"kind": type(error).__name__})  # noqa: TRY400 - a traceback's text is not ours
            return _refused(NodeErrorCode.INTERNAL, 500)
        return _json(self._encoder.encode(answer), 200)


def _refused(code: NodeErrorCode, status: int, retry_after_seconds: int | None = None) -> Response:
    error = {"message": _MESSAGES[code], "extensions": {"code": code}}
    response = _json(msgspec.json.encode({"data": None, "errors": [error]}), status)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def _json(body: bytes, status: int) -> Response:
    return Response(
        body, status, headers={"Cache-Control": "no-store"}, media_type="application/json"
    )


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _not_served(_request: Request, error: HTTPException) -> Response:
    return _refused(NodeErrorCode.BAD_REQUEST, error.status_code)
