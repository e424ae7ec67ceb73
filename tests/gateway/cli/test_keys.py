"""`watling keys`: what it says, what it refuses, and that nothing secret is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.joining.signing import public_key, thumbprint
from gateway.cli import main
from gateway.sharing import read_signing_key


def keys(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["keys", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "requester.json"
    assert keys("make", path).exit_code == 0
    return path


def kids(file: Path) -> list[str]:
    return [row["kid"] for row in json.loads(file.read_text())["keys"]]


def test_a_file_is_made_once(file: Path) -> None:
    """A file that is there is never written over: its key would be lost."""
    before = file.read_bytes()
    again = keys("make", file)
    assert (again.exit_code, file.read_bytes()) == (1, before)
    assert "rotate" in again.stderr


def test_keys_are_listed_with_what_they_are_for(file: Path) -> None:
    """One signs, one waits; then the first only verifies. No key is printed."""
    (first,) = kids(file)
    assert keys("rotate", file).exit_code == 0
    _, second = kids(file)
    rows = {
        kid: line
        for kid in kids(file)
        for line in keys("list", file).output.splitlines()
        if kid in line
    }
    assert "signs" in rows[first]
    assert "waits" in rows[second]
    keys("drop", file, second)
    keys("rotate", file, "--in-minutes", 0)
    listed = keys("list", file).output
    (line,) = [one for one in listed.splitlines() if first in one]
    assert "verifies" in line
    secrets = [row["d"] for row in json.loads(file.read_text())["keys"]]
    assert not any(secret[:12] in listed for secret in secrets)


def test_what_is_refused_is_one_plain_sentence(file: Path, tmp_path: Path) -> None:
    """A second key that waits, a key that is not there, the only key, a file that is not there."""
    (only,) = kids(file)
    refusals = [keys("drop", file, only), keys("drop", file, "nobody")]
    keys("rotate", file)
    refusals += [keys("rotate", file), keys("list", tmp_path / "nothing")]
    refusals += [keys("make", tmp_path / "nowhere" / "requester.json")]
    for refused in refusals:
        assert refused.exit_code == 1
        assert refused.stderr.startswith("watling: ")
        assert len(refused.stderr.splitlines()) == 1


def test_a_pair_signs_and_is_enrolled(tmp_path: Path) -> None:
    """The private half is its owner's to read; what is printed is what a descriptor names it by."""
    private, public = tmp_path / "mine.private.json", tmp_path / "mine.json"
    made = keys("pair", private, public)
    key = public_key(json.loads(public.read_text()))
    assert made.exit_code == 0
    assert thumbprint(key) == thumbprint(read_signing_key(private))
    assert thumbprint(key) in made.output
    assert private.stat().st_mode & 0o777 == 0o600
    assert json.loads(private.read_text())["d"] not in made.output


@pytest.mark.parametrize("there", ["mine.private.json", "mine.json"])
def test_a_pair_never_takes_the_place_of_a_key(tmp_path: Path, there: str) -> None:
    """What was there stays as it was, and half a pair is not left behind."""
    (tmp_path / there).write_text("in use")
    refused = keys("pair", tmp_path / "mine.private.json", tmp_path / "mine.json")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("watling: `")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(there, "in use")]
