"""The demo as a newcomer meets it: real processes, started, asked and stopped."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from graphql import parse, validate

from demo.examples import PASTED, QUERY, examples
from demo.files import node_names
from demo.launcher import clear_away, free_port
from demo.personas import personas
from demo.place import DemoStatus, Place, ProcessStatus
from demo.processes import Child, StartError, is_running, stop
from gateway.cli import main
from gateway.private_file import write_private
from resolvers.schema import build_schema

PEOPLE = 40


def watling(*arguments: str, directory: Path | None = None) -> Result:
    where = ["--directory", str(directory)] if directory else []
    return CliRunner().invoke(main, [*arguments, *where])


class Demo:
    """A demo that was started as a newcomer starts it; `said` is what it printed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        command = [sys.executable, "-m", "gateway", "demo", "start", "--port", "0"]
        command += ["--people", str(PEOPLE), "--directory", str(directory)]
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith("stop with"):
                return
        raise AssertionError(self.said)

    @property
    def status(self) -> DemoStatus:
        known = Place(self.directory).status()
        assert known is not None
        return known

    def pids(self) -> list[int]:
        return [each.pid for each in self.status.processes]

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        assert self.process.stdout is not None
        with self.process.stdout as rest:
            self.said += rest.read()
        return self.process.wait()

    def curl(self) -> Any:
        """What the printed line answers."""
        return asked_by(self.said)


@contextmanager
def started(directory: Path) -> Iterator[Demo]:
    demo = Demo(directory)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo to look at; whoever ends something of it starts their own."""
    with started(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


def test_a_host_systems_launch_opens_a_record_once(running: Demo) -> None:
    """The handle's line is one line, asks in an emergency, and is good once."""
    number = Place(running.directory).people()[0].nhs_number
    given = ["demo", "launch", "paramedic-london", number, "--incident", "CAD-2201"]
    said = watling(*given, directory=running.directory)
    assert said.exit_code == 0, said.output
    first, again = asked_by(said.output), asked_by(said.output)
    assert "errors" not in first
    assert again["errors"][0]["extensions"]["code"] == "IDENTITY_NOT_CONFIRMED"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["nobody", "{number}", "--incident", "1"], "no such member of staff"),
        (["paramedic-london", "nobody", "--incident", "1"], "no such person"),
        (["paramedic-london", "{number}"], "say why"),
        (["paramedic-london", "{number}", "--incident", "1", "--referral", "2"], "say why"),
        (["gp-london", "{number}", "--incident", "1"], "not enrolled for this organisation"),
    ],
)
def test_what_cannot_be_launched_is_said(running: Demo, given: list[str], told: str) -> None:
    """In one line, with nothing of the person."""
    number = Place(running.directory).people()[0].nhs_number
    arguments = [argument.format(number=number) for argument in given]
    said = watling("demo", "launch", *arguments, directory=running.directory)
    assert said.exit_code == 1
    assert told in said.output
    assert number not in said.output


def asked_by(printed: str) -> Any:
    (line,) = [line for line in printed.splitlines() if line.startswith("curl ")]
    answer = subprocess.run(  # noqa: S603 - what the command printed
        shlex.split(line), capture_output=True, check=True, timeout=30
    )
    return json.loads(answer.stdout)


def gone(demo: Demo, pid: int) -> bool:
    return not is_running(pid, str(demo.directory))


def test_the_printed_line_works_when_pasted(running: Demo) -> None:
    """The curl line is one line, and answers with entries of the first person from every node."""
    answer = running.curl()
    assert "errors" not in answer
    patient = answer["data"]["patient"]
    assert len(patient["coverage"]["sources"]) == len(node_names())
    sections = ("allergies", "medications", "carePlans")
    sources = {
        item["source"]["name"]
        for section in sections
        for entry in patient[section]["entries"]
        for item in entry["items"]
    }
    assert sources == set(node_names().values())


def test_it_says_which_node_is_which(running: Demo) -> None:
    """Each process stands in the printed table and in the status, with address and process id."""
    shown = json.loads(watling("demo", "status", "--json", directory=running.directory).stdout)
    by_id = {each["id"]: each for each in shown["processes"]}
    assert set(by_id) == {*node_names(), "tracing", "gateway"}
    for each in by_id.values():
        assert each["running"]
        assert str(each["pid"]) in running.said
        assert each["url"].startswith("http://127.0.0.1:")
    assert running.status.url in running.said


def test_every_persona_has_a_token(running: Demo) -> None:
    """`watling token` prints one token for each persona, and says whom there is otherwise."""
    for slug in personas():
        printed = watling("token", slug, directory=running.directory)
        assert printed.exit_code == 0
        assert printed.stdout.count(".") == 2
    unknown = watling("token", "nobody", directory=running.directory)
    assert unknown.exit_code == 1
    assert "gp-london" in unknown.stderr


def test_the_curated_people_can_be_listed(running: Demo) -> None:
    """`watling demo people --json` lists the people, the first held everywhere first."""
    people = json.loads(watling("demo", "people", "--json", directory=running.directory).stdout)
    assert {"name", "nhsNumber", "birthDate", "story"} <= set(people[0])
    table = watling("demo", "people", directory=running.directory).stdout
    assert all(person["nhsNumber"] in table for person in people)


def test_a_second_one_is_refused(running: Demo) -> None:
    """While a demo runs, another from the same folder is refused in plain words."""
    second = watling("demo", "start", "--port", "0", directory=running.directory)
    assert second.exit_code == 1
    assert "already runs" in second.stderr
    assert all(not gone(running, pid) for pid in running.pids())


@pytest.mark.long
def test_a_node_that_ends_is_told_of_and_ctrl_c_ends_the_rest(tmp_path: Path) -> None:
    """A node that dies is said plainly and done without; Ctrl-C ends all that was started."""
    with started(tmp_path) as demo:
        victim = next(each for each in demo.status.processes if each.id == "milton-keynes")
        os.kill(victim.pid, signal.SIGKILL)
        assert demo.process.stdout is not None
        assert demo.process.stdout.readline().startswith("watling: milton-keynes stopped")
        rows = {
            row["source"]["name"]: row["state"]
            for row in demo.curl()["data"]["patient"]["coverage"]["sources"]
        }
        assert rows[victim.name] == "UNAVAILABLE"
        assert watling("demo", "status", directory=tmp_path).stdout.count("stopped") == 1
        pids = demo.pids()
        assert demo.end() == 0
    assert all(gone(demo, pid) for pid in pids)
    assert Place(tmp_path).status() is None
    assert demo.said.rstrip().endswith("stopped")
    assert watling("demo", "status", directory=tmp_path).exit_code == 1


@pytest.mark.long
def test_a_run_that_was_killed_is_cleared_away(tmp_path: Path) -> None:
    """After a launcher was killed, what it left running is stopped by the next start or stop."""
    with started(tmp_path) as demo:
        pids = demo.pids()
        demo.end(signal.SIGKILL)
    assert not any(gone(demo, pid) for pid in pids)
    assert watling("demo", "stop", directory=tmp_path).stdout == "stopped\n"
    assert all(gone(demo, pid) for pid in pids)


def test_what_is_begun_is_noted_at_once(running: Demo) -> None:
    """Every process is noted as it begins, so that a launcher killed half-way leaves a trace."""
    assert set(Place(running.directory).begun()) == {each.pid for each in running.status.processes}


def test_a_start_that_was_killed_is_cleared_away(tmp_path: Path) -> None:
    """What a launcher began before it was killed is stopped, although it never told its status."""
    place = Place(tmp_path)
    place.run.mkdir()
    left = Child("left", tmp_path)
    left.start(["http.server", "0", "--bind", "127.0.0.1", "--directory", str(place.directory)])
    # A process has no command line for a moment after it was begun.
    assert any(is_running(left.pid, str(place.directory)) for _ in range(1000))
    write_private(place.begun_file, json.dumps([left.pid]))
    assert watling("demo", "stop", directory=tmp_path).stdout == "stopped\n"
    left.wait_until_stopped()
    assert left.exit_code == -signal.SIGTERM
    assert place.begun() == ()


def test_two_cannot_start_at_once(tmp_path: Path) -> None:
    """While a demo is starting, another from the same folder is refused in plain words."""
    place = Place(tmp_path)
    place.run.mkdir()
    with place.lock_file.open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        refused = watling("demo", "start", "--port", "0", directory=tmp_path)
    assert (refused.exit_code, refused.stderr.count("another demo is starting")) == (1, 1)


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    """Where no folder can be made, the start ends with one sentence that names it."""
    (tmp_path / "file").touch()
    refused = watling("demo", "start", "--port", "0", directory=tmp_path / "file" / "demo")
    assert refused.exit_code == 1
    assert "Not a directory" in refused.stderr
    assert not isinstance(refused.exception, OSError)


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    """A port that somebody else listens on is one plain sentence, and nothing is made."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        refused = watling("demo", "start", "--port", str(port), directory=tmp_path / "demo")
        with pytest.raises(StartError):
            free_port(port)
    assert refused.exit_code == 1
    assert f"port {port}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "demo" / "population").exists()


@pytest.mark.parametrize("command", ["people", "status", "stop"])
def test_no_demo_yet_is_said_plainly(tmp_path: Path, command: str) -> None:
    """Where nothing was made or runs, each command says what to do."""
    refused = watling("demo", command, directory=tmp_path)
    assert refused.exit_code == 1
    assert "`watling demo start`" in refused.stderr
    assert watling("token", "operator", directory=tmp_path).exit_code == 1


def test_another_process_is_never_stopped(tmp_path: Path) -> None:
    """A process id in an old status file may be anybody's by now, and is left alone."""
    place = Place(tmp_path)
    place.run.mkdir()
    mine = ProcessStatus(id="x", name="x", kind="node", url="http://x", pid=os.getpid())
    status = DemoStatus(pid=os.getpid(), url="http://x", processes=(mine,))
    write_private(place.status_file, "{}")
    assert place.status() is None
    assert clear_away(place, status) == 0
    assert not stop(os.getpid(), str(place.directory))


def test_a_child_that_ends_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    """A process that does not come up is named, with its exit code and the end of its log."""
    child = Child("a-node", tmp_path)
    child.start(["json.tool", "--nothing-such"])
    with pytest.raises(StartError, match=r"a-node stopped with exit code 2 .*nothing-such"):
        child.wait_until_ready(30)


def test_the_offered_questions_fit_the_schema(tmp_path: Path) -> None:
    """Each example and the pasted question are valid against the schema."""
    schema = build_schema()._schema
    person = {"slug": "x", "name": "X", "nhsNumber": "1", "birthDate": "2000-01-01", "story": "x"}
    (tmp_path / "population").mkdir()
    (tmp_path / "population" / "people.json").write_text(json.dumps([person]))
    offered = [each["query"] for each in examples(Place(tmp_path).people())]
    for text in (QUERY, PASTED, *offered):
        assert validate(schema, parse(text)) == []


def test_whoever_asks_about_somebody_has_their_number(tmp_path: Path) -> None:
    """The token of a citizen or a proxy carries the curated person's number, no other token any."""
    place = Place(tmp_path)
    place.issuer.make_keys()
    place.population.mkdir()
    whose = {each.slug: each.person for each in personas().values() if each.person}
    numbers = {slug: f"999000{n:04}" for n, slug in enumerate(sorted(set(whose.values())))}
    person = {"name": "X", "birthDate": "2000-01-01", "story": "x"}
    people = [{**person, "slug": slug, "nhsNumber": number} for slug, number in numbers.items()]
    (place.population / "people.json").write_text(json.dumps(people))
    now = datetime(2026, 11, 2, tzinfo=UTC)
    claims = {each.slug: _claims(place.token(each, now)) for each in personas().values()}
    told = {slug: said["nhs_number"] for slug, said in claims.items() if "nhs_number" in said}
    assert told == {slug: numbers[person] for slug, person in whose.items()}
    assert claims["gp-london"]["exp"] - claims["gp-london"]["iat"] == 12 * 3600


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims
