"""A process that is killed while it writes, at moments that nobody chose."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from federation.audit import Sealer
from federation.audit.checkpoint import of_lines, of_rows, read_lines
from federation.audit.proof import prove
from federation.model import ViewId
from federation.storage import open_storage
from gateway.checkpoint_keys import load_public_keys, make_checkpoint_keys
from tests.builders import NOW
from tests.federation.audit.values import KEYS

REPOSITORY = Path(__file__).parents[3]


def killed_while_writing(url: str, name: str, files: list[str], after: int) -> list[str]:
    """The views that were acknowledged by a process that got SIGKILL some time after so many."""
    command = [sys.executable, "-m", "tests.federation.audit.writing_process", url, name, *files]
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
    """After each kill all that was acknowledged is there, whole views only, and the chain holds.

    So does what was signed of it, in the file and in the store.
    """
    keys, file = tmp_path / "keys.json", tmp_path / "checkpoints.jsonl"
    make_checkpoint_keys(keys, NOW)
    public = load_public_keys(keys)
    url = f"sqlite:///{tmp_path}/watling.db"
    moments = random.Random(20261005)  # noqa: S311 - moments, not secrets
    acknowledged: list[str] = []
    for number in range(rounds):
        acknowledged += killed_while_writing(
            url, f"round-{number}", [str(keys), str(file)], moments.randint(1, 300)
        )

        storage = await open_storage(url)
        said = of_lines(read_lines(file), public)
        said |= of_rows(await storage.keeping.checkpoints(), public)
        proof = (await prove(storage.audit.read(), said, Sealer(KEYS)))["gateway-1"]
        kept = Counter([row.view_id async for row in storage.audit.read()])
        await storage.close()

        assert proof.broken is None
        assert proof.signed_up_to <= proof.head.sequence == kept.total()
        assert set(kept.values()) == {2}
        assert [view for view in acknowledged if ViewId(view) not in kept] == []
    assert proof.signed_up_to > 0
