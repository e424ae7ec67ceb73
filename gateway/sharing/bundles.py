"""Bundles on a disk: one TOML file or one folder, with the signatures beside it.

london.toml            london.toml.ada.jws    london.toml.grace.jws
milton-keynes/         milton-keynes.ada.jws  ...
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from federation.errors import SettingsError
from federation.sharing.sheet import Sheet, pack, read_sheet

_SIGNATURE = ".jws"


class BundleFiles(Struct, frozen=True, kw_only=True):
    """A bundle as it lies there: its exact bytes, what they say, and who signed them."""

    path: Path
    body: bytes
    sheet: Sheet
    signatures: tuple[str, ...]


def read_bundle(path: Path) -> BundleFiles:
    """A bundle and its signatures; raises `SettingsError` with every fault of it."""
    try:
        body = _packed(path) if path.is_dir() else path.read_bytes()
        signatures = tuple(one.read_text("ascii").strip() for one in _signature_files(path))
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"`{path}`: a signature beside it is no text") from None
    return BundleFiles(
        path=path, body=body, sheet=read_sheet(body, path.name), signatures=signatures
    )


def bundles_in(folder: Path) -> Iterator[BundleFiles]:
    """Every bundle of a folder, in order of name."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise SettingsError(f"`{folder}`: cannot be read ({error.strerror})") from None
    for path in found:
        if path.suffix == ".toml" or path.is_dir():
            yield read_bundle(path)


def signature_file(path: Path, signer: str) -> Path:
    """Where a signer's signature lies."""
    return path.with_name(f"{path.name}.{signer}{_SIGNATURE}")


def _signature_files(path: Path) -> list[Path]:
    return sorted(
        one
        for one in path.parent.iterdir()
        if one.name.startswith(f"{path.name}.") and one.suffix == _SIGNATURE
    )


def _packed(folder: Path) -> bytes:
    return pack({one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()})
