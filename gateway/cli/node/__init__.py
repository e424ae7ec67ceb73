"""`watling node`: for the author of a region's node, and for the operator whom it joins."""

from __future__ import annotations

import click

from gateway.cli.node.check import check
from gateway.cli.node.digests import digests
from gateway.cli.node.joining import read, report, sign, submit
from gateway.cli.node.jwks import jwks
from gateway.cli.node.living import (
    approve,
    live,
    reject,
    resume,
    retire,
    safety_only,
    status,
    suspend,
)
from gateway.cli.node.new import new
from gateway.cli.node.shadow_day import shadow_day
from gateway.cli.node.waive import waive

__all__ = ["node"]


@click.group()
def node() -> None:
    """A region's node, from its descriptor to its end."""


for _command in (
    new,
    digests,
    jwks,
    check,
    waive,
    sign,
    submit,
    read,
    report,
    approve,
    reject,
    shadow_day,
    safety_only,
    live,
    suspend,
    resume,
    retire,
    status,
):
    node.add_command(_command)
