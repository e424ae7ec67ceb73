"""The benchmarks of the whole run, over real processes; what they measure is not looked at here."""

from __future__ import annotations

import asyncio

from benchmarks import hanging_node, whole_job


def test_the_whole_job_is_measured_beside_concatenation() -> None:
    """Both gateways answer every question without an error, and cost something."""
    cost = whole_job.measure("small", requests=20, rounds=1, connections=4)
    assert set(cost) == {"watling", "concatenation"}


def test_the_others_data_comes_while_one_node_hangs() -> None:
    """Each answer has the others' data and says who was late."""
    beyond = asyncio.run(hanging_node.measure(requests=2, within=150))
    assert len(beyond) == 2
