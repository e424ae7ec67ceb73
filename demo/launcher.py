"""Starts the demo: people, region nodes, the tracing stand-in and the gateway; then watches them.

Every part is a process of its own, as it would be in a network. Whatever this starts it also stops,
by process id, and nothing else. A node that ends is told of and left: a gateway that serves on
without it is what the demo is there to show.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Protocol, TextIO

import msgspec

from demo.examples import examples
from demo.files import (
    make_keys,
    node_names,
    write_network,
    write_organisations,
    write_relationships,
    write_settings,
)
from demo.personas import personas
from demo.place import DemoStatus, Place, ProcessStatus
from demo.population import build
from demo.population.build import node_store, tracing_store
from demo.processes import Child, StartError, is_running, stop
from federation.model import NodeId
from gateway.followed_keys import JWKS_PATH
from gateway.private_file import write_private

HOST = "127.0.0.1"
LAUNCHER_MARK = "demo start"
"""Stands in the command line of every launcher."""
_READY_SECONDS = 60.0
_WATCH_SECONDS = 0.5
_FRESH_TOKENS_SECONDS = 6 * 3600.0


class Audience(Protocol):
    """Whoever is told how the start goes."""

    def step(self, text: str) -> None:
        """Something begins."""

    def progress(self, done: int, of: int) -> None:
        """So many people are made."""

    def problem(self, text: str) -> None:
        """Something is not as it should be."""


class Launcher:
    """One run of the demo."""

    def __init__(
        self,
        place: Place,
        *,
        port: int,
        people: int,
        audience: Audience,
        now: Callable[[], datetime],
    ) -> None:
        self._place = place
        self._port = port
        self._people = people
        self._audience = audience
        self._now = now
        self._nodes: dict[str, Child] = {}
        self._tracing = Child("tracing", place.run)
        self._gateway = Child("gateway", place.run)
        self._begun: list[int] = []
        self._lock: TextIO | None = None
        self._stopping = threading.Event()
        self._started = False

    def start(self) -> DemoStatus:
        """Start everything and wait until it can be asked; raises `StartError` in plain words."""
        self._refuse_second()
        self._place.run.mkdir(parents=True, exist_ok=True)
        self._claim()
        clear_away(self._place, self._place.status())
        self._port = free_port(self._port)
        self._audience.step("making the people")
        build(self._place.population, self._people, progress=self._audience.progress)
        make_keys(self._place, self._now())
        self._audience.step("starting the nodes, the tracing stand-in and the gateway")
        self._start_processes()
        endpoints, tracing_url = self._addresses()
        self._write_examples()
        write_network(self._place, endpoints)
        write_organisations(self._place, self._now().date())
        write_relationships(self._place, self._now().date())
        write_settings(self._place, host=HOST, port=self._port, tracing_url=tracing_url)
        self._wait_for_gateway()
        status = self._write_status(endpoints, tracing_url)
        self._started = True
        return status

    def watch(self) -> int:
        """Wait for the end; the exit code to leave with."""
        ended: set[str] = set()
        fresh = time.monotonic()
        while not self._stopping.wait(_WATCH_SECONDS):
            if self._gateway.exit_code is not None:
                self._audience.problem(
                    f"the gateway stopped with exit code {self._gateway.exit_code}; its log is"
                    f" {self._gateway.log_file}"
                )
                return 1
            for child in (*self._nodes.values(), self._tracing):
                if child.exit_code is not None and child.name not in ended:
                    ended.add(child.name)
                    self._audience.problem(
                        f"{child.name} stopped with exit code {child.exit_code}; the gateway goes"
                        f" on without it (its log is {child.log_file})"
                    )
            if time.monotonic() - fresh > _FRESH_TOKENS_SECONDS:
                fresh = time.monotonic()
                self._write_examples()
        return 0

    @contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM end `watch`, or break off the start with `KeyboardInterrupt`."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, self._on_signal) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        first = not self._stopping.is_set()
        self._stopping.set()
        if first and not self._started:
            raise KeyboardInterrupt

    def stop(self) -> None:
        """Stop what was started: the gateway first, so that nobody asks nodes that are going."""
        self._gateway.ask_to_stop()
        self._gateway.wait_until_stopped()
        rest = (*self._nodes.values(), self._tracing)
        for child in rest:
            child.ask_to_stop()
        for child in rest:
            child.wait_until_stopped()
        if self._begun:
            self._place.begun_file.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            if self._is_ours():
                self._place.status_file.unlink()
        if self._lock:
            self._lock.close()

    def _is_ours(self) -> bool:
        status = self._place.status()
        return status is not None and status.pid == os.getpid()

    def _refuse_second(self) -> None:
        status = self._place.status()
        if status and status.pid != os.getpid() and is_running(status.pid, LAUNCHER_MARK):
            raise StartError(
                f"a demo already runs from {self._place.directory}, at {status.url};"
                " `watling demo stop` stops it"
            )

    def _claim(self) -> None:
        # The system itself lets go of it when this process ends, in whatever way.
        self._lock = self._place.lock_file.open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"another demo is starting from {self._place.directory} just now; wait for it, or"
                " stop it with `watling demo stop`"
            ) from None

    def _begin(self, child: Child, arguments: list[str]) -> None:
        child.start(arguments)
        # At once: should this process be killed now, the next one knows what it left.
        self._begun.append(child.pid)
        write_private(self._place.begun_file, json.dumps(self._begun))

    def _start_processes(self) -> None:
        store = self._place.population
        # Fetched with the first request, when the gateway is up.
        published = f"http://{HOST}:{self._port}{JWKS_PATH}"
        for node in node_names():
            child = self._nodes[node] = Child(node, self._place.run)
            serving = _serving("demo.nodes", child, node_store(store, node), node)
            self._begin(child, [*serving, "--gateway-keys", published])
        tracing = _serving("demo.tracing", self._tracing, tracing_store(store))
        self._begin(self._tracing, tracing)
        # It comes up beside the nodes, and waits for the settings that tell it where they are.
        settings = self._place.settings
        settings.unlink(missing_ok=True)
        wait = ["--wait-seconds", str(_READY_SECONDS)]
        self._begin(self._gateway, ["gateway", "serve", "--settings", str(settings), *wait])

    def _addresses(self) -> tuple[Mapping[NodeId, str], str]:
        endpoints = {
            NodeId(name): _address(child.wait_until_ready(_READY_SECONDS))
            for name, child in self._nodes.items()
        }
        return endpoints, _address(self._tracing.wait_until_ready(_READY_SECONDS))

    def _wait_for_gateway(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            self._gateway.check_alive()
            with suppress(OSError):
                if _status_of(f"http://{HOST}:{self._port}/readyz") == HTTPStatus.OK:
                    return
            time.sleep(0.05)
        raise StartError(f"the gateway was not ready in time; see {self._gateway.log_file}")

    def _write_examples(self) -> None:
        now = self._now()
        asked_as = [
            {"name": each.slug, "title": each.title, "token": self._place.token(each, now)}
            for each in personas().values()
        ]
        page = {"personas": asked_as, "examples": examples(self._place.people())}
        write_private(self._place.examples, json.dumps(page, indent=1))

    def _write_status(self, endpoints: Mapping[NodeId, str], tracing_url: str) -> DemoStatus:
        url = f"http://{HOST}:{self._port}"
        shown = node_names()
        processes = [
            ProcessStatus(
                id=node, name=shown[node], kind="node", url=url_, pid=self._nodes[node].pid
            )
            for node, url_ in endpoints.items()
        ]
        tracing, gateway = self._tracing.pid, self._gateway.pid
        processes += [
            ProcessStatus(
                id="tracing", name="Tracing stand-in", kind="tracing", url=tracing_url, pid=tracing
            ),
            ProcessStatus(id="gateway", name="Gateway", kind="gateway", url=url, pid=gateway),
        ]
        status = DemoStatus(pid=os.getpid(), url=f"{url}/graphql", processes=tuple(processes))
        write_private(self._place.status_file, msgspec.json.encode(status).decode())
        return status


def free_port(port: int) -> int:
    """The port, once it is sure that it can be had; any free one for 0. Raises `StartError`."""
    with socket.socket() as probe:
        # As the gateway will: connections that are still closing down are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StartError(
                f"port {port} on {HOST} is taken by another program; stop it, or choose another"
                f" with `--port` ({error.strerror})"
            ) from None
        return int(probe.getsockname()[1])


def clear_away(place: Place, status: DemoStatus | None) -> int:
    """Stop what a launcher that is gone left running; how many processes that were."""
    # Each has a file of this folder in its command line.
    mark = str(place.directory)
    known = [process.pid for process in status.processes] if status else []
    pids = dict.fromkeys([*known, *place.begun()])
    left = sum(stop(pid, mark) for pid in reversed(pids))
    place.status_file.unlink(missing_ok=True)
    place.begun_file.unlink(missing_ok=True)
    return left


def _serving(module: str, child: Child, store: Path, *names: str) -> list[str]:
    ready = str(child.ready_file)
    return [module, *names, "--store", str(store), "--port", "0", "--ready-file", ready]


def _status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own gateway
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _address(text: str) -> str:
    """What a ready file says: JSON with `url`."""
    return str(json.loads(text)["url"])
