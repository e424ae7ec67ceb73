"""`watling token`: a persona's token, with another device or about another person."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from demo.personas import personas
from demo.place import Place
from gateway.cli import main

NUMBERS = {"everywhere": "9990000018", "twin-a": "9990000158"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = Place(tmp_path)
    place.issuer.make_keys()
    place.population.mkdir()
    told = {"name": "X", "birthDate": "2000-01-01", "story": "x"}
    people = [told | {"slug": slug, "nhsNumber": number} for slug, number in NUMBERS.items()]
    (place.population / "people.json").write_text(json.dumps(people))
    return tmp_path


def token(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["token", *arguments, "--directory", str(folder)])


def claims(folder: Path, *arguments: str) -> dict[str, Any]:
    printed = token(folder, *arguments)
    assert printed.exit_code == 0, printed.output
    payload = printed.stdout.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return said


@pytest.mark.parametrize(
    ("arguments", "client"),
    [
        (("gp-london",), "demo-managed"),
        (("paramedic-london",), "demo-mobile"),
        (("gp-london", "--device", "shared"), "demo-shared"),
    ],
)
def test_the_device_is_the_application_s(folder: Path, arguments, client: str) -> None:
    """A token names the application of the persona's device, or of the one that is asked for."""
    assert claims(folder, *arguments)["azp"] == client


def test_a_citizen_may_be_another_person(folder: Path) -> None:
    """Without a word it is the persona's own person, else the curated one of that name."""
    assert claims(folder, "citizen")["nhs_number"] == NUMBERS["everywhere"]
    assert claims(folder, "citizen", "--person", "twin-a")["nhs_number"] == NUMBERS["twin-a"]
    proxy = claims(folder, "parent-proxy", "--person", "twin-a")
    assert proxy["nhs_number"] == NUMBERS["twin-a"]
    assert proxy["act"]["sub"] == personas()["parent-proxy"].subject


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody",), "gp-london"),
        (("gp-london", "--person", "twin-a"), "only a citizen or a proxy"),
        (("citizen", "--person", "nobody"), "there is no such person"),
    ],
)
def test_what_cannot_be_said_is_refused(folder: Path, arguments, said: str) -> None:
    """One plain sentence, and no token."""
    refused = token(folder, *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert said in refused.stderr
