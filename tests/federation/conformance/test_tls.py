"""The check of TLS, against real certificates on this machine."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from demo.model import LONDON
from federation.conformance import CHECKS, Outcome, run
from tests.certificates import FAR_OFF, Authority, server_tls
from tests.federation.conformance.given import target, tools
from tests.stubs.http import Answer, serving

TLS = tuple(check for check in CHECKS if check.letter == "x")


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority("ours")


async def checked(endpoint, authority, **more):
    nothing = httpx.MockTransport(lambda _request: httpx.Response(200))
    given = replace(tools(nothing, authority=str(authority)), **more)
    (found,) = (await run(target(LONDON, endpoint=endpoint), given, checks=TLS)).results
    return found


async def certified(authority, trusted, tmp_path, **issued):
    context = server_tls(authority.issue(**issued), tmp_path)
    async with serving(lambda _request: Answer(), tls=context) as server:
        return await checked(f"{server.url}/graphql", trusted.write(tmp_path, "trusted"))


async def test_a_certificate_that_holds(ours, tmp_path) -> None:
    """Trusted, of today, and good for longer than three weeks: passed, and rotation not seen."""
    found = await certified(ours, ours, tmp_path)
    assert found.outcome is Outcome.PASS
    assert found.evidence[0].startswith("TLSv1.")
    assert "not seen" in found.evidence[1]


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
