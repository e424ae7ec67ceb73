"""`watling sharing sign`: put one's name under a bundle's exact bytes."""

from __future__ import annotations

from pathlib import Path

import click

from federation.sharing.signatures import sign as signature_of
from federation.sharing.trial import rules_of_sheets
from gateway.cli.sharing.terminal import BUNDLE, plain_errors
from gateway.sharing import read_bundle, read_signing_key, signature_file


@click.command()
@BUNDLE
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your private key, a P-256 JWK.",
)
@click.option("--as", "signer", required=True, help="Your id, as the gateway's settings have it.")
def sign(bundle: Path, key: Path, signer: str) -> None:
    """Sign BUNDLE off; the signature lies beside it. A bundle with a fault is not signed."""
    with plain_errors():
        found = read_bundle(bundle)
        rules_of_sheets((found.sheet,))
        beside = signature_file(bundle, signer)
        beside.write_text(signature_of(found.body, signer, read_signing_key(key)), "ascii")
    click.echo(f"signed {found.sheet.head.owner} version {found.sheet.head.version}: {beside}")
