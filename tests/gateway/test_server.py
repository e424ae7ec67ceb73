"""The front door behind a real server on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from federation.errors import ForbiddenError
from federation.flow import Answer, Question
from gateway.cli.serve import Server
from tests.gateway.conftest import NUMBER, PATIENT, TOKEN, Front

ASKED = {"query": PATIENT, "variables": {"n": NUMBER, "p": "DIRECT_CARE"}}
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


class Running(Server):
    """The real server, without its hold on the process's signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Served:
    """A front door with an address."""

    def __init__(self, front: Front) -> None:
        self.front = front
        config = uvicorn.Config(
            front.app,
            log_config=None,
            access_log=False,
            lifespan="off",
            http="httptools",
            ws="websockets-sansio",
            timeout_graceful_shutdown=5,
        )
        self.server = Running(config, front.in_flight.stop_admitting)
        listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{listener.getsockname()[1]}"
        self.task = asyncio.create_task(self.server.serve([listener]))

    async def stop(self) -> None:
        self.server.handle_exit(15, None)
        await self.task


@pytest_asyncio.fixture
async def served(front: Front) -> AsyncIterator[Served]:
    running = Served(front)
    yield running
    if not running.task.done():
        await running.stop()


async def test_ten_megabytes_are_refused_and_told(served: Served) -> None:
    """A caller who sends far too much gets to read why."""
    async with httpx.AsyncClient(headers=HEADERS) as client:
        answer = await client.post(f"http://{served.host}/graphql", content=b" " * 10_000_000)
    assert answer.status_code in {413, 415}
    async with httpx.AsyncClient(headers=HEADERS | {"Content-Type": "application/json"}) as client:
        answer = await client.post(f"http://{served.host}/graphql", content=b" " * 10_000_000)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"] == {"code": "TOO_COMPLEX"}


async def test_a_dropped_connection_ends_the_work(served: Served) -> None:
    """When a caller's connection drops, the pipeline's work for them is cancelled."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def answer_never(_question: Question) -> Answer:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    served.front.ask = answer_never
    async with httpx.AsyncClient(headers=HEADERS) as client:
        asked = asyncio.create_task(client.post(f"http://{served.host}/graphql", json=ASKED))
        await begun.wait()
        asked.cancel()
        await asyncio.wait((asked,))
    await asyncio.wait_for(ended.wait(), 5)


async def test_what_is_under_way_is_finished(served: Served) -> None:
    """Told to stop, the server lets nothing more in and finishes the operation under way."""
    begun, let_go = asyncio.Event(), asyncio.Event()

    async def wait(_question: Question) -> Answer:
        begun.set()
        await let_go.wait()
        raise ForbiddenError

    served.front.ask = wait
    async with httpx.AsyncClient(headers=HEADERS) as client:
        asked = asyncio.create_task(client.post(f"http://{served.host}/graphql", json=ASKED))
        await begun.wait()
        served.server.handle_exit(15, None)
        assert served.front.in_flight.draining
        let_go.set()
        answer = await asked
    assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    await served.task


async def test_a_socket_is_told_not_available(served: Served) -> None:
    """A subscription over a socket is answered the one error NOT_AVAILABLE, as text."""
    async with connect(f"ws://{served.host}/graphql", subprotocols=["graphql-transport-ws"]) as ws:
        await ws.send(json.dumps({"type": "connection_init", "payload": HEADERS}))
        assert json.loads(await ws.recv()) == {"type": "connection_ack"}
        payload = {"query": "subscription { patient { id } }"}
        await ws.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        said: dict[str, Any] = json.loads(await ws.recv())
    assert (said["type"], said["id"]) == ("error", "1")
    assert [error["extensions"]["code"] for error in said["payload"]] == ["NOT_AVAILABLE"]


def init(payload: object) -> str:
    return json.dumps({"type": "connection_init", "payload": payload})


SUBSCRIBE = '{"type": "subscribe", "id": "1", "payload": {"query": "subscription { a }"}}'


@pytest.mark.parametrize(
    "message",
    [
        init({}),
        init({"Authorization": "Bearer no"}),
        init({"Authorization": 1}),
        init(7),
        SUBSCRIBE,
        "7",
        "[]",
        "{",
        "{}",
        pytest.param(json.dumps({"type": "x" * 500}), id="a type without end"),
        pytest.param("[" * 100_000, id="nests without end"),
    ],
)
async def test_a_socket_of_nobody_known_is_closed(served: Served, message: str) -> None:
    """Without a believed token, or sent nonsense, a socket is closed before it tells anything."""
    async with connect(f"ws://{served.host}/graphql", subprotocols=["graphql-transport-ws"]) as ws:
        await ws.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in {4400, 4401, 4403}
    assert closed.value.rcvd.reason in {
        "Forbidden",
        "Unauthorized",
        "not a message of graphql-transport-ws",
    }
