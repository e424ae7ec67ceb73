"""The whole system as real processes: nodes, tracing, a node that misbehaves, and gateways.

Started once for all scenarios. A gateway is started for each set of faults that some scenario
wants, on its first use; those without any share one.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx

from demo.files import (
    make_keys,
    toml_of,
    write_network,
    write_organisations,
    write_relationships,
    write_settings,
)
from demo.model import NODES
from demo.place import Place
from demo.population import build
from demo.population.build import node_store, tracing_store
from federation.model import NodeId
from gateway.app import utc_now
from gateway.private_file import write_private
from gateway.requester_keys import load_requester_keys
from tests.scenarios.folder import STUBBED
from tests.scenarios.people import People
from tests.scenarios.processes import Process
from tests.scenarios.tokens import Tokens

POPULATION = 300
PATIENCE_SECONDS = 60.0
Faults = Mapping[str, str]
Edit = Callable[[dict[str, Any]], None]
"""Changes what a network file says, as its tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningGateway:
    """One gateway; `watcher` is its name at the faulty node."""

    url: str
    watcher: str
    settings_file: Path
    host: Process
    killable: tuple[Process, ...] = ()


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What went over the wire once, kept for the search for leaks."""

    refused: bool
    errors: str
    text: str

    @classmethod
    def of(cls, response: httpx.Response) -> Exchange:
        """What is kept of one response."""
        answer = response.json()
        return cls(
            refused="data" not in answer or not any((answer["data"] or {}).values()),
            errors=json.dumps(answer.get("errors", []), ensure_ascii=False),
            text=f"{response.headers}\n{response.text}",
        )


class System:
    """Everything that runs, started at once, and in `exchanges` every answer that there was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = People()
        self.exchanges: list[Exchange] = []
        self._processes: list[Process] = []
        self._gateways: dict[tuple[tuple[str, str], ...], RunningGateway] = {}
        self._counts: dict[str, int] = {}
        # One for all requests: making one costs more than asking.
        everybody = httpx.Limits(max_connections=None)
        self.client = httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False, limits=everybody)
        self._doomed: dict[NodeId, tuple[Process, str]] = {}
        try:
            self._start_all()
        except BaseException:
            self.end()
            raise

    def _start_all(self) -> None:
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.place = Place(self.folder / "place")
        self.place.directory.mkdir()
        make_keys(self.place, utc_now())
        self._write_public_keys()
        self.tokens = Tokens(self.place.issuer, self.folder, self.people)
        build(self.place.population, POPULATION)
        (self.folder / "stranger").write_text(self.people.fill("<number of long-history>"))
        nodes = {node: self._start_node(node) for node in NODES}
        store = tracing_store(self.place.population)
        tracing = self._start("tracing", "demo.tracing", "--store", store)
        stub = self._start(
            "faulty-node",
            "tests.stubs.faulty_node",
            *("--stranger-file", self.folder / "stranger"),
            *("--requester-keys", self.place.requester_keys),
        )
        self.host = self._start_host("gateways")
        self.nodes = {node: _address(started) for node, started in nodes.items()}
        self.tracing = _address(tracing)
        self.stub = f"http://127.0.0.1:{stub[0].ready(stub[1])['port']}"

    def gateway(self, faults: Faults, *, own_process: bool = False) -> RunningGateway:
        """A gateway whose nodes have these faults: `{}` for a healthy network."""
        key = tuple(sorted(faults.items()))
        if own_process or "killed" in faults.values():
            return self._start_gateway(key, own_process=own_process)
        if key not in self._gateways:
            self._gateways[key] = self._start_gateway(key)
        return self._gateways[key]

    def gateway_of(self, name: str, edit: Edit) -> RunningGateway:
        """A gateway of a changed network, without faults: one for each name in the whole run."""
        key = (("", name),)
        if key not in self._gateways:
            self._gateways[key] = self._start_gateway((), edit=edit)
        return self._gateways[key]

    def another_node(self, node: NodeId, store: Path) -> str:
        """The address of a node like this one that holds something else."""
        return _address(self._start_node(node, store))

    def rehearsing_node(self, node: NodeId) -> str:
        """The address of a node like this one in test mode."""
        store = node_store(self.place.population, node)
        given = ("--store", store, "--gateway-keys", self.public_keys, "--port", 0, "--rehearse")
        return _address(self._start(f"{node}-rehearsing", "demo.nodes", node, *given))

    def mortal_node(
        self, node: NodeId, *, store: Path | None = None, port: int = 0
    ) -> tuple[Process, str]:
        """A node of one's own, to be killed and started again at the same port; its address."""
        started = self._start_node(node, store, port)
        return started[0], _address(started)

    def many_nodes(
        self, names: Iterable[str], slug: str = "everywhere"
    ) -> tuple[Process, Mapping[str, str]]:
        """A process of nodes that hold one curated person, to be killed; the address of each."""
        story = self.people.stories[slug]
        person = story.resident.traced[0].person
        assert person
        assert person.name
        echo = {
            "nhsNumber": story.nhs_number,
            "name": {
                "text": person.name.text,
                "family": person.name.family,
                "given": list(person.name.given),
            },
            "birthDate": story.birth_date,
            "gender": str(person.gender),
        }
        file = self.folder / f"{slug}.person.json"
        file.write_text(json.dumps(echo))
        given = ("--person-file", file, "--gateway-keys", self.public_keys)
        process, ready_file = self._start("many-nodes", "tests.stubs.many_nodes", *names, *given)
        return process, process.ready(ready_file)

    def own_gateway(
        self, edit: Edit | None = None, settings: Mapping[str, Any] = MappingProxyType({})
    ) -> RunningGateway:
        """A gateway of a changed network or other settings, in a process of its own."""
        return self._start_gateway((), own_process=True, edit=edit, settings=settings)

    def restarted(self, gateway: RunningGateway) -> RunningGateway:
        """The same gateway after its own process was killed."""
        gateway.host.kill()
        host = self._start_host(f"{gateway.watcher}-again")
        port = host.ask(json.dumps({"settings": str(gateway.settings_file)}))["port"]
        return replace(gateway, url=f"http://127.0.0.1:{port}", host=host)

    def set_clock(self, gateway: RunningGateway, ahead_seconds: float) -> None:
        """Let a gateway take it for later than it is, or for as late as it is again."""
        port = urlsplit(gateway.url).port
        gateway.host.ask(json.dumps({"port": port, "ahead_seconds": ahead_seconds}))

    def set_silence(self, gateway: RunningGateway, seconds: float) -> None:
        """Let a gateway take its stores for silent so much longer than they are."""
        port = urlsplit(gateway.url).port
        gateway.host.ask(json.dumps({"port": port, "silent_seconds": seconds}))

    async def seen(self, gateway: RunningGateway, what: str) -> int:
        """How often something happened at the faulty node on behalf of this gateway."""
        answer = await self.client.get(f"{self.stub}/seen/{gateway.watcher}")
        return int(answer.json().get(what, 0))

    async def until_seen(self, gateway: RunningGateway, what: str, count: int) -> None:
        """Return once it happened so often."""
        await self.client.get(f"{self.stub}/wait/{gateway.watcher}/{what}/{count}")

    def end(self) -> None:
        """End every process, the gateways first."""
        for process in reversed(self._processes):
            process.end()

    def log_files(self) -> list[Path]:
        """Every line that any process wrote."""
        return sorted(self.logs.glob("*.log"))

    # ── starting ─────────────────────────────────────────────────────────────────────────────

    def _start(self, name: str, module: str, *arguments: object) -> tuple[Process, Path]:
        count = self._counts[name] = self._counts.get(name, 0) + 1
        name = f"{name}-{count}"
        ready_file = self.folder / f"{name}.ready"
        process = Process(name, [module, *arguments, "--ready-file", ready_file], self.logs)
        self._processes.append(process)
        return process, ready_file

    def _start_node(
        self, node: NodeId, store: Path | None = None, port: int = 0
    ) -> tuple[Process, Path]:
        store = store or node_store(self.place.population, node)
        keys = ["--gateway-keys", self.public_keys, "--port", port]
        return self._start(node, "demo.nodes", node, "--store", store, *keys)

    def _write_public_keys(self) -> None:
        """What the gateways will publish: the nodes start before them."""
        self.public_keys = self.place.keys / "requester-jwks.json"
        ring = load_requester_keys(self.place.requester_keys)
        published = [dict(one.public) for one in ring.published(utc_now())]
        self.public_keys.write_text(json.dumps({"keys": published}))

    def _start_host(self, name: str) -> Process:
        host = Process(name, ["tests.scenarios.gateway_host"], self.logs, answers=True)
        self._processes.append(host)
        return host

    def _start_gateway(
        self,
        faults: tuple[tuple[str, str], ...],
        *,
        own_process: bool = False,
        edit: Edit | None = None,
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> RunningGateway:
        count = self._counts["gateway"] = self._counts.get("gateway", 0) + 1
        name = f"gateway-{count}"
        by_node = dict(faults)
        doomed = self._start_doomed(by_node)
        endpoints = {
            node: doomed[node][1]
            if node in doomed
            else self._endpoint(node, by_node.get(node), name)
            for node in NODES
        }
        settings_file = self._write_settings(name, endpoints, edit)
        if settings:
            said = tomllib.loads(settings_file.read_text("utf-8"))
            write_private(settings_file, toml_of(said | settings))
        host = self._start_host(name) if own_process else self.host
        port = host.ask(json.dumps({"settings": str(settings_file)}))["port"]
        return RunningGateway(
            url=f"http://127.0.0.1:{port}",
            watcher=name,
            settings_file=settings_file,
            host=host,
            killable=tuple(process for process, _ in doomed.values() if process.is_running),
        )

    def _start_doomed(self, by_node: Faults) -> dict[NodeId, tuple[Process, str]]:
        """Nodes of their own for those to be killed, and dead ones for those that are down."""
        wanted = {node: by_node[node] for node in NODES if by_node.get(node) in {"down", "killed"}}
        new = {
            node: self._start_node(node)
            for node, fault in wanted.items()
            if fault == "killed" or self._dead(node) is None
        }
        for node, started in new.items():
            self._doomed[node] = (started[0], _address(started))
            if wanted[node] == "down":
                started[0].kill()
        return {node: self._doomed[node] for node in wanted}

    def _dead(self, node: NodeId) -> Process | None:
        process, _ = self._doomed.get(node, (None, ""))
        return process if process and not process.is_running else None

    def _endpoint(self, node: NodeId, fault: str | None, watcher: str) -> str:
        healthy = self.nodes[node]
        if fault not in STUBBED:
            return healthy
        parts = urlsplit(healthy)
        return f"{self.stub}/{fault}/{watcher}/{parts.port}{parts.path}"

    def _write_settings(
        self, name: str, endpoints: Mapping[NodeId, str], edit: Edit | None
    ) -> Path:
        """The demo's own settings, with a store of this gateway's own."""
        place = Place(self.folder / name)
        place.run.mkdir(parents=True)
        place.keys.symlink_to(self.place.keys)
        place.population.symlink_to(self.place.population)
        write_network(place, endpoints)
        network = tomllib.loads(place.network.read_text("utf-8"))
        for row in network["node"]:
            # What a node was asked is what somebody asked: probes have tests of their own.
            row.pop("probe_person", None)
        if edit:
            edit(network)
        write_private(place.network, toml_of(network))
        place.examples.write_text('{"personas": [], "examples": []}')
        write_organisations(place, utc_now().date())
        write_relationships(place, utc_now().date())
        # Its nodes have no test mode: reports are filed by hand.
        write_settings(
            place, host="127.0.0.1", port=0, tracing_url=self.tracing, examine_nodes=False
        )
        return place.settings


def _address(started: tuple[Process, Path]) -> str:
    process, ready_file = started
    return str(process.ready(ready_file)["url"])
