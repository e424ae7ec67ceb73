"""What shares a running system stays in one process, whatever the libraries make of it."""

from __future__ import annotations

import pytest

from tests.together import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/scenarios/test_scenarios.py::test_scenario[all-down]", "scenarios"),
        ("tests/scenarios/test_nothing_leaks.py::test_logs_name_nobody[scenarios]", "scenarios"),
        ("tests/scenarios/test_nothing_leaks.py::test_logs_name_nobody[acceptance]", "acceptance"),
        ("tests/acceptance/test_joining.py::test_a[x]", "acceptance"),
        ("tests/test_docs.py::test_a", "tests/test_docs.py::test_a"),
    ],
)
def test_what_is_together(nodeid: str, group: str):
    """By where a test stands; the search for leaks comes once after each of the two systems."""
    assert group_of(nodeid) == group
