"""A front door with a pipeline that answers as a test wishes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute
from strawberry.schema.base import BaseSchema

from federation.errors import ErrorCode, UnauthenticatedError
from federation.flow import Answer, Question
from federation.model import Organisation, Requester, RequesterKind, RequestId
from gateway.access import AccessLog
from gateway.endpoint import Endpoint
from gateway.errors import on_http_error
from gateway.health import livez
from gateway.limits.in_flight import InFlight
from resolvers.context import Context
from resolvers.limits import Limits
from resolvers.schema import build_schema

TOKEN = "a-token-that-is-believed"  # noqa: S105 - of nobody
NUMBER = "9990000018"
PATIENT = (
    "query ($n: NHSNumber!, $p: Purpose!) {"
    ' patient(nhsNumber: $n, purpose: $p, confirm: {birthDate: "1980-02-03"}) { viewId } }'
)
MAX_BODY = 4096

REQUESTER = Requester(
    subject="demo",
    kind=RequesterKind.PROFESSIONAL,
    role="R0260",
    organisation=Organisation(ods_code="Z99101", name="Larkfield", kind="gp", region="london"),
)


async def believe(header: str | None, _proof: str | None = None) -> Requester:
    """A verifier that knows one token."""
    if header != f"Bearer {TOKEN}":
        raise UnauthenticatedError
    return REQUESTER


@lru_cache
def _schema() -> BaseSchema:
    return build_schema(limits=Limits(max_depth=8, max_aliases=5, max_tokens=300))


class Front:
    """The front door. `ask` is what the pipeline does; set it before asking."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.contexts: list[Context] = []
        self.unread: list[tuple[Requester, bytes, ErrorCode]] = []
        self.ask: Callable[[Question], Awaitable[Answer]] = self._nobody_answers
        self.in_flight = InFlight(3)
        self.endpoint = Endpoint(
            _schema(),
            verify=believe,
            make_context=self.context,
            note_unread=self._note_unread,
            in_flight=self.in_flight,
            max_body_bytes=MAX_BODY,
        )
        self.app = Starlette(
            routes=[
                Route("/graphql", self.endpoint),
                WebSocketRoute("/graphql", self.endpoint),
                Route("/livez", livez),
            ],
            middleware=[Middleware(AccessLog)],
            exception_handlers={HTTPException: on_http_error},
        )

    async def _nobody_answers(self, question: Question) -> Answer:
        raise AssertionError("the pipeline was asked")

    async def _note_unread(self, context: Context, body: bytes, code: ErrorCode) -> None:
        self.unread.append((context.requester, body, code))

    async def _asked(self, question: Question) -> Answer:
        self.questions.append(question)
        return await self.ask(question)

    def context(self, requester: Requester, request_id: RequestId) -> Context:
        made = Context(
            requester=requester,
            request_id=request_id,
            ask=self._asked,
            nodes=tuple,
            clock=lambda: datetime(2026, 11, 2, 9, tzinfo=UTC),
            loop_time=asyncio.get_running_loop().time,
            id_key=bytes(32),
        )
        self.contexts.append(made)
        return made

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )


@pytest.fixture
def front() -> Front:
    return Front()
