"""How much a node takes on: so many requests at once, so many a minute.

What is more is refused with `RATE_LIMITED` and the seconds after which to come again. The rate is
counted of requests that the gateway vouches for, so that nobody else can use it up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from federation.node_kit.source import NodeErrorCode, NodeRefusalError

_MINUTE = 60.0


class Limits(Struct, frozen=True, kw_only=True):
    """What a node allows; `requests_a_minute` None: as many as come."""

    requests_at_once: int = 64
    requests_a_minute: int | None = None
    request_seconds: float = 10.0


class Rate:
    """So many a minute, evenly, and as many at a time as a tenth of them.

    A token bucket; `seconds` is a clock that never goes back.
    """

    def __init__(self, a_minute: int, seconds: Callable[[], float]) -> None:
        self._a_second = a_minute / _MINUTE
        self._most = max(1.0, a_minute / 10)
        self._left = self._most
        self._seconds = seconds
        self._at = seconds()

    def take(self) -> None:
        """One request; raises `NodeRefusalError`."""
        now = self._seconds()
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1.0:
            wait = math.ceil((1.0 - self._left) / self._a_second)
            raise NodeRefusalError(NodeErrorCode.RATE_LIMITED, retry_after_seconds=wait)
        self._left -= 1.0


class Places:
    """So many at once."""

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def place(self) -> Iterator[None]:
        """Holds a place; raises `NodeRefusalError` where none is free."""
        if self._free < 1:
            raise NodeRefusalError(NodeErrorCode.RATE_LIMITED, retry_after_seconds=1)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
