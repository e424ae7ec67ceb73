"""How `watling node check` speaks to a node: as its descriptor says, and as the options do."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from federation.conformance import CHECKS, Report, run
from federation.errors import SettingsError
from federation.joining.descriptor import checked_node, read_descriptor
from federation.protocols.requester_token import REQUESTER_HEADER
from gateway.cli import main
from gateway.cli.node.checked import Chosen, target_of, tools_of, transports_of
from gateway.cli.sharing.terminal import now
from tests.certificates import Authority
from tests.federation.joining.given import descriptor
from tests.federation.protocols.conftest import client_key
from tests.federation.protocols.proofs import key_file
from tests.gateway.joining.test_conformance import (
    GATEWAYS,
    OURS,
    PEOPLE,
    bought,
    described_as,
)

__all__ = ["client_key"]
LOOKS = tuple(check for check in CHECKS if check.letter in "ajx")


@pytest.fixture
def beside(tmp_path: Path, client_key: Any) -> dict[str, Any]:
    """A checker's own files: its key, its client's, and the certificate that it shows."""
    checker = tmp_path / "checker.json"
    assert CliRunner().invoke(main, ["keys", "make", str(checker)]).exit_code == 0
    certificate, private = GATEWAYS.issue("checker", client=True).write(tmp_path, "checker")
    (tmp_path / "expectations.toml").write_text(PEOPLE)
    return {
        "gateway": "urn:watling:conformance",
        "key": checker,
        "client_key": Path(key_file(tmp_path, client_key)),
        "client_certificate": certificate,
        "client_certificate_key": private,
    }


async def checked(body: bytes, folder: Path, **given: Any) -> Report:
    file = folder / "descriptor.toml"
    file.write_bytes(body)
    chosen = Chosen(what=str(file), **given)
    target, said = target_of(chosen)
    async with aclosing(transports_of(chosen, 8)) as transports:
        return await run(target, tools_of(chosen, said, transports), checks=LOOKS)


def outcomes(report: Report) -> dict[str, str]:
    return {one.letter: one.outcome.value for one in report.results}


async def test_as_its_descriptor_says(tmp_path, client_key, beside) -> None:
    """Its client, its authorities, its certificate's name, and whether it looks at who asks."""
    async with bought(tmp_path, client_key, now) as (node, tokens, url):
        report = await checked(described_as(url, tokens.url), tmp_path, **beside)
    assert outcomes(report) == {"a": "PASS", "j": "PASS", "x": "PASS"}, report
    assert tokens.refusals == []
    assert all(one.certificate for one in node.requests)
    assert all(REQUESTER_HEADER.lower() in one.headers for one in node.requests)


async def test_other_authorities_than_its_own(tmp_path, client_key, beside) -> None:
    """`--ca` takes their place: what is signed by nobody among them is not spoken to."""
    other = Authority("others").write(tmp_path, "others")
    async with bought(tmp_path, client_key) as (node, tokens, url):
        body = described_as(url, tokens.url)
        report = await checked(body, tmp_path, **beside, authority=other)
        assert node.requests == []
        assert "certificate verify failed" in str(report.results[-1].evidence)
        both = tmp_path / "both.pem"
        both.write_bytes(other.read_bytes() + OURS.pem)
        report = await checked(body, tmp_path, **beside, authority=both)
    assert outcomes(report)["x"] == "PASS"


async def test_the_networks_that_it_must_be_in(tmp_path, client_key, beside) -> None:
    """`--allow` holds the run to them, as a gateway would be held."""
    async with bought(tmp_path, client_key) as (node, tokens, url):
        report = await checked(
            described_as(url, tokens.url), tmp_path, **beside, allowed=("10.0.0.0/8",)
        )
    assert node.requests == []
    assert {one.evidence[0].partition(":")[0] for one in report.results} == {"ADDRESS_NOT_ALLOWED"}


FAULTS = [
    ({"client_key": None}, "`--client-key` has its key"),
    ({"client_certificate": None}, "`--client-certificate-key` needs `--client-certificate`"),
    ({"allowed": ("ten",)}, "`--allow` takes networks in CIDR notation"),
    ({"authority": Path("/nowhere.pem")}, "`/nowhere.pem`: cannot be read"),
]


@pytest.mark.parametrize(("changed", "why"), FAULTS, ids=[one[1] for one in FAULTS])
async def test_what_was_given_is_at_fault(tmp_path, client_key, beside, changed, why) -> None:
    """One sentence says which option it is, and nothing is sent."""
    async with bought(tmp_path, client_key) as (node, tokens, url):
        with pytest.raises(SettingsError, match=why):
            await checked(described_as(url, tokens.url), tmp_path, **(beside | changed))
    assert node.requests == []


@pytest.mark.parametrize(
    ("said", "asked", "verifies"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_whether_it_looks_at_who_asks(tmp_path, beside, said, asked, verifies) -> None:
    """Its descriptor says so, and the option says otherwise."""
    body = described_as("https://test.chiltern.example", "https://test.chiltern.example/token")
    if said:
        body = body.replace(b"verifies_requesters = false", b"verifies_requesters = true")
    file = tmp_path / "descriptor.toml"
    file.write_bytes(body)
    target, _ = target_of(Chosen(what=str(file), **beside, requester_tokens=asked))
    assert target.checks_requesters is verifies


def test_what_only_some_descriptors_may_say() -> None:
    """A native node looks at who asks; a token endpoint is of no use to who fetches no tokens."""
    for old, new, why in (
        ("echoes_request = true", "verifies_requesters = false", "a native node verifies"),
        ("[live]", 'token_url = "https://t.example"\n[live]', "of no use without"),
    ):
        with pytest.raises(SettingsError, match=why):
            read_descriptor(descriptor((old, new)))
    plain = read_descriptor(descriptor())
    assert checked_node(plain).endpoint == plain.test.endpoint
    assert (checked_node(plain).tls, checked_node(plain).authentication) == (None, None)
