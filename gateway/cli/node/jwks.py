"""`watling node jwks`: the public half of the keys that a checker vouches with, for a node."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from gateway.cli.sharing.terminal import now, plain_errors
from gateway.requester_keys import load_requester_keys


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def jwks(file: Path) -> None:
    """Print the public keys of FILE, which `watling keys make` wrote.

    A node's test endpoint believes the checks that are signed with them once it is given this.
    """
    with plain_errors():
        published = load_requester_keys(file).published(now())
    told = msgspec.json.encode({"keys": [dict(one.public) for one in published]})
    click.echo(msgspec.json.format(told, indent=1).decode())
