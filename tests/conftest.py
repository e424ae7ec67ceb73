"""What holds for every test: no network but loopback, and nothing of the caller's environment."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import pytest_socket
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.collected import note
from tests.postgres import PostgreSQL
from tests.together import Together

if TYPE_CHECKING:
    from tests.scenarios.network import System

_LOOPBACK = ["127.0.0.1", "::1", "localhost"]
_QUOTING_LIBRARIES = ("aiosqlite", "httpx", "httpcore", "uvicorn.access")
"""Their lines quote parameters and addresses. The gateway never passes a library's words on, and no
server of ours writes an access log; `tests/gateway/test_logs.py` and the scenarios' leak search
hold that. pytest listens to all of them nevertheless, and they would drown ours here."""
_EXAMPLES, _EXAMPLES_OF_ALL = 40, 100
"""Of a property: in the short run, and in the one of everything."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def pytest_configure(config: pytest.Config) -> None:
    """Forget settings and proxies, before anything is imported or started that would heed them."""
    environ = os.environ  # noqa: TID251 - to clean it, not to read settings
    for name in list(environ):
        if name.startswith("WATLING_") or name.upper() in _PROXIES:
            del environ[name]
    for name in _QUOTING_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    # How long an example takes is the machine's affair: nothing is timed here (`benchmarks/`).
    settings.register_profile(
        "untimed",
        deadline=None,
        suppress_health_check=(HealthCheck.too_slow,),
        max_examples=_EXAMPLES_OF_ALL if "long" not in config.option.markexpr else _EXAMPLES,
    )
    settings.load_profile("untimed")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LogSearch())


@pytest_asyncio.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The whole system as processes, once for the scenarios and once for the acceptance suite."""
    # Late, so that nobody else waits for what it takes to import.
    from tests.scenarios.network import System  # noqa: PLC0415

    running = System(tmp_path_factory.mktemp("system"))
    try:
        yield running
    finally:
        await running.client.aclose()
        running.end()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for whatever a process tests; each asks it for a database of its own."""
    server = PostgreSQL()
    yield server
    server.end()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Before anything is left out."""
    note(session, items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Whatever shares something that takes long to start runs in one process."""
    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Refuse every connection that would leave this machine, and keep libraries from quoting."""
    for name in _QUOTING_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)  # a server may have configured them anew
    pytest_socket.socket_allow_hosts(_LOOPBACK, allow_unix_socket=True)


_IDENTIFIERS = re.compile(r"\b999[ -]?\d{3}[ -]?\d{4}\b|\beyJ[\w-]+\.eyJ[\w-]+\.")
"""NHS numbers of the test range, however they are written, and signed tokens."""


class LogSearch:
    """Searches what every test of the run printed and logged, at debug level."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at one phase of one test."""
        if "plants_identifiers" in report.keywords:
            return
        if any(_IDENTIFIERS.search(text) for _, text in report.sections):
            self.found.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A run that let an identifier into a log has failed."""
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the tests whose logs hold one, without repeating it."""
        for nodeid in sorted(set(self.found)):
            terminalreporter.write_line(f"FAILED {nodeid} - an identifier in its output or logs")
