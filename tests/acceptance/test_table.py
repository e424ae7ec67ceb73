"""`docs/scenarios.md` says of each scenario which tests hold it, and what some still wait for."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.scenarios.processes import ROOT

DOCUMENT = ROOT / "docs/scenarios.md"
SCENARIOS = 62
NOT_YET = "*not yet*"
_NUMBERED = re.compile(r"test_(\d\d)_")
_TURNED_ON = "turned on by "
_ROW = re.compile(r"^\| (\d+) \|.*\| (.*) \|$", re.MULTILINE)

Tests = Mapping[int, dict[str, str | None]]
"""By scenario: each of its tests by name, and what it waits for, None where it passes."""


def held() -> Tests:
    """Every test of the suite that has a scenario's number."""
    found: dict[int, dict[str, str | None]] = defaultdict(dict)
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for test in ast.parse(path.read_text("utf-8")).body:
            if isinstance(test, ast.AsyncFunctionDef) and (number := _NUMBERED.match(test.name)):
                found[int(number[1])][test.name] = next(_waits_for(test), None)
    return found


def shown(tests: Tests, number: int) -> str:
    """One scenario's tests as the document has them."""
    found = tests.get(number, {})
    texts = [f"`{name}`{f' waits for {what}' if what else ''}" for name, what in found.items()]
    return "<br>".join(texts) or NOT_YET


def _waits_for(test: ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.xfail":
            reason = ast.literal_eval(mark.keywords[0].value)
            assert reason.startswith(_TURNED_ON), reason
            yield reason.removeprefix(_TURNED_ON)


def test_every_row_names_its_tests():
    """Each of the scenarios has its row, and the row the tests that there are."""
    rows = dict(_ROW.findall(DOCUMENT.read_text("utf-8")))
    assert [int(number) for number in rows] == list(range(1, SCENARIOS + 1))
    tests = held()
    for number, said in rows.items():
        assert said == shown(tests, int(number)), number
