"""The two ways to the steps of a node's life: at the gateway's machine, and over its schema.

At the machine whoever has the settings acts as the operator. Over the schema everybody acts as
their token says: a region for its own node, a neighbour for another's. What a command does is
written once, over `Way`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Protocol

import click
from msgspec import Struct

from federation.joining.life import NodeLife
from federation.joining.signing import unverified
from federation.joining.steps import (
    Approval,
    Detail,
    Rejection,
    Resumption,
    Retirement,
    Scope,
    Submission,
    Suspension,
)
from federation.model import NodeId
from gateway.cli.node.common import SETTINGS, now, plain_errors
from gateway.joining.elsewhere import Elsewhere
from gateway.joining.operating import operating
from gateway.settings import Settings, load_settings

_FILE = click.Path(path_type=Path, dir_okay=False)
_ROW = "id region state version versionState digest reportPassed approvedBy suspendedBy"
STANDING = (
    f"{{ nodeSubmissions {{ {_ROW} }} }}",
    f"{{ nodeSubmissions {{ {_ROW} descriptor report }} }}",
)
"""How the nodes stand, without the texts and with them."""
_MUTATIONS: dict[type[Detail], str] = {
    Submission: "submitNode",
    Approval: "approveNode",
    Rejection: "rejectNode",
    Suspension: "suspendNode",
    Resumption: "resumeNode",
    Retirement: "retireNode",
}


class Stands(Struct, frozen=True, kw_only=True, rename="camel"):
    """How a node stands, of what was submitted last. The texts are there where they were wanted."""

    id: str
    region: str
    state: str
    version: str
    version_state: str
    digest: str
    report_passed: bool | None = None
    approved_by: tuple[str, ...] = ()
    suspended_by: tuple[str, ...] = ()
    descriptor: str = ""
    report: str | None = None


class _Changed(Struct, frozen=True):
    state: str


class Way(Protocol):
    """One of the two."""

    async def submit(self, said: Submission, region: str, node: str, digest: str, /) -> None:
        """A signed descriptor, with what lies beside it."""

    async def take(self, detail: Detail, node: str, digest: str | None = None) -> str:
        """One step of a node's life; the state that it is in then."""

    async def stands(self, *, texts: bool = False) -> tuple[Stands, ...]:
        """How the nodes stand; with the text of each descriptor and report only if wanted."""


@dataclass(frozen=True, slots=True)
class AtTheMachine:
    """As the operator, in the store of these settings."""

    settings: Settings

    async def submit(self, said: Submission, region: str, node: str, digest: str, /) -> None:
        """On the record before it is done."""
        async with operating(self.settings, now) as steps:
            await steps.take(said, region, node, digest)

    async def take(self, detail: Detail, node: str, digest: str | None = None) -> str:
        """On the record before it is done."""
        async with operating(self.settings, now) as steps:
            life = await steps.life(node)
            joining = await steps.take(detail, life.region, node, digest)
            return str(joining.nodes[NodeId(node)].state)

    async def stands(self, *, texts: bool = False) -> tuple[Stands, ...]:
        """Those of the network file as well."""
        async with operating(self.settings, now, read_only=True) as steps:
            return tuple(_stands(life, texts) for life in (await steps.now()).nodes.values())


@dataclass(frozen=True, slots=True)
class OverTheSchema:
    """As whoever the token is of."""

    gateway: Elsewhere

    async def submit(self, said: Submission, _region: str, _node: str, _digest: str, /) -> None:
        """As an approver of the region whose node it is."""
        given = {
            "descriptor": said.signed,
            "expectations": said.expectations,
            "bundle": said.bundle,
        }
        await self._changed(said, given)

    async def take(self, detail: Detail, node: str, digest: str | None = None) -> str:
        """As the gateway knows the caller."""
        given: dict[str, Any] = {"id": node}
        if digest is not None:
            given["descriptorDigest"] = digest
        if isinstance(detail, Rejection | Suspension | Retirement):
            given["reason"] = detail.reason
        if isinstance(detail, Scope):
            given |= {"categories": detail.categories or None, "custodian": detail.custodian}
        return (await self._changed(detail, given)).state

    async def stands(self, *, texts: bool = False) -> tuple[Stands, ...]:
        """Of those that were submitted."""
        return await self.gateway.ask(STANDING[texts], {}, "nodeSubmissions", tuple[Stands, ...])

    async def _changed(self, detail: Detail, given: Mapping[str, Any]) -> _Changed:
        query, field = mutation(type(detail))
        return await self.gateway.ask(query, {"input": given}, field, _Changed)


def mutation(kind: type[Detail]) -> tuple[str, str]:
    """The operation that takes a step over the schema, and its field."""
    field = _MUTATIONS[kind]
    said = f"{field[0].upper()}{field[1:]}Input"
    return f"mutation ($input: {said}!) {{ {field}(input: $input) {{ state }} }}", field


def _stands(life: NodeLife, texts: bool) -> Stands:
    newest = life.newest
    submission = newest.submission if newest and texts else None
    report = newest.report if newest else None
    return Stands(
        id=life.id,
        region=life.region,
        state=str(life.state),
        version=".".join(map(str, newest.number)) if newest else "",
        version_state=str(newest.state) if newest else "",
        digest=newest.digest if newest else "",
        report_passed=report.passed if report else None,
        approved_by=tuple(one.side for one in newest.approvals) if newest else (),
        suspended_by=tuple(sorted({one.side for one in life.suspended})),
        descriptor=unverified(submission.signed).decode("utf-8") if submission else "",
        report=report.signed if report and texts else None,
    )


_GATEWAY = click.option(
    "--gateway",
    metavar="URL",
    help="A gateway elsewhere, asked over its schema as whoever `--token-file` is of.",
)
_TOKEN = click.option("--token-file", type=_FILE, help="An access token for it, by itself.")
_CA = click.option(
    "--ca",
    "authority",
    type=_FILE,
    help="The authority of its certificate (PEM), in the place of this machine's authorities.",
)


def either_way(command: Callable[..., None]) -> Callable[..., None]:
    """A command that is given the `way` that its options choose."""

    @wraps(command)
    def chosen(
        settings: Path | None,
        gateway: str | None,
        token_file: Path | None,
        authority: Path | None,
        **given: Any,
    ) -> None:
        if gateway is None and (token_file or authority):
            raise click.UsageError("`--token-file` and `--ca` are for a `--gateway` elsewhere")
        if gateway is not None and settings is not None:
            raise click.UsageError("give `--gateway` or `--settings`, not both")
        if gateway is not None and token_file is None:
            raise click.UsageError("`--gateway` needs `--token-file`")
        with plain_errors():
            way: Way
            if gateway is not None and token_file is not None:
                way = OverTheSchema(Elsewhere(gateway, token_file, authority))
            else:
                way = AtTheMachine(load_settings(settings))
            command(way=way, **given)

    for option in (_CA, _TOKEN, _GATEWAY, SETTINGS):
        chosen = option(chosen)
    return chosen
