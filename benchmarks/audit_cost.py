"""What the audit adds to one view: with the log on SQLite and full sync, and in memory.

    python -m benchmarks.audit_cost [--size small] [--views 300] [--folder DIRECTORY]

The whole gateway over the stub nodes of `whole_job.py`, one view at a time, so that each has its
transaction to itself: what a lone caller waits for. The two take turns in one process, so that
whatever else the machine does falls on both, and so does the yardstick: as many bytes written to a
file and synced, by a thread, which is the least that durable can cost. Milliseconds by the clock,
because a disk is waited for. What many at once share, `audit_append.py` shows.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import uvloop

from benchmarks.stages import Bench, call, opened
from federation.audit import AuditTrail
from federation.pipeline import Pipeline
from federation.storage.memory import MemoryAudit
from gateway.app import utc_now
from gateway.logs import configure_logs

_WARM = 20
_BYTES = bytes(24 * 1024)
"""About what SQLite writes to its journal for one view."""


async def measure(size: str, views: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of each view with the log on the disk and in memory, and of the yardstick."""
    async with opened(size) as bench:
        on_disk = _pipeline(bench)
        files = bench.gateway.files
        trail = await AuditTrail.open(MemoryAudit(), "benchmark", files.audit_keys, utc_now)
        in_memory = replace(on_disk, trail=trail)
        took: dict[bool, list[float]] = {True: [], False: []}
        synced: list[float] = []
        for turn in range(views + _WARM):
            for kept in (True, False):
                bench.gateway._pipeline = on_disk if kept else in_memory  # noqa: SLF001 - to take turns
                begun = time.perf_counter()
                await call(bench)
                if turn >= _WARM:
                    took[kept].append((time.perf_counter() - begun) * 1000)
            begun = time.perf_counter()
            await asyncio.to_thread(_sync)
            if turn >= _WARM:
                synced.append((time.perf_counter() - begun) * 1000)
        await trail.aclose()
        bench.gateway._pipeline = on_disk  # noqa: SLF001 - as it was
    return took[True], took[False], synced


def _sync() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _pipeline(bench: Bench) -> Pipeline:
    pipeline = bench.gateway._pipeline  # noqa: SLF001 - the one that is replaced
    assert pipeline is not None
    return pipeline


def _row(name: str, took: Sequence[float]) -> str:
    nine = statistics.quantiles(took, n=10)[-1] if len(took) > 1 else took[0]
    return f"{name:<24} {statistics.median(took):>10.2f} {nine:>10.2f}"


@click.command(help=(__doc__ or "").split("\n\n", maxsplit=1)[0])
@click.option("--size", default="small")
@click.option("--views", default=300)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def main(size: str, views: int, folder: Path | None) -> None:
    """Print a row for each, and what the one costs beyond the other."""
    configure_logs("warning")
    if folder:
        tempfile.tempdir = str(folder)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        disk, memory, synced = runner.run(measure(size, views))
    print(f"{'milliseconds a view':<24} {'median':>10} {'9 of 10':>10}")
    print(_row("log on SQLite, full sync", disk))
    print(_row("log in memory", memory))
    more = statistics.median(disk) - statistics.median(memory)
    print(_row("24 KiB, synced", synced))
    print(f"{'the disk adds':<24} {more:>10.2f}")


if __name__ == "__main__":
    main()
