"""A strict stand-in for the tracing service, by the published PDS FHIR API.

Only what the gateway needs is served: `GET {base}/Patient/{number}`. A number that was replaced
answers the person under the current one; one that was invalidated, is unknown or is no number
answers as the published examples do. Start it with `python -m demo.tracing --store PATH --port 0
--ready-file PATH`.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from uuid import UUID

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.fhir.elements import ODS, Resource, trimmed
from demo.fhir.outcome import fhir_response
from demo.fhir.patient import (
    address,
    communication,
    confidentiality,
    deceased,
    name,
    number_identifier,
    phones,
)
from demo.store import TracingStore
from federation.errors import InvalidNhsNumberError
from federation.nhs_number import parse_nhs_number
from federation.node_kit.request_log import RequestLog
from federation.node_kit.serving import add_serving_arguments, serve
from federation.records.person import Person

BASE = "/personal-demographics/FHIR/R4"
SPINE = "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode"
_TEN_DIGITS = re.compile(r"[0-9]{10}")


class TracingError(Exception):
    """An answer that is an outcome: status, FHIR issue code, severity, Spine code and its words."""

    def __init__(
        self, status: int, issue: tuple[str, str], spine: str, display: str, more: str | None = None
    ) -> None:
        super().__init__(spine)
        self.status = status
        severity, code = issue
        detail = {"system": SPINE, "version": "1", "code": spine, "display": display}
        self.outcome: Resource = {
            "resourceType": "OperationOutcome",
            "issue": [
                trimmed(
                    severity=severity, code=code, details={"coding": [detail]}, diagnostics=more
                )
            ],
        }


def build_tracing_app(store: TracingStore) -> Starlette:
    """The stand-in over its store."""

    async def patient(request: Request) -> Response:
        _require_request_id(request)
        resource = traced(store, request.path_params["number"])
        # As published: the entity tag is the version of the person's demographics.
        return _answer(request, resource, 200, {"ETag": f'W/"{resource["meta"]["versionId"]}"'})

    return Starlette(
        routes=[Route(f"{BASE}/Patient/{{number}}", patient), Route("/livez", _alive)],
        middleware=[Middleware(RequestLog)],
        exception_handlers={TracingError: _refused, HTTPException: _not_served},  # type: ignore[dict-item]  # starlette types handlers for the base class
    )


def traced(store: TracingStore, number: str) -> Resource:
    """The person whom this number names now; raises `TracingError`."""
    try:
        valid = bool(_TEN_DIGITS.fullmatch(number)) and bool(parse_nhs_number(number))
    except InvalidNhsNumberError:
        valid = False
    if not valid:
        raise TracingError(400, ("error", "value"), "INVALID_RESOURCE_ID", "Resource Id is invalid")
    known = store.trace(number)
    if known is None:
        raise TracingError(
            404, ("information", "not-found"), "RESOURCE_NOT_FOUND", "Resource not found"
        )
    if known.person is None:
        raise TracingError(
            404,
            ("error", "processing"),
            "INVALIDATED_RESOURCE",
            "Resource that has been marked as invalid was requested - invalid resources cannot "
            "be retrieved",
        )
    return _patient(known.person)


def _patient(person: Person) -> Resource:
    current = (
        [{"id": "name-1", "period": {"start": person.birth_date}, **name(person.name, "usual")}]
        if person.name
        else []
    )
    return trimmed(
        resourceType="Patient",
        id=person.nhs_number,
        identifier=[number_identifier(person)],
        meta={"versionId": "1", "security": [confidentiality(person)]},
        name=current + [name(former, "old") for former in person.former_names],
        gender=person.gender.lower() if person.gender else None,
        birthDate=person.birth_date,
        **_time_of_death(person),
        extension=[communication(person)] if person.language else None,
        **({} if person.restricted else _whereabouts(person)),
    )


def _time_of_death(person: Person) -> Resource:
    # The service gives an instant, whatever is known of the hour.
    when = deceased(person).get("deceasedDateTime")
    return {"deceasedDateTime": f"{when}T00:00:00+00:00"} if when else {}


def _whereabouts(person: Person) -> Resource:
    practice = person.gp_practice
    registered = (
        [
            {
                "id": "gp-1",
                "type": "Organization",
                "identifier": {
                    "system": ODS,
                    "value": practice.ods_code,
                    "period": {"start": person.birth_date},
                },
            }
        ]
        if practice
        else None
    )
    return {
        "generalPractitioner": registered,
        "telecom": [{"id": "phone-1", **phone} for phone in phones(person)],
        "address": [{"id": "address-1", **address(person.address)}] if person.address else None,
    }


def _require_request_id(request: Request) -> None:
    given = request.headers.get("x-request-id")
    if not given:
        raise TracingError(
            412,
            ("error", "structure"),
            "PRECONDITION_FAILED",
            "Required condition was not fulfilled",
            "Invalid request with error - X-Request-ID header must be supplied to access this "
            "resource",
        )
    try:
        UUID(given)
    except ValueError:
        raise TracingError(
            400,
            ("error", "value"),
            "INVALID_VALUE",
            "Provided value is invalid",
            "Invalid value in header 'X-Request-ID'",
        ) from None


def _answer(
    request: Request, resource: Resource, status: int, headers: dict[str, str] | None = None
) -> Response:
    response = fhir_response(resource, status)
    response.headers.update(headers or {})
    if given := request.headers.get("x-request-id"):
        response.headers["X-Request-ID"] = given
    return response


async def _refused(request: Request, error: TracingError) -> Response:
    return _answer(request, error.outcome, error.status)


async def _not_served(request: Request, error: HTTPException) -> Response:
    unsupported = TracingError(
        error.status_code, ("error", "processing"), "UNSUPPORTED_SERVICE", "Unsupported Service"
    )
    return await _refused(request, unsupported)


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.tracing", description="the demo's tracing service"
    )
    parser.add_argument("--store", type=Path, required=True, help="its SQLite store")
    add_serving_arguments(parser)
    chosen = parser.parse_args()
    app = build_tracing_app(TracingStore(chosen.store))
    serve(app, BASE, port=chosen.port, ready_file=chosen.ready_file)


if __name__ == "__main__":
    main()
