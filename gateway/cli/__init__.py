"""The `watling` command: one file a command group, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS = {
    "audit": (
        "gateway.cli.audit",
        "audit",
        "Verify the audit log, read from it, or hand a part of it out.",
    ),
    "consent": (
        "gateway.cli.feeds",
        "consent",
        "Load feeds of who agreed that something kept back is shown.",
    ),
    "demo": ("gateway.cli.demo", "demo", "The demo network on this machine."),
    "fhir": ("gateway.cli.fhir", "fhir", "Say what becomes of FHIR R4 JSON here."),
    "keys": (
        "gateway.cli.keys",
        "keys",
        "Make and rotate keys: what vouches for requesters, and what people sign with.",
    ),
    "node": ("gateway.cli.node", "node", "A region's node, from its descriptor to its end."),
    "region": ("gateway.cli.region", "region", "Enrol regions whose nodes may join."),
    "roles": ("gateway.cli.roles", "roles", "Check and sign an organisation's table of roles."),
    "mark": ("gateway.cli.feeds", "mark", "Load watch lists and employers' lists."),
    "proxy": ("gateway.cli.feeds", "proxy", "Load feeds of who may act for whom."),
    "recall": ("gateway.cli.recall", "recall", "Tell whoever was shown an item that is wrong."),
    "relationship": (
        "gateway.cli.feeds",
        "relationship",
        "Load feeds of who cares for whom.",
    ),
    "schema": ("gateway.cli.schema", "schema", "Print the schemas."),
    "sharing": ("gateway.cli.sharing", "sharing", "For those who answer for the sharing rules."),
    "serve": ("gateway.cli.serve", "serve", "Run the gateway."),
    "token": ("gateway.cli.token", "token", "Print a token of the demo's own issuer."),
}
"""Where each command is, and the line that the help shows for it without importing it."""


class LazyGroup(click.Group):
    """Knows its commands by name, so that asking for help imports no server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - by the table above
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup)
@click.version_option(package_name="watling", message="%(version)s")
def main() -> None:
    """Watling, a GraphQL gateway for shared care records."""
