"""A node of the kit behind its own certificates, asked by the gateway's own transport."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import uvicorn
from msgspec.structs import replace

from demo.model import GATEWAY
from demo.processes import Child
from federation.errors import SettingsError
from federation.flow import Failure, Reply
from federation.model import Category, NodeTls
from federation.node_kit.clock import utc_now
from federation.node_kit.serving import _Server
from federation.node_kit.settings import load_node_settings
from federation.node_kit.tls import Tls, followed, following
from federation.protocols.graphql.client import GraphQLClient
from federation.protocols.node_transports import NodeTransports
from tests.builders import a_node
from tests.certificates import Authority, Issued
from tests.federation.protocols.speakers import Native, a_call, a_node_at, fetch
from tests.stubs.http import Server, serving
from tests.vouching import PRIVATE, tokens_of

OURS = Authority("the network's own authority")
OTHERS = Authority("somebody else's authority")
NODE = OURS.issue()
GATEWAYS = OURS.issue("gateway.example", client=True)
TLS_FAILED = ("UNAVAILABLE", "TLS_FAILED", "NETWORK")

SETTINGS = f"""\
node = "a-node"
gateway = "{GATEWAY}"
gateway_keys = "keys.json"
tls_certificate = "node.pem"
tls_key = "node.key"
client_ca = "clients.pem"
client_names = ["gateway.example"]
"""


def unreported(_path, reason):
    raise AssertionError(reason)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's folder, with everything in it."""
    folder = tmp_path_factory.mktemp("node")
    NODE.write(folder, "node")
    OURS.write(folder, "clients")
    public = PRIVATE.as_dict(private=False) | {"kid": "tests", "use": "sig"}
    (folder / "keys.json").write_bytes(msgspec.json.encode({"keys": [public]}))
    (folder / "node.toml").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """The address of a node that runs as a process of its own."""
    child = Child("node", folder)
    settings = str(folder / "node.toml")
    child.start(
        (
            *("tests.stubs.kit_node", "--settings", settings, "--port", "0"),
            *("--ready-file", str(child.ready_file)),
        )
    )
    try:
        yield msgspec.json.decode(child.wait_until_ready(60))["url"]
    finally:
        child.ask_to_stop()
        child.wait_until_stopped()
    assert child.exit_code == 0


async def asked(url: str, shown: Issued | None, folder: Path, ca: Authority = OURS):
    """What the gateway makes of the node, showing this certificate."""
    tls = NodeTls(ca=ca.pem.decode("ascii"))
    if shown is not None:
        file = folder / f"{shown.serial_number}.pem"
        file.write_bytes(shown.both())
        tls = replace(tls, client_certificate_file=str(file))
    node = replace(a_node(endpoint=url), id="a-node", tls=tls, allowed_addresses=("127.0.0.0/8",))
    transports = NodeTransports(unreported)
    client = GraphQLClient(node, transports.of(node), utc_now, None, tokens_of(utc_now))
    try:
        return await client.fetch(a_call(node, categories=(Category.ALLERGIES,)))
    finally:
        await transports.aclose()


def verdict(outcome: Reply | Failure) -> tuple[str, str, str]:
    assert isinstance(outcome, Failure)
    return (outcome.state, outcome.code, outcome.origin)


async def test_gateway_and_node_prove_themselves_to_each_other(url, tmp_path):
    """Over real TLS, with a certificate on either side, the gateway is answered."""
    assert isinstance(await asked(url, GATEWAYS, tmp_path), Reply)


async def test_nobody_without_a_certificate_is_let_in(url, tmp_path):
    """The node does not take a caller without a certificate, or with another authority's."""
    for shown in (None, OTHERS.issue("gateway.example", client=True)):
        state, code, _ = verdict(await asked(url, shown, tmp_path))
        assert (state, code in {"CONNECTION_LOST", "TLS_FAILED"}) == ("UNAVAILABLE", True)


async def test_a_certificate_for_somebody_else(url, tmp_path):
    """One that the same authority gave to somebody else is refused in the protocol's words."""
    other = OURS.issue("laboratory.example", client=True)
    refused = ("UNAVAILABLE", "NODE_REFUSED_IDENTITY", "NODE")
    assert verdict(await asked(url, other, tmp_path)) == refused


async def test_the_gateway_does_not_take_another_node(url, tmp_path):
    """What another authority signed is no node, and is told nothing."""
    assert verdict(await asked(url, GATEWAYS, tmp_path, ca=OTHERS)) == TLS_FAILED


# ── changes while it serves ───────────────────────────────────────────────────────────────────────


async def _serial(server: Server, folder: Path, ca: Authority, shown: Issued) -> int | None:
    """With which certificate the gateway was taken in; None where it was not."""
    file = folder / "shown.pem"
    file.write_bytes(shown.both())
    node = replace(
        a_node_at(Native(), server.url),
        tls=NodeTls(ca=ca.pem.decode("ascii"), client_certificate_file=str(file)),
    )
    transports = NodeTransports(unreported)
    outcome = await fetch(node, transports.of(node))
    await transports.aclose()
    return shown.serial_number if isinstance(outcome, Reply) else None


async def test_a_nodes_certificates_change_while_it_serves(tmp_path, caplog):
    """Certificate and whom it takes in are the files'; a broken one changes nothing."""
    node_pem, node_key = NODE.write(tmp_path, "node")
    clients = OURS.write(tmp_path, "clients")
    now = followed(Tls(certificate=node_pem, key=node_key, client_ca=clients))
    others = OTHERS.issue("gateway.example", client=True)
    async with serving(Native().holding(), tls=following(now)) as server:
        assert await _serial(server, tmp_path, OURS, GATEWAYS)
        assert not await _serial(server, tmp_path, OURS, others)
        # Another authority on both sides.
        OTHERS.issue().write(tmp_path, "node")
        clients.write_bytes(OTHERS.pem)
        await now.refresh()
        assert await _serial(server, tmp_path, OTHERS, others)
        assert not await _serial(server, tmp_path, OTHERS, GATEWAYS)
        assert not await _serial(server, tmp_path, OURS, others)
        node_key.write_bytes(b"half a ke")
        await now.refresh()
        assert await _serial(server, tmp_path, OTHERS, others)
    assert "changed certificate refused" in caplog.text


async def test_the_server_looks_every_two_seconds():
    """The files are looked at as long as it serves."""
    looks = []

    class Looked:
        async def refresh(self) -> None:
            looks.append(1)

    server = _Server(uvicorn.Config("x:y", lifespan="off", log_config=None), None, {}, Looked())
    server.config.loaded = True
    server.config.encoded_headers = []
    for tick in range(1, 61):
        await server.on_tick(tick)
    assert len(looks) == 3


def test_what_stops_a_nodes_start(tmp_path):
    """A certificate without its key, and names without an authority, are one sentence."""
    certificate, _ = NODE.write(tmp_path, "node")
    (tmp_path / "locked.key").write_bytes(NODE.locked_key())
    for key, said in (("locked.key", "no certificate with its key"), ("none.key", "No such file")):
        with pytest.raises(SettingsError, match=said):
            followed(Tls(certificate=certificate, key=tmp_path / key))
    (tmp_path / "node.toml").write_text(SETTINGS.replace('client_ca = "clients.pem"\n', ""))
    with pytest.raises(SettingsError, match="`client_names` needs `client_ca`"):
        load_node_settings(tmp_path / "node.toml")


def test_no_older_protocol_and_no_session_taken_up_again(folder):
    """TLS 1.2 at least; whoever comes again shows a certificate again."""
    tls = Tls(
        certificate=folder / "node.pem",
        key=folder / "node.key",
        client_ca=folder / "clients.pem",
    )
    context = following(followed(tls))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.num_tickets == 0
