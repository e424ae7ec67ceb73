"""The node of My Region, over an extract that comes every night: allergies and medications.

Every answer says up to when its data goes (`dataCurrentTo`), and one out of an extract that is
behind is never told as whole. What a function can give is in docs/node-kit.md of Watling.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from extract import FOLDER, Extract, Extracts

from federation.node_kit import (
    NOT_HELD,
    Answer,
    Category,
    Feed,
    Held,
    NhsNumber,
    NodeErrorCode,
    NodeRefusalError,
    NotHeld,
    RegionNode,
    none_known,
    run,
)

SNOMED = "http://snomed.info/sct"
DMD = "https://dmd.nhs.uk"
A_NIGHT_AND_SOME = timedelta(hours=26)

extracts = Extracts(FOLDER)


async def current_to() -> datetime | None:
    """Up to when the newest extract goes, None: none ever came."""
    newest = extracts.newest()
    return newest.current_to if newest else None


node = RegionNode(feed=Feed("nightly extract", current_to, stale_after=A_NIGHT_AND_SOME))


@node.person
async def person(number: NhsNumber) -> Held[Extract] | NotHeld:
    """Who the extract says that this is. One question is answered out of one extract."""
    newest = extracts.newest()
    if newest is None:
        raise NodeRefusalError(NodeErrorCode.UPSTREAM_UNAVAILABLE)
    row = newest.patients.get(number)
    if row is None:
        return NOT_HELD
    echo = {
        "nhsNumber": row["number"],
        "name": {
            "text": f"{row['given_name']} {row['family_name'].upper()}",
            "family": row["family_name"],
            "given": [row["given_name"]],
        },
        "birthDate": row["birth_date"],
        "gender": row["gender"],
    }
    return Held(person=echo, key=newest)


@node.category(Category.ALLERGIES)
async def allergies(held: Held[Extract]) -> Answer:
    """All allergies; "no known allergies" only where the extract says it."""
    items = [
        {
            "sourceId": row["id"],
            "substance": {
                "display": row["words"],
                "codings": [{"system": SNOMED, "code": row["snomed"]}],
            },
            "clinicalStatus": "ACTIVE" if row.get("active") else "RESOLVED",
            "recordedAt": row.get("recorded_on"),
            # An entry has no number of its version here: when it changed tells one from another.
            "version": row["updated_at"],
            "lastUpdatedAt": row["updated_at"],
        }
        for row in held.key.allergies.get(held.number, [])
    ]
    stated = held.key.patients[held.number].get("no_known_allergies")
    return none_known(items) if stated else items


@node.category(Category.MEDICATIONS)
async def medications(held: Held[Extract]) -> Answer:
    """Medicines, with a code where the extract has one."""
    return [
        {
            "sourceId": row["id"],
            "medicine": {
                "display": row["words"],
                "codings": [{"system": DMD, "code": row["dmd"]}] if "dmd" in row else [],
            },
            "dosage": row.get("dose"),
            "start": row.get("started_on"),
            "end": row.get("ended_on"),
            "version": row["updated_at"],
            "lastUpdatedAt": row["updated_at"],
        }
        for row in held.key.medications.get(held.number, [])
    ]


if __name__ == "__main__":
    run(node)
