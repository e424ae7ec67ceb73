"""`watling roles`: an organisation without smartcards makes its key, and signs its table of roles.

For the organisation's privacy lead, on a machine of theirs: nothing here needs the gateway. What a
table is stands in `gateway/identity/mappings/role_table.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from federation.errors import SettingsError
from gateway.identity.mappings.role_table import RoleTable, read_role_table, sign_role_table
from gateway.key_pair import make_pair

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def roles() -> None:
    """Check and sign an organisation's table of roles."""


@roles.command()
@click.argument("private_file", type=_FILE)
@click.argument("public_file", type=_FILE)
def key(private_file: Path, public_file: Path) -> None:
    """Make a key: the private half stays with you, the public half is enrolled at the gateway."""
    try:
        made = make_pair(private_file, public_file)
    except SettingsError as fault:
        _stop(str(fault))
    click.echo(f"the key's fingerprint is {made.thumbprint()}; say it when the key is enrolled")


@roles.command()
@click.argument("table_file", type=_FILE)
def check(table_file: Path) -> None:
    """Check a table and print what it would give to whom."""
    _show(_table(table_file)[1])


@roles.command()
@click.argument("table_file", type=_FILE)
@click.option("--key", "private_file", type=_FILE, required=True, help="Your private key.")
@click.option("--out", "signed_file", type=_FILE, required=True, help="Where the signed one goes.")
def sign(table_file: Path, private_file: Path, signed_file: Path) -> None:
    """Check a table, print what it would give to whom, and sign it."""
    payload, table = _table(table_file)
    _show(table)
    try:
        private = ECKey.import_key(msgspec.json.decode(private_file.read_bytes()))
        signed_file.write_text(sign_role_table(payload, private))
    except OSError as fault:
        _stop(f"`{fault.filename}`: cannot be read or written ({fault.strerror})")
    except (JoseError, msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError, KeyError):
        _stop(f"`{private_file}`: is not a private key that `watling roles key` made")
    click.echo(f"signed: {signed_file}")


def _table(path: Path) -> tuple[bytes, RoleTable]:
    try:
        payload = path.read_bytes()
        return payload, read_role_table(payload, str(path))
    except OSError as fault:
        _stop(f"`{path}`: cannot be read ({fault.strerror})")
    except SettingsError as fault:
        _stop(str(fault))


def _show(table: RoleTable) -> None:
    click.echo(
        f"table {table.version} of {table.organisation}, for people of {table.issuer}, until"
        f" {table.valid_until}"
    )
    for row in table.role:
        whom = f"the subject `{row.subject}`" if row.subject else f"everybody of `{row.group}`"
        name = f" ({row.role_name})" if row.role_name else ""
        days = [f"from {row.begins}"] if row.begins else []
        days += [f"until {row.ends}"] if row.ends else []
        click.echo(" ".join((f"  {row.id}: {whom} acts as {row.role}{name}", *days)))


def _stop(message: Any) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
