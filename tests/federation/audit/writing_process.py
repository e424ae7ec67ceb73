"""A gateway's audit trail and nothing else, in a process that is there to be killed.

Eight callers record views of two events as fast as they can, and print a view's id only when its
events are durable; where the chain stands is signed all the time. Run as
`python -m tests.federation.audit.writing_process URL NAME KEYS CHECKPOINTS`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from federation.audit import AuditTrail
from federation.audit.checkpointer import Checkpointer
from federation.storage import open_storage
from gateway.checkpoint_keys import load_signing_key
from tests.federation.audit.values import KEYS, Ticking, an_event

CALLERS = 8
SECONDS = 0.002


async def run(url: str, name: str, keys: str, file: str) -> None:
    storage = await open_storage(url)
    trail = await AuditTrail.open(storage.audit, "gateway-1", KEYS, Ticking())
    checkpoints = await Checkpointer.open(
        trail,
        storage.keeping,
        load_signing_key(Path(keys)),
        Path(file),
        Ticking(),
        report_failure=lambda _: None,
    )
    checkpoints.start(SECONDS)

    async def caller(number: int) -> None:
        for turn in range(1_000_000):
            view = f"{name}-{number}-{turn}"
            await trail.record((an_event(view), an_event(view)))
            sys.stdout.write(f"{view}\n")
            sys.stdout.flush()

    await asyncio.gather(*map(caller, range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
