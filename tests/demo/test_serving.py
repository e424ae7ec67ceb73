"""The servers as processes: ready file, health, an orderly end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from demo.model import HERTS, LONDON
from demo.population.build import node_store, tracing_store

ROOT = Path(__file__).parents[2]
SECONDS = 60


def start(module, *arguments, ready_file):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    command += ["--port", "0", "--ready-file", str(ready_file)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603 - our own module


def wait_until_ready(process, ready_file):
    deadline = time.monotonic() + SECONDS
    while not ready_file.exists():
        assert process.poll() is None, "ended before it was ready"
        assert time.monotonic() < deadline, "not ready in time"
        os.sched_yield()
    return msgspec.json.decode(ready_file.read_bytes())


CASES = [
    # module, node, number of the stop signal, where its protocol begins
    ("demo.nodes", LONDON, signal.SIGTERM, "/graphql"),
    ("demo.nodes", HERTS, signal.SIGINT, "/fhir/r4"),
    ("demo.tracing", None, signal.SIGTERM, "/personal-demographics/FHIR/R4"),
]


@pytest.mark.parametrize(("module", "node", "stop", "path"), CASES)
def test_a_server_says_when_it_is_ready_and_ends_when_told(
    population, tmp_path, module, node, stop, path
):
    """The ready file names address and process; health is told; the end is 0 and silent."""
    store = node_store(population, node) if node else tracing_store(population)
    ready_file = tmp_path / "ready.json"
    keys = ["--gateway-keys", tmp_path / "keys.json"] if node else []
    about = [*([node] if node else []), "--store", store, *keys]
    process = start(module, *about, ready_file=ready_file)
    try:
        told = wait_until_ready(process, ready_file)
        assert told["pid"] == process.pid
        assert told["url"].startswith("http://127.0.0.1:")
        assert told["url"].endswith(path)
        with httpx.Client(trust_env=False) as client:
            assert client.get(told["health"]).status_code == 200
    finally:
        process.send_signal(stop)
        output, _ = process.communicate(timeout=SECONDS)
    assert (process.returncode, output) == (0, b"")


def test_an_unknown_node_is_refused():
    """A node that the demo does not have ends with the list of those that it has."""
    command = [sys.executable, "-m", "demo.nodes", "nowhere", "--store", "x"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own module
    assert ended.returncode == 2
    assert b"london-care-record" in ended.stderr
