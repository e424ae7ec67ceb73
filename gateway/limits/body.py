"""How large a request body may be, and how long it may take to come.

Counts what arrives, whatever the headers promise.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from gateway.errors import bad_request, too_large

# A caller who is still sending may never see an answer, so a body somewhat over the limit is read
# to its end and thrown away; beyond this many times the limit the connection is simply closed.
_PATIENCE = 32
# A caller who sends drop by drop holds one of the places that others wait for.
_LONGEST_SECONDS = 30.0


async def read_body(request: Request, most: int, seconds: float = _LONGEST_SECONDS) -> bytes:
    """The whole body of at most `most` bytes; a longer one, or a slow one, is refused."""
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, most)
    except TimeoutError:
        late = bad_request("the body did not come in time", HTTPStatus.REQUEST_TIMEOUT)
        late.headers = {"Connection": "close"}
    raise late


async def _read(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise bad_request("the content length is not a number")
    if int(declared) > _PATIENCE * most:
        raise too_large()
    body = bytearray()
    length = 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length > _PATIENCE * most:
                raise too_large()
            if length <= most:
                body += chunk
    except ClientDisconnect:
        raise bad_request("the body broke off") from None
    if length > most:
        raise too_large()
    return bytes(body)
