"""The extract that arrives every night: three CSV files, and a manifest that says how far it goes.

It is read into memory when its manifest changes. A row that lacks what it needs refuses the whole
extract: the one before stays, and grows stale, which readers are told.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

FOLDER = Path(__file__).with_name("extract")
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """One night's extract, by NHS number."""

    current_to: datetime
    patients: dict[str, Row]
    allergies: dict[str, list[Row]]
    medications: dict[str, list[Row]]


class _Manifest(msgspec.Struct):
    current_to: datetime


class Extracts:
    """The extract in a folder, whichever is the newest that could be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[bytes, Extract] | None = None

    def newest(self) -> Extract | None:
        """None: none ever came."""
        try:
            manifest = (self._folder / "manifest.json").read_bytes()
            if self._read is None or self._read[0] != manifest:
                self._read = manifest, _read(self._folder, manifest)
        except (OSError, KeyError, ValueError):
            pass  # half a folder, or a bad one: what there was goes on, at its age
        return self._read[1] if self._read else None


def _read(folder: Path, manifest: bytes) -> Extract:
    patients = {row["number"]: row for row in _rows(folder / "patients.csv")}
    extract = Extract(
        current_to=msgspec.json.decode(manifest, type=_Manifest).current_to,
        patients=patients,
        allergies=_by_number(folder / "allergies.csv"),
        medications=_by_number(folder / "medications.csv"),
    )
    if (folder / "manifest.json").read_bytes() != manifest:
        raise ValueError("the extract changed while it was read")
    return extract


def _by_number(path: Path) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(path):
        found[row["number"]].append(row)
    return found


def _rows(path: Path) -> list[Row]:
    """The rows without their empty fields: an empty date is none, and not the date ""."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    for row in rows:
        if None in row or None in row.values():
            raise ValueError("a row has more or fewer fields than there are names")
    return [{name: text for name, text in row.items() if text} for row in rows]
