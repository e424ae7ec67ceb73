"""An event as a FHIR R4 AuditEvent, after IHE's Basic Audit Log Patterns (BALP).

A view that was shown, and a node that answered, are BALP's PatientQuery and say so in
`meta.profile`; everything else has the same shape as far as it goes and claims no profile. The log
does not keep what the profile wants of the network, so each `network` says that it is unknown: an
address of somebody's machine is no part of a look.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import msgspec

from federation.audit.chain import Opened
from federation.audit.event import EventKind
from federation.audit.export.names import Name, Names
from federation.audit.export.shapes import (
    BROKE_THE_GLASS,
    DCM,
    MINOR,
    OF_ANY_OTHER,
    OUR_KIND,
    REASONS,
    SHAPES,
    SUCCESS,
    Coding,
    Shape,
)
from federation.audit.form import named
from federation.model import Category, NodeId
from federation.records.systems import ODS_SYSTEM

PATIENT_QUERY = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery"
_TOLD_ELSEWHERE = frozenset(
    ("kind", "at", "view_id", "request_id", "categories", "asker", "purpose", "rows", "error")
)
"""Fields of the plain part that have a place of their own; all others are details of the event."""
_SEALED_ELSEWHERE = frozenset(("subject", "issuer", "name", "number", "pages", "shown", "withheld"))
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_NODE, _GATEWAY, _ROLE = "urn:watling:node", "urn:watling:gateway", "urn:watling:role"
_CATEGORY = "urn:watling:category"
_UNKNOWN = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}
_PSEUDONYMISED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "PSEUDED",
    "display": "pseudonymized",
}
_ID_LETTERS = 32

Resource = dict[str, Any]


class Fhir:
    """NDJSON of AuditEvents. `gateway` is the gateway's own id, an address."""

    head = b""

    def __init__(self, names: Names, gateway: str) -> None:
        self._names = names
        self._gateway = gateway

    def line(self, event: Opened) -> bytes:
        return msgspec.json.encode(self.resource(event)) + b"\n"

    def resource(self, event: Opened) -> Resource:
        """The AuditEvent."""
        plain, shape = event.plain, SHAPES.get(event.plain.kind, OF_ANY_OTHER)
        outcome, why = _outcome(event, shape)
        told: Resource = {
            "resourceType": "AuditEvent",
            "id": _id(event),
            "meta": self._meta(event, shape, outcome),
            "type": _coding(shape.type),
            "subtype": [*map(_coding, shape.subtypes), {"system": OUR_KIND, "code": plain.kind}],
            "action": shape.action,
            "period": {"start": plain.at, "end": max(plain.at, event.written_at)},
            "recorded": event.written_at,
            "outcome": outcome,
            "outcomeDesc": why,
            "purposeOfEvent": [_concept(reason) for reason in _reasons(event)],
            "agent": list(self._agents(event, shape)),
            "source": {
                "site": self._gateway,
                "observer": {"identifier": _identifier(_GATEWAY, event.writer)},
                "type": [_source_type()],
            },
            "entity": list(self._entities(event, shape)),
        }
        return _filled(told)

    def _meta(self, event: Opened, shape: Shape, outcome: str) -> Resource:
        as_profiled = shape.queries and outcome == SUCCESS and event.sealed.number is not None
        return _filled(
            {
                "profile": [PATIENT_QUERY] if as_profiled else None,
                "security": None if self._names.identities else [_PSEUDONYMISED],
            }
        )

    # ── who took part ─────────────────────────────────────────────────────────────────────────────

    def _agents(self, event: Opened, shape: Shape) -> Iterator[Resource]:
        if shape.of_a_record:
            yield from self._machines(event)
        yield self._user(event)
        asker = event.plain.asker
        if asker and asker.organisation:
            yield {
                "type": _concept(
                    Coding(
                        "http://terminology.hl7.org/CodeSystem/v3-RoleClass",
                        "PROV",
                        "healthcare provider",
                    )
                ),
                "who": {"identifier": _identifier(ODS_SYSTEM, asker.organisation)},
                "requestor": False,
            }

    def _machines(self, event: Opened) -> Iterator[Resource]:
        # In BALP, as in DICOM, the source of a query is its client: the parameters flow from it.
        gateway = {"identifier": _identifier(_GATEWAY, self._gateway)}
        client: Resource = {"display": "the application that asked, which is not recorded"}
        server = gateway
        if event.plain.kind is EventKind.NODE_CALL and event.plain.nodes:
            client, server = gateway, {"identifier": _identifier(_NODE, event.plain.nodes[0])}
        yield _machine("110153", "Source Role ID", client)
        yield _machine("110152", "Destination Role ID", server)

    def _user(self, event: Opened) -> Resource:
        who, asker = self._names.who(event), event.plain.asker
        return _filled(
            {
                "type": _concept(
                    Coding(
                        "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                        "IRCP",
                        "information recipient",
                    )
                ),
                "role": [
                    _role(each) for each in (asker and asker.role, asker and asker.kind) if each
                ],
                "who": {"identifier": _identifier_of(who)},
                "name": _text(who.words or ""),
                "requestor": True,
                "purposeOfUse": [_concept(reason) for reason in _reasons(event)],
            }
        )

    # ── what it was about ─────────────────────────────────────────────────────────────────────────

    def _entities(self, event: Opened, shape: Shape) -> Iterator[Resource]:
        yield {
            "what": {"identifier": {"value": event.plain.request_id}},
            "type": {
                "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                "code": "XrequestId",
            },
        }
        whom = self._names.whom(event)
        if whom:
            yield {
                "what": {"type": "Patient", "identifier": _identifier_of(whom)},
                "type": _coding(Coding(_ENTITY_TYPE, "1", "Person")),
                "role": _coding(Coding(_OBJECT_ROLE, "1", "Patient")),
            }
        if shape.queries:
            yield self._query(event)
        yield from self._data(event)
        yield {
            "what": {"identifier": _identifier("urn:watling:view", event.plain.view_id)},
            "type": _coding(Coding(_ENTITY_TYPE, "4", "Other")),
            "role": _coding(Coding(_OBJECT_ROLE, "13", "Security Resource")),
            "detail": list(self._details(event)),
        }

    def _query(self, event: Opened) -> Resource:
        plain = event.plain
        asked = _filled(
            {
                "categories": list(plain.categories),
                "pages": named(event.sealed.pages) if self._names.identities else None,
                "purpose": plain.purpose,
            }
        )
        return {
            "type": _coding(Coding(_ENTITY_TYPE, "2", "System Object")),
            "role": _coding(Coding(_OBJECT_ROLE, "24", "Query")),
            # Not the document that the client sent, which the log does not keep.
            "description": f"categories: {', '.join(plain.categories) or 'none'}",
            "query": b64encode(msgspec.json.encode(asked)).decode("ascii"),
        }

    def _data(self, event: Opened) -> Iterator[Resource]:
        """A line for every source row that was shown; with identities, what stood on it."""
        shown = _items(event) if self._names.identities else {}
        withheld = {(one.node, one.category): one.items for one in event.sealed.withheld}
        for row in event.plain.rows:
            here = (row.node, row.category)
            details: list[tuple[str, str | None]] = [("state", row.state), ("code", row.code)]
            details += [("item", said) for said in shown.get(here, ())]
            if self._names.identities and here in withheld:
                details.append(("withheld", str(withheld[here])))
            yield {
                "what": {"identifier": _identifier(_NODE, row.node)},
                "type": {"system": _CATEGORY, "code": row.category},
                "role": _coding(Coding(_OBJECT_ROLE, "4", "Domain Resource")),
                "detail": [_detail(sort, said) for sort, said in details if said],
            }

    def _details(self, event: Opened) -> Iterator[Resource]:
        yield _detail("writer", event.writer)
        yield _detail("sequence", str(event.sequence))
        for name, value in _others(event.plain, _TOLD_ELSEWHERE):
            yield _detail(name, value)
        if self._names.identities:
            for name, value in _others(event.sealed, _SEALED_ELSEWHERE):
                yield _detail(name, value)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────


def _outcome(event: Opened, shape: Shape) -> tuple[str, str | None]:
    plain = event.plain
    failed = plain.outcome.state if plain.outcome else None
    if failed:
        return MINOR, failed
    return shape.outcome, plain.error or plain.incident


def _reasons(event: Opened) -> Iterator[Coding]:
    if event.plain.purpose:
        yield REASONS[event.plain.purpose]
    if event.plain.kind is EventKind.BREAK_GLASS:
        yield BROKE_THE_GLASS


def _items(event: Opened) -> dict[tuple[NodeId, Category], list[str]]:
    found: dict[tuple[NodeId, Category], list[str]] = {}
    for section in event.sealed.shown:
        for item in (item for line in section.lines for item in line):
            found.setdefault((item.node, section.category), []).append(
                f"{item.source_id} {item.version}"
            )
    return found


def _others(part: msgspec.Struct, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    fields = ((name, named(getattr(part, name))) for name in part.__struct_fields__)
    for name, value in fields:
        if name not in known and value not in (None, [], False):
            yield name, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _machine(code: str, display: str, who: Resource) -> Resource:
    return {
        "type": _concept(Coding(DCM, code, display)),
        "who": who,
        "requestor": False,
        "network": _UNKNOWN,
    }


def _role(code: str) -> Resource:
    return {"coding": [{"system": _ROLE, "code": code}]}


def _source_type() -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/security-source-type"
    return _coding(Coding(system, "4", "Application Server"))


def _detail(sort: str, said: str) -> Resource:
    return {"type": sort, "valueString": _text(said)}


def _identifier_of(name: Name) -> Resource:
    return _identifier(name.system, name.value)


def _identifier(system: str, value: str) -> Resource:
    return {"system": system, "value": _text(value)}


def _concept(coding: Coding) -> Resource:
    return {"coding": [_coding(coding)]}


def _coding(coding: Coding) -> Resource:
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def _text(said: str) -> str:
    # A FHIR string has no control characters, and what somebody typed may have.
    return "".join(
        letter if letter.isprintable() or letter in "\t\r\n" else "\N{REPLACEMENT CHARACTER}"
        for letter in said
    )


def _filled(told: Resource) -> Resource:
    """Without what is missing: FHIR has no nulls and no empty lists, texts or objects."""
    return {name: value for name, value in told.items() if value not in (None, [], "", {})}


def _id(event: Opened) -> str:
    place = f"{event.writer}\x1f{event.sequence}".encode()
    return hashlib.sha256(place).hexdigest()[:_ID_LETTERS]
