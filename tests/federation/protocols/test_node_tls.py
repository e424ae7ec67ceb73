"""A node's TLS, with real certificates: whom the gateway believes, and what it shows."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from federation.authorities import authorities_of
from federation.errors import SettingsError
from federation.flow import Failure, Reply
from federation.model import Node, NodeTls
from federation.protocols.node_transports import NodeTransports
from federation.protocols.tls import context_of
from tests.certificates import FAR_OFF, HERE, LONG_AGO, Authority, Issued, server_tls
from tests.federation.protocols.speakers import Native, a_node_at, fetch
from tests.stubs.http import Server, serving

OURS = Authority("the network's own authority")
OTHERS = Authority("somebody else's authority")
GATEWAY = OURS.issue("gateway.example", client=True)
TLS_FAILED = ("UNAVAILABLE", "TLS_FAILED", "NETWORK")


class Reports(list):
    def __call__(self, path: Path, reason: str) -> None:
        self.append((path.name, reason))


@asynccontextmanager
async def node_with(tls: ssl.SSLContext) -> AsyncIterator[Server]:
    """A native node behind these certificates."""
    async with serving(Native().holding("Penicillin"), tls=tls) as server:
        yield server


async def asked(url: str, tls: NodeTls | None, **given) -> Reply | Failure:
    """Ask a node once, through a transport of its own."""
    transports = NodeTransports(Reports())
    node = replace(a_node_at(Native(), url), tls=tls, **given)
    try:
        return await fetch(node, transports.of(node))
    finally:
        await transports.aclose()


def verdict(outcome: Reply | Failure) -> tuple[str, str, str]:
    assert isinstance(outcome, Failure)
    return (outcome.state, outcome.code, outcome.origin)


def trusting(folder: Path, *authorities: Authority, **given: str) -> NodeTls:
    """The settings of a node that is trusted on the word of these."""
    path = folder / "ca.pem"
    path.write_bytes(b"".join(one.pem for one in authorities))
    return NodeTls(ca_file=str(path), **given)


def showing(folder: Path, issued: Issued) -> dict[str, str]:
    certificate, key = issued.write(folder, "gateway")
    return {"client_certificate_file": str(certificate), "key_file": str(key)}


# ── whom the gateway believes ─────────────────────────────────────────────────────────────────────


async def test_an_authority_of_the_nodes_own(tmp_path):
    """A node is believed whose certificate is signed by its own authority, in a file or inline."""
    async with node_with(server_tls(OURS.issue(), tmp_path)) as server:
        assert isinstance(await asked(server.url, trusting(tmp_path, OURS)), Reply)
        assert isinstance(await asked(server.url, trusting(tmp_path, OTHERS, OURS)), Reply)
        inline = NodeTls(ca=OURS.pem.decode("ascii"))
        assert isinstance(await asked(server.url, inline), Reply)


@pytest.mark.parametrize(
    "shown",
    [
        OTHERS.issue(),
        OURS.issue(until=LONG_AGO),
        OURS.issue("other.example"),
        OURS.issue("127.0.0.2"),
        OURS.issue(client=True),
    ],
    ids=["of another authority", "expired", "another name", "another number", "a client's"],
)
async def test_who_is_not_believed(tmp_path, shown):
    """Nothing of a request is sent to a node that cannot show who it is."""
    async with node_with(server_tls(shown, tmp_path)) as server:
        assert verdict(await asked(server.url, trusting(tmp_path, OURS))) == TLS_FAILED
        assert server.requests == []


async def test_what_is_pinned_is_all_that_is_trusted(tmp_path):
    """Neither the machine's authorities count beside a node's own, nor the other way round."""
    pinned = context_of(trusting(tmp_path, OURS))
    assert [one["subject"] for one in pinned.get_ca_certs()] == [
        ((("commonName", "the network's own authority"),),)
    ]
    async with node_with(server_tls(OURS.issue(), tmp_path)) as server:
        assert verdict(await asked(server.url, None)) == TLS_FAILED
        assert verdict(await asked(server.url, NodeTls(server_name="x.example"))) == TLS_FAILED
        assert server.requests == []


async def test_a_certificate_for_another_name_than_the_address(tmp_path):
    """The name may be said, where a node is called by its number; then it must be that one."""
    async with node_with(server_tls(OURS.issue("records.example"), tmp_path)) as server:
        right = trusting(tmp_path, OURS, server_name="records.example")
        wrong = trusting(tmp_path, OURS, server_name="other.example")
        assert isinstance(await asked(server.url, right), Reply)
        assert verdict(await asked(server.url, wrong)) == TLS_FAILED


def test_no_older_protocol(tmp_path):
    """Nothing before TLS 1.2, with and without an authority of the node's own."""
    for tls in (trusting(tmp_path, OURS), NodeTls(server_name="x.example")):
        context = context_of(tls)
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


# ── what the gateway shows ────────────────────────────────────────────────────────────────────────


async def test_both_sides_prove_themselves(tmp_path):
    """A node that asks for a certificate is shown the gateway's."""
    async with node_with(server_tls(OURS.issue(), tmp_path, clients_of=OURS)) as server:
        tls = trusting(tmp_path, OURS, **showing(tmp_path, GATEWAY))
        assert isinstance(await asked(server.url, tls), Reply)
        assert _serial(server) == GATEWAY.serial_number


@pytest.mark.parametrize("shown", [None, OTHERS.issue("gateway.example", client=True)])
async def test_a_node_that_does_not_take_the_gateway(tmp_path, shown):
    """Without a certificate, or with one of another authority, the node refuses.

    By TLS 1.3 it does so after the gateway has taken it for open, and some servers then hang up
    without the word that would say why.
    """
    async with node_with(server_tls(OURS.issue(), tmp_path, clients_of=OURS)) as server:
        tls = trusting(tmp_path, OURS, **(showing(tmp_path, shown) if shown else {}))
        refused = verdict(await asked(server.url, tls))
        assert refused in {TLS_FAILED, ("UNAVAILABLE", "CONNECTION_LOST", "NETWORK")}
        assert server.requests == []


async def test_a_certificate_for_all_nodes(tmp_path):
    """The settings' certificate is shown where a row names none, and brings no trust with it."""
    certificate = tmp_path / "all.pem"
    certificate.write_bytes(GATEWAY.both())
    ours = NodeTls(client_certificate_file=str(certificate))
    transports = NodeTransports(Reports(), certificate=ours)
    async with node_with(server_tls(OURS.issue(), tmp_path, clients_of=OURS)) as server:
        plain = a_node_at(Native(), server.url)
        node = replace(plain, tls=trusting(tmp_path, OURS))
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        assert _serial(server) == GATEWAY.serial_number
        assert verdict(await fetch(plain, transports.of(plain))) == TLS_FAILED
    await transports.aclose()


# ── files that cannot be used ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [b"", b"no certificate", OURS.pem[:-60], OURS.pem + b"-----BEGIN CERT", GATEWAY.key],
    ids=["empty", "words", "cut short", "one and a half", "a key"],
)
def test_authorities_that_cannot_be_used(tmp_path, text):
    """A file without good authorities trusts nobody, and is named without its content."""
    path = tmp_path / "ca.pem"
    path.write_bytes(text)
    with pytest.raises(SettingsError) as caught:
        context_of(NodeTls(ca_file=str(path)))
    assert str(caught.value) == f"`{path}`: must be the certificates of authorities, in PEM"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("certificate", "key"),
    [
        (GATEWAY.certificate, OURS.issue(client=True).key),
        (GATEWAY.certificate, GATEWAY.locked_key()),
        (GATEWAY.certificate, b""),
        (b"", GATEWAY.key),
        (GATEWAY.key, GATEWAY.certificate),
    ],
    ids=["another's key", "locked", "no key", "no certificate", "mixed up"],
)
def test_a_certificate_that_cannot_be_shown(tmp_path, certificate, key):
    """A pair that does not belong together, or asks for a password, is refused and never asked."""
    shown = tmp_path / "gateway.pem"
    shown.write_bytes(certificate)
    key_file = tmp_path / "gateway.key"
    key_file.write_bytes(key)
    tls = NodeTls(client_certificate_file=str(shown), key_file=str(key_file))
    with pytest.raises(SettingsError, match="must be a certificate in PEM, with the key"):
        context_of(tls)


def test_a_file_that_is_not_there(tmp_path):
    """The file is named."""
    for tls in (NodeTls(ca_file=str(tmp_path / "x")), NodeTls(client_certificate_file="/y.pem")):
        with pytest.raises(SettingsError, match="cannot be read"):
            NodeTransports(Reports()).of(replace(a_node_at(Native(), "https://a.example"), tls=tls))


# ── changes while it runs ─────────────────────────────────────────────────────────────────────────


class Polling:
    """Asks a node again and again, several at a time, and keeps what came."""

    def __init__(self, node: Node, transports: NodeTransports) -> None:
        self._node = node
        self._transports = transports
        self.outcomes: list[Reply | Failure] = []

    async def times(self, number: int) -> None:
        """Ask so often, three at a time."""
        for _ in range(number):
            self.outcomes += await asyncio.gather(
                *(fetch(self._node, self._transports.of(self._node)) for _ in range(3))
            )


async def test_certificates_change_while_nodes_are_asked(tmp_path):
    """Key, certificate and authority change on both sides, with overlap, and no call fails."""
    renewed = OTHERS.issue("gateway.example", client=True)
    server = server_tls(OURS.issue(), tmp_path, clients_of=OURS)
    tls = trusting(tmp_path, OURS, **showing(tmp_path, GATEWAY))
    reports = Reports()
    transports = NodeTransports(reports)
    async with node_with(server) as running:
        polling = Polling(replace(a_node_at(Native(), running.url), tls=tls), transports)
        await polling.times(3)
        # Both sides trust both authorities, then each changes what it shows.
        server.load_verify_locations(cadata=OTHERS.pem.decode("ascii"))
        trusting(tmp_path, OURS, OTHERS)
        await transports.refresh()
        await polling.times(3)
        assert _serial(running) == GATEWAY.serial_number
        under_way = asyncio.create_task(polling.times(3))
        showing(tmp_path, renewed)
        await transports.refresh()
        await under_way
        await polling.times(1)
        assert _serial(running) == renewed.serial_number
        (tmp_path / "renewed.pem").write_bytes(OTHERS.issue().both())
        server.load_cert_chain(tmp_path / "renewed.pem")
        trusting(tmp_path, OTHERS)
        await transports.refresh()
        await polling.times(3)
    await transports.aclose()
    assert {type(one) for one in polling.outcomes} == {Reply}
    assert reports == []


async def test_a_call_under_way_finishes_as_it_began(tmp_path):
    """A change of what is trusted cuts no answer short, and is heeded by the next call."""
    transports = NodeTransports(Reports())
    stub = Native().holding("Penicillin")
    released = asyncio.Event()

    async def answer_late(_speaker: object) -> None:
        trusting(tmp_path, OTHERS)
        await transports.refresh()
        released.set()

    async with node_with(server_tls(OURS.issue(), tmp_path)) as server:
        node = replace(a_node_at(Native(), server.url), tls=trusting(tmp_path, OURS))
        changes: list[asyncio.Task[None]] = []

        def handler(request):
            changes.append(asyncio.ensure_future(answer_late(stub)))
            return stub(request)

        server.handler = handler
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        await released.wait()
        assert verdict(await fetch(node, transports.of(node))) == TLS_FAILED
        assert len(server.requests) == 1
    await transports.aclose()


async def test_a_broken_new_file_changes_nothing(tmp_path):
    """The last good pair stays in use, operators are told once, and a good one is taken over."""
    reports = Reports()
    transports = NodeTransports(reports)
    renewed = OURS.issue("gateway.example", client=True)
    async with node_with(server_tls(OURS.issue(), tmp_path, clients_of=OURS)) as server:
        tls = trusting(tmp_path, OURS, **showing(tmp_path, GATEWAY))
        node = replace(a_node_at(Native(), server.url), tls=tls)
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        certificate, key = renewed.write(tmp_path, "renewed")
        certificate.replace(tmp_path / "gateway.pem")
        for _ in range(2):
            await transports.refresh()
            assert isinstance(await fetch(node, transports.of(node)), Reply)
        assert _serial(server) == GATEWAY.serial_number
        [(name, reason)] = reports
        assert (name, "belongs to it" in reason) == ("gateway.pem", True)
        assert str(tmp_path / "gateway.pem") in reason
        key.replace(tmp_path / "gateway.key")
        await transports.refresh()
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        assert _serial(server) == renewed.serial_number
    await transports.aclose()


async def test_a_node_that_stays_is_followed_on(tmp_path):
    """Where others leave, and beside another version of itself, a node's files are heeded still."""
    transports = NodeTransports(Reports())
    async with node_with(server_tls(OURS.issue(), tmp_path)) as server:
        served = replace(a_node_at(Native(), server.url), tls=trusting(tmp_path, OURS))
        tried = replace(served, tls=NodeTls(ca=OTHERS.pem.decode("ascii")))
        leaves = replace(served, id="leaves", tls=NodeTls(ca=OURS.pem.decode("ascii")))
        transport = transports.of(served)
        for node in (tried, leaves):
            transports.of(node)
        await transports.keep([served, tried])
        assert transports.of(served) is transport
        assert isinstance(await fetch(served, transport), Reply)
        await transports.keep([served, tried])
        assert transports.certificate_expires(served.id) == FAR_OFF
        trusting(tmp_path, OTHERS)
        await transports.refresh()
        assert verdict(await fetch(served, transport)) == TLS_FAILED
    await transports.aclose()


# ── when certificates end ─────────────────────────────────────────────────────────────────────────


async def test_when_a_nodes_certificate_ends(tmp_path):
    """What the node showed last is remembered; nothing of a node that has shown none."""
    transports = NodeTransports(Reports())
    soon = datetime(2039, 5, 6, 7, 8, 9, tzinfo=UTC)
    server = server_tls(OURS.issue(), tmp_path)
    async with node_with(server) as running, serving(Native().holding()) as without:
        node = replace(a_node_at(Native(), running.url), tls=trusting(tmp_path, OURS))
        plain = replace(a_node_at(Native(), without.url), id="plain")
        assert transports.certificate_expires(node.id) is None
        for one in (node, plain):
            assert isinstance(await fetch(one, transports.of(one)), Reply)
        assert transports.certificate_expires(node.id) == FAR_OFF
        assert transports.certificate_expires(plain.id) is None
        (tmp_path / "renewed.pem").write_bytes(OURS.issue(HERE, until=soon).both())
        server.load_cert_chain(tmp_path / "renewed.pem")
        trusting(tmp_path, OURS, OTHERS)  # another context, so another connection
        await transports.refresh()
        await fetch(node, transports.of(node))
        assert transports.certificate_expires(node.id) == soon
        await transports.keep([plain])
        assert transports.certificate_expires(node.id) is None
    await transports.aclose()


def _serial(server: Server) -> int:
    """Whose certificate the last request came with."""
    shown = server.requests[-1].certificate
    assert shown is not None
    return int(str(shown["serialNumber"]), 16)


async def test_an_authority_is_trusted_up_to_its_last_day(tmp_path, monkeypatch):
    """The day is local, it ends while the gateway runs, and nobody else is trusted instead."""
    # The machine itself would trust it.
    monkeypatch.setenv("SSL_CERT_FILE", str(OURS.write(tmp_path, "machine")))
    pem = OURS.pem.decode("ascii")
    (mark,) = authorities_of(pem)
    tls = NodeTls(ca=pem, ca_until=((mark, date(2026, 7, 2)),))
    at = [datetime(2026, 7, 1, 22, 59, tzinfo=UTC)]
    transports = NodeTransports(Reports(), clock=lambda: at[0])
    async with node_with(server_tls(OURS.issue(), tmp_path)) as server:
        node = replace(a_node_at(Native(), server.url), tls=tls)
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        await transports.keep([node])
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        # Midnight in the United Kingdom in summer.
        at[0] = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
        assert verdict(await fetch(node, transports.of(node))) == TLS_FAILED
    await transports.aclose()


async def test_the_end_of_one_authority_is_not_that_of_another(tmp_path):
    """Both are given while certificates are changed from one to the other."""
    pem = OTHERS.pem + OURS.pem
    (others, _) = authorities_of(pem.decode("ascii"))
    tls = NodeTls(ca=pem.decode("ascii"), ca_until=((others, date(2026, 7, 2)),))
    transports = NodeTransports(Reports(), clock=lambda: datetime(2026, 8, 1, tzinfo=UTC))
    for authority, trusted in ((OURS, True), (OTHERS, False)):
        async with node_with(server_tls(authority.issue(), tmp_path)) as server:
            node = replace(a_node_at(Native(), server.url), tls=tls)
            outcome = await fetch(node, transports.of(node))
            assert isinstance(outcome, Reply) is trusted
    await transports.aclose()
