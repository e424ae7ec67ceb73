"""Which media type the caller wants and which one they sent, as GraphQL over HTTP says."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from gateway.errors import GRAPHQL_JSON, JSON, HttpRefusedError, bad_request


class Media(StrEnum):
    """What an answer can be written as."""

    JSON = JSON
    GRAPHQL_JSON = GRAPHQL_JSON
    EVENT_STREAM = "text/event-stream"


_WILD = frozenset(("*/*", "application/*"))
_NOT_ACCEPTABLE = f"this address answers as {JSON}, {GRAPHQL_JSON} or {Media.EVENT_STREAM}"
_UNSUPPORTED = f"the body must be {JSON} in utf-8"


def accepted(header: str | None) -> Media:
    """The media type to answer with; raises `HttpRefusedError` (406) where none will do."""
    if not header:
        return Media.JSON
    for name, quality in sorted(_ranges(header), key=lambda each: -each[1]):
        if quality <= 0:
            continue
        if name in _WILD:
            return Media.JSON
        if name in set(Media):
            return Media(name)
    raise bad_request(_NOT_ACCEPTABLE, HTTPStatus.NOT_ACCEPTABLE)


def wants_page(header: str | None) -> bool:
    """Whether a browser asks for a page to look at."""
    return any(name == "text/html" and quality > 0 for name, quality in _ranges(header or ""))


def check_sent(header: str | None) -> None:
    """Refuse a body that is not JSON in UTF-8 with 415."""
    name, _, parameters = (header or "").partition(";")
    charset = ""
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    if name.strip().lower() != JSON or charset not in {"", "utf-8", "utf8"}:
        raise unsupported()


def unsupported() -> HttpRefusedError:
    """The body is of another media type."""
    return bad_request(_UNSUPPORTED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _ranges(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            found.append((name, float(quality)))
        except ValueError:
            found.append((name, 0.0))
    return found
