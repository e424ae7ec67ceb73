"""The log: JSON lines on standard error, a constant message each, data in fields.

Nothing that identifies a person may stand in it. Three lines of defence: our own code passes no
such field; what libraries log is reduced to who spoke, where and how badly, because their messages
quote queries, parameters and payloads; and a last processor masks whatever still looks like an NHS
number or a token.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import msgspec
import structlog

Event = MutableMapping[str, Any]

_NUMBER = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_TOKEN = re.compile(r"(?i:bearer)\s+\S+|eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}")
_MASK = "***"
_TEN_DIGITS = 10**9

# Their messages are fixed words about the server itself; below INFO they quote frames and headers.
_TRUSTED = frozenset(("uvicorn.error",))
_CHATTY = frozenset(("aiosqlite",))
"""Libraries whose debug lines are thousands a minute and, without their words, say nothing."""


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Send structlog and every library's log through the same lines, to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name_error,
            mask,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: Lines(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Library()]
    root.setLevel(_LEVELS[level])
    logging.captureWarnings(True)
    for name in _TRUSTED | _CHATTY:
        logging.getLogger(name).setLevel(max(logging.INFO, _LEVELS[level]))


_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class Lines:
    """Writes lines, or loses them: a full disk behind the log must end no look and no watching."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """One line."""
        # A stream that was closed is a `ValueError`.
        with suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


class _Library(logging.Handler):
    """Passes on that a library spoke: its name, the place, the kind of error. Not what it said."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        fields: dict[str, object] = {"logger": record.name}
        if record.name in _TRUSTED and not record.exc_info:
            fields["text"] = _fixed_words(record)
        else:
            fields["place"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1]:
            fields["error"] = record.exc_info[1]
        log.log(min(record.levelno, logging.CRITICAL), "library message", **fields)


def _fixed_words(record: logging.LogRecord) -> str:
    """What a server says of itself; where it fills in a text, that may be a caller's address."""
    filled_in = record.args if isinstance(record.args, tuple) else (record.args,)
    numbers_alone = all(isinstance(value, int | float) for value in filled_in)
    return record.getMessage() if numbers_alone else str(record.msg)


def name_error(_logger: object, _method: str, event: Event) -> Event:
    """Turn an exception into its class and where it came through; its text may quote anything."""
    error = event.get("error")
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        event["error"] = type(error).__qualname__
        event["came_through"] = [
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}"
            for frame in frames
        ]
    return event


def mask(_logger: object, _method: str, event: Event) -> Event:
    """Blank whatever looks like an NHS number or a token, in every field."""
    return {str(name): masked(value) for name, value in event.items()}


def masked(value: object) -> object:
    """The value without anything that looks like an NHS number or a token."""
    if isinstance(value, str):
        return _NUMBER.sub(_MASK, _TOKEN.sub(_MASK, value))
    if isinstance(value, bool | None):
        return value
    if isinstance(value, int | float):
        return value if abs(value) < _TEN_DIGITS else _MASK
    if isinstance(value, dict):
        return {str(masked(str(name))): masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(inner) for inner in value]
    return masked(str(value))


def render(_logger: object, _method: str, event: Event) -> str:
    """One JSON line."""
    return msgspec.json.encode(event).decode()
