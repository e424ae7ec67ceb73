"""The check of TLS, against real certificates on this machine."""

from __future__ import annotations

import ssl
import warnings
from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from demo.model import LONDON
from federation.conformance import CHECKS, Outcome, run
from federation.model import NodeTls
from federation.protocols.node_transports import NodeTransports
from tests.builders import a_node
from tests.certificates import FAR_OFF, Authority, server_tls
from tests.federation.conformance.given import Watch, target, tools
from tests.stubs.http import Answer, serving

TLS = tuple(check for check in CHECKS if check.letter == "x")


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority("ours")


async def checked(endpoint, authority, watch=None, rotation_seconds=0.0, **more):
    transports = NodeTransports(unreported)
    node = a_node(endpoint=endpoint, tls=NodeTls(ca_file=str(authority)))
    given = tools(transports.of(node), watch, apart=partial(transports.apart, node))
    checked = target(
        LONDON, endpoint=endpoint, rotation_seconds=rotation_seconds, labels=("everywhere",)
    )
    (found,) = (await run(checked, replace(given, **more), checks=TLS)).results
    await transports.aclose()
    return found


def unreported(_path, reason):
    raise AssertionError(reason)


async def certified(authority, trusted, tmp_path, **issued):
    context = server_tls(authority.issue(**issued), tmp_path)
    async with serving(lambda _request: Answer(), tls=context) as server:
        return await checked(f"{server.url}/graphql", trusted.write(tmp_path, "trusted"))


async def test_a_certificate_that_holds(ours, tmp_path) -> None:
    """Trusted, of today, and good for longer than three weeks: passed, and rotation not seen."""
    found = await certified(ours, ours, tmp_path)
    assert found.outcome is Outcome.PASS
    assert found.evidence[0].startswith("TLSv1.")
    assert found.evidence[1].startswith("a trusted certificate of this name for ")
    assert "TLS 1.0 and 1.1 are refused" in found.evidence
    assert "refused: without a certificate, without encryption" in found.evidence[3]
    assert found.evidence[-1].startswith("not tested: that the certificate is renewed")


async def test_a_certificate_of_somebody_else(ours, tmp_path) -> None:
    """Nobody whom the checker trusts signed it."""
    found = await certified(Authority("somebody else"), ours, tmp_path)
    assert (found.outcome, found.evidence) == (
        Outcome.FAIL,
        ("no trusted connection (certificate verify failed)",),
    )


async def test_a_certificate_for_another_name(ours, tmp_path) -> None:
    """A good certificate, of another machine."""
    context = server_tls(ours.issue("node.example"), tmp_path)
    async with serving(lambda _request: Answer(), tls=context) as server:
        found = await checked(f"{server.url}/graphql", ours.write(tmp_path, "trusted"))
    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize(("days", "outcome"), [(20, Outcome.FAIL), (22, Outcome.PASS)])
async def test_a_certificate_that_ends_soon(ours, tmp_path, days, outcome) -> None:
    """Three weeks must be left, by the checker's clock."""
    until = FAR_OFF
    context = server_tls(ours.issue(until=until), tmp_path)
    async with serving(lambda _request: Answer(), tls=context) as server:
        found = await checked(
            f"{server.url}/graphql",
            ours.write(tmp_path, "trusted"),
            clock=lambda: until - timedelta(days=days, hours=-1),
        )
    assert found.outcome is outcome, found.evidence


async def test_no_connection(tmp_path, ours) -> None:
    """A node that is not there fails, in words."""
    found = await checked("https://127.0.0.1:1/graphql", ours.write(tmp_path, "trusted"))
    assert (found.outcome, found.evidence) == (Outcome.FAIL, ("no connection could be made",))


async def test_an_older_protocol_is_spoken(ours, tmp_path) -> None:
    """A node that answers TLS 1.1 as well fails, however good its certificate is."""
    context = server_tls(ours.issue(), tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    async with serving(lambda _request: Answer(), tls=context) as server:
        found = await checked(f"{server.url}/graphql", ours.write(tmp_path, "trusted"))
    assert found.outcome is Outcome.FAIL
    assert any(one.startswith("TLSv1.1, ") for one in found.evidence)


@pytest.mark.parametrize("weak", ["aNULL", "eNULL"])
async def test_a_weak_cipher_is_taken(ours, tmp_path, weak) -> None:
    """Without a certificate, or without encryption: whoever stands between reads along."""
    context = server_tls(ours.issue(), tmp_path)
    context.set_ciphers(f"ECDHE+AESGCM:{weak}:@SECLEVEL=0")
    # With this level some systems' OpenSSL speaks older protocols too, which is another fault.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    async with serving(lambda _request: Answer(), tls=context) as server:
        found = await checked(f"{server.url}/graphql", ours.write(tmp_path, "trusted"))
    assert found.outcome is Outcome.FAIL
    assert found.evidence[0].startswith("a weak cipher is taken (TLSv1.2, ")


# ── a certificate that is renewed while it is watched ─────────────────────────────────────────────


class Renewing(Watch):
    """A clock at whose third second the node's certificate is changed, as `change` does it."""

    def __init__(self, change) -> None:
        super().__init__()
        self._change = change

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if self.seconds == 3.0:
            self._change()


async def renewed(ours, tmp_path, by, answer=None):
    first, second = ours.issue(), by.issue()
    context = server_tls(first, tmp_path)
    certificate, key = second.write(tmp_path, "second")
    broken = []

    def change() -> None:
        context.load_cert_chain(certificate, key)
        broken.append(True)

    def answers(_request):
        return answer if answer and broken else Answer(body=b'{"data": {"records": []}}')

    async with serving(answers, tls=context) as server:
        return await checked(
            f"{server.url}/graphql", ours.write(tmp_path, "trusted"), Renewing(change), 10.0
        )


async def test_a_certificate_that_is_renewed_without_a_gap(ours, tmp_path) -> None:
    """Another one is shown while questions are answered all the while."""
    found = await renewed(ours, tmp_path, ours)
    assert found.outcome is Outcome.PASS, found.evidence
    assert "another certificate was shown meanwhile, and 4 questions answered without a gap" in (
        found.evidence
    )


async def test_a_certificate_that_is_renewed_with_a_gap(ours, tmp_path) -> None:
    """A question that is refused meanwhile, or a certificate of somebody else, is a failure."""
    found = await renewed(ours, tmp_path, ours, Answer(status=503))
    assert (found.outcome, found.evidence) == (
        Outcome.FAIL,
        ("question 4 was not answered: interrupted",),
    )
    found = await renewed(ours, tmp_path, Authority("somebody else"))
    assert found.outcome is Outcome.FAIL
    assert found.evidence[0].endswith("no connection could be made: interrupted")


async def test_a_certificate_that_is_not_renewed(ours, tmp_path) -> None:
    """Whoever asks to be watched, and renews nothing, has shown nothing."""
    context = server_tls(ours.issue(), tmp_path)
    answer = Answer(body=b'{"data": {"records": []}}')
    async with serving(lambda _request: answer, tls=context) as server:
        found = await checked(
            f"{server.url}/graphql", ours.write(tmp_path, "trusted"), Watch(), 5.0
        )
    assert (found.outcome, found.lacking) == (Outcome.NOT_TESTABLE, True)
    assert found.evidence[-1] == "the certificate was not renewed within 5 s"
