"""The job without the job: ask the same nodes over the same transport and put their lists together.

No identity, rules, verification, merging or audit: what a gateway that only concatenates costs, so
that what Watling adds is known. Reads the ports of the nodes from its arguments.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.protocols.graphql.documents import request_body
from federation.protocols.transport import exchange, open_transport

CATEGORIES = frozenset(
    (Category.ALLERGIES, Category.MEDICATIONS, Category.CARE_PLANS, Category.OBSERVATIONS)
)
FIELDS = ("allergies", "medications", "carePlans", "observations")
MOST = 16 * 1024 * 1024


class _Envelope(msgspec.Struct):
    data: dict[str, list[dict[str, msgspec.Raw]]]


class _Part(msgspec.Struct):
    items: list[msgspec.Raw]


class _Question(msgspec.Struct):
    variables: dict[str, msgspec.Raw]


def build(ports: list[int]) -> Starlette:
    """The application, over the nodes at these ports of this machine."""
    transport = open_transport()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await transport.aclose()

    async def ask(port: int, number: str) -> dict[str, msgspec.Raw]:
        request = httpx.Request(
            "POST",
            f"http://127.0.0.1:{port}/graphql",
            headers={"content-type": "application/json", "accept": "application/json"},
            content=request_body(CATEGORIES, (NhsNumber(number),)),
        )
        answer = await exchange(transport, request, most=MOST)
        return msgspec.json.decode(answer.body, type=_Envelope).data["records"][0]

    async def answer(request: Request) -> Response:
        question = msgspec.json.decode(await request.body(), type=_Question)
        number = msgspec.json.decode(question.variables["number"], type=str)
        records = await asyncio.gather(*(ask(port, number) for port in ports))
        together = {
            field: [
                item
                for record in records
                for item in msgspec.json.decode(record[field], type=_Part).items
            ]
            for field in FIELDS
        }
        return Response(msgspec.json.encode({"data": together}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        build([int(port) for port in sys.argv[2:]]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
    )
