"""`watling node new REGION`: a small project that runs, whose author writes what reads the store.

What is written is `projects/`: each folder there is an example that is tested as it stands, with
`my-region` in the place of the region's id. The new folder appears whole or not at all.
"""

from __future__ import annotations

import re
import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import NoReturn

import click

from federation.joining.addresses import address_fault
from gateway.cli.node.descriptor import Offers, describe, write_digests

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ADDRESS = re.compile(r"[!#-\[\]-~]+")
_LONGEST_ID = 64
_EXAMPLE_ID, _EXAMPLE_NAME = "my-region", "My Region"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".pytest_cache", "*.sqlite", "looks.jsonl")
EXAMPLES = {
    "sql": Offers(categories=("ALLERGIES", "DOCUMENTS")),
    "documents": Offers(categories=("DOCUMENTS",)),
    "extract": Offers(categories=("ALLERGIES", "MEDICATIONS"), lag_minutes=26 * 60),
}
"""What each example offers, as its descriptor says."""


@click.command()
@click.argument("region")
@click.option(
    "--to", "to", type=click.Path(path_type=Path), help="The new folder; default: REGION."
)
@click.option("--name", help="What people read; default: made from REGION.")
@click.option(
    "--example",
    type=click.Choice(sorted(EXAMPLES)),
    default="sql",
    show_default=True,
    help="What to begin from.",
)
@click.option(
    "--fhir", metavar="URL", help="A FHIR R4 server that is there: no code, a descriptor."
)
def new(region: str, to: Path | None, name: str | None, example: str, fhir: str | None) -> None:
    """Begin the node of REGION (its id: small letters, digits, hyphens) in a new folder."""
    if len(region) > _LONGEST_ID or not _ID.fullmatch(region):
        _stop("a region's id is small letters and digits, in words joined by hyphens")
    folder = to or Path(region)
    shown = name or region.replace("-", " ").title()
    if not re.fullmatch(r"[^\W_]([^\x00-\x1f\x7f\"\\]{0,98}[^\W_])?", shown):
        _stop("a name is one line of words, without quotation marks")
    if folder.exists():
        _stop(f"`{folder}` is there already; nothing was written")
    fault = address_fault(fhir) if fhir else None
    if fhir and (fault or not _ADDRESS.fullmatch(fhir)):
        _stop(f"the FHIR server's address {fault or 'must be one that can be written as it is'}")
    offers = Offers(fhir=fhir) if fhir else EXAMPLES[example]
    try:
        _write(folder, "fhir" if fhir else example, offers, region, shown)
    except OSError as error:
        _stop(f"`{error.filename or folder}` cannot be written ({error.strerror})")
    click.echo(f"{folder} is there; its README.md says what comes next")


def _write(folder: Path, example: str, offers: Offers, region: str, name: str) -> None:
    """Into a folder beside it, which then takes its name."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        unfinished.mkdir()
        for part in ("region", *(() if offers.fhir else ("common",)), example):
            with as_file(files("gateway.cli.node").joinpath("projects", part)) as source:
                shutil.copytree(source, unfinished, dirs_exist_ok=True, ignore=_LEFT_OUT)
        describe(unfinished, offers)
        for file in sorted(unfinished.rglob("*")):
            if file.is_file():
                text = file.read_text("utf-8")
                text = text.replace(_EXAMPLE_ID, region).replace(_EXAMPLE_NAME, name)
                file.write_text(text, "utf-8")
        write_digests(unfinished / "descriptor.toml")
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _stop(message: str) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
