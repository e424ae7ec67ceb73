"""`watling node`: for the author of a region's node."""

from __future__ import annotations

import click

from gateway.cli.node.check import check
from gateway.cli.node.digests import digests
from gateway.cli.node.jwks import jwks
from gateway.cli.node.new import new
from gateway.cli.node.shadow_day import shadow_day
from gateway.cli.node.waive import waive


@click.group()
def node() -> None:
    """For the author of a region's node."""


node.add_command(check)
node.add_command(jwks)
node.add_command(shadow_day)
node.add_command(waive)
node.add_command(digests)
node.add_command(new)
