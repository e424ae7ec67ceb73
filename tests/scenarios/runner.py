"""Plays one scenario: makes its requests, through HTTP, and says what came of them.

It judges nothing; `test_scenarios.py` compares.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.scenarios.audit_log import events_after, newest
from tests.scenarios.folder import Before, Folder, Pages, Scenario
from tests.scenarios.network import Exchange, RunningGateway, System

CLOSED_WITHIN_SECONDS = 4.0
"""Less than is left of the eight seconds after which a call to a node ends by itself."""
WHOLE = 500
"""The most entries that one page may have."""
NODES = ("london-care-record", "herts-west-essex", "milton-keynes", "universal-care-plan")


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of a scenario."""

    status: int | None
    answer: Any
    events: list[Any]
    seconds: float
    asked_of_nodes: int
    visits_elsewhere: int
    log: list[dict[str, Any]]


class Runner:
    """Plays scenarios against one system."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def play(self, folder: Folder) -> Played:
        """The whole scenario."""
        scenario = folder.scenario
        gateway = self._system.gateway(_faults(scenario), own_process=scenario.disk_is_full)
        variables = await self._variables(folder, gateway)
        log_start = gateway.host.log_file.stat().st_size
        asked = await self._system.seen(gateway, "asked")
        abandoned = await self._system.seen(gateway, "abandoned")
        if gateway.killable or scenario.disk_is_full:
            await self._break(folder, gateway, variables)
        event = await newest(gateway)
        started = time.monotonic()
        status, answer = await self._ask(folder, gateway, variables)
        seconds = time.monotonic() - started
        async with asyncio.timeout(CLOSED_WITHIN_SECONDS):
            closed = abandoned + len(scenario.connection_is_closed)
            await self._system.until_seen(gateway, "abandoned", closed)
        if scenario.disk_is_full:
            await self._mend(folder, gateway, variables)
        events = await events_after(gateway, event, abandoned=scenario.caller_leaves)
        return Played(
            status=status,
            answer=answer,
            events=events,
            seconds=seconds,
            asked_of_nodes=await self._system.seen(gateway, "asked") - asked,
            visits_elsewhere=await self._system.seen(gateway, "elsewhere"),
            log=_log_lines(gateway, log_start),
        )

    async def post(
        self, gateway: RunningGateway, token: str | None, operation: Mapping[str, Any]
    ) -> httpx.Response:
        """One plain question."""
        return await self._send(gateway, json.dumps(operation).encode(), _headers(token))

    # ── what is asked ────────────────────────────────────────────────────────────────────────

    async def _variables(self, folder: Folder, gateway: RunningGateway) -> dict[str, Any]:
        scenario, people = folder.scenario, self._system.people
        found: dict[str, Any] = people.variables(scenario.person) if scenario.person else {}
        found |= people.filled(scenario.variables)
        if scenario.before:
            found |= await self._before(folder, scenario.before, gateway)
        declared = {name: value for name, value in found.items() if f"${name}" in folder.query}
        assert declared.keys() >= scenario.variables.keys(), "a variable that the query has not"
        return declared

    async def _before(
        self, folder: Folder, before: Before, gateway: RunningGateway
    ) -> dict[str, Any]:
        token = self._system.tokens.token(before.token or folder.scenario.token)
        variables = self._system.people.variables(before.person)
        operation = {"query": folder.text(before.query), "variables": variables}
        answer = (await self.post(gateway, token, operation)).json()
        assert "errors" not in answer, answer
        return {name: _at(answer, path) for name, path in before.take.items()}

    async def _ask(
        self, folder: Folder, gateway: RunningGateway, variables: Mapping[str, Any]
    ) -> tuple[int | None, Any]:
        scenario = folder.scenario
        if scenario.caller_leaves:
            await self._leave(folder, gateway, variables)
            return None, None
        if scenario.pages:
            return 200, await self._read_on(folder, scenario.pages, gateway, variables)
        headers = self._headers(folder) | scenario.http.headers
        response = await self._send(gateway, self._body(folder, variables), headers)
        return response.status_code, response.json()

    def _headers(self, folder: Folder) -> dict[str, str]:
        token = self._system.tokens.token(folder.scenario.token)
        return _headers(token) | {"Content-Type": folder.scenario.http.content_type}

    def _body(self, folder: Folder, variables: Mapping[str, Any]) -> bytes:
        http = folder.scenario.http
        if http.body is not None:
            return self._system.people.fill(http.body).encode()
        query = self._system.people.fill(folder.query) + " " * http.padding_bytes
        return json.dumps({"query": query, "variables": variables}).encode()

    async def _send(
        self, gateway: RunningGateway, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        url = f"{gateway.url}/graphql"
        response = await self._system.client.post(url, content=body, headers=headers)
        self._keep(response)
        return response

    def _keep(self, response: httpx.Response) -> None:
        self._system.exchanges.append(Exchange.of(response))

    # ── more than one request ────────────────────────────────────────────────────────────────

    async def _read_on(
        self,
        folder: Folder,
        pages: Pages,
        gateway: RunningGateway,
        variables: Mapping[str, Any],
    ) -> Any:
        """Every page to the end: how long each was, and whether larger pages tell the same."""
        small = await self._to_the_end(folder, pages, gateway, variables, pages.first)
        large = await self._to_the_end(folder, pages, gateway, variables, WHOLE)
        read = [entry for page in small for entry in page]
        return {
            "pages": [len(page) for page in small],
            "entries": len(read),
            "differentEntries": len({entry["id"] for entry in read}),
            "items": sum(len(entry["items"]) for entry in read),
            "theyAreTheWhole": read == [entry for page in large for entry in page],
        }

    async def _to_the_end(
        self,
        folder: Folder,
        pages: Pages,
        gateway: RunningGateway,
        variables: Mapping[str, Any],
        first: int,
    ) -> list[list[Any]]:
        """The entries of each page, `first` at a time."""
        token = self._system.tokens.token(folder.scenario.token)
        after, read = None, []
        while len(read) <= WHOLE:
            asked = {**variables, "first": first, "after": after}
            page = await self._page(folder, pages, gateway, token, asked)
            read.append([edge["node"] for edge in page["edges"]])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        return read

    async def _page(
        self,
        folder: Folder,
        pages: Pages,
        gateway: RunningGateway,
        token: str | None,
        variables: Mapping[str, Any],
    ) -> Any:
        operation = {"query": folder.query, "variables": variables}
        answer = (await self.post(gateway, token, operation)).json()
        assert "errors" not in answer, answer
        return _at(answer, pages.at)

    async def _leave(
        self, folder: Folder, gateway: RunningGateway, variables: Mapping[str, Any]
    ) -> None:
        """Hang up as soon as the misbehaving nodes have been asked."""
        asked = await self._system.seen(gateway, "asked")
        going = asyncio.create_task(
            self._send(gateway, self._body(folder, variables), self._headers(folder))
        )
        everybody = asked + len(folder.scenario.faults)
        seen = asyncio.create_task(self._system.until_seen(gateway, "asked", everybody))
        await asyncio.wait((going, seen), return_when=asyncio.FIRST_COMPLETED)
        if going.done():
            seen.cancel()
            raise AssertionError(f"there was an answer before the caller left: {going.result()}")
        going.cancel()
        await asyncio.wait((going,))

    async def _break(
        self, folder: Folder, gateway: RunningGateway, variables: Mapping[str, Any]
    ) -> None:
        """See that all is well, then kill the nodes that are to be killed and fill the disk."""
        _, answer = await self._ask(folder, gateway, variables)
        assert "errors" not in answer, answer
        assert answer["data"]["patient"]["coverage"]["state"] == "ALL_SOURCES_ANSWERED", answer
        for process in gateway.killable:
            process.kill()
        if folder.scenario.disk_is_full:
            gateway.host.fill_disk()

    async def _mend(
        self, folder: Folder, gateway: RunningGateway, variables: Mapping[str, Any]
    ) -> None:
        """Free the disk and see that all is well again, without a restart."""
        gateway.host.free_disk()
        _, answer = await self._ask(folder, gateway, variables)
        assert "errors" not in answer, answer


def _faults(scenario: Scenario) -> dict[str, str]:
    unasked = dict.fromkeys(NODES, "watched") if scenario.nobody_is_asked else {}
    return unasked | scenario.faults


def _headers(token: str | None) -> dict[str, str]:
    plain = {"Content-Type": "application/json", "Accept": "application/json"}
    return plain | ({"Authorization": f"Bearer {token}"} if token else {})


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return value


def _log_lines(gateway: RunningGateway, start: int) -> list[dict[str, Any]]:
    with gateway.host.log_file.open("rb") as log:
        log.seek(start)
        return [json.loads(line) for line in log.read().splitlines() if line.startswith(b"{")]
