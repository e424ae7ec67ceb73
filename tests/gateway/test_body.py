"""Bodies that do not come as they should."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from gateway.errors import HttpRefusedError
from gateway.limits.body import read_body


async def test_a_body_that_comes_drop_by_drop_is_given_up() -> None:
    """A caller who never ends their body is refused with 408, and the connection is closed."""
    drops = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> dict[str, Any]:
        if drops:
            return drops.pop()
        await asyncio.Event().wait()
        raise AssertionError

    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)
    with pytest.raises(HttpRefusedError) as refused:
        await read_body(request, 1024, seconds=0)
    assert refused.value.status == 408
    assert refused.value.headers == {"Connection": "close"}
