"""Writes an extract of invented people, as the nightly job would: `python make_example.py`.

Your own job takes its place: files first, `manifest.json` last, in a new folder that then takes the
place of the old one.
"""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from extract import FOLDER

UPDATED = "2026-01-05T09:00:00Z"
PATIENTS = [
    # number, family name, given name, born, gender, no known allergies
    ("9990000018", "Example", "Ada", "1952-05-17", "FEMALE", ""),
    ("9990000026", "Example", "Bert", "1980-01-31", "MALE", "yes"),
    ("9990000034", "Example", "Cyra", "2001-12-01", "FEMALE", ""),
]
ALLERGIES = [
    # id, number, SNOMED code, words, active, recorded, updated
    ("a1", "9990000018", "764146007", "Penicillin", "yes", "2011-03-02", UPDATED),
    ("a2", "9990000018", "111088007", "Latex", "", "1999", UPDATED),
]
MEDICATIONS = [
    # id, number, dm+d code, words, dose, started, ended, updated
    (
        "m1",
        "9990000018",
        "42109611000001109",
        "Paracetamol 500mg tablets",
        "two",
        "2024-02",
        "",
        UPDATED,
    ),
    ("m2", "9990000034", "", "Herbal sleeping tablets", "", "", "", UPDATED),
]
NAMES = {
    "patients": "number,family_name,given_name,birth_date,gender,no_known_allergies",
    "allergies": "id,number,snomed,words,active,recorded_on,updated_at",
    "medications": "id,number,dmd,words,dose,started_on,ended_on,updated_at",
}


def write(folder: Path, current_to: datetime) -> None:
    """A new extract in the place of the old one."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    rows = {"patients": PATIENTS, "allergies": ALLERGIES, "medications": MEDICATIONS}
    for name, header in NAMES.items():
        with (fresh / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows[name])
    (fresh / "manifest.json").write_text(json.dumps({"current_to": current_to.isoformat()}))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


if __name__ == "__main__":
    write(FOLDER, datetime.now(UTC))  # noqa: TID251 - a command's clock
    print(f"{FOLDER.name}/ holds {len(PATIENTS)} invented people")
