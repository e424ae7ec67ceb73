"""`watling sharing explain`: which rules decide a case, whose they are, and what they say."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from federation.sharing.explain import Explained
from federation.sharing.explain import explain as explained
from federation.sharing.trial import rules_of_sheets
from gateway.cli.sharing.terminal import fail, plain_errors, show, table, today
from gateway.cli.sharing.trial import read_cases
from gateway.sharing import read_bundle


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--case", "name", help="The one case to explain, by its name; all without it.")
def explain(files: tuple[Path, ...], name: str | None) -> None:
    """Say of each case in the last of FILES which rules of the bundles before it decide, and why.

    Cases are written as for `test`. Fails where no case has the name.
    """
    *bundles, cases = files
    if not bundles:
        raise click.UsageError("give the bundles first, and the cases last")
    with plain_errors():
        sheets = [read_bundle(path).sheet for path in bundles]
        rules = rules_of_sheets(sheets)
        rows = [row for row in read_cases(cases) if name in {None, row.name}]
    if not rows:
        fail(f"`{cases}`: no case is called `{name}`")
    agreements = [one for sheet in sheets for one in sheet.given()]
    for row in rows:
        _print(explained(row, rules, agreements, today()))
    versions = ", ".join(f"{one.head.owner} version {one.head.version}" for one in sheets)
    click.echo(f"decided by rules {rules.version}: the network's, and {versions}")


def _print(found: Explained) -> None:
    click.echo(f"{found.row.name}: {found.outcome} ({found.row.node}, {found.row.category})")
    if found.refusal:
        click.echo(f"  the whole request is refused: {found.refusal}")
    decision = found.decision
    if decision is None:
        return
    if decision.code:
        click.echo(f"  code {decision.code}")
    if decision.liftable:
        click.echo("  emergency access would open it")
    if not found.speaking:
        click.echo("  no rule decided it: nothing that could be evaluated opens it")
        return
    made = table("layer", "rule", "does", "set aside in an emergency", "because")
    for one in found.speaking:
        liftable = "yes" if one.liftable else "no"
        made.add_row(one.layer.value, Text(one.id), one.does, liftable, Text(one.reason))
    show(made)
