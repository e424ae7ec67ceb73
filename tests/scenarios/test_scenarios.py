"""Each folder beside this file is one test; `README.md` says how to read and write one."""

from __future__ import annotations

import pytest

from tests.scenarios.compare import Comparison
from tests.scenarios.folder import Folder, folders
from tests.scenarios.network import System
from tests.scenarios.runner import Played, Runner


@pytest.mark.parametrize("folder", folders(), ids=repr)
async def test_scenario(folder: Folder, runner: Runner, system: System):
    """The system does what the folder expects."""
    scenario = folder.scenario
    played = await runner.play(folder)
    fill = system.people.fill
    assert not list(Comparison(fill).differences(folder.expected, played.answer)), scenario.why
    if not scenario.caller_leaves:
        assert played.status == scenario.status
    if folder.audit is not None:
        assert not list(Comparison(fill).differences(folder.audit, played.events)), scenario.why
    check_traffic(folder, played)


def check_traffic(folder: Folder, played: Played) -> None:
    """What the answer does not show: who was asked, how long it took, what was logged."""
    scenario = folder.scenario
    assert played.visits_elsewhere == 0, "a redirect was followed"
    if scenario.nobody_is_asked:
        assert played.asked_of_nodes == 0, "a node was asked"
    if scenario.seconds_at_most is not None:
        assert played.seconds <= scenario.seconds_at_most
    for logged in scenario.logged:
        wanted = logged.fields().items()
        assert any(wanted <= line.items() for line in played.log), f"no log line with {wanted}"
