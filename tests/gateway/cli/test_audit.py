"""`watling audit verify`, `view` and `reindex`, on a real file."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.audit import AuditTrail
from federation.audit.seen import ItemShown
from federation.errors import ErrorCode
from federation.model import ViewId
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.cli.audit import audit
from gateway.cli.audit_parts import printable
from tests.builders import NUMBER
from tests.federation.audit.values import Ticking, an_event, the_question, the_view


@dataclass(frozen=True)
class Log:
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "watling.db"

    @property
    def keys(self) -> Path:
        return self.folder / "audit-keys.toml"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def run(self, *arguments: str, keys: bool = True, **environ: str) -> Result:
        options = ["--storage", self.url, *(["--audit-key", str(self.keys)] if keys else [])]
        wide = {"COLUMNS": "200"} | environ
        return CliRunner().invoke(audit, [*arguments, *options], env=wide, catch_exceptions=False)

    def write_settings(self, path: Path) -> None:
        path.write_text(
            'network_file = "network.toml"\n'
            'organisations_file = "organisations.toml"\n'
            f'storage_url = "{self.url}"\n'
            f'audit_key_file = "{self.keys}"\n'
            'id_key_file = "id.key"\n'
            'cursor_key_file = "cursor.key"\n'
            'sharing_key_file = "sharing.key"\n'
            'gateway_id = "https://gateway.example"\n'
            'requester_keys_file = "requester.json"\n'
            '[[issuers]]\nid = "issuer"\nissuer = "https://issuer.example"\n'
            'audience = "watling"\nmapping = "oidc"\njwks_file = "keys.json"\n'
        )

    def tamper(self, statement: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute(statement)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A view of five events, then two refusals."""
    made = Log(tmp_path)
    make_audit_keys(made.keys, "2026-11")

    async def write() -> None:
        storage = await open_storage(made.url)
        keys = load_audit_keys(made.keys)
        trail = await AuditTrail.open(storage.audit, "gateway-1", keys, Ticking())
        await trail.record(the_view(the_question(view_id=ViewId("the-view"))))
        await trail.record((an_event("refused-1"), an_event("refused-2")))
        await trail.aclose()
        await storage.close()

    asyncio.run(write())
    return made


def test_a_whole_log_verifies(log: Log):
    """Exit code 0, the number of events, each writer's head, and what cannot be told."""
    result = log.run("verify")

    assert result.exit_code == 0
    assert "7 events hold\n" in result.stdout
    assert "gateway-1" in result.stdout
    with closing(sqlite3.connect(log.file)) as database:
        (digest,) = database.execute("SELECT hash FROM audit_event WHERE sequence = 7").fetchone()
    assert digest.hex() in result.stdout
    assert "cut off" in result.stdout
    assert "not checked" not in result.stdout


def test_a_log_verifies_without_the_key(log: Log):
    """Exit code 0, and the reader is told what was not looked at."""
    result = log.run("verify", keys=False)

    assert result.exit_code == 0
    assert "seals were not checked" in result.stdout


@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(
            "UPDATE audit_event SET body = replace(body, 'R0050', 'R8000') WHERE sequence = 3",
            "event 3 of writer 'gateway-1' was changed",
            id="changed",
        ),
        pytest.param(
            "UPDATE audit_event SET at = 'noon' WHERE sequence = 4",
            "event 4 of writer 'gateway-1' was changed",
            id="another type",
        ),
        pytest.param(
            "DELETE FROM audit_event WHERE sequence = 5",
            "event 5 of writer 'gateway-1' is missing",
            id="dropped",
        ),
        pytest.param(
            "UPDATE audit_event SET writer = x'00ff' WHERE sequence = 7",
            "event 1 of writer b'\\x00\\xff' is missing",
            id="another writer",
        ),
        pytest.param(
            "UPDATE audit_event SET sequence = 'seven' WHERE sequence = 7",
            "event 'seven' of writer 'gateway-1' stands out of order",
            id="another sequence",
        ),
    ],
)
def test_a_broken_log_is_named(log: Log, statement: str, said: str, keys: bool):
    """Exit code 1, naming writer and sequence."""
    log.tamper(statement)

    result = log.run("verify", keys=keys)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, f"broken: {said}")
    assert "hold" not in result.stdout


def test_a_log_that_cannot_be_opened(log: Log, tmp_path: Path):
    """Exit code 2 for a missing file or key file and a damaged database; nothing is made."""
    missing = Log(tmp_path / "elsewhere")

    assert missing.run("verify", keys=False).exit_code == 2
    assert missing.run("verify").exit_code == 2
    assert not missing.folder.exists()
    log.tamper("DROP TABLE audit_event")
    damaged = log.run("verify")
    assert damaged.exit_code == 2
    assert "could not be read" in damaged.stderr


def test_another_key_of_the_same_name(log: Log):
    """A log sealed under another key does not verify under this one."""
    log.keys.unlink()
    make_audit_keys(log.keys, "2026-11")

    assert log.run("verify").exit_code == 1
    assert log.run("view", "the-view").exit_code == 1


def test_a_key_that_is_missing_is_named(log: Log):
    """Exit code 2, for nothing is said about the log."""
    log.keys.unlink()
    make_audit_keys(log.keys, "2019")

    result = log.run("verify")

    assert result.exit_code == 2
    assert "`2026-11` is needed" in result.stderr


def test_a_view_shows_what_was_on_the_screen(log: Log):
    """Who, when, why, whose record, every source's state, and every item with its version."""
    result = log.run("view", "the-view")

    assert result.exit_code == 0
    for said in (
        "Doctor Ada Example, consultant-london",
        "PROFESSIONAL, R0050, RRV, london",
        "2026-10-05T09:30:00+00:00",
        "DIRECT_CARE",
        NUMBER,
        "SOME_SOURCES_MISSING: 2 of 3 sources answered.",
        "milton-keynes",
        "TIMED_OUT",
        "DEADLINE_EXCEEDED",
        "allergy-london-1",
        "sha256:",
        "author",
        "WRONG_PERSON, birth date",
        "network 3, london 12",
        "withheld",
    ):
        assert said in result.stdout, said
    assert "refused-1" not in result.stdout


def test_a_narrow_terminal_cuts_nothing_short(log: Log):
    """An id that does not fit goes on in the next line."""
    result = log.run("view", "the-view", COLUMNS="60")

    assert "…" not in result.stdout


def test_a_view_as_json(log: Log):
    """Everything with a name, for another program."""
    result = log.run("view", "the-view", "--json")

    assert result.exit_code == 0
    said = json.loads(result.stdout)
    view = said["events"][0]
    assert said["viewId"] == "the-view"
    assert [event["plain"]["kind"] for event in said["events"]] == [
        "VIEW",
        "NODE_CALL",
        "NODE_CALL",
        "NODE_CALL",
        "INCIDENT",
    ]
    assert view["sealed"]["number"] == NUMBER
    assert view["plain"]["rows"][3] == {
        "node": "milton-keynes",
        "category": "ALLERGIES",
        "state": "TIMED_OUT",
    }
    assert view["sealed"]["shown"][1]["lines"][1] == [
        {
            "node": "herts-west-essex",
            "sourceId": "allergy-herts-2",
            "version": "1",
            "redacted": ["author"],
        }
    ]


def test_a_refusal_is_shown_too(log: Log):
    """There is nothing to show of a record, and the code is told."""
    result = log.run("view", "refused-1")

    assert result.exit_code == 0
    assert ErrorCode.IDENTITY_NOT_CONFIRMED in result.stdout
    assert "on the screen" not in result.stdout


@pytest.mark.parametrize("view_id", ["nobody's", "", "\udcff"])
def test_no_such_view(log: Log, view_id: str):
    """Exit code 1, and a plain sentence, also for bytes that are no text."""
    result = log.run("view", view_id)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "there is no such view in the audit log\n"


def test_a_view_needs_the_key(log: Log):
    """Exit code 2: what identifies people is sealed."""
    result = log.run("view", "the-view", keys=False)

    assert result.exit_code == 2
    assert "--audit-key" in result.stderr


def test_a_changed_view_is_not_shown(log: Log):
    """Exit code 1, naming the event, rather than something that was not on the screen."""
    log.tamper("UPDATE audit_event SET kind = 'REFUSAL' WHERE sequence = 2")

    result = log.run("view", "the-view")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "event 2 of writer 'gateway-1'" in result.stderr


def test_settings_say_where(log: Log):
    """Without options the store and the keys are those of the gateway's settings."""
    log.write_settings(log.folder / "watling.toml")

    arguments = ["verify", "--settings", str(log.folder / "watling.toml")]
    result = CliRunner().invoke(audit, arguments)

    assert result.exit_code == 0
    assert "not checked" not in result.stdout


def test_a_demo_in_this_folder_needs_no_options(log: Log, monkeypatch: pytest.MonkeyPatch):
    """Beside a demo that was made here, its own log is meant."""
    run = log.folder / ".watling" / "demo" / "run"
    run.mkdir(parents=True)
    log.write_settings(run / "watling.toml")
    monkeypatch.chdir(log.folder)
    result = CliRunner().invoke(audit, ["verify"], env={"COLUMNS": "200"})
    assert (result.exit_code, "events hold" in result.output) == (0, True)


def test_settings_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Exit code 2 where neither options nor settings say which log is meant."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(audit, ["verify"])

    assert result.exit_code == 2


def test_a_terminal_is_told_nothing_that_it_would_obey():
    """An id that a node chose may hold anything; control codes are replaced."""
    hostile = ItemShown("a", "\x1b]0;owned\x07\nid", "1")  # type: ignore[arg-type]  # any text

    assert printable(hostile.source_id) == "\ufffd]0;owned\ufffd\ufffdid"


def test_an_index_is_made_anew(log: Log):
    """What was lost is counted once, and then there is nothing to add."""
    log.tamper("DELETE FROM audit_index WHERE entry LIKE 'kind:%'")

    first, second = log.run("reindex"), log.run("reindex")

    assert (first.exit_code, first.stdout) == (0, "8 events; the index lacked 7 entries\n")
    assert (second.exit_code, second.stdout) == (0, "9 events; the index lacked 0 entries\n")


def test_no_index_is_made_without_the_keys_or_of_no_log(log: Log, tmp_path: Path):
    """Exit code 2, and no file is made."""
    assert log.run("reindex", keys=False).exit_code == 2
    missing = Log(tmp_path / "elsewhere")
    make_audit_keys(tmp_path / "keys.toml", "2026-11")
    arguments = ("reindex", "--storage", missing.url, "--audit-key", str(tmp_path / "keys.toml"))
    assert CliRunner().invoke(audit, arguments).exit_code == 2
    assert not missing.folder.exists()


def test_no_index_is_made_of_a_broken_log(log: Log):
    """Exit code 1, naming the event."""
    log.tamper("UPDATE audit_event SET kind = 'VIEW' WHERE sequence = 6")

    result = log.run("reindex")

    assert result.exit_code == 1
    assert "event 6 of writer 'gateway-1' was changed" in result.stderr
