"""Whoever reads the log by a command is on the record before they see anything."""

from __future__ import annotations

import os
import pwd

import pytest
from click.testing import CliRunner, Result

from federation.audit import Opened
from federation.audit.done import LogOpened
from federation.model import ViewId
from gateway.cli import main
from gateway.settings import load_settings
from tests.builders import LONDON, NUMBER
from tests.gateway.cli.recorded import events_of
from tests.gateway.cli.test_audit import Log, log
from tests.gateway.cli.test_audit_report import office

__all__ = ["log", "office"]
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
NO_ROOM = (
    "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no room'); END"
)
DAY = "2026-10-05"
COMMANDS = {
    "audit view view-1": LogOpened(command="audit view", opened_view=ViewId("view-1")),
    f"audit report --node {LONDON.id}": LogOpened(command="audit report", node=LONDON.id),
    "audit reviews --organisation RRV": LogOpened(command="audit reviews", organisation="RRV"),
    "audit reindex": LogOpened(command="audit reindex"),
}


def said(office: Log, command: str) -> Result:
    words = [*command.split(), "--settings", str(office.folder / "watling.toml")]
    return CliRunner().invoke(main, words, env={"COLUMNS": "200"})


def read_by_commands(office: Log) -> list[Opened]:
    settings = load_settings(office.folder / "watling.toml", {})
    return [one for one in events_of(settings) if one.writer == "gateway-1.commands"]


@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_reads_is_on_the_record(office: Log, command: str) -> None:
    """Which command, of which events, and the account on the machine; of a view, the person."""
    result = said(office, command)
    assert result.exit_code == 0, result.output
    (event,) = read_by_commands(office)
    assert (event.plain.kind, event.plain.opened) == ("LOG_OPENED", COMMANDS[command])
    assert event.sealed.subject == ACCOUNT
    assert event.sealed.number == (NUMBER if "view" in command.split() else None)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_recorded_is_not_shown(office: Log, command: str) -> None:
    """Where the log cannot be written, a command that shows what is in it shows nothing."""
    office.tamper(NO_ROOM)
    result = said(office, command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "could not be put on the record" in result.stderr
    assert read_by_commands(office) == []


def test_a_log_by_its_address_has_it_too(log: Log) -> None:
    """Without settings, in the same store, under the name that a gateway has by default."""
    assert log.run("view", "the-view").exit_code == 0
    log.write_settings(log.folder / "watling.toml")
    (event,) = read_by_commands(log)
    assert event.plain.opened == LogOpened(command="audit view", opened_view=ViewId("the-view"))


def test_what_is_not_there_is_not_told(log: Log) -> None:
    """A mistyped view shows nothing and leaves nothing, and verifying shows nobody anything."""
    log.write_settings(log.folder / "watling.toml")
    assert log.run("view", "another").exit_code == 1
    log.tamper(NO_ROOM)
    assert log.run("verify").exit_code == 0
    assert read_by_commands(log) == []
