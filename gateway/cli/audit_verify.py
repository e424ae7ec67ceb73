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
    """With which keys checkpoints are checked, and the file beside the store."""

    keys: PublicKeys | None
    file: Path | None


class _Found(Struct, frozen=True, kw_only=True):
    proofs: Mapping[str, ChainProof]
    checkpoints: int
    unreadable: tuple[int, ...]
    seals: bool
    signatures: bool


@click.command("verify")
@SETTINGS
@STORAGE
@KEYS
@ARCHIVES
@click.option("--checkpoint-keys", type=FILE, help="Public keys, instead of the settings' file.")
@click.option("--checkpoint-file", type=FILE, help="The file, instead of the settings'.")
def verify_log(
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    archives: tuple[Path, ...],
    checkpoint_keys: Path | None,
    checkpoint_file: Path | None,
) -> None:
    """Say whether every event is as it was written, and name the first that is not.

    With `--storage` alone the hashes are checked. The audit keys add the seals, which find a log
    that somebody hashed anew; the checkpoints, for which their public keys are enough, find that
    too, and an end that was cut off. Archived events are read where `--archive` is given.
    """
    found = run(_verify(settings, storage, audit_key, archives, checkpoint_keys, checkpoint_file))
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
    for line in found.unreadable:
        yield f"line {line} of the checkpoint file cannot be read: a crash may have cut it short"
    for writer, proof in found.proofs.items():
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
    settings: Path | None, storage: str | None, keys: Path | None, file: Path | None
) -> _Signed:
    """As the options say, and as the settings say where they do not."""
    if file is not None and not file.exists():
        raise SettingsError(f"`{file}` is not there")
    if storage is None or settings is not None:
        known = chosen_settings(settings)
        keys = keys or known.audit_checkpoint_key_file
        file = file or known.audit_checkpoint_file
    return _Signed(keys=load_public_keys(keys) if keys else None, file=file)


async def _verify(
    settings: Path | None,
    storage: str | None,
    audit_key: Path | None,
    archives: tuple[Path, ...],
    checkpoint_keys: Path | None,
    checkpoint_file: Path | None,
) -> _Found:
    signed = _signed(settings, storage, checkpoint_keys, checkpoint_file)
    url, keys = find_log(settings, storage, audit_key)
    try:
        lines = read_lines(signed.file) if signed.file else CheckpointLines()
    except OSError as error:
        raise SettingsError(f"`{signed.file}`: cannot be read ({error.strerror})") from None
    async with opened(url) as stores:
        sealer = Sealer(keys) if keys else None
        in_store = of_rows(await stores.keeping.checkpoints(), signed.keys)
        checkpoints = in_store | of_lines(lines, signed.keys)
        segments = of_segments(await stores.keeping.segments(), signed.keys, archives)
        proofs = await prove(
            stores.audit.read(), checkpoints, sealer, segments, read_archives=bool(archives)
        )
    return _Found(
        proofs=proofs,
        checkpoints=len(checkpoints),
        unreadable=lines.unreadable,
        seals=sealer is not None,
        signatures=signed.keys is not None,
    )
