"""What a log line may hold."""

from __future__ import annotations

import errno
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from federation.flow import Incident
from federation.model import Category, NodeId
from federation.status import SourceCode
from gateway.logs import configure_logs, masked
from gateway.reports import report_incident

NUMBER = "9990000018"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"  # noqa: S105 - of nobody


@pytest.fixture
def lines() -> Iterator[Any]:
    """Logs at debug level; gives what was logged so far. Puts everything back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    uvicorn_level = logging.getLogger("uvicorn.error").level
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logs("debug", stream)
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.error").setLevel(uvicorn_level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NUMBER, "***"),
        (f"number {NUMBER}.", "number ***."),
        ("999 000 0018", "***"),
        ("999-000-0018", "***"),
        (9990000018, "***"),
        (9990000018.0, "***"),
        ("12345678901", "12345678901"),  # eleven digits are no NHS number
        (f"Authorization: Bearer {TOKEN}", "Authorization: ***"),
        ("bearer abc", "***"),
        (f"token={TOKEN}", "token=***"),
        ({NUMBER: [NUMBER, 1]}, {"***": ["***", 1]}),
        ((NUMBER,), ["***"]),
        (True, True),
        (None, None),
        (12.5, 12.5),
        ("2026-11-22T08:46:39.788420Z", "2026-11-22T08:46:39.788420Z"),
    ],
)
def test_numbers_and_tokens_are_masked(value: object, expected: object) -> None:
    """Whatever looks like an NHS number or a token is blanked, wherever it stands."""
    assert masked(value) == expected


def test_our_own_lines_are_masked(lines: Any) -> None:
    """Even a field that should never have been logged does not show."""
    structlog.get_logger().info("request", address=f"/x/{NUMBER}", header=f"Bearer {TOKEN}")
    (line,) = lines()
    assert (line["event"], line["address"], line["header"]) == ("request", "/x/***", "***")
    assert line["level"] == "info"


@pytest.mark.plants_identifiers
def test_a_library_is_heard_but_not_quoted(lines: Any) -> None:
    """What a library says is reduced to who, where and how badly."""
    logger = logging.getLogger("strawberry.execution")
    logger.error("query of %s failed: { patient(...) } for Rosalind", NUMBER)
    (line,) = lines()
    assert (line["event"], line["logger"], line["level"]) == (
        "library message",
        "strawberry.execution",
        "error",
    )
    assert line["place"].startswith("test_logs:")
    assert "Rosalind" not in json.dumps(line)


def test_an_error_is_its_kind_and_its_way(lines: Any) -> None:
    """An exception is logged without its text, whose words may be anybody's."""
    try:
        int("Rosalind")
    except ValueError as error:
        structlog.get_logger().error("request failed", error=error)
        logging.getLogger("asyncio").exception("task of Rosalind")
    ours, theirs = lines()
    for line in (ours, theirs):
        assert line["error"] == "ValueError"
        assert line["came_through"][-1].endswith("test_an_error_is_its_kind_and_its_way")
        assert "Rosalind" not in json.dumps(line)


def test_the_server_is_quoted_above_debug(lines: Any) -> None:
    """The server's own fixed words are kept, its debugging of frames and headers is not."""
    logger = logging.getLogger("uvicorn.error")
    logger.debug("< TEXT %s", TOKEN)
    logger.info("Started server process [%d]", 7)
    (line,) = lines()
    assert line["text"] == "Started server process [7]"


def test_the_database_is_not_heard_step_by_step(lines: Any) -> None:
    """A thousand lines a second of every store that is looked at would hide all others."""
    logger = logging.getLogger("aiosqlite")
    logger.debug("executing <function connect>")
    logger.warning("lost")
    assert [line["level"] for line in lines()] == ["warning"]


def test_an_address_that_the_server_logs_is_not_quoted(lines: Any) -> None:
    """A socket's address can hold anything that a caller puts there, a name for instance."""
    logger = logging.getLogger("uvicorn.error")
    logger.info('%s - "WebSocket %s" [accepted]', "127.0.0.1:9", "/graphql?family=Fernsby")
    logger.info("Waiting for application shutdown.")
    first, second = lines()
    assert first["text"] == '%s - "WebSocket %s" [accepted]'
    assert "Fernsby" not in json.dumps(first)
    assert second["text"] == "Waiting for application shutdown."


@pytest.mark.plants_identifiers
def test_a_warning_is_a_line_too(lines: Any) -> None:
    """Python's warnings go the same way, unquoted."""
    warnings.warn(f"about {NUMBER}", UserWarning, stacklevel=1)
    (line,) = lines()
    assert line["logger"] == "py.warnings"
    assert NUMBER not in json.dumps(line)


def test_what_operators_are_told_of_a_node(lines: Any) -> None:
    """A constant message, and node, category, reason and count in fields."""
    report_incident(
        Incident(
            node=NodeId("milton-keynes"),
            code=SourceCode.ITEMS_QUARANTINED,
            detail="a date that is none",
            category=Category.ALLERGIES,
            count=3,
        )
    )
    report_incident(
        Incident(
            node=NodeId("milton-keynes"), code=SourceCode.WRONG_PERSON, detail="another number"
        )
    )
    told, identity = lines()
    assert (told["event"], identity["event"]) == ("node at fault", "identity incident")
    assert (told["node"], told["category"], told["detail"], told["count"]) == (
        "milton-keynes",
        "ALLERGIES",
        "a date that is none",
        3,
    )


class _Full(io.StringIO):
    """A log on a disk that is full, until it is not."""

    full = True

    def flush(self):
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("lines")
def test_a_log_that_cannot_be_written_ends_nothing():
    """What is done goes on, whoever logs; once there is room, lines come again."""
    stream = _Full()
    configure_logs("debug", stream)
    log = structlog.get_logger()
    for level in ("debug", "info", "warning", "error", "critical"):
        getattr(log, level)("lost")
    logging.getLogger("some.library").error("lost")
    closed = io.StringIO()
    closed.close()
    configure_logs("debug", closed)
    log.error("lost")
    configure_logs("debug", stream)
    stream.full = False
    log.error("told")
    assert "told" in stream.getvalue()
