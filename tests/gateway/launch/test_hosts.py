"""Which rows of the settings name a host system that can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from federation.errors import SettingsError
from gateway.launch import LaunchReader, enrol
from tests.gateway.launch.launching import NOW, enrolled

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"algorithms": ()}, "algorithms"),
    ({"algorithms": ("HS256",)}, "algorithms"),
    ({"algorithms": ("ES256", "none")}, "algorithms"),
    ({"kinds": ("REGISTERED",)}, "kinds"),
    ({"kinds": ("ADMISSION", "SELF_DECLARED")}, "kinds"),
    ({"leeway_seconds": 61}, "leeway_seconds"),
    ({"leeway_seconds": -1}, "leeway_seconds"),
]


@pytest.mark.parametrize(("given", "named"), WRONG, ids=str)
def test_a_row_that_would_weaken_the_checks_is_refused(
    tmp_path: Path, given: dict[str, Any], named: str
) -> None:
    """The setting is named."""
    with pytest.raises(SettingsError, match=named):
        enrolled(tmp_path, **given)


def test_two_rows_of_one_id_are_refused(tmp_path: Path) -> None:
    """Which of two keys speaks for a system must not be left to chance."""
    host = enrolled(tmp_path)
    with pytest.raises(SettingsError, match="same `id`"):
        LaunchReader((host, host), lambda: NOW)


def test_staff_sign_in_with_an_issuer_that_is_believed(tmp_path: Path) -> None:
    """A row that names an issuer nobody set would make launches that nobody can redeem."""
    row = enrolled(tmp_path).settings
    assert [host.settings for host in enrol([row], ["cis2"])] == [row]
    with pytest.raises(SettingsError, match="user_issuer"):
        enrol([row], ["nhs-login"])
