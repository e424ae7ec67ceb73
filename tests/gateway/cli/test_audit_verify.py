"""`watling audit verify` with checkpoints: an end that was cut off, and who may check."""

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
from federation.audit.checkpointer import Checkpointer
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.checkpoint_keys import (
    load_signing_key,
    make_checkpoint_keys,
    published,
    rotate_checkpoint_keys,
)
from gateway.cli.audit import audit
from tests.builders import NOW
from tests.federation.audit.values import Ticking, events


@dataclass(frozen=True)
class SignedLog:
    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'watling.db'}"

    @property
    def keys(self) -> Path:
        return self.folder / "checkpoint-keys.json"

    @property
    def public(self) -> Path:
        return self.folder / "public.json"

    @property
    def file(self) -> Path:
        return self.folder / "checkpoints.jsonl"

    def write(self, writer: str, count: int) -> None:
        asyncio.run(self._write(writer, count))

    async def _write(self, writer: str, count: int) -> None:
        storage = await open_storage(self.url)
        keys = load_audit_keys(self.folder / "audit.toml")
        trail = await AuditTrail.open(storage.audit, writer, keys, Ticking())
        checkpoints = await Checkpointer.open(
            trail,
            storage.keeping,
            load_signing_key(self.keys),
            self.file,
            Ticking(),
            report_failure=lambda _: None,
        )
        await trail.record(events(count, writer))
        await checkpoints.aclose()
        await storage.close()
        self.public.write_text(json.dumps(published(self.keys)))

    def verify(self, *more: str, keys: bool = True) -> Result:
        options = [
            "--storage",
            self.url,
            *(["--checkpoint-keys", str(self.public)] if keys else []),
            *("--checkpoint-file", str(self.file)),
            *more,
        ]
        return CliRunner().invoke(audit, ["verify", *options], env={"COLUMNS": "200"})

    def tamper(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / "watling.db")) as database, database:
            for statement in statements:
                database.execute(statement)


@pytest.fixture
def log(tmp_path: Path) -> SignedLog:
    """Two writers; the key was rotated between the two halves of the first one's chain."""
    made = SignedLog(tmp_path)
    make_audit_keys(tmp_path / "audit.toml", "2026-11")
    make_checkpoint_keys(made.keys, NOW)
    made.write("gateway-1", 3)
    rotate_checkpoint_keys(made.keys, NOW)
    made.write("gateway-1", 2)
    made.write("gateway-2", 2)
    return made


def test_public_keys_are_enough(log: SignedLog):
    """Whoever checks from outside needs no key that opens or signs anything."""
    result = log.verify()

    assert result.exit_code == 0, result.output
    assert "7 events hold" in result.stdout
    assert "their seals were not checked" in result.stdout
    assert "signatures" not in result.stdout
    assert "since its last checkpoint" not in result.stdout


def test_with_the_audit_keys_nothing_is_left_unsaid(log: SignedLog):
    """Seals and signatures: there is no note below the table."""
    result = log.verify("--audit-key", str(log.folder / "audit.toml"))

    assert result.stdout.splitlines()[-1] == "7 events hold"


@pytest.mark.parametrize("left", range(5))
@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.parametrize("store_forgets", [True, False])
def test_an_end_that_was_cut_off_is_named(
    log: SignedLog, left: int, keys: bool, store_forgets: bool
):
    """Also where the store's own checkpoints went with it: the file beside it remembers."""
    gone = f"writer = 'gateway-1' AND sequence > {left}"
    log.tamper(f"DELETE FROM audit_event WHERE {gone}")  # noqa: S608 - this test's own words
    if store_forgets:
        log.tamper("DELETE FROM audit_checkpoint")

    result = log.verify(keys=keys)

    assert (result.exit_code, result.stderr) == (
        1,
        f"broken: event {left + 1} of writer 'gateway-1' was cut off: event 5 was signed\n",
    )


def test_every_writers_break_is_named(log: SignedLog):
    """A line for each."""
    log.tamper(
        "UPDATE audit_event SET kind = 'VIEW' WHERE writer = 'gateway-1' AND sequence = 2",
        "DELETE FROM audit_event WHERE writer = 'gateway-2'",
    )

    assert log.verify().stderr.splitlines() == [
        "broken: event 2 of writer 'gateway-1' was changed",
        "broken: event 1 of writer 'gateway-2' was cut off: event 2 was signed",
    ]


def test_a_checkpoint_of_a_key_that_is_not_to_hand(log: SignedLog):
    """Exit code 2: nothing is proved either way."""
    keys = json.loads(log.public.read_text())
    log.public.write_text(json.dumps({"keys": keys["keys"][1:]}))

    result = log.verify()

    assert result.exit_code == 2
    assert "is needed and is not in the key file" in result.stderr


def test_a_half_written_line_is_told(log: SignedLog):
    """And what it would have said is held by what comes before and after it."""
    log.file.write_bytes(log.file.read_bytes()[:-20])
    log.write("gateway-1", 1)

    result = log.verify()

    # The store had the line that was cut short, and it was written to the file once more.
    assert result.exit_code == 0
    assert f"line 3 of `{log.file}` cannot be read" in result.stdout


@pytest.mark.parametrize("stride", [7])
def test_a_changed_line_is_found(log: SignedLog, stride: int):
    """At every seventh byte of the file: refused, or told as a line that cannot be read."""
    text = log.file.read_bytes()
    for place in range(0, len(text), stride):
        log.file.write_bytes(text[:place] + bytes((text[place] ^ 1,)) + text[place + 1 :])
        result = log.verify()
        assert result.exit_code in {1, 2} or "cannot be read" in result.stdout, place


def test_a_file_that_is_not_there(log: SignedLog, tmp_path: Path):
    """One that is named and missing is an error, and so is one that cannot be read."""
    for file in (tmp_path / "none.jsonl", tmp_path):
        result = log.verify("--checkpoint-file", str(file))
        assert result.exit_code == 2, result.output


def test_several_files_are_one(log: SignedLog, tmp_path: Path):
    """Each gateway has its own beside it; what any of them says counts."""
    first, *others = log.file.read_bytes().splitlines(keepends=True)
    log.file.write_bytes(first)
    (tmp_path / "other.jsonl").write_bytes(b"".join(others))
    log.tamper("DELETE FROM audit_checkpoint", "DELETE FROM audit_event WHERE sequence > 2")

    alone = log.verify()
    both = log.verify("--checkpoint-file", str(tmp_path / "other.jsonl"))

    cut = "broken: event 3 of writer 'gateway-1' was cut off: event"
    assert alone.stderr == f"{cut} 3 was signed\n"
    assert both.stderr == f"{cut} 5 was signed\n"


def test_a_checkpoint_of_the_store_that_was_changed(log: SignedLog):
    """Is named by the event that it stands on."""
    log.tamper("UPDATE audit_checkpoint SET signed = replace(signed, '.', '.A') WHERE sequence = 5")

    result = log.verify()

    what = "event 5 of writer 'gateway-1' in the store is not as it was signed"
    assert (result.exit_code, result.stderr) == (1, f"broken: a checkpoint of {what}\n")
