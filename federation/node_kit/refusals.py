"""How a node says no: a code of the node protocol, and a fixed text that repeats nothing."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from federation.node_kit.source import NodeErrorCode

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


def refused(code: NodeErrorCode, status: int, retry_after_seconds: int | None = None) -> Response:
    """The answer that says no, by its code alone."""
    error = {"message": _MESSAGES[code], "extensions": {"code": code}}
    response = in_json(msgspec.json.encode({"data": None, "errors": [error]}), status)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def in_json(body: bytes, status: int) -> Response:
    """An answer that nobody keeps."""
    return Response(
        body, status, headers={"Cache-Control": "no-store"}, media_type="application/json"
    )
