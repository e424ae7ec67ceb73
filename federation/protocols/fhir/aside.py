"""Work on what has arrived, done so that others are served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_MANY = 400
"""So many resources are looked through without holding up the loop: some ten milliseconds."""


async def aside(many: int, work: Callable[[], T]) -> T:
    """What is to be done with so many resources: in a thread where it takes long.

    `work` touches nothing but what belongs to its call.
    """
    if many > _MANY:
        return await asyncio.to_thread(work)
    await asyncio.sleep(0)
    return work()
