"""The node of My Region, over its document store: documents and nothing else.

Every other category is answered with "not offered", without a function. What a function can give
is in docs/node-kit.md of Watling.
"""

from __future__ import annotations

import letters

from federation.node_kit import (
    NOT_HELD,
    Answer,
    Category,
    Held,
    NhsNumber,
    NotHeld,
    RegionNode,
    run,
    truncated,
    withheld_in_part,
)

SNOMED = "http://snomed.info/sct"
MOST = 2_000

node = RegionNode()


@node.person
async def person(number: NhsNumber) -> Held[str] | NotHeld:
    """Who the archive says that this is."""
    found = letters.person_of(number)
    if found is None:
        return NOT_HELD
    echo = {
        "nhsNumber": found["number"],
        "name": {
            "text": f"{found['given_name']} {found['family_name'].upper()}",
            "family": found["family_name"],
            "given": [found["given_name"]],
        },
        "birthDate": found["birth_date"],
        "gender": found["gender"],
    }
    return Held(person=echo, key=found["number"])


@node.category(Category.DOCUMENTS)
async def documents(held: Held[str]) -> Answer:
    """The letters as metadata; those that are locked stay here, and the reader is told."""
    found = letters.letters_of(held.key, MOST + 1)
    items = [
        {
            "sourceId": letter["id"],
            "type": {
                "display": letter["kind"],
                "codings": [{"system": SNOMED, "code": letter["snomed"]}],
            },
            "name": letter["title"],
            "effectiveAt": letter["written"],
            "contentType": letter["media_type"],
            "version": letter["version"],
            "lastUpdatedAt": letter["updated"],
        }
        for letter in found[:MOST]
        if not letter.get("locked")
    ]
    if len(found) > MOST:
        return truncated(items)
    if any(letter.get("locked") for letter in found):
        return withheld_in_part(items)
    return items


if __name__ == "__main__":
    run(node)
