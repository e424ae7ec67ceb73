"""Reads a request's body up to a limit, whatever its headers say of its length."""

from __future__ import annotations

from starlette.requests import Request


class BodyTooLargeError(Exception):
    """The body goes beyond the limit; what came of it is thrown away."""


async def read_body(request: Request, *, most: int) -> bytes:
    """The whole body; raises `BodyTooLargeError`."""
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise BodyTooLargeError
    taken = bytearray()
    async for piece in request.stream():
        taken += piece
        if len(taken) > most:
            raise BodyTooLargeError
    return bytes(taken)
