"""How long the others' data waits for a node that never answers: milliseconds past the deadline.

    python -m benchmarks.hanging_node --requests 40

One of three nodes accepts and says nothing. Every question says `answerWithinMs`, and the answer's
whole way over HTTP is timed: the deadline starts when the question has been read, so what is above
it is parsing, merging, the audit's durable write and the network. The aim is 50 ms. This is wall
time on whatever machine it runs on; read the median first.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import click

from benchmarks.stub_nodes import BIRTH_DATE
from benchmarks.whole_job import free_port, numbers, running, serving, up, write_settings

QUERY = """
query($number: NHSNumber!, $born: Date!, $within: Int!) {
  patient(
    nhsNumber: $number, purpose: DIRECT_CARE, confirm: { birthDate: $born }, answerWithinMs: $within
  ) {
    coverage { state sources { source { id } state code } }
    allergies { entries { title } }
  }
}
"""


async def _silence() -> asyncio.Server:
    """A node that takes everything and says nothing."""

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65536):
                pass
        finally:
            writer.close()

    return await asyncio.start_server(never, "127.0.0.1", 0)


async def _ask(url: str, token: str, people: list[str], within: int) -> list[float]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    loop, beyond = asyncio.get_running_loop(), []
    async with aiohttp.ClientSession(headers=headers) as session:
        for number in people:
            variables = {"number": number, "born": BIRTH_DATE, "within": within}
            begun = loop.time()
            async with session.post(url, json={"query": QUERY, "variables": variables}) as answer:
                record = (await answer.json())["data"]["patient"]
            beyond.append((loop.time() - begun) * 1000 - within)
            states = [source["state"] for source in record["coverage"]["sources"]]
            assert sorted(states) == ["FRESH", "FRESH", "TIMED_OUT"], states
            assert record["allergies"]["entries"]
    return beyond


async def measure(requests: int, within: int) -> list[float]:
    """Milliseconds beyond the deadline, one for each request; the first ones warm up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        nodes = stack.enter_context(
            running("-m", "benchmarks.stub_nodes", "small", stdout=subprocess.PIPE)
        )
        assert nodes.stdout is not None
        ports = json.loads(nodes.stdout.readline())
        silent = await _silence()
        ports["south"] = silent.sockets[0].getsockname()[1]
        port = free_port()
        people = numbers(requests + 5)
        settings, token = write_settings(folder, ports, port, people)
        stack.enter_context(serving(settings))
        await up(f"http://127.0.0.1:{port}/livez")
        url = f"http://127.0.0.1:{port}/graphql"
        try:
            return (await _ask(url, token, people, within))[5:]
        finally:
            silent.close()


@click.command(help=re.split(r"\n\n", __doc__ or "")[0])
@click.option("--requests", default=40)
@click.option("--within", default=300, help="The deadline of each question, in milliseconds.")
def main(requests: int, within: int) -> None:
    """Print the median and the worst."""
    beyond = asyncio.run(measure(requests, within))
    print(f"beyond a deadline of {within} ms, one node of three silent, {requests} requests:")
    print(f"median {statistics.median(beyond):.1f} ms, worst {max(beyond):.1f} ms")


if __name__ == "__main__":
    main()
