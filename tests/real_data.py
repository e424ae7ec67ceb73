"""Public synthetic data that others wrote, as a FHIR server would hold it after it was loaded.

The data is no part of the project: it is read from a folder beside it where there is one, and what
needs it is skipped elsewhere. For a trial by hand, `python -m tests.real_data NUMBER FILE...`
prints a transaction of what the files hold, with this number for the person it is about.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from federation.model import Category

DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
NEEDS_DATA = pytest.mark.skipif(not DATA.is_dir(), reason="the public data is not here")
NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
Json = dict[str, Any]
TYPES = {
    "AllergyIntolerance": Category.ALLERGIES,
    "MedicationRequest": Category.MEDICATIONS,
    "Condition": Category.PROBLEMS,
    "CarePlan": Category.CARE_PLANS,
    "Flag": Category.ALERTS,
    "Immunization": Category.IMMUNISATIONS,
    "Encounter": Category.ENCOUNTERS,
    "Procedure": Category.PROCEDURES,
}
"""What a type is read as; a report is read with its results."""
_RESULTS = ("laboratory", "imaging")


def files(*patterns: str) -> list[Path]:
    """The data's files, in order."""
    return sorted(file for pattern in patterns for file in DATA.glob(pattern))


def content(file: Path) -> bytes:
    """What a file holds, unzipped."""
    body = file.read_bytes()
    return gzip.decompress(body) if file.suffix == ".gz" else body


def loaded(*found: Path) -> list[Json]:
    """Every resource of these files with an id, pointing at the others as a server has them point.

    A transaction's `urn:uuid:` addresses become `Type/id`, which is what servers must make of them.
    """
    entries = [entry for file in found for entry in _entries(json.loads(content(file)))]
    resources = [_with_id(entry) for entry in entries]
    addresses = {
        entry["fullUrl"]: f"{one['resourceType']}/{one['id']}"
        for entry, one in zip(entries, resources, strict=True)
        if entry.get("fullUrl", "").startswith("urn:")
    }
    text = json.dumps(resources)
    for address, local in addresses.items():
        text = text.replace(f'"{address}"', f'"{local}"')
    unique = {(one["resourceType"], one["id"]): one for one in json.loads(text)}
    return list(unique.values())


def numbered(resources: Sequence[Json], number: str) -> list[Json]:
    """The same, where the person whom most of them are about has this number everywhere."""
    text = json.dumps(resources)
    people = [one for one in resources if one["resourceType"] == "Patient"]
    person = max(people, key=lambda one: text.count(f'"Patient/{one["id"]}"'))
    given = [one for one in person.get("identifier", []) if one.get("system") == NUMBER_SYSTEM]
    for one in given:
        text = text.replace(f'"{one["value"]}"', f'"{number}"')
    renumbered: list[Json] = json.loads(text)
    if not given:
        (same,) = [one for one in renumbered if one == person]
        same.setdefault("identifier", []).append({"system": NUMBER_SYSTEM, "value": number})
    return renumbered


def shown(resources: Sequence[Json]) -> Counter[tuple[Category, str]]:
    """What the record should show of a Synthea person: each resource's id once, by category."""
    reports = [one for one in resources if one["resourceType"] == "DiagnosticReport"]
    reported = {result["reference"] for one in reports for result in one.get("result", [])}
    found = ((_category(one, reported), one["id"]) for one in resources)
    return Counter((category, identity) for category, identity in found if category)


def _category(resource: Json, reported: Container[str]) -> Category | None:
    """The category that shows a resource, None for what supports others."""
    if resource["resourceType"] != "Observation":
        return TYPES.get(resource["resourceType"])
    codes = {coding["code"] for one in resource["category"] for coding in one["coding"]}
    is_result = f"Observation/{resource['id']}" in reported or not codes.isdisjoint(_RESULTS)
    return Category.RESULTS if is_result else Category.OBSERVATIONS


def transaction(resources: Sequence[Json]) -> Json:
    """What a server takes to hold these under their ids."""
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _entries(document: Json) -> Iterator[Json]:
    if document.get("resourceType") != "Bundle":
        yield {"resource": document}
        return
    for entry in document.get("entry", []):
        if "resource" in entry:
            yield from (
                [entry]
                if entry["resource"]["resourceType"] != "Bundle"
                else _entries(entry["resource"])
            )


def _with_id(entry: Json) -> Json:
    resource: Json = entry["resource"]
    made = uuid5(NAMESPACE_URL, json.dumps(entry, sort_keys=True))
    return resource | {"id": resource.get("id") or str(made)}


if __name__ == "__main__":
    number, *names = sys.argv[1:]
    held = numbered(loaded(*map(Path, names)), number)
    print(json.dumps(transaction(held)))  # noqa: T201 - a command prints
