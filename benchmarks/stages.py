"""What each stage of one request costs, in CPU microseconds, in one process.

    python -m benchmarks.stages                     # all sizes
    python -m benchmarks.stages --sizes small --turns 50 --rounds 1

The gateway is put together as `watling serve` does, over the same stub nodes as `whole_job.py`, in
a process of their own. One request is carried through the pipeline step by step; then each step is
repeated with what it was given. Two rows of the table hold others: `whole request` everything from
the ASGI call to the written answer, `http and the rest` what of that is in no other row: HTTP, what
it takes to forget a record again, and that a step which is repeated finds the machine's caches
warm. One request at a time, so each has the audit's transaction to itself. What uvicorn adds and
what many at once share, `whole_job.py` shows.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec
import uvloop
from starlette.applications import Starlette

from benchmarks.stub_nodes import BIRTH_DATE, NODES, SIZES
from benchmarks.whole_job import QUERY, numbers, running, write_settings
from federation.audit import view_events
from federation.fanout import fan_out
from federation.flow import Answer, Question
from federation.identify import identify
from federation.locate import locate
from federation.merge import check_cursors, merge
from federation.model import Requester, RequestId
from federation.pipeline import Pipeline
from federation.plan import make_plan
from federation.protocols.graphql.decode import read_reply
from federation.protocols.graphql.documents import request_body
from federation.protocols.parts import Arrival
from federation.protocols.transport import exchange, open_transport
from federation.sharing import admit, admit_about, load_facts, notice_for, release, screen
from federation.verify import verify
from gateway.app import Gateway, build_app, utc_now
from gateway.cli.serve import spare_the_collector
from gateway.identity import Verifier
from gateway.logs import configure_logs
from gateway.operation import read_operation
from gateway.settings import load_settings
from resolvers.context import Context
from resolvers.schema import WatlingSchema, build_schema

Step = Callable[[], Any]
WHOLE, REST, NODE_CALLS = "whole request", "http and the rest", "node calls"
_DECODE, _FAN_OUT = "decode", "fan-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A gateway over the stub nodes, and one caller."""

    app: Starlette
    schema: WatlingSchema
    token: str
    ports: dict[str, int]
    body: bytes

    @property
    def gateway(self) -> Gateway:
        """The parts behind the application."""
        gateway: Gateway = self.app.state.gateway
        return gateway

    async def requester(self) -> Requester:
        """Whoever the token speaks of."""
        return await self.verifier().requester_of(f"Bearer {self.token}")

    def verifier(self) -> Verifier:
        """What reads tokens."""
        return self.gateway.verifier()


@asynccontextmanager
async def opened(size: str) -> AsyncIterator[Bench]:
    """The bench, with its nodes in another process."""
    command = ("-m", "benchmarks.stub_nodes", size)
    with tempfile.TemporaryDirectory() as folder, running(*command, stdout=subprocess.PIPE) as node:
        assert node.stdout is not None
        ports = json.loads(node.stdout.readline())
        node.stdout.close()
        (number,) = numbers(1)
        path, token = write_settings(Path(folder), ports, 1, (number,))
        variables = {"number": number, "born": BIRTH_DATE}
        body = msgspec.json.encode({"query": QUERY, "variables": variables})
        app = build_app(load_settings(path))
        async with app.state.gateway.opened():
            spare_the_collector()
            yield Bench(app=app, schema=build_schema(), token=token, ports=ports, body=body)


async def call(bench: Bench) -> bytes:
    """One request to the application itself, without a server before it."""
    sent: list[Any] = []
    waiting = [{"type": "http.request", "body": bench.body, "more_body": False}]
    hung_up = asyncio.get_running_loop().create_future()

    async def receive() -> Any:
        return waiting.pop() if waiting else await hung_up

    async def send(message: Any) -> None:
        sent.append(message)

    await bench.app(_scope(bench), receive, send)
    answer: bytes = sent[1]["body"]
    assert sent[0]["status"] == 200, answer[:300]
    assert b'"errors"' not in answer, answer[:600]
    assert b'"entries":[{' in answer, answer[:600]
    return answer


def _scope(bench: Bench) -> dict[str, Any]:
    headers = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "*/*",
        "authorization": f"Bearer {bench.token}",
        "content-length": str(len(bench.body)),
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


async def ask_through_schema(
    bench: Bench, ask: Callable[[Question], Awaitable[Answer]]
) -> dict[str, Any] | None:
    """The operation carried out, with something else behind the field that asks."""
    context = bench.gateway.context(await bench.requester(), RequestId("benchmark"))
    operation = read_operation(bench.body)
    result = await bench.schema.execute(
        operation.query,
        variable_values=operation.variables,
        context_value=replace(context, ask=ask),
    )
    assert not result.errors, result.errors
    return result.data


async def steps_of(bench: Bench) -> dict[str, Step]:
    """Every step of one request, ready to be repeated; the order is the pipeline's."""
    ask = bench.gateway.context(await bench.requester(), RequestId("benchmark")).ask
    # A method of the pipeline, with what is done after the answer.
    pipeline: Pipeline = ask.func.__self__  # type: ignore[attr-defined]
    asked: list[Question] = []
    answers: list[Answer] = []

    async def noting(question: Question) -> Answer:
        asked.append(question)
        answers.append(await ask(question))
        return answers[-1]

    async def answered(_question: Question) -> Answer:
        return answers[-1]

    data = await ask_through_schema(bench, noting)
    verifier = bench.verifier()
    operation = read_operation(bench.body)
    context = bench.gateway.context(await bench.requester(), RequestId("benchmark"))
    return {
        "token": lambda: verifier.requester_of(f"Bearer {bench.token}"),
        "operation": lambda: read_operation(bench.body),
        "document and projection": lambda: bench.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=_answering(context, answered),
        ),
        **(await _stages(pipeline, msgspec.structs.replace(asked[0], deadline=float("inf")))),
        **(await _decoding(bench, asked[0])),
        "encode": lambda: msgspec.json.encode({"data": data}),
        WHOLE: lambda: call(bench),
    }


def _answering(context: Context, ask: Callable[[Question], Awaitable[Answer]]) -> Context:
    return replace(context, ask=ask, asked=False)


async def _stages(pipeline: Pipeline, question: Question) -> dict[str, Step]:
    now, key, numbers_ = pipeline.rules(), pipeline.cursor_key, pipeline.numbers
    rules = now.rules
    reference = await identify(question, None, None, numbers_, pipeline.loop_time)
    held = await pipeline.about(reference.numbers)
    network = pipeline.registry.now()
    facts = load_facts(network, question, held)
    screened = screen(question, reference, facts, locate(question, facts), rules)
    plan = make_plan(question, reference, facts, screened)

    async def fan() -> Sequence[Any]:
        with pipeline.clients() as clients:
            return await fan_out(
                plan,
                clients,
                pipeline.loop_time() + 60,
                pipeline.loop_time,
                pipeline.report_defect,
            )

    outcomes = await fan()
    settled, verified = verify(reference, plan, outcomes)
    released = release(question, settled, facts, screened, verified, rules)

    def merged() -> Any:
        return merge(
            question,
            settled,
            released,
            notice=notice_for(question.requester),
            obligations=(),
            cursor_key=key,
        )

    record = merged()

    def events() -> Any:
        return view_events(
            question,
            settled,
            plan,
            outcomes,
            verified,
            released,
            record,
            rules.version,
            facts,
        )

    written = events()
    return {
        "admit": lambda: admit(question, rules, now.state),
        "identify": lambda: identify(question, None, None, numbers_, pipeline.loop_time),
        "cursors": lambda: check_cursors(question, reference.number, key),
        "about": lambda: pipeline.about(reference.numbers),
        "facts": lambda: load_facts(network, question, held),
        "admit about": lambda: admit_about(question, reference, facts, rules),
        "locate and screen": lambda: screen(
            question, reference, facts, locate(question, facts), rules
        ),
        "plan": lambda: make_plan(question, reference, facts, screened),
        _FAN_OUT: fan,
        "verify": lambda: verify(reference, plan, outcomes),
        "release": lambda: release(question, settled, facts, screened, verified, rules),
        "merge": merged,
        "audit events": events,
        "audit writing": lambda: pipeline.trail.record(written),
    }


async def _decoding(bench: Bench, question: Question) -> dict[str, Step]:
    nodes = {node.id: node for node in bench.gateway.registry.now().nodes}
    categories = tuple(sorted(question.categories))
    transport = open_transport()
    bodies = []
    for name, port in bench.ports.items():
        request = httpx.Request(
            "POST",
            f"http://127.0.0.1:{port}/graphql",
            content=request_body(frozenset(categories), (question.nhs_number,)),
        )
        answer = await exchange(transport, request, most=1 << 26)
        bodies.append((answer.body, Arrival(node=nodes[name], at=utc_now())))  # type: ignore[index]  # a node's id
    await transport.aclose()
    return {
        _DECODE: lambda: [read_reply(body, categories, arrival) for body, arrival in bodies],
    }


async def cost(step: Step, turns: int) -> float:
    """CPU microseconds of one turn, threads included."""
    begun = time.process_time()
    for _ in range(turns):
        made = step()
        if hasattr(made, "__await__"):
            await made
    return (time.process_time() - begun) / turns * 1e6


async def least(steps: Mapping[str, Step], turns: int, rounds: int) -> dict[str, float]:
    """The least that each step cost in any round: noise only adds, and comes and goes."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 1):
        for name, step in steps.items():
            spent = await cost(step, turns)
            if turn:  # the first round warms up
                found[name].append(spent)
    return {name: min(costs) for name, costs in found.items()}


async def measure(size: str, turns: int, rounds: int) -> dict[str, float]:
    """CPU microseconds of every stage, in the order of the request."""
    async with opened(size) as bench:
        steps = await steps_of(bench)
        found = await least(steps, turns, rounds)
    calls = found.pop(_FAN_OUT) - found[_DECODE]
    whole = found.pop(WHOLE)
    costs = _in_order(found | {NODE_CALLS: calls})
    return costs | {REST: whole - sum(costs.values()), WHOLE: whole}


def _in_order(found: dict[str, float]) -> dict[str, float]:
    """With the calls and their decoding behind the plan, where they happen."""
    late = (NODE_CALLS, _DECODE)
    names = [name for name in found if name not in late]
    place = names.index("plan") + 1
    return {name: found[name] for name in (*names[:place], *late, *names[place:])}


@click.command(help=(__doc__ or "").split("\n\n", maxsplit=1)[0])
@click.option("--sizes", default="small,medium,large")
@click.option("--turns", default=25)
@click.option("--rounds", default=10)
def main(sizes: str, turns: int, rounds: int) -> None:
    """Print one column a size."""
    configure_logs("warning")
    chosen = sizes.split(",")
    columns = []
    for size in chosen:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            columns.append(runner.run(measure(size, turns, rounds)))
    items = ", ".join(f"{size} {SIZES[size]}" for size in chosen)
    print(f"CPU microseconds of one request over {len(NODES)} nodes; items a node: {items}")
    print(f"{'stage':24}" + "".join(f"{size:>10}" for size in chosen))
    for name in columns[0]:
        print(f"{name:24}" + "".join(f"{column[name]:10.0f}" for column in columns))


if __name__ == "__main__":
    main()
