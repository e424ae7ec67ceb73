"""The commands, as far as they go without a demo."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.files import (
    make_keys,
    node_names,
    write_network,
    write_organisations,
    write_relationships,
    write_settings,
)
from demo.place import Place
from gateway.app import utc_now
from gateway.cli import main

ROOT = Path(__file__).parents[3]


def test_help_names_every_command() -> None:
    """`watling --help` lists the commands with what they do."""
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in main.list_commands(None):  # type: ignore[arg-type]  # it asks nothing of it
        assert f"  {name} " in shown


@pytest.mark.parametrize("name", ["audit", "demo", "fhir", "schema", "serve", "token"])
def test_every_command_has_help(name: str) -> None:
    """Each command can be loaded and says what it does."""
    shown = CliRunner().invoke(main, [name, "--help"])
    assert (shown.exit_code, shown.output.startswith("Usage")) == (0, True)


def test_an_unknown_command_is_said_plainly() -> None:
    """A command that there is not is refused, and the help is named."""
    shown = CliRunner().invoke(main, ["serv"])
    assert shown.exit_code == 2
    assert "No such command" in shown.output


def test_help_loads_no_server() -> None:
    """Asking for help imports neither the server nor the schema nor a database."""
    code = (
        "import sys; from click.testing import CliRunner; from gateway.cli import main;"
        "CliRunner().invoke(main, ['--help']); CliRunner().invoke(main, ['--version']);"
        "print([m for m in ('uvicorn', 'strawberry', 'sqlalchemy', 'aiohttp') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - as above
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("option", [[], ["--node"]])
def test_the_schemas_print_what_is_committed(
    option: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`schema print` prints the committed file; `--check` is red wherever it differs."""
    monkeypatch.chdir(ROOT)
    printed = CliRunner().invoke(main, ["schema", "print", *option]).output
    file = "federation/protocols/graphql/node.graphql" if option else "schema.graphql"
    assert printed == (ROOT / file).read_text()
    assert CliRunner().invoke(main, ["schema", "print", *option, "--check"]).exit_code == 0
    monkeypatch.chdir(tmp_path)
    differing = CliRunner().invoke(main, ["schema", "print", *option, "--check"])
    assert (differing.exit_code, file in differing.output) == (1, True)


def test_a_wrong_setting_is_one_plain_sentence(tmp_path: Path) -> None:
    """`serve` says which setting stops it and leaves with 1, without a trace of code."""
    (tmp_path / "watling.toml").write_text("prot = 1\n")
    shown = CliRunner().invoke(main, ["serve", "--settings", str(tmp_path / "watling.toml")])
    assert shown.exit_code == 1
    assert shown.output == f"watling: `{tmp_path / 'watling.toml'}`: no such setting: `prot`\n"


@pytest.mark.parametrize("fault", ["port", "store"])
def test_what_keeps_it_from_serving_is_one_plain_sentence(tmp_path: Path, fault: str) -> None:
    """A taken port, or a store that cannot be opened, is said plainly; the exit code is 1."""
    place = Place(tmp_path)
    place.run.mkdir()
    place.population.mkdir()
    (place.population / "superseded.json").write_text("[]")
    make_keys(place, utc_now())
    write_network(place, dict.fromkeys(node_names(), "http://127.0.0.1:9/nobody"))
    write_organisations(place, date(2026, 11, 2))
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1] if fault == "port" else 0
        write_relationships(place, date(2026, 7, 1))
        write_settings(place, host="127.0.0.1", port=port, tracing_url="http://127.0.0.1:9/")
        if fault == "store":
            place.database.mkdir()
        command = [sys.executable, "-m", "gateway", "serve", "--settings", str(place.settings)]
        run = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, check=False, timeout=60
        )
    assert run.returncode == 1
    said = run.stderr.strip().splitlines()[-1]
    assert said.startswith("watling: ")
    assert (f"127.0.0.1:{port} is taken" if fault == "port" else str(place.database)) in said
    assert "Traceback" not in run.stderr
