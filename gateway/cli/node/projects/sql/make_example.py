"""Fills a store with invented people, to try the node on: `python make_example.py`.

Your own store takes its place; then this file and its people go.
"""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import store

ADA, BERT, CYRA, DOT = 1, 2, 3, 4
"""Ada has it all, Bert no known allergies, Cyra nothing recorded, Dot objects to sharing."""

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
]
ALLERGIES = [
    {
        "id": 1,
        "patient": ADA,
        "snomed": "764146007",
        "words": "Penicillin",
        "active": True,
        "severe": True,
        "recorded_on": date(2011, 3, 2),
    },
    {
        "id": 2,
        "patient": ADA,
        "snomed": "111088007",
        "words": "Latex",
        "active": False,
        "severe": False,
        "recorded_on": date(1999, 7, 21),
    },
]
LETTERS = [
    {
        "id": number,
        "patient": ADA,
        "written_on": date(2020 + number // 200, 1 + number // 20 % 12, 1 + number % 20),
        "title": f"Clinic letter {number}",
    }
    for number in range(450)
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
