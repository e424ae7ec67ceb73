"""CPU per request of the whole job beside plain concatenation, over real HTTP.

    python -m benchmarks.whole_job                 # all sizes, 32 connections, three rounds
    python -m benchmarks.whole_job --sizes small --requests 200 --rounds 1
    python -m benchmarks.whole_job --sizes small --nodes 3,42 --requests 100

The gateway (`watling serve`, one process, everything on: tokens, rules, verification, merging, the
audit on SQLite with full sync, projection) and `benchmarks/concatenate.py` ask the same stub
nodes and are measured in turn. Each request asks for another person, so that nothing can be shared
in flight. CPU time is the process's own, from the system; wall time is not quoted, the machine is
shared. Read the ratios.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import aiohttp
import click
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from benchmarks.stub_nodes import BIRTH_DATE, NODES, SIZES
from federation.nhs_number import check_digit
from federation.sharing.signatures import sign
from gateway.requester_keys import make_requester_keys

ISSUER, AUDIENCE = "https://issuer.benchmark.example", "watling"
CATEGORIES = ["ALLERGIES", "MEDICATIONS", "OBSERVATIONS", "CARE_PLANS"]
ITEM = "source { id } sourceId author { name } recordedAt"
ENTRY = (
    f"title subtitle date basis conflicts {{ severity message }} lead {{ {ITEM} }} items {{ %s }}"
)
QUERY = f"""
query($number: NHSNumber!, $born: Date!) {{
  patient(nhsNumber: $number, purpose: DIRECT_CARE, confirm: {{ birthDate: $born }}) {{
    coverage {{ state headline }}
    allergies {{ assertion entries {{ {ENTRY % (ITEM + " criticality reactions { display }")} }} }}
    medications {{ entries {{ {ENTRY % (ITEM + " dosage route status")} }} }}
    carePlans {{ entries {{ {ENTRY % (ITEM + " name status")} }} }}
    observations(first: 500) {{
      entries {{ {ENTRY % (ITEM + " value { ... on Quantity { value unit } }")} }}
      pageInfo {{ hasNextPage }}
    }}
  }}
}}
"""


_HOSPITAL = """
[[organisation]]
code = "RRV"
name = "Hospital"
belongs = [{ kind = "acute", region = "north" }]
assured = [{ from = 2024-01-01 }]
"""


def numbers(count: int) -> list[str]:
    """Valid numbers of the 999 range."""
    found = (
        f"999{place:06}{digit}"
        for place in range(10**6)
        if (digit := check_digit(f"999{place:06}")) is not None
    )
    return [next(found) for _ in range(count)]


def write_settings(
    folder: Path, ports: dict[str, int], port: int, people: Sequence[str]
) -> tuple[Path, str]:
    """Everything that the gateway reads, and a token that it believes.

    `people` are in the care of whoever the token speaks of.
    """
    key = ECKey.generate_key("P-256", {"kid": "benchmark", "use": "sig", "alg": "ES256"})
    (folder / "jwks.json").write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    for name in ("id", "cursor", "sharing"):
        (folder / f"{name}.key").write_text(secrets.token_hex(32))
    (folder / "audit.toml").write_text(f'current = "1"\n[keys]\n1 = "{secrets.token_hex(32)}"\n')
    make_requester_keys(folder / "requester.json", datetime.now(UTC))  # noqa: TID251 - keys begin now
    (folder / "network.toml").write_text("".join(_network(ports)))
    (folder / "organisations.toml").write_text(_HOSPITAL)
    (folder / "relationships.json").write_text(json.dumps([_tie(number) for number in people]))
    (folder / "watling.toml").write_text(
        f"""
network_file = "network.toml"
organisations_file = "organisations.toml"
storage_url = "sqlite:///{folder}/watling.db"
audit_key_file = "audit.toml"
audit_checkpoints = "none"
id_key_file = "id.key"
cursor_key_file = "cursor.key"
sharing_key_file = "sharing.key"
gateway_id = "https://gateway.example"
requester_keys_file = "requester.json"
sharing_folder = "sharing"
port = {port}
log_level = "warning"
[[issuers]]
id = "benchmark"
mapping = "cis2"
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
jwks_file = "jwks.json"
[[feeds]]
kind = "relationship"
name = "benchmark"
feed_file = "relationships.json"
{"".join(_write_bundles(folder, tuple(ports)))}"""
    )
    return folder / "watling.toml", _token(key)


def _tie(number: str) -> dict[str, str]:
    return {"number": number, "kind": "REFERRAL", "organisation": "RRV", "from": "2024-01-01"}


def _token(key: ECKey) -> str:
    now = int(time.time())
    role = {"person_roleid": "1", "role_code": "S8000:G8000:R0050", "org_code": "RRV"}
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "benchmark",
        "iat": now,
        "exp": now + 3600,
        "uid": "benchmark",
        "id_assurance_level": "3",
        "authentication_assurance_level": "3",
        "nhsid_nrbac_roles": [role],
    }
    return jwt.encode({"alg": "ES256", "kid": "benchmark"}, claims, key)


def _network(ports: dict[str, int]) -> Iterator[str]:
    for node, port in ports.items():
        yield f"""
[[node]]
id = "{node}"
name = "{node.title()}"
region = "{node.title()}"
region_id = "{node}"
state = "LIVE"
protocol = "GRAPHQL"
endpoint = "http://127.0.0.1:{port}/graphql"
categories = {json.dumps(CATEGORIES)}
"""


def _write_bundles(folder: Path, nodes: Sequence[str]) -> Iterator[str]:
    """A signed bundle of each node, and the rows of those who signed."""
    (folder / "sharing").mkdir()
    for signer in ("one", "two"):
        key = ECKey.generate_key("P-256")
        (folder / f"{signer}.json").write_text(json.dumps(key.as_dict(private=False)))
        owners = json.dumps([f"node:{node}" for node in nodes])
        yield f"""
[[signers]]
id = "{signer}"
name = "{signer.title()}"
owners = {owners}
key_file = "{signer}.json"
"""
        for node in nodes:
            path = folder / "sharing" / f"{node}.toml"
            path.write_text(_bundle(node))
            path.with_name(f"{node}.toml.{signer}.jws").write_text(
                sign(path.read_bytes(), signer, key)
            )


def _bundle(node: str) -> str:
    return f"""
[bundle]
owner = "node:{node}"
version = "1"
effective_from = 2024-01-01T00:00:00Z
title = "{node.title()}"
[[agreement]]
id = "{node}-to-north"
version = "1"
requester_region = "north"
organisation_kinds = ["acute"]
roles = ["R0050"]
categories = {json.dumps(CATEGORIES)}
purposes = ["DIRECT_CARE"]
valid_from = 2024-01-01
"""


@contextmanager
def running(*command: str, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process, ended at the end."""
    process = subprocess.Popen([sys.executable, *command], **more)  # type: ignore[call-overload]  # noqa: S603 - our own scripts
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def serving(settings: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """The gateway as a process."""
    return running("-m", "gateway", "serve", "--settings", str(settings))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask_all(
    url: str, token: str, people: Sequence[str], connections: int
) -> tuple[int, list[float]]:
    """Ask for everybody, so many at a time; the size of an answer, and each one's seconds."""
    waiting, taken, sizes = iter(people), [], set()

    async def one_after_another(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            body = json.dumps({"query": QUERY, "variables": {"number": number, "born": BIRTH_DATE}})
            begun = time.perf_counter()
            async with session.post(url, data=body) as answer:
                text = await answer.text()
            taken.append(time.perf_counter() - begun)
            assert answer.status == 200, text[:300]
            assert '"errors"' not in text, text[:600]
            sizes.add(len(text))

    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        await asyncio.gather(*(one_after_another(session) for _ in range(connections)))
    return max(sizes), taken


async def up(url: str) -> None:
    """Wait until something answers there."""
    async with aiohttp.ClientSession() as session:
        for _ in range(200):
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def measure(
    size: str, requests: int, rounds: int, connections: int, nodes: int = len(NODES)
) -> dict[str, float]:
    """CPU milliseconds a request of both, medians over the rounds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stubs = stack.enter_context(
            running("-m", "benchmarks.stub_nodes", size, str(nodes), stdout=subprocess.PIPE)
        )
        assert stubs.stdout is not None
        ports = json.loads(stubs.stdout.readline())
        ours, theirs = free_port(), free_port()
        people = numbers(requests * (rounds + 1))
        settings, token = write_settings(folder, ports, ours, people)
        gateway = stack.enter_context(serving(settings))
        plain = stack.enter_context(
            running("-m", "benchmarks.concatenate", str(theirs), *map(str, ports.values()))
        )
        asyncio.run(up(f"http://127.0.0.1:{ours}/livez"))
        asyncio.run(up(f"http://127.0.0.1:{theirs}/"))
        found: dict[str, list[float]] = {"watling": [], "concatenation": []}
        for turn in range(rounds + 1):
            batch = people[turn * requests : (turn + 1) * requests]
            for name, process, port in (
                ("watling", gateway, ours),
                ("concatenation", plain, theirs),
            ):
                before = cpu_seconds(process.pid)
                asyncio.run(ask_all(f"http://127.0.0.1:{port}/graphql", token, batch, connections))
                if turn:  # the first turn warms up
                    found[name].append((cpu_seconds(process.pid) - before) / requests * 1000)
        return {name: statistics.median(values) for name, values in found.items()}


@click.command(help=re.split(r"\n\n", __doc__ or "")[0])
@click.option("--sizes", default="small,medium,large")
@click.option("--nodes", default=str(len(NODES)), help="How many; several, with commas between.")
@click.option("--requests", default=600)
@click.option("--rounds", default=3)
@click.option("--connections", default=32)
def main(sizes: str, nodes: str, requests: int, rounds: int, connections: int) -> None:
    """Print one line a size and number of nodes."""
    print(f"CPU ms a request, {connections} connections, {rounds} rounds of {requests} requests")
    print(
        f"{'size':8} {'nodes':>5} {'items a node':>12} {'watling':>9} {'concatenation':>14}"
        f" {'ratio':>6}"
    )
    for size, count in product(sizes.split(","), map(int, nodes.split(","))):
        cost = measure(size, requests, rounds, connections, count)
        ratio = cost["watling"] / cost["concatenation"]
        print(
            f"{size:8} {count:5} {SIZES[size]:12} {cost['watling']:9.2f}"
            f" {cost['concatenation']:14.2f} {ratio:6.1f}"
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
