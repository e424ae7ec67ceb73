"""A gateway elsewhere: where the token goes, and what is told when nothing there answers well."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from graphql import build_schema, parse, validate

from federation.joining.steps import (
    Approval,
    Rejection,
    Resumption,
    Retirement,
    Submission,
    Suspension,
)
from gateway.cli import main
from gateway.cli.node.ways import STANDING, mutation
from gateway.joining.elsewhere import GatewayCode
from tests.certificates import HERE, Authority, server_tls
from tests.stubs.http import Answer, Request, serving

ROOT = Path(__file__).parents[3]
TOKEN = "word-of.a.caller"  # noqa: S105 - nobody's
STEPS = (Submission, Approval, Rejection, Suspension, Resumption, Retirement)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


async def status(address: str, token_file: Path, *more: object) -> Result:
    """`watling node status` at this gateway."""
    given = ("node", "status", "--gateway", address, "--token-file", str(token_file))
    return await asyncio.to_thread(CliRunner().invoke, main, [*given, *map(str, more)])


def said(body: object, code: int = 200) -> Answer:
    return Answer(code, {"content-type": "application/json"}, json.dumps(body).encode())


def refusing(code: str, words: str) -> Answer:
    return said({"data": None, "errors": [{"message": words, "extensions": {"code": code}}]})


def stand(**given: object) -> dict[str, object]:
    row = {"id": "chiltern", "region": "chiltern", "state": "LIVE", "version": "2"}
    more = {"versionState": "LIVE", "digest": "6f1c", "approvedBy": ["operator", "herts"]}
    return {**row, **more, "suspendedBy": [], "reportPassed": True, **given}


NONSENSE = [
    pytest.param(Answer(502, body=b"<h1>Bad gateway</h1>"), id="a page"),
    pytest.param(Answer(200, body=b"\xff\xfe"), id="no text"),
    pytest.param(said({"data": {"nodeSubmissions": [{"id": 1}]}}), id="another shape"),
    pytest.param(said({"data": {}}), id="no field"),
    pytest.param(said([]), id="no object"),
    pytest.param(said({"errors": [{"message": "x"}]}), id="an error without a code"),
    pytest.param(Answer(307, {"location": "http://127.0.0.1:1/elsewhere"}), id="a redirect"),
]


@pytest.mark.parametrize("answer", NONSENSE)
async def test_whoever_is_no_gateway_is_told_as_such(answer, token_file):
    """One line with its code, whatever came; no redirect is followed."""
    async with serving(lambda _: answer) as server:
        shown = await status(server.url, token_file)
    assert (shown.exit_code, shown.output.count("\n")) == (1, 1)
    assert shown.output.startswith(f"watling: {GatewayCode.GATEWAY_ANSWER_UNREADABLE}: ")
    assert f"(HTTP {answer.status})" in shown.output
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [Answer(hang_up=True), Answer(cut_short=True, body=b"{")])
async def test_a_gateway_that_does_not_answer_is_told_as_such(answer, token_file):
    """So is one that begins and goes away."""
    async with serving(lambda _: answer) as server:
        shown = await status(server.url, token_file)
    assert shown.output.startswith(f"watling: {GatewayCode.GATEWAY_UNREACHABLE}: ")
    assert (shown.exit_code, TOKEN in shown.output) == (1, False)


async def test_nobody_listens(token_file):
    """Nothing but its code and fixed words."""
    shown = await status("http://127.0.0.1:1", token_file)
    assert shown.output.startswith(f"watling: {GatewayCode.GATEWAY_UNREACHABLE}: ")
    assert shown.exit_code == 1


async def test_what_the_gateway_refuses_is_told_in_its_words(token_file):
    """Its code, its message; and never the token, though whoever answered put it there."""
    words = f"only {TOKEN} may\x1b[2J do this"
    async with serving(lambda _: refusing("FORBIDDEN", words)) as server:
        shown = await status(server.url, token_file)
    assert (shown.exit_code, shown.output) == (
        1,
        "watling: FORBIDDEN: only … may\N{REPLACEMENT CHARACTER}[2J do this\n",
    )


async def test_the_token_is_sent_as_a_bearer_s_and_nowhere_else(token_file):
    """In the header, to `/graphql`; not in the address and not in the body."""
    seen: list[Request] = []

    def handler(request: Request) -> Answer:
        seen.append(request)
        return said({"data": {"nodeSubmissions": [stand()]}})

    async with serving(handler) as server:
        shown = await status(f"{server.url}/", token_file)
    (one,) = seen
    assert (shown.exit_code, one.method, one.target) == (0, "POST", "/graphql")
    assert one.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN.encode() not in one.body
    seen_there = re.sub(r"\s+", " ", shown.output)
    assert "chiltern chiltern LIVE 2 passed operator, herts chiltern version 2: 6f1c" in seen_there


async def test_a_proxy_of_the_environment_is_none_for_this_machine(token_file, monkeypatch):
    """A token in plain HTTP does not leave the machine by a proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with serving(lambda _: said({"data": {"nodeSubmissions": []}})) as server:
        shown = await status(server.url, token_file)
    assert shown.exit_code == 0


NOT_ALLOWED = [
    "http://gateway.example/graphql",
    "http://10.0.0.1/graphql",
    "http://localhost.example/graphql",
    "http://here.localhost/graphql",
    "http://127.0.0.1@gateway.example/graphql",
    "http://127.0.0.1:1\\@gateway.example",
    "https://user:secret@gateway.example/graphql",
    "https://gateway.example/graphql?a=b",
    "https://gateway.example/graphql#a",
    "https://gateway.example:x/graphql",
    "https:///graphql",
    "ftp://127.0.0.1/graphql",
    "gateway.example",
    "https://gateway\x00.example",
    "https://[::1",
]


@pytest.mark.parametrize("address", NOT_ALLOWED)
async def test_no_token_goes_where_others_may_read_it(address, token_file):
    """Nothing is looked up or sent, and the address is not repeated: it may hold a secret."""
    shown = await status(address, token_file)
    assert shown.output.startswith(f"watling: {GatewayCode.GATEWAY_ADDRESS_NOT_ALLOWED}: ")
    assert (shown.exit_code, "secret" in shown.output) == (1, False)


async def test_a_private_authority_is_trusted_where_it_is_named(token_file, tmp_path):
    """And only then; of another authority, or for another name, no request arrives."""
    ours, others = Authority("ours"), Authority("others")
    files = {
        name: one.write(tmp_path, name) for name, one in {"ours": ours, "others": others}.items()
    }

    async def asked(shown: str, *more: object) -> tuple[Result, int]:
        tls = server_tls(ours.issue(shown), tmp_path)
        async with serving(lambda _: said({"data": {"nodeSubmissions": []}}), tls=tls) as server:
            result = await status(server.url, token_file, *more)
        return result, len(server.requests)

    trusted, arrived = await asked(HERE, "--ca", files["ours"])
    assert (trusted.exit_code, arrived) == (0, 1)
    for shown, more in (
        (HERE, ()),
        (HERE, ("--ca", files["others"])),
        ("gateway.example", ("--ca", files["ours"])),
    ):
        refused, arrived = await asked(shown, *more)
        assert refused.output.startswith(f"watling: {GatewayCode.GATEWAY_NOT_TRUSTED}: ")
        assert (refused.exit_code, arrived) == (1, 0)


BAD_TOKENS = [b"", b"two words", "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(), b"\xff", b"a\nb"]


@pytest.mark.parametrize("token", BAD_TOKENS)
async def test_a_file_without_a_token_is_named(token, tmp_path):
    """And nothing of what is in it is repeated."""
    file = tmp_path / "token"
    file.write_bytes(token)
    shown = await status("http://127.0.0.1:1", file)
    assert shown.exit_code == 1
    assert shown.output.startswith(f"watling: `{file}`: ")
    assert "words" not in shown.output


async def test_a_file_that_is_no_authority_is_named(token_file):
    """Before anything is sent."""
    shown = await status("https://127.0.0.1:1", token_file, "--ca", token_file)
    assert shown.output == f"watling: `{token_file}`: holds no certificate of an authority\n"


@pytest.mark.parametrize(
    "given",
    [
        ("--gateway", "https://gateway.example"),
        ("--token-file", "token"),
        ("--ca", "ca.pem"),
        ("--gateway", "https://gateway.example", "--token-file", "t", "--settings", "s"),
    ],
)
def test_half_a_way_is_none(given):
    """It is said what is missing, and nothing is asked."""
    shown = CliRunner().invoke(main, ["node", "status", *given])
    assert shown.exit_code == 2
    assert "--gateway" in shown.output


def test_no_command_takes_a_token_by_itself():
    """Whoever lists the processes would read it."""
    for name, command in main.get_command(None, "node").commands.items():  # type: ignore[arg-type, union-attr]  # it asks nothing of it
        options = {option for one in command.params for option in one.opts}
        assert "--token" not in options, name


def test_every_operation_is_one_of_the_schema():
    """What is sent is valid by the schema that is published."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    for query in (*(mutation(kind)[0] for kind in STEPS), *STANDING):
        assert validate(schema, parse(query)) == []
