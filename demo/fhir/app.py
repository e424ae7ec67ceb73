"""The FHIR server's front: routes, forms, and every failure as an OperationOutcome.

People are found by POST only: a search for a person by GET would put their number into an address,
and is refused. But for the capability statement, nothing is answered to whom the gateway does not
vouch for.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from demo.fhir.capability import capability_statement
from demo.fhir.catalogue import LISTED, read
from demo.fhir.elements import Resource
from demo.fhir.outcome import FhirError, fhir_response, outcome
from demo.fhir.search import Parameters, Searches
from demo.fhir.vouched import Vouched, as_fhir
from demo.store import NodeStore
from federation.model import Category
from federation.node_kit import NotVouchedError, RequesterVerifier
from federation.node_kit.body import BodyTooLargeError, read_body
from federation.node_kit.request_log import RequestLog
from federation.protocols.requester_token import ANSWER_HEADER, REQUESTER_HEADER, digest_of

BASE = "/fhir/r4"
MOST_BODY_BYTES = 64 * 1024
FORM = "application/x-www-form-urlencoded"


def build_fhir_app(
    store: NodeStore, name: str, categories: frozenset[Category], verifier: RequesterVerifier
) -> Starlette:
    """One node's server over its store, for the requesters that its gateway vouches for."""
    server = _Server(store, name, categories, verifier)
    routes = [
        Route("/livez", _alive),
        Mount(
            BASE,
            routes=[
                Route("/_page/{token}", server.further_page),
                Route("/metadata", server.metadata),
                Route("/{type}/_search", server.search_by_form, methods=["POST"]),
                Route("/{type}", server.search_by_address),
                Route("/{type}/{id}", server.read),
            ],
        ),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(RequestLog)],
        exception_handlers=_HANDLERS,  # type: ignore[arg-type]  # starlette types handlers for the base class
    )


class _Server:
    def __init__(
        self,
        store: NodeStore,
        name: str,
        categories: frozenset[Category],
        verifier: RequesterVerifier,
    ) -> None:
        self._store = store
        self._name = name
        self._verifier = verifier
        self._searches = Searches(store, categories)

    async def metadata(self, request: Request) -> Response:
        return fhir_response(capability_statement(self._name, self._searches.offered.values()))

    async def search_by_form(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
            raise FhirError(415, "not-supported", "a search is sent as a form")
        if request.url.query:
            raise FhirError(400, "not-supported", "search parameters belong into the form")
        try:
            body = await read_body(request, most=MOST_BODY_BYTES)
        except BodyTooLargeError:
            raise FhirError(413, "too-long", "the form is too large") from None
        parameters = _parameters(body.decode("utf-8", "replace"))
        return await self._search(request, parameters, body)

    async def search_by_address(self, request: Request) -> Response:
        if request.path_params["type"] == "Patient":
            raise FhirError(403, "security", "people are searched by POST: no number in an address")
        return await self._search(request, _parameters(request.url.query), b"")

    async def further_page(self, request: Request) -> Response:
        vouched = await self._vouched(request, b"")
        search = self._searches.continued(request.path_params["token"])
        vouched.check(search)
        return self._answered(request, self._searches.page(search, _base(request)))

    async def read(self, request: Request) -> Response:
        await self._vouched(request, b"")
        resource_type = request.path_params["type"]
        if resource_type not in LISTED:
            raise FhirError(404, "not-supported", "this resource type cannot be read by its id")
        found = read(self._store, resource_type, request.path_params["id"])
        if found is None:
            raise FhirError(404, "not-found", "no such resource")
        return self._answered(request, found)

    async def _search(self, request: Request, parameters: Parameters, body: bytes) -> Response:
        vouched = await self._vouched(request, body)
        resource_type = request.path_params["type"]
        if resource_type == "Patient":
            vouched.check_numbers(parameters)
        search = self._searches.begun(resource_type, parameters)
        vouched.check(search)
        return self._answered(request, self._searches.page(search, _base(request)))

    async def _vouched(self, request: Request, body: bytes) -> Vouched:
        claims = await self._verifier.verify(
            request.headers.get(REQUESTER_HEADER),
            method=request.method,
            path=_path(request),
            body=body,
        )
        return Vouched(self._store, claims)

    def _answered(self, request: Request, resource: Resource) -> Response:
        response = fhir_response(resource)
        token = request.headers[REQUESTER_HEADER]
        response.headers[ANSWER_HEADER] = digest_of(token.encode("ascii"))
        return response


def _parameters(text: str) -> Parameters:
    try:
        return parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=50)
    except ValueError:
        raise FhirError(400, "structure", "the parameters cannot be read") from None


def _path(request: Request) -> str:
    """Where a request goes, from the server's base on, as it was written."""
    path = request.scope["raw_path"].decode("ascii").removeprefix(f"{BASE}/")
    return f"{path}?{request.url.query}" if request.url.query else path


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{BASE}"


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _refused(_request: Request, error: FhirError) -> Response:
    return fhir_response(outcome(error.code, error.text), error.status)


async def _not_vouched(request: Request, error: NotVouchedError) -> Response:
    response = await _refused(request, as_fhir(error))
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = REQUESTER_HEADER
    return response


async def _not_served(_request: Request, error: HTTPException) -> Response:
    codes = {404: "not-found", 405: "not-supported"}
    text = "not served here"
    return fhir_response(
        outcome(codes.get(error.status_code, "processing"), text), error.status_code
    )


_HANDLERS = {FhirError: _refused, NotVouchedError: _not_vouched, HTTPException: _not_served}
