"""`watling node check` as its user runs it: against a node that is another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey

from demo.model import GATEWAY, LONDON
from demo.population import build
from demo.population.build import node_store
from federation.joining.signing import REPORT, verified
from federation.joining.steps import RegionKey
from gateway.cli import main
from tests.builders import NOW
from tests.federation.joining.given import descriptor

ROOT = Path(__file__).parents[3]
EXPECTATIONS = ROOT / "demo" / "conformance" / f"{LONDON}.toml"
SECONDS = 60


def node(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["node", *map(str, arguments)], env={"COLUMNS": "160"})


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checker's own key."""
    file = tmp_path_factory.mktemp("keys") / "checker.json"
    assert CliRunner().invoke(main, ["keys", "make", str(file)]).exit_code == 0
    return file


@pytest.fixture(scope="module")
def url(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A node in test mode that trusts that key: a process, until the tests are done."""
    folder = tmp_path_factory.mktemp("node")
    build(folder, 120)
    (folder / "jwks.json").write_text(node("jwks", keys).output)
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "demo.nodes", LONDON, "--rehearse", "--port", "0"]
    command += ["--store", str(node_store(folder, LONDON)), "--ready-file", str(ready)]
    command += ["--gateway-keys", str(folder / "jwks.json")]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own module
    try:
        deadline = time.monotonic() + SECONDS
        while not ready.exists():
            assert process.poll() is None, "ended before it was ready"
            assert time.monotonic() < deadline, "not ready in time"
            os.sched_yield()
        yield str(msgspec.json.decode(ready.read_bytes())["url"])
    finally:
        process.terminate()
        process.wait(SECONDS)


def given(url: str, keys: Path, people: Path = EXPECTATIONS) -> list[object]:
    return [
        "check", url, "--key", keys, "--gateway", GATEWAY, "--node", LONDON, "--protocol",
        "GRAPHQL", "--people", people, "--hooks", url.replace("/graphql", "/rehearsal"),
        "--load-seconds", "0.5", "--p95", "30",
    ]  # fmt: skip


def test_a_node_passes(url: str, keys: Path, tmp_path: Path) -> None:
    """Progress, a table, three reports, and 0; nobody's number on the screen or in a file."""
    files = {kind: tmp_path / f"report.{kind}" for kind in ("json", "junit", "html")}
    options = [one for kind, file in files.items() for one in (f"--{kind}", file)]
    ended = node(*given(url, keys), *options)
    assert ended.exit_code == 0, ended.output
    assert "(a) Not held is said, not shown as empty: PASS" in ended.output
    assert "25 PASS, 0 FAIL, 1 NOT TESTABLE" in ended.output
    report = json.loads(files["json"].read_bytes())
    assert (report["passed"], len(report["results"])) == (True, 26)
    assert ET.fromstring(files["junit"].read_bytes())[0].get("failures") == "0"  # noqa: S314 - our own
    assert files["html"].read_text("utf-8").startswith("<!doctype html>")
    told = ended.output + "".join(file.read_text("utf-8") for file in files.values())
    assert "999000" not in told


def test_a_failure_is_1_unless_somebody_answers_for_it(
    url: str, keys: Path, tmp_path: Path
) -> None:
    """What stands in the way is named; a signed waiver lets the run pass, and is shown."""
    people = tmp_path / "people.toml"
    people.write_text(EXPECTATIONS.read_text().replace("OBSERVATIONS = 200", "OBSERVATIONS = 201"))
    ended = node(*given(url, keys, people))
    assert ended.exit_code == 1, ended.output
    assert "not passed: (o) in the way" in ended.output
    assert "long-history: OBSERVATIONS: 200 entries" in ended.output

    signer = ECKey.generate_key("P-256")
    private, public = tmp_path / "signer.json", tmp_path / "public.json"
    private.write_text(json.dumps(signer.as_dict(private=True)))
    public.write_text(json.dumps(signer.as_dict(private=False)))
    signed = node(
        "waive", "--node", LONDON, "--check", "o", "--reason", "counted anew next week",
        "--by", "Nell Hathersage", "--until", "2099-12-31", "--key", private,
    )  # fmt: skip
    waiver = tmp_path / "o.waiver"
    waiver.write_text(signed.output)
    waiving = ["--waiver", waiver, "--waiver-key"]
    ended = node(*given(url, keys, people), *waiving, public)
    assert ended.exit_code == 0, ended.output
    assert "waived by Nell Hathersage" in ended.output

    other = tmp_path / "other.json"
    other.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=False)))
    ended = node(*given(url, keys, people), *waiving, other)
    assert ended.exit_code == 2
    assert "not signed with a key" in ended.stderr


def test_a_descriptor_says_it_all(url: str, keys: Path, tmp_path: Path) -> None:
    """Address, people, categories and load come from the region's own file."""
    body = EXPECTATIONS.read_bytes()
    (tmp_path / "expectations.toml").write_bytes(body)
    file = tmp_path / "descriptor.toml"
    hooks = f'hooks = "{url.replace("/graphql", "/rehearsal")}"'
    named = descriptor().decode().split("[expectations]")[1].split('sha256 = "')[1][:64]
    file.write_bytes(
        descriptor(
            ("https://test.chiltern.example/graphql", url),
            (f'endpoint = "{url}"', f'endpoint = "{url}"\n{hooks}'),
            ('id = "chiltern-care-record"', f'id = "{LONDON}"'),
            ("calls_per_second = 20", "calls_per_second = 4"),
            ("p95_seconds = 1.5", "p95_seconds = 5"),
            (named, sha256(body).hexdigest()),
        )
    )
    report = tmp_path / "report.json"
    options = ["--gateway", GATEWAY, "--load-seconds", "0.5", "--json", report]
    signer = ECKey.generate_key("P-256")
    (tmp_path / "signer.json").write_text(json.dumps(signer.as_dict(private=True)))
    signed = tmp_path / "report.jws"
    options += ["--signed", signed, "--signing-key", tmp_path / "signer.json", "--as", "ours"]
    ended = node("check", file, "--key", keys, *options)
    assert ended.exit_code in {0, 1}, ended.output
    ours = RegionKey(kid="ours", jwk=dict(signer.as_dict(private=False)))
    payload, _ = verified(signed.read_text().strip(), (ours,), NOW, REPORT)
    assert payload + b"\n" == report.read_bytes()
    said = json.loads(report.read_bytes())
    assert said["name"] == "Chiltern Care Record"
    assert said["categories"] == ["ALLERGIES", "DEMOGRAPHICS", "MEDICATIONS"]
    assert (said["ratePerSecond"], said["p95Seconds"]) == (4, 5)
    assert said["descriptorDigest"] == sha256(file.read_bytes()).hexdigest()
    outcomes = {one["letter"]: one["outcome"] for one in said["results"]}
    assert outcomes["e"] == outcomes["j"] == outcomes["z"] == "PASS"

    (tmp_path / "expectations.toml").write_bytes(body + b"\n")
    ended = node("check", file, "--key", keys)
    assert ended.exit_code == 2
    assert "expectations.sha256" in ended.stderr


REFUSED = [
    # what is given, what is said
    (["check", "https://node.example/graphql", "--key", "KEYS"], "a descriptor says all of them"),
    (["check", "nowhere.toml", "--key", "KEYS"], "cannot be read"),
    (["check", "KEYS", "--key", "KEYS"], "is not TOML"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=[one[1] for one in REFUSED])
def test_what_is_wrong_with_the_input_is_2(keys: Path, arguments: list[str], said: str) -> None:
    """One sentence, no traceback, and nothing is asked."""
    ended = node(*(str(keys) if one == "KEYS" else one for one in arguments))
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
