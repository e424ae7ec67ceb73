"""The node of My Region, over its SQL store: allergies and documents.

Each function reads your tables and says what is so. What an empty list means, and everything else
that a function can give, is in docs/node-kit.md of Watling.
"""

from __future__ import annotations

from datetime import date

import store
from sqlalchemy import select, tuple_

from federation.node_kit import (
    NOT_HELD,
    Answer,
    Category,
    Held,
    NhsNumber,
    NodeErrorCode,
    NodeRefusalError,
    NotHeld,
    RegionNode,
    Rows,
    none_known,
    run,
)

SNOMED = "http://snomed.info/sct"
LETTER = {
    "display": "Clinical letter",
    "codings": [{"system": SNOMED, "code": "823691000000103"}],
}

engine = store.open_store(store.STORE)
node = RegionNode()


@node.person
async def person(number: NhsNumber) -> Held[int] | NotHeld:
    """Who is held under this number, by whichever number the store knows them now."""
    found = (
        select(store.patients)
        .join(store.numbers, store.numbers.c.patient == store.patients.c.id)
        .where(store.numbers.c.number == number)
    )
    async with engine.connect() as connection:
        row = (await connection.execute(found)).one_or_none()
    if row is None:
        return NOT_HELD
    if row.objects:
        raise NodeRefusalError(NodeErrorCode.NO_PATIENT_CONSENT)
    echo = {
        "nhsNumber": row.nhs_number,
        "name": {
            "text": f"{row.given_name} {row.family_name.upper()}",
            "family": row.family_name,
            "given": [row.given_name],
        },
        "birthDate": row.birth_date,
        "gender": row.gender,
    }
    return Held(person=echo, key=row.id)


@node.category(Category.ALLERGIES)
async def allergies(held: Held[int]) -> Answer:
    """All allergies, the ended ones too; "no known allergies" only where somebody wrote it down."""
    found = select(store.allergies).where(store.allergies.c.patient == held.key)
    stated = select(store.patients.c.no_known_allergies).where(store.patients.c.id == held.key)
    async with engine.connect() as connection:
        rows = (await connection.execute(found)).all()
        none_is_known = (await connection.execute(stated)).scalar_one()
    items = [
        {
            "sourceId": str(row.id),
            "substance": {
                "display": row.words,
                "originalText": row.words,
                "codings": [{"system": SNOMED, "code": row.snomed}],
            },
            "clinicalStatus": "ACTIVE" if row.active else "RESOLVED",
            "verificationStatus": "CONFIRMED",
            "criticality": "HIGH" if row.severe else "LOW",
            "recordedAt": row.recorded_on,
        }
        for row in rows
    ]
    return none_known(items) if none_is_known else items


@node.pages(Category.DOCUMENTS)
async def documents(held: Held[int], after: tuple[date, int] | None, limit: int) -> Rows:
    """One page of letters, newest first, by keyset: nothing is skipped and nothing comes twice."""
    key = tuple_(store.letters.c.written_on, store.letters.c.id)
    found = select(store.letters).where(store.letters.c.patient == held.key)
    if after is not None:
        found = found.where(key < after)
    found = found.order_by(store.letters.c.written_on.desc(), store.letters.c.id.desc())
    async with engine.connect() as connection:
        rows = (await connection.execute(found.limit(limit))).all()
    return [
        (
            (row.written_on, row.id),
            {
                "sourceId": str(row.id),
                "type": LETTER,
                "name": row.title,
                "effectiveAt": row.written_on,
            },
        )
        for row in rows
    ]


if __name__ == "__main__":
    run(node)
