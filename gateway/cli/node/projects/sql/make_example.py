"""Fills a store with invented people, to try the node on: `python make_example.py`.

Your own store takes its place; then this file and its people go.
"""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import store

ADA, BERT, CYRA, DOT, ELI, FERN, GUS = range(1, 8)
"""What is special about each stands in `people.toml`."""
UPDATED = "2026-01-05T09:00:00Z"

PATIENTS = [
    {
        "id": ADA,
        "nhs_number": "9990000018",
        "family_name": "Example",
        "given_name": "Ada",
        "birth_date": date(1952, 5, 17),
        "gender": "FEMALE",
    },
    {
        "id": BERT,
        "nhs_number": "9990000026",
        "family_name": "Example",
        "given_name": "Bert",
        "birth_date": date(1980, 1, 31),
        "gender": "MALE",
        "no_known_allergies": True,
    },
    {
        "id": CYRA,
        "nhs_number": "9990000034",
        "family_name": "Example",
        "given_name": "Cyra",
        "birth_date": date(2001, 12, 1),
        "gender": "FEMALE",
    },
    {
        "id": DOT,
        "nhs_number": "9990000042",
        "family_name": "Example",
        "given_name": "Dot",
        "birth_date": date(1944, 8, 9),
        "gender": "FEMALE",
        "objects": True,
    },
    {
        "id": ELI,
        "nhs_number": "9990000077",
        "family_name": "Example",
        "given_name": "Eli",
        "birth_date": date(1931, 2, 3),
        "gender": "MALE",
        "deceased": True,
        "letters_withheld": True,
    },
    {
        "id": FERN,
        "nhs_number": "9990000085",
        "family_name": "Example",
        "given_name": "Fern",
        "birth_date": date(1990, 6, 30),
        "gender": "FEMALE",
        "protected": True,
        "allergies_waiting": True,
    },
    {
        "id": GUS,
        "nhs_number": "9990000093",
        "family_name": "Example",
        "given_name": "Gus",
        "birth_date": date(1975, 11, 11),
        "gender": "MALE",
    },
]
ALLERGIES = [
    {
        "id": 1,
        "patient": ADA,
        "snomed": "764146007",
        "words": "Penicillin",
        "active": True,
        "severe": True,
        "recorded": "2011-03-02",
        "updated_at": UPDATED,
    },
    {
        "id": 2,
        "patient": ADA,
        "snomed": "111088007",
        "words": "Latex",
        "active": False,
        "severe": False,
        "recorded": "1999",
        "updated_at": UPDATED,
    },
]
LETTERS = [
    {
        "id": number,
        "patient": ADA,
        "written_on": date(2020 + number // 200, 1 + number // 20 % 12, 1 + number % 20),
        "title": f"Clinic letter {number}",
        "label": "R" if number == 0 else None,
        "kept_in": False,
        "updated_at": UPDATED,
    }
    for number in range(450)
] + [
    {
        "id": 450,
        "patient": ADA,
        "written_on": date(2026, 1, 2),
        "title": "Gender identity clinic",
        "label": None,
        "kept_in": True,
        "updated_at": UPDATED,
    },
    {
        "id": 451,
        "patient": ELI,
        "written_on": date(2026, 1, 2),
        "title": "Safeguarding conference",
        "label": "R",
        "kept_in": False,
        "updated_at": UPDATED,
    },
]


def write(path: Path) -> None:
    """A new store with the people above."""
    path.unlink(missing_ok=True)
    asyncio.run(_fill(path))


async def _fill(path: Path) -> None:
    engine = store.open_store(path)
    async with engine.begin() as connection:
        await connection.run_sync(store.tables.create_all)
        for patient in PATIENTS:
            await connection.execute(store.patients.insert().values(patient))
            row = {"number": patient["nhs_number"], "patient": patient["id"]}
            await connection.execute(store.numbers.insert().values(row))
        await connection.execute(store.numbers.insert().values(number="9990000050", patient=ADA))
        await connection.execute(store.allergies.insert(), ALLERGIES)
        await connection.execute(store.letters.insert(), LETTERS)
    await engine.dispose()


if __name__ == "__main__":
    write(store.STORE)
    print(f"{store.STORE.name} holds {len(PATIENTS)} invented people")
