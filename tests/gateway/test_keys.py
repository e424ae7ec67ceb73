"""Key files: one key, or several of which the first is the current one."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.errors import SettingsError
from gateway.keys import make_key, read_key, read_keys

ONE, TWO = "ab" * 32, "CD" * 32


def test_a_key_that_was_made_is_read(tmp_path: Path):
    """For its owner's eyes alone, and never written over."""
    make_key(tmp_path / "a.key")

    assert len(read_key(tmp_path / "a.key")) == 32
    assert read_keys(tmp_path / "a.key") == (read_key(tmp_path / "a.key"),)
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_key(tmp_path / "a.key")


def test_several_keys_come_in_order(tmp_path: Path):
    """One a line; blank lines and a missing end of line do not matter."""
    (tmp_path / "a.key").write_text(f"{ONE}\n\n{TWO}")

    assert read_keys(tmp_path / "a.key") == (bytes.fromhex(ONE), bytes.fromhex(TWO))


@pytest.mark.parametrize("text", ["", "\n", "ab", ONE[:-2], ONE + "ab", "xy" * 32, f"{ONE}\nab"])
@pytest.mark.parametrize("read", [read_key, read_keys])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str, read):
    """Naming the file, with nothing of what is in it."""
    (tmp_path / "a.key").write_text(text)
    with pytest.raises(SettingsError, match="64 hexadecimal digits") as caught:
        read(tmp_path / "a.key")

    assert "abab" not in str(caught.value)


def test_one_key_is_not_several(tmp_path: Path):
    """Where one is wanted, a second line is a mistake."""
    (tmp_path / "a.key").write_text(f"{ONE}\n{TWO}\n")
    with pytest.raises(SettingsError):
        read_key(tmp_path / "a.key")
