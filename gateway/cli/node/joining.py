"""`watling node sign`, `submit`, `read` and `report`: how a node comes before its approvers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from federation.access.submitted_rules import check_owner
from federation.conformance import (
    ConformanceCode,
    ConformanceError,
    filed,
    made_after,
    page,
    report_in,
)
from federation.errors import SettingsError
from federation.joining.descriptor import Descriptor, check_beside, digest_of, read_descriptor
from federation.joining.rows import KeyUse
from federation.joining.signing import sign as signature_of
from federation.joining.signing import thumbprint, unverified
from federation.joining.steps import Report, Submission
from federation.model import NodeId
from gateway.cli.audit_parts import printable
from gateway.cli.node.common import (
    DESCRIPTOR,
    NODE,
    SETTINGS,
    now,
    plain_errors,
    read_bytes,
    signed_file,
    write_bytes,
)
from gateway.cli.node.ways import Way, either_way
from gateway.joining.operating import operating
from gateway.joining.signatories import signatories
from gateway.settings import Settings, load_settings
from gateway.sharing import load_signers, read_signing_key

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@DESCRIPTOR
@click.option(
    "--key",
    required=True,
    type=_FILE,
    help="The region's private key, a P-256 JWK.",
)
@click.option("--as", "kid", required=True, help="The key's name, as the operator enrolled it.")
def sign(descriptor: Path, key: Path, kid: str) -> None:
    """Sign DESCRIPTOR; the signature lies beside it. One with a fault is not signed."""
    with plain_errors():
        body = read_bytes(descriptor)
        said = read_descriptor(body, descriptor.name)
        _beside(descriptor, said)
        signing = read_signing_key(key)
        if thumbprint(signing) not in {
            one.sha256 for one in said.keys if one.use is KeyUse.SIGNING
        }:
            raise SettingsError(
                f"{descriptor.name}: `keys` does not name this key, which is {thumbprint(signing)}"
            )
        beside = signed_file(descriptor)
        beside.write_text(signature_of(body, kid, signing), "ascii")
    click.echo(f"signed {said.node.id} version {said.node.version}, {digest_of(body)}: {beside}")


@click.command()
@DESCRIPTOR
@either_way
def submit(way: Way, descriptor: Path) -> None:
    """Submit DESCRIPTOR with its signature, its sharing rules and its test people."""
    body = read_bytes(descriptor)
    said = read_descriptor(body, descriptor.name)
    signed = read_bytes(signed_file(descriptor)).decode("ascii", "replace").strip()
    if unverified(signed) != body:
        raise SettingsError(f"{descriptor.name}: was changed since it was signed")
    rules, people = _beside(descriptor, said)
    submission = Submission(signed=signed, bundle=rules, expectations=people)
    node, digest = said.node, digest_of(body)
    asyncio.run(way.submit(submission, node.region_id, node.id, digest))
    click.echo(f"submitted {node.id} version {node.version}: {digest}")


@click.command()
@NODE
@click.option("--descriptor", "text_file", type=_FILE, help="Write its descriptor here.")
@click.option("--report", "page_file", type=_FILE, help="Write its report here, as a page.")
@either_way
def read(way: Way, node: str, text_file: Path | None, page_file: Path | None) -> None:
    """Hand out what was submitted of NODE, and what its checks came to: before it is approved."""
    stands = [one for one in asyncio.run(way.stands(texts=True)) if one.id == node]
    if not stands or not stands[0].descriptor:
        raise SettingsError("nothing was submitted of this node")
    (one,) = stands
    text = one.descriptor.encode()
    if digest_of(text) != one.digest:
        raise SettingsError("the descriptor that came is not of the digest that is approved")
    click.echo(printable(f"{one.id} version {one.version}: {one.digest}"))
    if text_file is not None:
        write_bytes(text_file, text)
    if page_file is not None:
        if one.report is None:
            raise SettingsError("no report has been filed yet; `watling node status` says when")
        write_bytes(page_file, page(report_in(unverified(one.report))).encode())


@click.command()
@NODE
@click.option("--digest", required=True, help="Of the descriptor that was examined.")
@click.option(
    "--file",
    "report_file",
    required=True,
    type=_FILE,
    help="The report of `watling node check --signed`.",
)
@SETTINGS
def report(node: str, digest: str, report_file: Path, settings: Path | None) -> None:
    """File what the conformance checks of NODE came to, as their report says.

    Whoever signed it is a person of the network or of the node (`[[signers]]`), or the region.
    """
    with plain_errors():
        signed = read_bytes(report_file).decode("utf-8", "replace").strip()
        try:
            passed = asyncio.run(_report(load_settings(settings), node, digest, signed))
        except ConformanceError as fault:
            raise SettingsError(f"{report_file.name}: {fault}") from None
    click.echo(f"filed for {node}: {'passed' if passed else 'failed'}")


def _beside(descriptor: Path, said: Descriptor) -> tuple[str, str]:
    """The sharing rules and the test people, which are those that it names."""
    texts = []
    for what in ("sharing", "expectations"):
        named = getattr(said, what)
        body = read_bytes(descriptor.with_name(named.file))
        check_beside(said, what, body)
        texts.append(body.decode("utf-8", "replace"))
    rules, people = texts
    check_owner(rules.encode(), NodeId(said.node.id), said.sharing.file)
    return rules, people


async def _report(settings: Settings, node: str, digest: str, signed: str) -> bool:
    """Whether it passed; nothing is kept of a report that is not taken."""
    signers = load_signers(settings.signers)
    async with operating(settings, now) as steps:
        life = await steps.life(node)
        region = (await steps.now()).keys_of(life.region)
        found = filed(signed, node, digest, signatories(node, signers, region), now())
        before = life.candidate.report if life.candidate is not None else None
        if before is not None and made_after(before.signed, found):
            raise ConformanceError(ConformanceCode.REPORT_TOO_OLD, "a later run was filed")
        await steps.take(Report(passed=found.passed, signed=signed), life.region, node, digest)
        return found.passed
