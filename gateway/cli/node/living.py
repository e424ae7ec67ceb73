"""`watling node approve` to `retire`: the steps of a node's life, and how it stands.

At the gateway's machine as the operator, or over a gateway's schema as whoever the token is of.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from federation.joining.steps import (
    Approval,
    Detail,
    Promotion,
    Rejection,
    Resumption,
    Retirement,
    Suspension,
)
from federation.model import Category, NodeState
from gateway.cli.audit_parts import printable, to_text
from gateway.cli.node.common import NODE, SETTINGS, plain_errors, show, table
from gateway.cli.node.ways import AtTheMachine, Stands, Way, either_way
from gateway.settings import load_settings

_DIGEST = click.option("--digest", required=True, help="Of exactly the descriptor that is meant.")
_WHICH = click.option(
    "--digest", help="Of the descriptor that is meant; needed while another one is served."
)
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
@either_way
def approve(way: Way, node: str, digest: str) -> None:
    """Approve exactly the descriptor of this digest: as the operator, or as a neighbour."""
    _take(way, node, Approval(), digest)


@click.command()
@NODE
@_DIGEST
@_REASON
@either_way
def reject(way: Way, node: str, digest: str, reason: str) -> None:
    """Reject exactly the descriptor of this digest."""
    _take(way, node, Rejection(reason=reason), digest)


@click.command("safety-only")
@NODE
@click.option(
    "--tester",
    "testers",
    multiple=True,
    required=True,
    help="An organisation (ODS code) whose own patients it is tried for. May be given again.",
)
@_WHICH
@SETTINGS
def safety_only(
    node: str, testers: tuple[str, ...], digest: str | None, settings: Path | None
) -> None:
    """Ask NODE for its testers' own patients, and for nobody else."""
    _promote(settings, node, Promotion(to=NodeState.SAFETY_ONLY, testers=testers), digest)


@click.command()
@NODE
@_WHICH
@SETTINGS
def live(node: str, digest: str | None, settings: Path | None) -> None:
    """Ask NODE for everybody, by its sharing rules."""
    _promote(settings, node, Promotion(to=NodeState.LIVE), digest)


@click.command()
@NODE
@_CATEGORIES
@_CUSTODIAN
@_REASON
@either_way
def suspend(
    way: Way, node: str, categories: tuple[str, ...], custodian: str | None, reason: str
) -> None:
    """Ask NODE no more, wholly or in part; within two seconds at every gateway."""
    scope = tuple(map(Category, categories))
    _take(way, node, Suspension(categories=scope, custodian=custodian, reason=reason))


@click.command()
@NODE
@_CATEGORIES
@_CUSTODIAN
@either_way
def resume(way: Way, node: str, categories: tuple[str, ...], custodian: str | None) -> None:
    """Ask NODE again, for what your side suspended; what the other side suspended stays so."""
    scope = tuple(map(Category, categories))
    _take(way, node, Resumption(categories=scope, custodian=custodian))


@click.command()
@NODE
@_REASON
@either_way
def retire(way: Way, node: str, reason: str) -> None:
    """Take NODE out of the network for good."""
    _take(way, node, Retirement(reason=reason))


@click.command()
@click.argument("node", required=False)
@either_way
def status(way: Way, node: str | None) -> None:
    """How NODE, or every node, stands."""
    stands = [one for one in asyncio.run(way.stands()) if node is None or one.id == node]
    made = table("node", "region", "state", "version", "checks", "approved by", "suspended")
    for one in stands:
        made.add_row(*map(to_text, _row(one)))
    show(made)
    for one in stands:
        if one.digest:
            # Whole on one line, to be copied.
            click.echo(printable(f"{one.id} version {one.version}: {one.digest}"))


_CHECKS = {None: "", True: "passed", False: "not passed"}


def _row(one: Stands) -> tuple[str, ...]:
    state = one.state
    if state not in {one.version_state, NodeState.RETIRED}:
        state += f"; version {one.version} is {one.version_state}"
    return (
        one.id,
        one.region,
        state,
        one.version,
        _CHECKS[one.report_passed],
        ", ".join(one.approved_by),
        ", ".join(f"by {side or 'an unread step'}" for side in one.suspended_by),
    )


def _promote(settings: Path | None, node: str, to: Promotion, digest: str | None) -> None:
    with plain_errors():
        _take(AtTheMachine(load_settings(settings)), node, to, digest)


def _take(way: Way, node: str, detail: Detail, digest: str | None = None) -> None:
    state = asyncio.run(way.take(detail, node, digest))
    click.echo(printable(f"{node} is {state}"))
