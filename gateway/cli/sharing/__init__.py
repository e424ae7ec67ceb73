"""`watling sharing`: for those who answer for the sharing rules."""

from __future__ import annotations

import click

from gateway.cli.sharing.check import check
from gateway.cli.sharing.expiring import expiring
from gateway.cli.sharing.explain import explain
from gateway.cli.sharing.labels import labels
from gateway.cli.sharing.matrix import matrix
from gateway.cli.sharing.papers import papers
from gateway.cli.sharing.publish import list_, publish, rollback
from gateway.cli.sharing.replay import replay
from gateway.cli.sharing.shadow import shadow, unshadow
from gateway.cli.sharing.shadow_day import shadow_day
from gateway.cli.sharing.sign import sign
from gateway.cli.sharing.trial import test

__all__ = ["sharing"]


@click.group()
def sharing() -> None:
    """Write, try, sign and publish sharing rules."""


for _command in (
    check,
    test,
    replay,
    explain,
    labels,
    matrix,
    papers,
    sign,
    publish,
    rollback,
    list_,
    shadow,
    unshadow,
    shadow_day,
    expiring,
):
    sharing.add_command(_command)
