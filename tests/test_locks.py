"""The lock files: exact, hashed, and of nobody's machine."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NPM = ROOT / "tests" / "trials" / "medplum"
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pinned(lock: str) -> dict[str, str]:
    found = re.findall(r"(?m)^([\w.-]+)(?:\[\w+\])?==([^\s;]+)", (ROOT / lock).read_text())
    return dict(found)


def names(requirements: list[str]) -> set[str]:
    return {
        re.match(r"[\w.-]+", each).group().lower()  # type: ignore[union-attr]  # each has a name
        for each in requirements
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_exact_and_hashed(lock: str) -> None:
    """Every line is a version with hashes; there is no address and no path."""
    text = (ROOT / lock).read_text()
    for entry in re.split(r"(?m)^(?=\w)", text)[1:]:
        assert re.match(
            r"[\w.-]+(\[\w+\])?==[^\s;]+( ; [^\\]+)? \\\n(    --hash=sha256:[0-9a-f]{64}.*\n)+",
            entry,
        )
    assert not re.search(r"://|^-|/", text.replace("--hash", ""), re.MULTILINE)


def test_the_tests_lock_holds_the_gateways() -> None:
    """What the gateway runs with is what it was tested with."""
    assert pinned(LOCKS[0]).items() <= pinned(LOCKS[1]).items()


def test_every_dependency_is_locked() -> None:
    """Whatever the project says it needs is in the locks, and what builds it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run = names(project["project"]["dependencies"]) | names(project["build-system"]["requires"])
    assert run <= set(pinned(LOCKS[0]))
    assert names(project["dependency-groups"]["dev"]) <= set(pinned(LOCKS[1]))


def test_an_extra_that_another_needs_is_pinned_with_it() -> None:
    """pip takes `coverage` for no pin of `coverage[toml]`, once there is a newer version."""
    assert "coverage[toml]==" in (ROOT / LOCKS[1]).read_text()


def test_the_npm_lock_is_exact_and_hashed() -> None:
    """Of the trials' packages too: versions, integrity hashes, and no place to fetch them from."""
    lock = json.loads((NPM / "package-lock.json").read_text())
    wanted = json.loads((NPM / "package.json").read_text())["dependencies"]
    packages = lock["packages"]
    assert packages.pop("")["dependencies"] == wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert all(re.fullmatch(r"\d[\w.-]+", one["version"]) for one in packages.values())
    assert not [name for name, one in packages.items() if "resolved" in one]
    locked = {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
    assert locked == wanted
