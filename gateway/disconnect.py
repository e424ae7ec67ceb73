"""Stops the work for a caller who has gone away: what nobody will read must not keep nodes busy."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

T = TypeVar("T")


class CallerGoneError(Exception):
    """The caller hung up before the answer was ready; the work was cancelled and has ended."""


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, or `CallerGoneError`. `receive` must have no body left to give."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hang_up(receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise CallerGoneError
        return task.result()
    finally:
        await _end(gone)
        await _end(task)


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(task: asyncio.Future[Any]) -> None:
    task.cancel()
    # Waits for the work's own clean-up, so that nothing of a request outlives it.
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
