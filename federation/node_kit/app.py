"""The application that a region gets: `POST /graphql`, `GET /livez`, errors by their code alone.

Nothing is answered to whom the gateway does not vouch for (`requester.py`), and every answer says
which request it is to. Nothing of a request is repeated in an error or a log line. What is asked of
the region's store is `answering.py`.
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
from federation.node_kit.requester import RequesterVerifier
from federation.node_kit.source import NodeErrorCode, NodeRefusalError, NodeSource
from federation.protocols.requester_token import ANSWER_HEADER, REQUESTER_HEADER, digest_of

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


def build_node_app(source: NodeSource, verifier: RequesterVerifier) -> Starlette:
    """A native node over a region's records, for the requesters that its gateway vouches for."""
    endpoint = _Endpoint(Answering(source), verifier)
    return Starlette(
        routes=[
            Route(PATH, endpoint.answer, methods=["POST"]),
            Route("/livez", _alive),
        ],
        middleware=[Middleware(RequestLog)],
        exception_handlers={HTTPException: _not_served},  # type: ignore[dict-item]  # starlette types handlers for the base class
    )


class _Endpoint:
    def __init__(self, answering: Answering, verifier: RequesterVerifier) -> None:
        self._answering = answering
        self._verifier = verifier
        self._encoder = msgspec.json.Encoder()

    async def answer(self, request: Request) -> Response:
        token = request.headers.get(REQUESTER_HEADER)
        response = await self._answer(request, token)
        if token is not None:
            response.headers[ANSWER_HEADER] = digest_of(token.encode("latin-1"))
        return response

    async def _answer(self, request: Request, token: str | None) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refused(NodeErrorCode.BAD_REQUEST, 415)
        try:
            body = await read_body(request, most=MOST_BODY_BYTES)
            # The whole path is the node's registered address; a query would be more than that.
            path = f"?{request.url.query}" if request.url.query else ""
            requester = await self._verifier.verify(
                token, method=request.method, path=path, body=body
            )
            answer = await self._answering.answer(body, requester)
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
