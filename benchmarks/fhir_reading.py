"""What it costs to read one person's record from a FHIR node, without the network.

    python -m benchmarks.fhir_reading                             # 300, 3,000 and 10,000 items
    python -m benchmarks.fhir_reading --counts 300 --rounds 20
    python -m benchmarks.fhir_reading --only RESULTS --counts 10000

One call for the whole record, or for one category, of `benchmarks/fhir_stub.py`, which answers from
prepared bytes in the same process: its searches, their parsing, what they point at, the items. CPU
is the process's own, the least and the median of all rounds. `longest` is how long the event loop
was held at most by one step of the call, in milliseconds of wall time, the least of all rounds:
nobody else is served meanwhile.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from msgspec import Struct

from benchmarks.fhir_stub import PATH, FhirNode, InProcess
from benchmarks.stub_nodes import BIRTH_DATE
from benchmarks.whole_record import ALL, RECORDED, Held, items_of
from federation.flow import NodeCall, Reply
from federation.model import (
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    Purpose,
    RegionId,
    Requester,
    RequesterKind,
    RequestId,
)
from federation.nhs_number import parse_nhs_number
from federation.protocols.fhir.client import FhirClient
from gateway.cli.serve import spare_the_collector

BASE = f"http://127.0.0.1:1{PATH}"
_MIB = 1 << 20
NUMBER = parse_nhs_number("9990000018")


class Cost(Struct, frozen=True, kw_only=True):
    """What one call costs, in milliseconds, and how much it asks for and is given."""

    least: float
    median: float
    longest: float
    requests: int
    mebibytes: float
    items: int


def node_of(categories: Sequence[Category]) -> Node:
    """The node that is asked."""
    return Node(
        id=NodeId("south"),
        name="South",
        region="South",
        region_id=RegionId("south"),
        state=NodeState.LIVE,
        protocol=NodeProtocol.FHIR_R4,
        endpoint=BASE,
        categories=tuple(categories),
        timeout_seconds=600,
        max_response_bytes=1 << 30,
        max_pages=1000,
    )


def call_of(node: Node) -> NodeCall:
    """One call for all that the node has."""
    return NodeCall(
        node=node,
        numbers=(NUMBER,),
        categories=node.categories,
        requester=Requester(subject="benchmark", kind=RequesterKind.PROFESSIONAL),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("benchmark"),
    )


async def fetch(client: FhirClient, call: NodeCall) -> Reply:
    """One call; a failure is no measurement."""
    reply = await client.fetch(call)
    assert isinstance(reply, Reply), reply
    return reply


async def _longest_hold(running: asyncio.Task[Reply]) -> float:
    """The longest time in which nobody else had the loop, in seconds, while the task ran."""
    longest, before = 0.0, time.perf_counter()
    while not running.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    return longest


async def measure(held: Held, categories: Sequence[Category], rounds: int) -> Cost:
    """One call over and over; the first warms up, the capability statement included."""
    node = node_of(categories)
    transport = InProcess(FhirNode(held, BIRTH_DATE, BASE))
    client = FhirClient(node, transport, lambda: datetime.now(UTC))  # noqa: TID251 - the measured day
    call = call_of(node)
    await fetch(client, call)
    reply = await fetch(client, call)
    spent, holds = [], []
    for _ in range(rounds):
        transport.requests = transport.bytes = 0
        begun = time.process_time()
        await fetch(client, call)
        spent.append((time.process_time() - begun) * 1000)
        holds.append(await _longest_hold(asyncio.create_task(fetch(client, call))) * 1000)
    await client.aclose()
    parts = reply.records[0].parts.values()
    return Cost(
        least=min(spent),
        median=statistics.median(spent),
        longest=min(holds),
        requests=transport.requests // 2,
        mebibytes=transport.bytes / 2 / _MIB,
        items=sum(len(part.items) for part in parts),
    )


@click.command(help=(__doc__ or "").split("\n\n", maxsplit=1)[0])
@click.option("--counts", default="300,3000,10000")
@click.option("--only", default=None, type=click.Choice(Category))
@click.option("--rounds", default=5)
def main(counts: str, only: Category | None, rounds: int) -> None:
    """Print one line a count."""
    spare_the_collector()
    categories = (only,) if only else ALL
    print(
        f"{'items':>7} {'searches':>9} {'MiB':>6} {'least ms':>9} {'median ms':>10} {'longest':>8}"
    )
    for count in map(int, counts.split(",")):
        held = items_of("south", ("south",), count, (only,) if only else RECORDED)
        cost = asyncio.run(measure(held, categories, rounds))
        print(
            f"{cost.items:7} {cost.requests:9} {cost.mebibytes:6.1f} {cost.least:9.1f} "
            f"{cost.median:10.1f} {cost.longest:8.1f}"
        )


if __name__ == "__main__":
    main()
