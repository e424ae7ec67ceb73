"""What IHE's Basic Audit Log Patterns ask of a PatientQuery, beyond FHIR itself: our own table.

Source: IHE ITI BALP 1.1, profiles Query and PatientQuery (`input/fsh/PatientQuery.fsh`), read on
the day that this was written; and, for `CODES`, the required bindings of AuditEvent in FHIR R4
(http://hl7.org/fhir/R4/auditevent.html), which the validator of the tests does not look at.
Held are cardinalities, fixed codes, slices, and AuditEvent's one invariant (sev-1). Not held are
the extensible bindings, and whether a reference leads anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

DCM = "http://dicom.nema.org/resources/ontology/DCM"
ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
REQUEST_ID = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"

CODES = {
    "action": {"C", "R", "U", "D", "E"},
    "outcome": {"0", "4", "8", "12"},
}
AGENTS = (
    # name, code of its type, (least, most), what it must have, what it must not have
    ("client", (DCM, "110153"), (1, 1), {"who", "network"}, {"media"}),
    ("server", (DCM, "110152"), (1, 1), {"who", "network"}, {"media"}),
    ("user", (PARTICIPATION, "IRCP"), (0, 1), {"who"}, {"media", "network"}),
)
ENTITIES = (
    ("transaction", (REQUEST_ID, "XrequestId"), None, (0, 1), {"what"}, set()),
    (
        "query",
        (ENTITY_TYPE, "2"),
        (OBJECT_ROLE, "24"),
        (1, 1),
        {"query"},
        {"what", "lifecycle", "detail", "name"},
    ),
    ("patient", (ENTITY_TYPE, "1"), (OBJECT_ROLE, "1"), (1, 1), {"what"}, set()),
)


def faults(event: dict[str, Any]) -> list[str]:
    """What keeps an AuditEvent from being a PatientQuery, each in a few words."""
    return [*_head(event), *_agents(event), *_entities(event)]


def faults_of_codes(event: dict[str, Any]) -> list[str]:
    """Codes outside FHIR's required value sets, and its invariant; of any AuditEvent."""
    wrong = [name for name, codes in CODES.items() if event.get(name) not in codes | {None}]
    both = [one for one in event.get("entity", ()) if {"name", "query"} <= one.keys()]
    return wrong + ["sev-1: name and query"] * len(both)


def _head(event: dict[str, Any]) -> Iterator[str]:
    if _code(event["type"]) != ("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest"):
        yield "type"
    searches = {(INTERACTION, code) for code in ("search", "search-type", "search-system")}
    if not searches & set(map(_code, event.get("subtype", ()))):
        yield "subtype"
    for name, value in (("action", "E"), ("outcome", "0")):
        if event.get(name) != value:
            yield name
    if "recorded" not in event:
        yield "recorded"


def _agents(event: dict[str, Any]) -> Iterator[str]:
    if len(event.get("agent", ())) < 2:
        yield "agent: too few"
    for name, code, count, needed, never in AGENTS:
        slices = [one for one in event["agent"] if code in _codes(one.get("type"))]
        yield from _slice(f"agent[{name}]", slices, count, needed, never)
        if name == "user" and not all(one["requestor"] for one in slices):
            yield "agent[user].requestor"


def _entities(event: dict[str, Any]) -> Iterator[str]:
    for name, code, role, count, needed, never in ENTITIES:
        slices = [one for one in event.get("entity", ()) if _code(one.get("type")) == code]
        yield from _slice(f"entity[{name}]", slices, count, needed, never)
        for one in slices:
            if role is not None and _code(one.get("role")) != role:
                yield f"entity[{name}].role"
            if name == "transaction" and not one["what"].get("identifier", {}).get("value"):
                yield "entity[transaction].what.identifier.value"
            if name == "patient" and one["what"].get("type", "Patient") != "Patient":
                yield "entity[patient].what"


def _slice(name: str, slices: list[Any], count: Any, needed: set, never: set) -> Iterator[str]:
    least, most = count
    if not least <= len(slices) <= most:
        yield f"{name}: {len(slices)}"
    for one in slices:
        yield from (f"{name}.{missing}" for missing in sorted(needed - one.keys()))
        yield from (f"{name}.{present} is there" for present in sorted(never & one.keys()))


def _code(coding: dict[str, Any] | None) -> tuple[str, str] | None:
    return (coding["system"], coding["code"]) if coding else None


def _codes(concept: dict[str, Any] | None) -> set[Any]:
    return set(map(_code, concept["coding"])) if concept else set()
