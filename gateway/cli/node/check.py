"""`watling node check`: what a node must do before it may answer for people, checked one by one.

Useful on its own, before any gateway exists. Exit codes: 0 passed, 1 not passed, 2 the input is at
fault.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import click

from federation.conformance import Report, Target, canonical, junit, page, run, waived
from federation.errors import SettingsError
from federation.joining.descriptor import Descriptor
from federation.joining.signing import REPORT, sign
from federation.model import Category, NodeProtocol
from gateway.cli.node.checked import Chosen, target_of, tools_of, transports_of, waivers_of
from gateway.cli.node.common import write_bytes
from gateway.cli.node.shown import print_report, screen
from gateway.sharing.signers import read_key, read_signing_key

_AT_ONCE = 256
_BAD_INPUT = 2
_FILE = click.Path(path_type=Path, dir_okay=False)
_POSITIVE = click.FloatRange(0, min_open=True)
_WRITERS: dict[str, Callable[[Report], bytes]] = {
    "json": lambda report: canonical(report) + b"\n",
    "junit": junit,
    "html": lambda report: page(report).encode("utf-8"),
}


@click.command()
@click.argument("what", metavar="URL|DESCRIPTOR")
@click.option(
    "--key",
    required=True,
    type=_FILE,
    help="A file of `watling keys make`, whose public keys (`watling node jwks`) the node trusts.",
)
@click.option(
    "--gateway",
    default="urn:watling:conformance",
    show_default=True,
    help="What the test endpoint knows the gateway by.",
)
@click.option("--people", type=_FILE, help="The expectations file; a descriptor names its own.")
@click.option("--node", help="The node's id; a descriptor says it.")
@click.option(
    "--protocol",
    type=click.Choice([one.value for one in NodeProtocol]),
    help="How the node is spoken to; a descriptor says it.",
)
@click.option(
    "--category",
    "categories",
    multiple=True,
    type=click.Choice([one.value for one in Category]),
    help="What the node offers; without it all. Repeatable.",
)
@click.option("--hooks", help="Where a native node's test mode is.")
@click.option(
    "--rate", type=_POSITIVE, help="Questions a second that the node bears.  [default: 5]"
)
@click.option(
    "--p95", type=_POSITIVE, help="Seconds in which 95 of 100 are answered.  [default: 3]"
)
@click.option(
    "--load-seconds",
    type=_POSITIVE,
    default=10.0,
    show_default=True,
    help="How long the load lasts.",
)
@click.option(
    "--rotate",
    "rotation_seconds",
    type=_POSITIVE,
    default=None,
    help="Watch the node's certificate for so many seconds: it is renewed meanwhile.",
)
@click.option(
    "--requester-tokens/--no-requester-tokens",
    default=None,
    help="Whether the node verifies `Watling-Requester`; a descriptor says it.  [default: it does]",
)
@click.option("--token-file", type=_FILE, help="A bearer token that the node's operators gave.")
@click.option("--client-key", type=_FILE, help="The key of the client that a descriptor names.")
@click.option(
    "--ca",
    "--authority",
    "authority",
    type=_FILE,
    help="The only authorities to trust, in PEM; a descriptor names its own.",
)
@click.option(
    "--client-certificate", type=_FILE, help="What is shown to a node that asks for a certificate."
)
@click.option(
    "--client-certificate-key",
    type=_FILE,
    help="Its key, where it does not stand in the same file.",
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    help="A network (CIDR) that the node must be in, as its region is enrolled. Repeatable.",
)
@click.option("--proxy", help="The address of the egress proxy.")
@click.option(
    "--waiver",
    "waivers",
    multiple=True,
    type=_FILE,
    help="A signed waiver (`watling node waive`). Repeatable.",
)
@click.option(
    "--waiver-key",
    "waiver_keys",
    multiple=True,
    type=_FILE,
    help="A public key that waivers may be signed with. Repeatable.",
)
@click.option("--json", "json_file", type=_FILE, help="Write the report as JSON.")
@click.option("--junit", "junit_file", type=_FILE, help="Write the report as JUnit XML.")
@click.option("--html", "html_file", type=_FILE, help="Write the report as one page of HTML.")
@click.option("--signed", "signed_file", type=_FILE, help="Write the report signed, to be filed.")
@click.option("--signing-key", type=_FILE, help="The private key that it is signed with, a JWK.")
@click.option("--as", "signer", help="The name of that key.")
def check(
    waivers: tuple[Path, ...],
    waiver_keys: tuple[Path, ...],
    json_file: Path | None,
    junit_file: Path | None,
    html_file: Path | None,
    signed_file: Path | None,
    signing_key: Path | None,
    signer: str | None,
    protocol: str | None,
    **given: object,
) -> None:
    """Check the node at URL, or that of DESCRIPTOR, with the invented people of its region."""
    spoken = NodeProtocol(protocol) if protocol else None
    try:
        chosen = Chosen(protocol=spoken, **given)  # type: ignore[arg-type]  # click's own conversions
        target, said = target_of(chosen)
        waiving = waivers_of(waivers, [read_key(one) for one in waiver_keys])
        signs = _signing(signing_key, signer) if signed_file else None
        report = waived(asyncio.run(_run(chosen, target, said)), waiving)
        print_report(report)
        files = {"json": json_file, "junit": junit_file, "html": html_file}
        for kind, file in files.items():
            if file is not None:
                write_bytes(file, _WRITERS[kind](report))
        if signed_file is not None and signs is not None:
            write_bytes(signed_file, signs(canonical(report)).encode("ascii") + b"\n")
    except SettingsError as fault:
        for line in str(fault).splitlines():
            click.echo(f"watling: {line}", err=True)
        sys.exit(_BAD_INPUT)
    sys.exit(0 if report.passed else 1)


async def _run(chosen: Chosen, target: Target, said: Descriptor | None) -> Report:
    async with aclosing(transports_of(chosen, _AT_ONCE)) as transports:
        tools = tools_of(chosen, said, transports)
        with screen() as shown:
            return await run(target, tools, shown.progress)


def _signing(key: Path | None, signer: str | None) -> Callable[[bytes], str]:
    if key is None or signer is None:
        raise SettingsError("`--signed` needs `--signing-key` and `--as`")
    private = read_signing_key(key)
    return lambda body: sign(body, signer, private, REPORT)
