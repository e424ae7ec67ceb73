"""`watling audit verify`: whether the log is what was written, and all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from msgspec import Struct
from rich.console import Console

from federation.audit import Sealer
from federation.audit.archive import of_segments
from federation.audit.checkpoint import CheckpointLines, of_lines, of_rows, read_lines
from federation.audit.proof import ChainProof, prove
from federation.audit.signing import PublicKeys
from federation.errors import SettingsError
from gateway.checkpoint_keys import load_public_keys
from gateway.cli.audit_parts import (
    ARCHIVES,
    FILE,
    KEYS,
    SETTINGS,
    STORAGE,
    find_log,
    make_table,
    opened,
    printable,
    run,
    to_text,
)
from gateway.cli.chosen import chosen_settings


class _Signed(Struct, frozen=True, kw_only=True):
    """With which keys checkpoints are checked, and the files beside the store."""

    keys: PublicKeys | None
    files: tuple[Path, ...]


class _Found(Struct, frozen=True, kw_only=True):
    proofs: Mapping[str, ChainProof]
    checkpoints: int
    files: Mapping[Path, CheckpointLines]
    seals: bool
    signatures: bool


@click.command("verify")
@SETTINGS
@STORAGE
@KEYS
@ARCHIVES
@click.option("--checkpoint-keys", type=FILE, help="Public keys, instead of the settings' file.")
@click.option(
    "--checkpoint-file",
    "checkpoint_files",
    type=FILE,
    multiple=True,
    help="The file, instead of the settings'; several where several gateways write to the store.",
)
def verify_log(
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    archives: tuple[Path, ...],
    checkpoint_keys: Path | None,
    checkpoint_files: tuple[Path, ...],
) -> None:
    """Say whether every event is as it was written, and name the first that is not.

    With `--storage` alone the hashes are checked. The audit keys add the seals, which find a log
    that somebody hashed anew; the checkpoints, for which their public keys are enough, find that
    too, and an end that was cut off. Archived events are read where `--archive` is given.
    """
    found = run(_verify(settings, storage, audit_key, archives, checkpoint_keys, checkpoint_files))
    broken = [proof.broken for proof in found.proofs.values() if proof.broken is not None]
    if broken:
        for one in broken:
            click.echo(printable(f"broken: {one}"), err=True)
        sys.exit(1)
    table = make_table("writer", "events", "newest event's hash", "signed up to")
    for writer, proof in found.proofs.items():
        head, up_to = proof.head, proof.signed_up_to
        table.add_row(to_text(writer), str(head.sequence), head.hash.hex(), str(up_to or "never"))
    Console().print(table)
    click.echo(f"{sum(proof.head.sequence for proof in found.proofs.values())} events hold")
    for note in _notes(found):
        click.echo(printable(note))


def _notes(found: _Found) -> Iterator[str]:
    if not found.seals:
        yield "their seals were not checked: no key file was given"
    if found.checkpoints and not found.signatures:
        yield "signatures of checkpoints were not checked: no keys of checkpoints were given"
    for file, lines in found.files.items():
        if not file.exists():
            yield f"the checkpoint file `{file}` is not there: the store's checkpoints were taken"
        for line in lines.unreadable:
            yield f"line {line} of `{file}` cannot be read: a crash may have cut it short"
    for writer, proof in found.proofs.items():
        yield from _notes_on(writer, proof)


def _notes_on(writer: str, proof: ChainProof) -> Iterator[str]:
    if proof.set_back is not None:
        yield f"event {proof.set_back} of writer {writer!r} was written with a clock set back"
    if proof.unread:
        yield (
            f"events up to {proof.unread} of writer {writer!r} are archived or purged, and were"
            " not all read: what was signed of them was taken for them"
        )
    if proof.left_over:
        yield (
            f"{proof.left_over} events of writer {writer!r} are archived and in the store as"
            " well: `watling audit archive` takes them out"
        )
    unsigned = proof.head.sequence - proof.signed_up_to
    if unsigned:
        yield (
            f"{unsigned} events of writer {writer!r} were written since its last checkpoint:"
            " if more were cut off after them, nothing shows it"
        )


def _signed(
    settings: Path | None, storage: str | None, keys: Path | None, files: tuple[Path, ...]
) -> _Signed:
    """As the options say, and as the settings say where they do not."""
    for file in files:
        if not file.exists():
            raise SettingsError(f"`{file}` is not there")
    if storage is None or settings is not None:
        known = chosen_settings(settings)
        keys = keys or known.audit_checkpoint_key_file
        beside = known.audit_checkpoint_file
        files = files or ((beside,) if beside else ())
    return _Signed(keys=load_public_keys(keys) if keys else None, files=files)


def _lines(file: Path) -> CheckpointLines:
    try:
        return read_lines(file)
    except OSError as error:
        raise SettingsError(f"`{file}`: cannot be read ({error.strerror})") from None


async def _verify(
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    archives: tuple[Path, ...],
    checkpoint_keys: Path | None,
    checkpoint_files: tuple[Path, ...],
) -> _Found:
    signed = _signed(settings, storage, checkpoint_keys, checkpoint_files)
    url, keys = find_log(settings, storage, audit_key)
    lines = {file: _lines(file) for file in signed.files}
    async with opened(url) as stores:
        sealer = Sealer(keys) if keys else None
        checkpoints = of_rows(await stores.keeping.checkpoints(), signed.keys)
        for each in lines.values():
            checkpoints |= of_lines(each, signed.keys)
        segments = of_segments(await stores.keeping.segments(), signed.keys, archives)
        proofs = await prove(
            stores.audit.read(), checkpoints, sealer, segments, read_archives=bool(archives)
        )
    return _Found(
        proofs=proofs,
        checkpoints=len(checkpoints),
        files=lines,
        seals=sealer is not None,
        signatures=signed.keys is not None,
    )
