"""`watling node digests`: writes the SHA-256 of the files beside a descriptor into it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.cli.node.descriptor import write_digests


@click.command()
@click.argument(
    "descriptor",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default="descriptor.toml",
)
def digests(descriptor: Path) -> None:
    """Put the digests of the files beside DESCRIPTOR into it, after they were edited."""
    try:
        changed = write_digests(descriptor)
    except OSError as error:
        click.echo(f"watling: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
    told = " and ".join(f"`{name}`" for name in changed)
    click.echo(f"the digest of {told} is new" if changed else "every digest is right")
