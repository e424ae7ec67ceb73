"""`watling node waive`: put one's name under a check that a node does not pass."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from federation.conformance import CHECKS, Waiver, sign_waiver
from gateway.cli.sharing.terminal import plain_errors
from gateway.sharing import read_signing_key

_LETTERS = click.Choice([check.letter for check in CHECKS])


@click.command()
@click.option("--node", required=True, help="The node's id.")
@click.option("--check", "letter", required=True, type=_LETTERS, help="The check's letter.")
@click.option("--reason", required=True, help="Why the node may join all the same.")
@click.option("--by", required=True, help="Who answers for that: name and office.")
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which it holds.",
)
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your private key, a P-256 JWK.",
)
def waive(node: str, letter: str, reason: str, by: str, until: datetime, key: Path) -> None:
    """Print a signed waiver, for `watling node check --waiver`."""
    waiver = Waiver(node=node, check=letter, reason=reason, by=by, until=until.date())
    with plain_errors():
        click.echo(sign_waiver(waiver, read_signing_key(key)))
