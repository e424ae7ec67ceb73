"""`watling node new`: what it writes runs and is green as it stands; refused, it leaves nothing.

The examples are the templates: each is scaffolded, tests itself, and answers over real HTTP.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey

from federation.conformance.people import read_people
from federation.flow import NodeCall, Reply
from federation.joining.descriptor import check_beside, read_descriptor
from federation.model import Category, NodeProtocol, Purpose, RequestId
from federation.nhs_number import NhsNumber
from federation.node_kit.clock import utc_now
from federation.protocols import open_transport
from federation.protocols.graphql.client import GraphQLClient
from federation.protocols.requester_token import RequesterKey, RequesterTokens
from gateway.cli import main
from gateway.cli.node.new import EXAMPLES
from tests.builders import KEY, a_node, a_requester
from tests.scaffolding import a_project, node_new, run_in, served, set_node

ADA, NOBODY = NhsNumber("9990000018"), NhsNumber("9990000069")
GATEWAY = "https://gateway.example"
FHIR = "https://fhir.chiltern.example/r4"


def watling(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


# ── what is written ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_new_project_is_green_as_it_stands(example, tmp_path):
    """Its own tests pass before anybody wrote a line."""
    project = a_project(tmp_path / "node", "--example", example)
    tested = run_in(project, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout
    assert " passed" in tested.stdout


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_new_projects_types_hold(example, tmp_path):
    """An editor helps its author: the kit's types are strict ones."""
    project = a_project(tmp_path / "node", "--example", example)
    typed = run_in(project, "-m", "mypy", "--strict", "node.py", seconds=500.0)
    assert typed.returncode == 0, typed.stdout


@pytest.mark.parametrize("arguments", [("--example", one) for one in EXAMPLES] + [("--fhir", FHIR)])
def test_the_descriptor_and_the_rules_are_read(arguments, tmp_path):
    """What is written is what the network reads, and the digests are those of the files."""
    project = a_project(tmp_path / "node", *arguments)
    descriptor = read_descriptor((project / "descriptor.toml").read_bytes())
    assert descriptor.node.id == descriptor.node.region_id == "chiltern-care"
    assert (descriptor.node.name, descriptor.node.region) == ("Chiltern Care",) * 2
    check_beside(descriptor, "sharing", (project / "sharing.toml").read_bytes())
    check_beside(descriptor, "expectations", (project / "people.toml").read_bytes())
    people = read_people((project / "people.toml").read_bytes())
    assert len(people.held) > 1
    read = watling("sharing", "check", project / "sharing.toml")
    assert read.exit_code == 0, read.output
    assert "node:chiltern-care" in read.output


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_descriptor_offers_what_the_functions_read(example, tmp_path):
    """The categories of the file are those that are registered, and the person."""
    project = a_project(tmp_path / "node", "--example", example)
    descriptor = read_descriptor((project / "descriptor.toml").read_bytes())
    asked = run_in(project, "-c", "import node; print(*sorted(node.node.categories))")
    assert {*asked.stdout.split(), "DEMOGRAPHICS"} == set(descriptor.offered)
    assert descriptor.node.echoes_request
    assert descriptor.node.protocol is NodeProtocol.GRAPHQL


def test_a_fhir_server_needs_a_descriptor_and_no_code(tmp_path):
    """A README, a descriptor with the server's address, rules and people."""
    project = a_project(tmp_path / "node", "--fhir", FHIR)
    names = ["README.md", "descriptor.toml", "people.toml", "sharing.toml"]
    assert sorted(file.name for file in project.iterdir()) == names
    descriptor = read_descriptor((project / "descriptor.toml").read_bytes())
    assert descriptor.node.protocol is NodeProtocol.FHIR_R4
    assert descriptor.live.endpoint == FHIR
    assert descriptor.authentication is not None
    assert set(descriptor.offered) == set(Category)


@pytest.mark.parametrize("arguments", [(), ("--fhir", FHIR)])
def test_nothing_of_the_template_is_left(arguments, tmp_path):
    """No place is left to be filled in by the command, and no file names another region."""
    project = a_project(tmp_path / "node", *arguments)
    for file in project.rglob("*"):
        if file.is_file():
            text = file.read_text()
            assert "my-region" not in text, file
            assert "My Region" not in text, file
            assert "$" not in text, file


def test_a_name_of_ones_own(tmp_path):
    """What people read need not be made from the id."""
    project = a_project(tmp_path / "node", "--name", "Bath & North-East Somerset")
    descriptor = read_descriptor((project / "descriptor.toml").read_bytes())
    assert descriptor.node.name == "Bath & North-East Somerset"


# ── what is refused ─────────────────────────────────────────────────────────────────────────────

REFUSED = [
    # arguments, what is said
    (["Chiltern"], "small letters"),
    (["chiltern_care"], "small letters"),
    (["../chiltern"], "small letters"),
    (["-chiltern"], "No such option"),
    (["chiltern-"], "small letters"),
    (["chiltern\n"], "small letters"),
    (["c" * 65], "small letters"),
    (["chiltern", "--name", 'a"b'], "without quotation marks"),
    (["chiltern", "--name", "a\nb"], "one line"),
    (["chiltern", "--name", "$live"], "one line"),
    (["chiltern", "--fhir", "http://fhir.example"], "must be an https address"),
    (["chiltern", "--fhir", "https://fhir.example/?a=b"], "without user, query or fragment"),
    (["chiltern", "--fhir", 'https://fhir.example/"'], "must be"),
    (["chiltern", "--example", "mainframe"], "is not one of"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_is_refused_leaves_nothing(arguments, said, tmp_path, monkeypatch):
    """One plain sentence, and no file."""
    monkeypatch.chdir(tmp_path)
    refused = node_new(*arguments)
    assert refused.exit_code != 0
    assert said in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path):
    """Nothing is written over, an empty folder included."""
    folder = tmp_path / "node"
    folder.mkdir()
    refused = node_new("chiltern", "--to", folder)
    assert (refused.exit_code, list(folder.iterdir())) == (1, [])
    assert "is there already" in refused.output


def test_a_project_is_whole_or_not_there(tmp_path, monkeypatch):
    """What cannot be finished is taken away again."""

    def full(_self, _to):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    refused = node_new("chiltern", "--to", tmp_path / "node")
    assert refused.exit_code == 1
    assert "No space left" in refused.output
    assert list(tmp_path.iterdir()) == []


# ── digests ─────────────────────────────────────────────────────────────────────────────────────


def test_digests_are_put_right_after_a_change(tmp_path):
    """An author who edited a file need not reckon."""
    project = a_project(tmp_path / "node")
    people = project / "people.toml"
    people.write_text(people.read_text() + "# changed\n")
    file = project / "descriptor.toml"
    assert "`people.toml`" in watling("node", "digests", file).output
    check_beside(read_descriptor(file.read_bytes()), "expectations", people.read_bytes())
    assert "every digest is right" in watling("node", "digests", file).output


def test_a_file_that_is_missing_is_named(tmp_path):
    """So that its digest is not that of nothing."""
    project = a_project(tmp_path / "node")
    (project / "people.toml").unlink()
    told = watling("node", "digests", project / "descriptor.toml")
    assert told.exit_code == 1
    assert "people.toml" in told.output


# ── what runs ───────────────────────────────────────────────────────────────────────────────────

HELD = {
    # example: how many items each category has of Ada
    "sql": {Category.ALLERGIES: 2, Category.DOCUMENTS: 450},
    "documents": {Category.DOCUMENTS: 13},
    "extract": {Category.ALLERGIES: 2, Category.MEDICATIONS: 1},
}


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_answers_the_gateway_over_http(example, tmp_path):
    """As a process, by the gateway's own client; its log says who looked, without a number."""
    project = a_project(tmp_path / "node", "--example", example)
    private = ECKey.generate_key("P-256")
    keys = {"keys": [private.as_dict(private=False) | {"kid": "k", "use": "sig"}]}
    (project / "keys.json").write_text(json.dumps(keys))
    set_node(project, gateway=GATEWAY, gateway_keys="keys.json", test_people=[ADA])
    made = run_in(project, "make_example.py")
    assert made.returncode == 0, made.stderr
    signing = RequesterKey(private, "k")
    tokens = RequesterTokens(GATEWAY, lambda: signing, KEY, utc_now)
    with served(project) as told:
        categories = tuple(sorted(HELD[example]))
        node = a_node(
            "chiltern-care", endpoint=told["url"], categories=categories, echoes_request=True
        )

        async def ask(number):
            call = NodeCall(
                node=node,
                numbers=(number,),
                categories=categories,
                requester=a_requester(),
                purpose=Purpose.DIRECT_CARE,
                request_id=RequestId("request-of-a-test"),
            )
            async with open_transport() as transport:
                return await GraphQLClient(node, transport, utc_now, None, tokens).fetch(call)

        reply, nobody = await ask(ADA), await ask(NOBODY)
        async with httpx.AsyncClient(trust_env=False) as client:
            health = (await client.get(told["health"].replace("livez", "healthz"))).json()
    assert isinstance(reply, Reply)
    (held,) = reply.records
    assert held.person.nhs_number == ADA
    counts = {category: len(held.parts[category].items) for category in categories}
    assert counts == HELD[example]
    assert isinstance(nobody, Reply)
    assert nobody.records == ()
    assert health["status"] == "ok"
    looks = [json.loads(line) for line in (project / "looks.jsonl").read_text().splitlines()]
    assert [look["outcome"] for look in looks] == ["ANSWERED", "NOT_HELD"]
    for file in ("looks.jsonl", "log"):
        assert ADA not in (project / file).read_text()
        assert "Example" not in (project / file).read_text()


@pytest.mark.long
def test_the_example_over_sql_passes_every_check(tmp_path):
    """As it stands, with the people that it brings: nothing stands in the way of a report."""
    project = a_project(tmp_path / "node")
    run_in(project, "make_example.py")
    key = project / "checker.json"
    assert watling("keys", "make", key).exit_code == 0
    (project / "keys.json").write_text(watling("node", "jwks", key).output)
    settings = tomllib.loads((project / "node.toml").read_text().replace("# test_", "test_"))
    set_node(
        project,
        gateway="urn:watling:conformance",
        gateway_keys="keys.json",
        test_people=settings["test_people"],
    )
    file = project / "node.toml"
    file.write_text(file.read_text().replace("# test_faults", "test_faults"))
    with served(project) as told:
        hooks = told["url"].replace("/graphql", "/rehearsal")
        checked = watling(
            *("node", "check", told["url"], "--key", key, "--node", "chiltern-care"),
            *("--protocol", "GRAPHQL", "--people", project / "people.toml", "--hooks", hooks),
            *("--category", "ALLERGIES", "--category", "DOCUMENTS", "--load-seconds", "1"),
        )
    assert checked.exit_code == 0, checked.output
    assert "25 PASS, 0 FAIL, 1 NOT TESTABLE" in checked.output


def test_a_preview_shows_what_a_reader_is_told(tmp_path):
    """`node.py --ask`, of synthetic people alone."""
    project = a_project(tmp_path / "node", "--example", "extract")
    run_in(project, "make_example.py")
    told = run_in(project, "node.py", "--ask", ADA)
    assert told.returncode == 0, told.stderr
    assert "Penicillin" in told.stdout
    refused = run_in(project, "node.py", "--ask", "9434765919")
    assert refused.returncode == 1
    assert "only synthetic people" in refused.stdout


def test_a_fault_of_the_settings_is_one_plain_sentence(tmp_path):
    """No traceback."""
    project = a_project(tmp_path / "node", "--example", "extract")
    set_node(project, gateway_keys="http://gateway.example/keys")
    told = run_in(project, "node.py")
    assert told.returncode == 1
    assert "must be an https address" in told.stderr
    assert "Traceback" not in told.stderr


# ── the wheel ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_the_templates_are_in_the_wheel(tmp_path):
    """Whoever installs Watling can begin a node."""
    root = Path(__file__).parents[3]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True, env=dict(os.environ))  # noqa: S603, TID251 - the project's own build
    (wheel,) = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    projects = "gateway/cli/node/projects"
    ours = {one.relative_to(root) for one in (root / projects).rglob("*") if one.is_file()}
    theirs = {
        one.relative_to(tmp_path / "unpacked")
        for one in (tmp_path / "unpacked" / projects).rglob("*")
        if one.is_file()
    }
    generated = {one for one in ours if "__pycache__" in one.parts or ".pytest_cache" in one.parts}
    assert ours - generated - theirs == set()
    assert len(theirs) > 15
