"""`watling roles`: what a privacy lead types, and that the gateway believes what comes of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.identity import RoleTableSettings
from gateway.identity.mappings.role_table import load_role_table

ISSUER = "https://sign-in.council.example"
TABLE = f"""
issuer = "{ISSUER}"
organisation = "Z99280"
version = "1"
valid_until = 2027-04-01

[[role]]
id = "social-work"
group = "Adult social workers"
role = "R1330"
role_name = "Social worker"
from = 2026-04-01
"""


def watling(folder: Path, *arguments: str) -> Result:
    words = [str(folder / word) if "." in word else word for word in arguments]
    return CliRunner().invoke(main, ["roles", *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "table.toml").write_text(TABLE)
    assert watling(tmp_path, "key", "private.json", "public.json").exit_code == 0
    return tmp_path


def test_a_signed_table_is_believed(folder: Path) -> None:
    """What was checked, shown and signed gives its roles at the gateway."""
    signed = watling(folder, "sign", "table.toml", "--key", "private.json", "--out", "table.jws")
    assert signed.exit_code == 0
    said = "everybody of `Adult social workers` acts as R1330 (Social worker) from 2026-04-01"
    assert said in signed.stdout
    table = load_role_table(
        RoleTableSettings(
            issuer="council",
            organisation="Z99280",
            table_file=folder / "table.jws",
            key_file=folder / "public.json",
            roles=("R1330",),
        ),
        ISSUER,
    )
    (role,) = table.roles_of("anybody", ["Adult social workers"], date(2026, 10, 5))
    assert role.id == "Z99280/social-work"


def test_a_key_keeps_to_itself(folder: Path) -> None:
    """The private half is for its owner's eyes, is never written over, and is not in the other."""
    assert (folder / "private.json").stat().st_mode & 0o077 == 0
    assert "d" not in json.loads((folder / "public.json").read_text())
    before = (folder / "private.json").read_text()
    assert watling(folder, "key", "private.json", "public.json").exit_code == 1
    assert (folder / "private.json").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "nowhere.toml"), "cannot be read"),
        (("check", "private.json"), "private.json"),
        (("sign", "table.toml", "--key", "table.toml", "--out", "x.jws"), "is not a private key"),
        (("sign", "table.toml", "--key", "public.json", "--out", "x.jws"), "is not a private key"),
        (("sign", "table.toml", "--key", "none.json", "--out", "x.jws"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(folder: Path, arguments, said: str) -> None:
    """One sentence, and nothing is written."""
    refused = watling(folder, *arguments)
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.output
    assert not (folder / "x.jws").exists()


def test_a_table_with_a_fault_is_not_signed(folder: Path) -> None:
    """A row that the gateway would refuse is named before anybody signs it."""
    (folder / "table.toml").write_text(TABLE.replace("group =", "grup ="))
    refused = watling(folder, "sign", "table.toml", "--key", "private.json", "--out", "x.jws")
    assert refused.exit_code == 1
    assert "grup" in refused.stderr
    assert not (folder / "x.jws").exists()
