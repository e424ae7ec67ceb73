"""`watling region`: regions whose nodes may join."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path

import click

from federation.errors import SettingsError
from federation.joining.signing import public_key, thumbprint
from federation.joining.steps import Enrolment, RegionKey
from gateway.cli.audit_parts import to_text
from gateway.cli.node.common import SETTINGS, now, plain_errors, show, table
from gateway.joining.operating import operating
from gateway.settings import Settings, load_settings


@click.group()
def region() -> None:
    """Enrol regions: whose keys sign for them, and where their nodes may be."""


@region.command()
@click.argument("region_id", metavar="REGION")
@click.option("--name", required=True, help="What people call it.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    metavar="NAME=FILE[@UNTIL]",
    help="A public P-256 key as a JWK, and when it ends (2028-01-01T00:00:00Z). All of them.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    required=True,
    metavar="CIDR",
    help="A network that its endpoints are in, such as 10.20.0.0/16. All of them.",
)
@SETTINGS
def enrol(
    region_id: str, name: str, keys: tuple[str, ...], networks: tuple[str, ...], settings: Path
) -> None:
    """Enrol REGION, or enrol it anew: what is said last holds, whole."""
    with plain_errors():
        said = Enrolment(
            region=region_id, name=name, keys=tuple(map(_key, keys)), networks=networks
        )
        asyncio.run(_enrol(load_settings(settings), said))
    for key in said.keys:
        click.echo(f"enrolled {region_id}: `{key.kid}`, {thumbprint(public_key(key.jwk))}")


@region.command("list")
@SETTINGS
def list_(settings: Path) -> None:
    """Every region that is enrolled, and its keys."""
    with plain_errors():
        regions = asyncio.run(_regions(load_settings(settings)))
    made = table("region", "name", "keys", "networks")
    for one in regions:
        names = (f"{key.kid}{f' until {key.until}' if key.until else ''}" for key in one.keys)
        made.add_row(one.region, to_text(one.name), "\n".join(names), "\n".join(one.networks))
    show(made)


async def _enrol(settings: Settings, said: Enrolment) -> None:
    async with operating(settings, now) as steps:
        await steps.take(said, said.region)


async def _regions(settings: Settings) -> tuple[Enrolment, ...]:
    async with operating(settings, now, read_only=True) as steps:
        return tuple((await steps.now()).regions.values())


def _key(said: str) -> RegionKey:
    kid, separator, rest = said.partition("=")
    file, _, until = rest.partition("@")
    if not separator or not kid or not file:
        raise click.UsageError("a key is given as NAME=FILE, or NAME=FILE@UNTIL")
    try:
        jwk = json.loads(Path(file).read_bytes())
        key = public_key(jwk)
        ends = datetime.fromisoformat(until) if until else None
    except OSError as error:
        raise SettingsError(f"`{file}`: cannot be read ({error.strerror})") from None
    except ValueError:
        raise SettingsError(f"`{file}`: is no JWK, or ends at no instant") from None
    if ends is not None and ends.tzinfo is None:
        raise click.UsageError("say in which zone a key ends: 2028-01-01T00:00:00Z")
    return RegionKey(kid=kid, jwk=key.as_dict(private=False), until=ends)
