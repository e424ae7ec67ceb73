"""`watling sharing`: for those who answer for the sharing rules."""

from __future__ import annotations

import click

from gateway.cli.sharing.labels import labels

__all__ = ["sharing"]


@click.group()
def sharing() -> None:
    """Write, try, sign and publish sharing rules."""


for _command in (labels,):
    sharing.add_command(_command)
