"""Which tests run in one process, where two share the run.

The scenarios share one running system and the acceptance suite another; each has its own process,
and is searched for leaks there when it has ended. Told by the address of a test, because what
pytest-xdist 3.8 writes behind it for its own groups is lost in pytest 9.2.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

_TOGETHER = {
    "tests/acceptance/": "acceptance",
    "tests/scenarios/": "scenarios",
    "tests/gateway/test_ways_out.py": "ways out",
}
_AFTER_ACCEPTANCE = "[acceptance]"
"""A case of the search for leaks, which stands with the scenarios."""


def group_of(nodeid: str) -> str:
    """Tests of one group run in one process; any other test is a group of its own."""
    if nodeid.startswith("tests/scenarios/") and nodeid.endswith(_AFTER_ACCEPTANCE):
        return "acceptance"
    return next((name for start, name in _TOGETHER.items() if nodeid.startswith(start)), nodeid)


class Together(LoadScopeScheduling):
    """Gives each group to one process, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
