"""What decides now at a deployment, as its store of published bundles has it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from federation.sharing.rulebook import RuleBook, RulesNow
from federation.storage import BundleRow
from gateway.cli.sharing.terminal import now
from gateway.settings import Settings
from gateway.sharing import load_signers


def rules_of_rows(rows: Sequence[BundleRow], settings: Settings) -> RulesNow:
    """The rules that gateways with these settings decide by now; what does not hold is said."""
    book = RuleBook(load_signers(settings.signers), 0.0)
    for refused in book.hear(rows, now(), 0.0):
        click.echo(f"watling: no. {refused.sequence} is refused: {refused.why}", err=True)
    return book.now(0.0)
