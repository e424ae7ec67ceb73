"""What went wrong, as OperationOutcome. The words are fixed and repeat nothing of the request."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from demo.fhir.elements import Resource

MEDIA_TYPE = "application/fhir+json"


class FhirError(Exception):
    """A request that the server does not serve; answered as an OperationOutcome."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


def outcome(code: str, text: str) -> Resource:
    """One issue of severity error."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": text}],
    }


def fhir_response(resource: Resource, status: int = 200) -> Response:
    """A resource as an answer that nobody may keep."""
    return Response(
        msgspec.json.encode(resource),
        status,
        headers={"Cache-Control": "no-store"},
        media_type=MEDIA_TYPE,
    )
