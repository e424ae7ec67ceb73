"""A process that is killed while it writes, at moments that nobody chose."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from federation.audit import Sealer, verify
from federation.model import ViewId
from federation.storage import open_storage
from tests.federation.audit.values import KEYS

REPOSITORY = Path(__file__).parents[3]


def killed_while_writing(url: str, name: str, after: int) -> list[str]:
    """The views that were acknowledged by a process that got SIGKILL some time after so many."""
    command = [sys.executable, "-m", "tests.federation.audit.writing_process", url, name]
    with subprocess.Popen(  # noqa: S603 - this repository's own module
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(after)]
        finally:
            process.kill()
        lines += process.stdout.readlines()
    # A line that was cut off by the kill was acknowledged by nobody.
    return [line.removesuffix("\n") for line in lines if line.endswith("\n")]


@pytest.mark.parametrize(
    "rounds", [10, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
async def test_every_acknowledged_event_outlives_a_kill(tmp_path: Path, rounds: int):
    """After each kill all that was acknowledged is there, whole views only, and the chain holds."""
    url = f"sqlite:///{tmp_path}/watling.db"
    moments = random.Random(20261005)  # noqa: S311 - moments, not secrets
    acknowledged: list[str] = []
    for number in range(rounds):
        acknowledged += killed_while_writing(url, f"round-{number}", moments.randint(1, 300))

        storage = await open_storage(url)
        heads = await verify(storage.audit.read(), Sealer(KEYS))
        kept = Counter([row.view_id async for row in storage.audit.read()])
        await storage.close()

        assert heads["gateway-1"].sequence == kept.total()
        assert set(kept.values()) == {2}
        assert [view for view in acknowledged if ViewId(view) not in kept] == []
