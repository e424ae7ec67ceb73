"""`watling audit receipt`: made on the record, signed, and told from one that was changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from joserfc import jws
from msgspec.structs import replace

from federation.access.kept_steps import row_of
from federation.audit import AuditTrail
from federation.audit.checkpoint import Checkpoint
from federation.audit.done import ReceiptMade
from federation.audit.event import EventKind
from federation.audit.signing import sign
from federation.joining.steps import Retirement, Step
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from gateway.checkpoint_keys import load_signing_key, make_checkpoint_keys, rotate_checkpoint_keys
from gateway.cli import main
from gateway.cli.audit_checkpoint_keys import checkpoint_keys
from gateway.settings import load_settings
from tests.builders import NOW, NUMBER
from tests.federation.audit.every_kind import every_kind
from tests.federation.audit.values import Ticking
from tests.federation.joining.given import NODE, SERVED, step
from tests.gateway.cli.recorded import events_of
from tests.gateway.cli.test_audit import Log

NETWORK = """
[[node]]
id = "herts-west-essex"
name = "Hertfordshire and West Essex"
region = "Hertfordshire and West Essex"
region_id = "hertfordshire-west-essex"
state = "LIVE"
protocol = "FHIR_R4"
endpoint = "https://node.example/fhir"
categories = ["ALLERGIES"]
"""
OF = ("--node", "herts-west-essex", "--month", "2026-10")


class Office(Log):
    """A gateway's log with an event of every kind, its network and the key of checkpoints."""

    @property
    def settings(self) -> Path:
        return self.folder / "watling.toml"

    @property
    def checkpoint_keys(self) -> Path:
        return self.folder / "checkpoints.json"

    def receipt(self, *words: str, own: bool = True) -> Result:
        options = ["--settings", str(self.settings)] if own else []
        return CliRunner().invoke(
            main, ["audit", "receipt", *words, *options], env={"COLUMNS": "200"}
        )

    def made(self) -> Path:
        done = self.receipt(*OF)
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        path = self.folder / "receipt.json"
        path.write_text(done.stdout)
        return path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    make_audit_keys(made.keys, "2026-11")
    make_checkpoint_keys(made.checkpoint_keys, NOW)
    made.write_settings(made.settings)
    text = (
        f'audit_checkpoint_key_file = "{made.checkpoint_keys}"\n'
        f'audit_checkpoint_file = "{tmp_path}/checkpoints.jsonl"\n'
    )
    made.settings.write_text(text + made.settings.read_text())
    (tmp_path / "network.toml").write_text(NETWORK)

    async def write() -> None:
        storage = await open_storage(made.url)
        keys = load_audit_keys(made.keys)
        trail = await AuditTrail.open(storage.audit, "gateway-1", keys, Ticking())
        await trail.record(every_kind())
        await trail.aclose()
        await storage.close()

    asyncio.run(write())
    return made


def test_a_node_that_joined_has_receipts_and_has_them_still(office: Office):
    """Though it stands in no file; one that only asked to join, or never was there, has none."""

    async def take(*steps: Step) -> None:
        storage = await open_storage(office.url)
        last = len(await storage.joining.after(0))
        for number, one in enumerate(steps, last + 1):
            assert await storage.joining.append(row_of(replace(one, id=f"step-{number}"), number))
        await storage.close()

    own = ("--node", NODE, "--month", "2026-10")
    for words in (own, ("--node", "nobody", *own[2:])):
        refused = office.receipt(*words)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "names a node that is not in the network" in refused.stderr
    asyncio.run(take(*SERVED[:2]))
    assert office.receipt(*own).exit_code == 2
    asyncio.run(take(*SERVED[2:]))
    assert office.receipt(*own).exit_code == 0
    asyncio.run(take(step(Retirement(reason="it is over"))))
    made = office.receipt(*own)
    assert (made.exit_code, json.loads(made.stdout)["receipt"]["node"]) == (0, NODE)


def test_a_receipt_is_made_and_verified(office: Office):
    """Its region needs the public keys alone."""
    file = office.made()
    said = json.loads(file.read_text())["receipt"]
    assert (said["node"], said["month"], said["gateway"]) == (
        "herts-west-essex",
        "2026-10",
        "https://gateway.example",
    )
    assert said["total"]["withheld"] == 3
    assert [head["writer"] for head in said["heads"]] == ["gateway-1"]
    signed = json.loads(file.read_text())["signed"]
    assert jws.extract_compact(signed.encode()).headers()["typ"] == "watling-receipt+jws"

    public = office.folder / "public.json"
    printed = CliRunner().invoke(checkpoint_keys, ["public", str(office.checkpoint_keys)])
    public.write_text(printed.stdout)
    done = office.receipt("verify", str(file), "--checkpoint-keys", str(public), own=False)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert "as it was signed by https://gateway.example" in done.stdout
    assert "counted up to event" in done.stdout
    assert NUMBER not in done.stdout + file.read_text()
    assert office.receipt("verify", str(file)).exit_code == 0


def test_a_receipt_is_on_the_record(office: Office):
    """Of which node and month, and which one exactly, before it is handed out."""
    signed = json.loads(office.made().read_text())["signed"]
    event = events_of(load_settings(office.settings, {}))[-1]
    assert event.plain.kind is EventKind.RECEIPT_MADE
    assert event.plain.nodes == ("herts-west-essex",)
    digest = hashlib.sha256(signed.encode()).hexdigest()
    assert event.plain.receipt == ReceiptMade(month="2026-10", digest=digest)

    office.tamper(
        "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(FAIL, 'full'); END"
    )
    done = office.receipt(*OF)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "could not be put on the record" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["receipt"]["total"].update(withheld=0),
        lambda file: file["receipt"].update(month="2026-11"),
        lambda file: file["receipt"]["lines"].pop(),
        lambda file: file["receipt"]["heads"][0].update(sequence=1),
        lambda file: file.update(signed=file["signed"][:-6] + "AAAAAA"),
        lambda file: file.update(signed="not.a.signature"),
    ],
)
def test_a_receipt_that_was_changed_is_told(office: Office, change):
    """Exit code 1, whichever half it is."""
    file = office.made()
    said = json.loads(file.read_text())
    change(said)
    file.write_text(json.dumps(said))
    done = office.receipt("verify", str(file))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "broken:" in done.stderr


def test_another_statement_is_no_receipt(office: Office):
    """What the same key signed of something else proves nothing here."""
    said = json.loads(office.made().read_text())
    other = Checkpoint(writer="gateway-1", sequence=1, hash="0" * 64, events=1, at=NOW)
    said["signed"] = sign(other, load_signing_key(office.checkpoint_keys))
    file = office.folder / "other.json"
    file.write_text(json.dumps(said))
    assert office.receipt("verify", str(file)).exit_code == 1


def test_a_key_that_signs_no_more_still_verifies(office: Office):
    """Its public half stays; another gateway's keys do not."""
    file = office.made()
    rotate_checkpoint_keys(office.checkpoint_keys, NOW)
    assert office.receipt("verify", str(file)).exit_code == 0
    another = office.folder / "another.json"
    make_checkpoint_keys(another, NOW)
    done = office.receipt("verify", str(file), "--checkpoint-keys", str(another))
    assert done.exit_code == 2
    assert "is not in the key file" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--node", "herts-west-essex"), 2),
        (("--node", "herts-west-essex", "--month", "2026-13"), 2),
        (("--node", "herts-west-essex", "--month", "October"), 2),
        (("--node", "milton-keynes", "--month", "2026-10"), 2),
    ],
)
def test_what_is_not_said_well_makes_nothing(office: Office, words, code):
    """No receipt, and nothing on the record."""
    before = len(events_of(load_settings(office.settings, {})))
    done = office.receipt(*words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert len(events_of(load_settings(office.settings, {}))) == before


def test_nothing_is_signed_of_a_log_that_is_broken(office: Office):
    """Exit code 1, naming the event."""
    office.tamper("UPDATE audit_event SET body = replace(body, 'R0050', 'R1') WHERE sequence = 3")
    done = office.receipt(*OF)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "event 3 of writer 'gateway-1'" in done.stderr


def test_without_a_key_there_is_no_receipt(office: Office):
    """The setting is named."""
    lines = office.settings.read_text().splitlines()[2:]
    office.settings.write_text("\n".join(lines))
    done = office.receipt(*OF)
    assert done.exit_code == 2
    assert "audit_checkpoint_key_file" in done.stderr
    file = office.folder / "none.json"
    for text in ("{}", "no JSON"):
        file.write_text(text)
        assert "is not a receipt" in office.receipt("verify", str(file)).stderr
