"""The scenarios' own tools: a comparison that could not fail would hold nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.compare import Comparison
from tests.scenarios.folder import folders
from tests.scenarios.people import People

ONE, OTHER = "0" * 32, "1" * 32


def differences(expected: Any, actual: Any) -> list[str]:
    return list(Comparison(People().fill).differences(expected, actual))


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        pytest.param({"a": [1, None, "x"]}, {"a": [1, None, "x"]}, id="the same"),
        pytest.param(["<id>"], [ONE], id="an id"),
        pytest.param(["<id a>", "<id a>", "<id b>"], [ONE, ONE, OTHER], id="named ids"),
        pytest.param("<time>", "2026-10-05T09:30:00.123456+00:00", id="an instant"),
        pytest.param(["<day>", "<age>"], ["2026-10-05", 0], id="a day and an age"),
        pytest.param("<number of everywhere>", "9990000018", id="a person's number"),
    ],
)
def test_agreement(expected: Any, actual: Any):
    """What is expected is found."""
    assert differences(expected, actual) == []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="a key too many"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, id="a key missing"),
        pytest.param([1], [1, 2], id="an entry too many"),
        pytest.param([1, 2], [2, 1], id="another order"),
        pytest.param(1, True, id="another type"),
        pytest.param(None, "x", id="something for nothing"),
        pytest.param("<id>", "patient-7", id="no opaque id"),
        pytest.param(["<id a>", "<id a>"], [ONE, OTHER], id="two ids for one name"),
        pytest.param(["<id a>", "<id b>"], [ONE, ONE], id="one id for two names"),
        pytest.param("<time>", "yesterday", id="no instant"),
        pytest.param("<text>", "", id="an empty text"),
        pytest.param("<day>", "2026-13", id="no day"),
        pytest.param("<age>", True, id="no age"),
        pytest.param("<age>", 130, id="an age that nobody has"),
        pytest.param("<number of everywhere>", "9990000026", id="another person's number"),
    ],
)
def test_difference(expected: Any, actual: Any):
    """Whatever is not expected is told, with its place."""
    told = differences(expected, actual)
    assert told
    assert all(line.startswith("$") for line in told)


def test_no_folder_holds_a_number():
    """Folders call people by their slugs."""
    numbers = {story.nhs_number for story in People().stories.values()}
    texts = [
        (folder.name, path.read_text("utf-8"))
        for folder in folders()
        for path in folder.path.iterdir()
    ]
    assert [name for name, text in texts for number in numbers if number in text] == []
