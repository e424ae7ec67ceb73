"""`watling audit receipt`: a signed month of what was asked of a node, and whether one holds.

Signed with the key of checkpoints, so that a region checks it with the public keys that it has for
those. That it was made is on the record before it is handed out.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from rich.console import Console

from federation.audit import Sealer
from federation.audit.archive import of_segments
from federation.audit.checkpoint import of_rows
from federation.audit.done import ReceiptMade
from federation.audit.operations import receipt_made
from federation.audit.receipt import MONTH, Receipt, Totals, count
from federation.audit.signing import read, sign
from federation.errors import AuditBrokenError, SettingsError
from federation.model import NodeId
from gateway.audit_keys import load_audit_keys
from gateway.checkpoint_keys import load_public_keys
from gateway.checkpoints import signing_key
from gateway.cli.audit_parts import FILE, SETTINGS, make_table, opened, run, to_text
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now
from gateway.joining.past import node_of_log
from gateway.operators import commands_trail, operation

_COLUMNS = Totals.__struct_fields__


class ReceiptFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is handed out: to be read, and signed."""

    receipt: Receipt
    signed: str


@click.group("receipt", invoke_without_command=True)
@click.option("--node", metavar="ID", help="Of which node.")
@click.option("--month", metavar="YYYY-MM", help="Of which month, by UK days.")
@SETTINGS
@click.pass_context
def receipt(
    context: click.Context, node: str | None, month: str | None, settings: Path | None
) -> None:
    """Print the signed receipt of a node's month; `verify` checks one."""
    if context.invoked_subcommand is not None:
        return
    if node is None or month is None or not re.fullmatch(MONTH, month):
        raise click.UsageError("`--node ID` and `--month YYYY-MM` say of what")
    made = run(_make(NodeId(node), month, settings))
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")


@receipt.command("verify")
@click.argument("file", type=FILE)
@SETTINGS
@click.option(
    "--checkpoint-keys", type=FILE, help="The public keys (JWKS), instead of the settings'."
)
def verify_receipt(file: Path, settings: Path | None, checkpoint_keys: Path | None) -> None:
    """Say whether a receipt is as it was signed, and show what it says.

    With `--checkpoint-keys` nothing of the gateway is needed.
    """
    said = run(_verified(file, settings, checkpoint_keys))
    table = make_table("organisation", "as", "role", "purpose", *_COLUMNS)
    for line in said.lines:
        who = (line.organisation, line.acting_as, line.role, line.purpose)
        table.add_row(*map(to_text, (*who, *_numbers(line))))
    table.add_row("all", "", "", "", *_numbers(said.total))
    Console().print(table)
    state = "the whole month" if said.complete else "the month so far"
    click.echo(f"{said.node}, {said.month}: {state}, as it was signed by {said.gateway}")
    for head in said.heads:
        click.echo(f"counted up to event {head.sequence} of {head.writer}, {head.hash}")


async def _make(node: NodeId, month: str, chosen: Path | None) -> ReceiptFile:
    settings = chosen_settings(chosen)
    key = signing_key(settings)
    if key is None:
        raise SettingsError("receipts are signed: `audit_checkpoint_key_file` is not set")
    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    url = settings.storage_url.reveal()
    async with opened(url) as stores:
        await node_of_log(stores.joining, settings, node)
        counted = await count(
            stores.audit.read(),
            sealer,
            gateway=settings.gateway_id,
            node=node,
            month=month,
            at=now(),
            checkpoints=of_rows(await stores.keeping.checkpoints(), key.public),
            segments=of_segments(await stores.keeping.segments(), key.public),
        )
    signed = sign(counted, key)
    digest = hashlib.sha256(signed.encode()).hexdigest()
    async with (
        opened(url, read_only=False) as stores,
        commands_trail(settings, stores, now) as trail,
    ):
        made = ReceiptMade(month=month, digest=digest)
        await trail.record((receipt_made(operation(now()), node, made),))
    return ReceiptFile(receipt=counted, signed=signed)


async def _verified(file: Path, chosen: Path | None, keys: Path | None) -> Receipt:
    found = _read(file)
    keys = keys or chosen_settings(chosen).audit_checkpoint_key_file
    if keys is None:
        raise SettingsError("`--checkpoint-keys` says with which keys to check it")
    said = read(Receipt, found.signed, load_public_keys(keys))
    if said != found.receipt:
        raise AuditBrokenError("what the receipt says is not what was signed")
    return said


def _read(file: Path) -> ReceiptFile:
    try:
        return msgspec.json.decode(file.read_bytes(), type=ReceiptFile)
    except OSError as error:
        raise SettingsError(f"`{file}`: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError(f"`{file}`: is not a receipt") from None


def _numbers(totals: Totals) -> tuple[str, ...]:
    return tuple(str(getattr(totals, name)) for name in _COLUMNS)
