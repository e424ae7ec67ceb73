"""The node of My Region, over its SQL store: allergies and documents.

Each function reads your tables and says what is so. What an empty list means, and everything else
that a function can give, is in docs/node-kit.md of Watling.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import store
from sqlalchemy import Row, select, tuple_

from federation.node_kit import (
    NOT_HELD,
    Answer,
    Category,
    Given,
    Held,
    NhsNumber,
    NodeErrorCode,
    NodeRefusalError,
    NotHeld,
    RegionNode,
    RequesterClaims,
    Rows,
    awaiting_filing,
    none_known,
    run,
    withheld,
)

SNOMED = "http://snomed.info/sct"
LABELS = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
LETTER = {
    "display": "Clinical letter",
    "codings": [{"system": SNOMED, "code": "823691000000103"}],
}

engine = store.open_store(store.STORE)
node = RegionNode()


@node.person
async def person(number: NhsNumber) -> Held[Row[Any]] | NotHeld:
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
        "deceased": row.deceased,
        # Whoever is protected has no address and no telephone here; yours must not give any.
        "restricted": row.protected,
    }
    return Held(person=echo, key=row)


@node.rule
async def rule(
    held: Held[Row[Any]], category: Category, _requester: RequesterClaims
) -> Given | None:
    """What this region keeps to itself, whoever asks; None where it has nothing against it."""
    if category is Category.DOCUMENTS and held.key.letters_withheld:
        return withheld()
    return None


@node.category(Category.ALLERGIES)
async def allergies(held: Held[Row[Any]]) -> Answer:
    """All allergies, the ended ones too; "no known allergies" only where somebody wrote it down."""
    found = select(store.allergies).where(store.allergies.c.patient == held.key.id)
    async with engine.connect() as connection:
        rows = (await connection.execute(found)).all()
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
            "recordedAt": row.recorded,
            "version": str(row.version),
            "lastUpdatedAt": row.updated_at,
        }
        for row in rows
    ]
    if held.key.allergies_waiting:
        return awaiting_filing(items)
    return none_known(items) if held.key.no_known_allergies else items


@node.pages(Category.DOCUMENTS)
async def documents(held: Held[Row[Any]], after: tuple[date, int] | None, limit: int) -> Rows:
    """One page of letters, newest first, by keyset: nothing is skipped and nothing comes twice."""
    key = tuple_(store.letters.c.written_on, store.letters.c.id)
    found = select(store.letters).where(store.letters.c.patient == held.key.id)
    found = found.where(~store.letters.c.kept_in)
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
                "version": str(row.version),
                "lastUpdatedAt": row.updated_at,
                "securityLabels": [{"system": LABELS, "code": row.label}] if row.label else [],
            },
        )
        for row in rows
    ]


class Rehearsed:
    """What the conformance checks of a test endpoint ask to be changed, and changed back."""

    async def set_objection(self, number: NhsNumber, *, objects: bool) -> None:
        """Somebody objects to sharing, or withdraws that."""
        changed = store.patients.update().where(store.patients.c.nhs_number == number)
        async with engine.begin() as connection:
            await connection.execute(changed.values(objects=objects))

    async def set_merged(
        self, old: NhsNumber, into: NhsNumber, *, merged: bool
    ) -> list[dict[str, str]]:
        """A number leads to somebody else's record, or to its own again."""
        owner = select(store.patients.c.id).where(
            store.patients.c.nhs_number == (into if merged else old)
        )
        changed = store.numbers.update().where(store.numbers.c.number == old)
        async with engine.begin() as connection:
            await connection.execute(changed.values(patient=owner.scalar_subquery()))
        return [{"kind": "MERGED" if merged else "UNMERGED", "old": old, "into": into}]


node.rehearsed = Rehearsed()

if __name__ == "__main__":
    run(node)
