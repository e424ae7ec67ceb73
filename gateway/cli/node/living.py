"""`watling node approve` to `retire`: the steps of a node's life, taken as the operator."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from federation.joining.life import NodeLife
from federation.joining.steps import (
    Approval,
    Detail,
    Promotion,
    Rejection,
    Resumption,
    Retirement,
    Suspension,
)
from federation.model import Category, NodeId, NodeState
from gateway.cli.node.common import NODE, SETTINGS, now, plain_errors, show, table
from gateway.joining.operating import operating
from gateway.settings import Settings, load_settings

_DIGEST = click.option("--digest", required=True, help="Of exactly the descriptor that is meant.")
_REASON = click.option("--reason", required=True, help="Why; it is sealed in the audit log.")
_CATEGORIES = click.option(
    "--category",
    "categories",
    multiple=True,
    type=click.Choice([one.value for one in Category]),
    help="Only this one. May be given again.",
)
_CUSTODIAN = click.option("--custodian", help="Only what this organisation (ODS code) keeps.")


@click.command()
@NODE
@_DIGEST
@SETTINGS
def approve(node: str, digest: str, settings: Path | None) -> None:
    """Approve exactly the descriptor of this digest, as the operator."""
    _take(settings, node, Approval(), digest)


@click.command()
@NODE
@_DIGEST
@_REASON
@SETTINGS
def reject(node: str, digest: str, reason: str, settings: Path | None) -> None:
    """Reject exactly the descriptor of this digest."""
    _take(settings, node, Rejection(reason=reason), digest)


@click.command("safety-only")
@NODE
@click.option(
    "--tester",
    "testers",
    multiple=True,
    required=True,
    help="An organisation (ODS code) whose own patients it is tried for. May be given again.",
)
@SETTINGS
def safety_only(node: str, testers: tuple[str, ...], settings: Path | None) -> None:
    """Ask NODE for its testers' own patients, and for nobody else."""
    _take(settings, node, Promotion(to=NodeState.SAFETY_ONLY, testers=testers))


@click.command()
@NODE
@SETTINGS
def live(node: str, settings: Path | None) -> None:
    """Ask NODE for everybody, by its sharing rules."""
    _take(settings, node, Promotion(to=NodeState.LIVE))


@click.command()
@NODE
@_CATEGORIES
@_CUSTODIAN
@_REASON
@SETTINGS
def suspend(
    node: str,
    categories: tuple[str, ...],
    custodian: str | None,
    reason: str,
    settings: Path | None,
) -> None:
    """Ask NODE no more, wholly or in part; within two seconds at every gateway."""
    scope = tuple(map(Category, categories))
    _take(settings, node, Suspension(categories=scope, custodian=custodian, reason=reason))


@click.command()
@NODE
@_CATEGORIES
@_CUSTODIAN
@SETTINGS
def resume(
    node: str, categories: tuple[str, ...], custodian: str | None, settings: Path | None
) -> None:
    """Ask NODE again, for what the operator suspended; what the region suspended stays so."""
    scope = tuple(map(Category, categories))
    _take(settings, node, Resumption(categories=scope, custodian=custodian))


@click.command()
@NODE
@_REASON
@SETTINGS
def retire(node: str, reason: str, settings: Path | None) -> None:
    """Take NODE out of the network for good."""
    _take(settings, node, Retirement(reason=reason))


@click.command()
@click.argument("node", required=False)
@SETTINGS
def status(node: str | None, settings: Path | None) -> None:
    """How NODE, or every node, stands."""
    with plain_errors():
        lives = asyncio.run(_lives(load_settings(settings)))
    made = table("node", "region", "state", "version", "approved by", "suspended", "digest")
    for life in lives:
        if node is None or life.id == node:
            made.add_row(*_row(life))
    show(made)


def _row(life: NodeLife) -> tuple[str, ...]:
    newest = life.newest
    coming = life.candidate
    state = str(life.state)
    if coming is not None and life.current is not None:
        state += f"; version {'.'.join(map(str, coming.number))} is {coming.state}"
    return (
        life.id,
        life.region,
        state,
        ".".join(map(str, newest.number)) if newest else "",
        ", ".join(one.side for one in newest.approvals) if newest else "",
        ", ".join(f"by {one.side or 'an unread step'}" for one in life.suspended),
        newest.digest if newest else "",
    )


def _take(settings: Path | None, node: str, detail: Detail, digest: str | None = None) -> None:
    with plain_errors():
        life = asyncio.run(_taken(load_settings(settings), node, detail, digest))
    click.echo(f"{node} is {life.state}")


async def _taken(settings: Settings, node: str, detail: Detail, digest: str | None) -> NodeLife:
    async with operating(settings, now) as steps:
        life = await steps.life(node)
        joining = await steps.take(detail, life.region, node, digest)
        return joining.nodes[NodeId(node)]


async def _lives(settings: Settings) -> tuple[NodeLife, ...]:
    async with operating(settings, now, read_only=True) as steps:
        return tuple((await steps.now()).nodes.values())
