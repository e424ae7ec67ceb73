"""`watling schema print`: the public schema, and the schema that native nodes are asked by."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FILES = {False: Path("schema.graphql"), True: Path("federation/protocols/graphql/node.graphql")}


@click.group()
def schema() -> None:
    """Print the schemas."""


@schema.command("print")
@click.option("--node", is_flag=True, help="The native node protocol's instead of the public one.")
@click.option("--check", is_flag=True, help="Compare with the file in the repository instead.")
def print_(*, node: bool, check: bool) -> None:
    """Print a schema from the code."""
    text = _text(node=node)
    if not check:
        click.echo(text, nl=False)
        return
    file = _FILES[node]
    if not file.is_file() or file.read_text("utf-8") != text:
        option = " --node" if node else ""
        click.echo(
            f"`{file}` differs from the code: `watling schema print{option} > {file}`", err=True
        )
        sys.exit(1)


def _text(*, node: bool) -> str:
    if node:
        from federation.protocols.graphql.sdl import print_sdl  # noqa: PLC0415 - one of two

        return print_sdl().strip() + "\n"
    from resolvers.schema import print_schema  # noqa: PLC0415 - one of two

    return print_schema().strip() + "\n"
