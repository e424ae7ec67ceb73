"""The key file of the audit trail."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.errors import SettingsError
from gateway.audit_keys import load_audit_keys, make_audit_keys

DIGITS = "0f" * 32


def test_a_file_of_two_keys(tmp_path: Path):
    """Every key by its id, and the one that seals."""
    path = tmp_path / "audit-keys.toml"
    path.write_text(f'current = "2026-11"\n[keys]\n2025-11 = "{"00" * 32}"\n2026-11 = "{DIGITS}"\n')

    keys = load_audit_keys(path)

    assert keys.current == "2026-11"
    assert keys.by_id == {"2025-11": bytes(32), "2026-11": b"\x0f" * 32}


def test_a_new_file_loads(tmp_path: Path):
    """One random key, in a file for its owner alone; what is there is never written over."""
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    make_audit_keys(one, "first")
    make_audit_keys(other, "first")

    assert load_audit_keys(one).current == "first"
    assert load_audit_keys(one).by_id != load_audit_keys(other).by_id
    assert one.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_audit_keys(one, "second")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(DIGITS, id="a bare key"),
        pytest.param("current = ", id="no toml"),
        pytest.param(f'current = "a"\n[keys]\na = "{DIGITS[:-2]}"', id="too short"),
        pytest.param(f'current = "a"\n[keys]\na = "{"g" * 64}"', id="no digits"),
        pytest.param(f'current = "b"\n[keys]\na = "{DIGITS}"', id="current is missing"),
        pytest.param(f'current = "a"\nmore = 1\n[keys]\na = "{DIGITS}"', id="an unknown name"),
        pytest.param(f'current = "\\u001b"\n[keys]\n"\\u001b" = "{DIGITS}"', id="an odd id"),
        pytest.param("current = 'ü'", id="not ascii"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str):
    """Is refused by its name, and not a digit of it is repeated."""
    path = tmp_path / "audit-keys.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(SettingsError, match=r"audit-keys\.toml") as caught:
        load_audit_keys(path)

    assert "0f0f" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path):
    """Is refused by its name."""
    with pytest.raises(SettingsError, match=r"missing\.toml`: cannot be read"):
        load_audit_keys(tmp_path / "missing.toml")
