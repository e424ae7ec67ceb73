"""Polling: again and again, whatever fails, and what fails is said once."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from gateway.sharing.polling import Polling


async def test_a_failure_is_said_once_and_does_not_end_it():
    """Said again only where it had been well in between."""
    said = iter(("fails", "fails", "well", "fails"))
    done = asyncio.Event()

    async def look() -> None:
        match next(said, None):
            case "fails":
                raise RuntimeError
            case None:
                done.set()

    polling = Polling(look, 0.0, "it fails")
    with capture_logs() as logs:
        polling.start()
        await asyncio.wait_for(done.wait(), 5.0)
        await polling.aclose()
    assert [line["event"] for line in logs] == ["it fails", "it fails"]
