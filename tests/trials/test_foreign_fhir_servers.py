"""FHIR servers that others wrote, run from the page that documents the trial, read as nodes.

Skipped where their packages are not installed (`docs/trials/foreign-fhir-servers.md` says how) and
where the public data is not here.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from federation.flow import Reply
from federation.protocols import open_transport
from federation.records.fhir.readers import FHIR_READERS
from federation.status import SourceCode
from tests.builders import a_node
from tests.federation.protocols.speakers import Fhir, fetch
from tests.real_data import NEEDS_DATA, files, loaded, numbered, shown, transaction
from tests.trials.medplum_server import node

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "trials" / "foreign-fhir-servers.md"
INSTALLED = ROOT / ".watling" / "trials"
NODE = shutil.which("node")
NUMBER = "9990009902"
SERVERS = {
    "medplum": (("server.mjs",), "/fhir/R4"),
    "asymmetrik": (("service.js", "server.js"), "/4_0_0"),
}

pytestmark = [
    NEEDS_DATA,
    pytest.mark.skipif(NODE is None, reason="Node.js is not here"),
]


def code(name: str) -> str:
    """The block of the page that is to be saved under this name."""
    found = re.search(
        rf"`{re.escape(name)}`[^\n]*:\n\n```js\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def person():
    """A person as a server holds them."""
    return numbered(loaded(files("synthea/p0*-large.json.gz")[0]), NUMBER)


@contextmanager
def running(server: str, folder: Path, person: list) -> Iterator[str]:
    """The base address of a server that holds the person."""
    names, path = SERVERS[server]
    for name in names:
        (folder / name).write_text(code(name))
    (folder / "node_modules").symlink_to(INSTALLED / server / "node_modules")
    (folder / "person.json").write_text(json.dumps(transaction(person)))
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [*node(), names[-1], str(port), "person.json"]
    # The command is the page's own.
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout
            assert "ready\n" in process.stdout
            yield f"http://127.0.0.1:{port}{path}"
        finally:
            process.kill()


@pytest.fixture
async def transport() -> httpx.AsyncBaseTransport:
    opened = open_transport()
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("server", SERVERS)
async def test_everything_arrives_once(server, tmp_path, person, transport):
    """Every resource of a category arrives, once, from a server that nobody here wrote."""
    if not (INSTALLED / server / "node_modules").is_dir():
        pytest.skip("its packages are not installed")
    with running(server, tmp_path, person) as base:
        node = a_node(protocol=Fhir().protocol, endpoint=base)
        reply = await fetch(node, transport, NUMBER, categories=tuple(FHIR_READERS))
    assert isinstance(reply, Reply)
    (record,) = reply.records
    arrived = Counter(
        (category, item.source_id) for category, part in record.parts.items() for item in part.items
    )
    assert arrived == shown(person)
    # A type that the server lists nobody's resources of is not offered there.
    assert {part.code for part in record.parts.values()} <= {None, SourceCode.NOT_OFFERED}
