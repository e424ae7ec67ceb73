"""The key file of checkpoints: one key signs, all that ever signed can check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from federation.audit.checkpoint import Checkpoint
from federation.audit.signing import read, sign
from federation.errors import SettingsError
from gateway.checkpoint_keys import (
    load_public_keys,
    load_signing_key,
    make_checkpoint_keys,
    published,
    rotate_checkpoint_keys,
)
from gateway.cli.audit import audit
from tests.builders import NOW

SAID = Checkpoint(writer="gateway-1", sequence=1, hash="00" * 32, events=1, at=NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoints.json"
    make_checkpoint_keys(path, NOW)
    return path


def test_what_was_signed_is_read_with_the_public_half(file: Path, tmp_path: Path):
    """A file without any private half is enough to check."""
    outside = tmp_path / "public.json"
    outside.write_text(json.dumps(published(file)))

    signed = sign(SAID, load_signing_key(file))

    assert read(Checkpoint, signed, load_public_keys(outside)) == SAID
    assert '"d"' not in outside.read_text()


def test_a_rotated_key_still_checks_and_signs_no_more(file: Path):
    """Its private half is gone from the file, its public half stays."""
    before = load_signing_key(file)
    signed = sign(SAID, before)

    kid = rotate_checkpoint_keys(file, NOW)

    after = load_signing_key(file)
    assert (after.kid, after.kid != before.kid) == (kid, True)
    assert read(Checkpoint, signed, after.public) == SAID
    assert file.read_text().count('"d"') == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_public_halves_cannot_sign(file: Path):
    """A gateway that is given them does not start."""
    file.write_text(json.dumps(published(file)))

    with pytest.raises(SettingsError, match="no private half"):
        load_signing_key(file)


X = "FXn6V8b5zd8V-OlsgnhBEwI3upzjvLI_PSdYYwFtO3Q"
ROW = f'{{"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": "{X}"}}'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"keys": []}', id="no keys"),
        pytest.param("\xff", id="no text"),
        pytest.param(f'{{"keys": [{ROW}, {ROW}]}}', id="one id twice"),
        pytest.param(f'{{"keys": [{ROW.replace("Ed25519", "X25519")}]}}', id="another curve"),
        pytest.param(f'{{"keys": [{ROW.replace("FXn6V8b5zd8V", "????")}]}}', id="no key"),
        pytest.param(f'{{"keys": [{ROW.replace("OKP", "EC")}]}}', id="another kind"),
        pytest.param(f'{{"keys": [{ROW.replace("a", "../a", 1)}]}}', id="an odd id"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str):
    """The error names the file and repeats nothing of it."""
    path = tmp_path / "keys.json"
    path.write_text(text, "latin-1")

    with pytest.raises(SettingsError, match=r"keys\.json"):
        load_public_keys(path)


def test_a_missing_file_is_named(tmp_path: Path):
    """Instead of being made."""
    with pytest.raises(SettingsError, match="cannot be read"):
        load_signing_key(tmp_path / "none.json")


def test_the_commands(tmp_path: Path):
    """Make, rotate and print; a file that is there is not written over."""
    file = str(tmp_path / "keys.json")

    def run(*arguments: str):
        return CliRunner().invoke(audit, ["keys", *arguments], catch_exceptions=False)

    assert run("make", file).exit_code == 0
    assert (run("make", file).exit_code, run("rotate", file).exit_code) == (2, 0)
    printed = json.loads(run("public", file).stdout)
    assert [sorted(key) for key in printed["keys"]] == [["crv", "kid", "kty", "x"]] * 2
    assert run("public", str(tmp_path)).exit_code == 2
    assert run("make", str(tmp_path / "missing" / "keys.json")).exit_code == 2
