"""`watling sharing check`: read a bundle back in English, or say all that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import click

from federation.sharing.sheet import sentences
from federation.sharing.trial import rules_of_sheets
from gateway.cli.sharing.terminal import BUNDLE, plain_errors
from gateway.sharing import read_bundle


@click.command()
@BUNDLE
@click.option("--cedar", is_flag=True, help="Print the rules that decide, as Cedar.")
def check(bundle: Path, *, cedar: bool) -> None:
    """Read BUNDLE back in English, row by row.

    A bundle with a fault is refused whole, with every fault named, and the command fails.
    """
    with plain_errors():
        found = read_bundle(bundle)
        sheet = found.sheet
        rules_of_sheets((sheet,))
    if cedar:
        click.echo(sheet.bundle().text)
        return
    head = sheet.head
    click.echo(f"{head.title}\n{head.owner}, version {head.version}, from {head.effective_from}")
    click.echo(f"SHA-256 {sheet.digest}, {len(found.signatures)} signatures beside it\n")
    for said in sentences(sheet):
        click.echo(click.wrap_text(f"{said.id}: {said.english}", 100, "", "    "))
    if sheet.cedar.strip():
        click.echo("\nand the expert's own rules, which --cedar prints")
