"""Stand-in nodes for measuring: native nodes in one process that answer from prepared bytes.

    python -m benchmarks.stub_nodes small       # three of them; or as many as are said: small 42

They cost next to nothing, so that what is measured is the gateway. Each echoes the number that it
is asked for, with one birth date for everybody; a size is how many items each node holds. The items
are encoded as a GraphQL server would, every selected field included.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from federation.model import Organisation, Practitioner
from federation.records import CATEGORIES
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import STAMPED_FIELDS, Coding, Concept, Item, PartialDateTime
from federation.records.care_plans import CarePlan, PlanStatus
from federation.records.clinical import ClinicalStatus, Quantity
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind
from federation.records.observations import Observation

NODES = ("north", "middle", "south")
MOST = 99
SIZES = {"small": 10, "medium": 60, "large": 600}
BIRTH_DATE = "1952-05-17"
_NUMBER = re.compile(rb'"nhsNumbers":\["(\d{10})"')
_PLACE = "0000000000"
_UPDATED = datetime(2026, 1, 1, tzinfo=UTC)


def names(count: int) -> tuple[str, ...]:
    """What so many nodes are called."""
    return (*NODES, *(f"node-{place}" for place in range(len(NODES), MOST)))[:count]


def _place(node: str) -> int:
    return names(MOST).index(node)


def items_of(node: str, count: int) -> Mapping[str, list[Item]]:
    """What one node holds: a few allergies, medicines and a plan, the rest observations."""
    allergies = max(1, count // 20)
    medicines = max(2, count // 6)
    return {
        "allergies": [_allergy(node, place) for place in range(allergies)],
        "medications": [_medicine(node, place) for place in range(medicines)],
        "carePlans": [_plan(node)],
        "observations": [
            _observation(node, place) for place in range(count - allergies - medicines - 1)
        ],
    }


def _envelope(node: str, kind: str, place: int) -> dict[str, Any]:
    return {
        "source_id": f"{node}-{kind}-{place}",
        "version": "1",
        "custodian": Organisation(
            ods_code=f"R{_place(node):02}", name=f"Hospital {node}", kind="acute"
        ),
        "author": Practitioner(name="A. Writer", role="Nurse"),
        "recorded_at": _day(place),
        "last_updated_at": _UPDATED,
    }


def _day(place: int) -> PartialDateTime:
    return PartialDateTime(f"{2025 - place // 300}-{place % 12 + 1:02}-{place % 28 + 1:02}")


def _concept(code: str, words: str) -> Concept:
    return Concept(
        display=words, codings=(Coding(system="http://snomed.info/sct", code=code, display=words),)
    )


def _allergy(node: str, place: int) -> Allergy:
    # The first substances are everybody's, so that some lines are linked; the rest are a node's
    # own.
    code = f"7{place:08}" if place < 2 else f"7{_place(node)}{place:07}"
    return Allergy(
        **_envelope(node, "allergy", place),
        substance=_concept(code, f"Substance {code}"),
        type=AllergyType.ALLERGY,
        clinical_status=ClinicalStatus.ACTIVE,
        criticality=Criticality.HIGH,
        reactions=(_concept("39579001", "Anaphylaxis"),),
    )


def _medicine(node: str, place: int) -> Medication:
    code = f"3{place:08}" if place < 2 else f"3{_place(node)}{place:07}"
    return Medication(
        **_envelope(node, "medicine", place),
        medicine=_concept(code, f"Medicine {code}"),
        status=MedicationStatus.ACTIVE,
        kind=PrescriptionKind.REPEAT,
        form="tablet",
        dosage="one a day",
        route="oral",
        start=_day(place),
    )


def _plan(node: str) -> CarePlan:
    return CarePlan(
        **_envelope(node, "plan", 0),
        plan_type=_concept("736366004", "Advance care plan"),
        name="Advance care plan",
        status=PlanStatus.ACTIVE,
        preferences="At home",
    )


def _observation(node: str, place: int) -> Observation:
    return Observation(
        **_envelope(node, "observation", place),
        effective_at=PartialDateTime(f"{_day(place)}T10:{place % 60:02}:00+00:00"),
        code=_concept("75367002", "Blood pressure"),
        value=Quantity(value=80.0 + place % 60, unit="mmHg", ucum="mm[Hg]"),
    )


def whole(value: Any) -> Any:
    """A value as GraphQL sends it: every field, null where there is nothing."""
    if isinstance(value, Struct):
        tag = type(value).__struct_config__.tag
        own = {"__typename": tag} if tag else {}
        return own | {
            wire: whole(getattr(value, field))
            for field, wire in zip(
                value.__struct_fields__, value.__struct_encode_fields__, strict=True
            )
            if not (isinstance(value, Item) and field in STAMPED_FIELDS)
        }
    if isinstance(value, tuple | list):
        return [whole(one) for one in value]
    return value.value if isinstance(value, Enum) else value


def reply_for(node: str, count: int) -> tuple[bytes, bytes]:
    """The body of a node's answer, on either side of the number."""
    record: dict[str, Any] = {
        "person": {
            "nhsNumber": _PLACE,
            "name": {"text": "Odette Fernsby", "family": "Fernsby", "given": ["Odette"]},
            "birthDate": BIRTH_DATE,
        }
    }
    held = items_of(node, count)
    for definition in CATEGORIES:
        if definition.field_name in held:
            record[definition.field_name] = {
                "state": "COMPLETE",
                "code": None,
                "assertion": None,
                "dataCurrentTo": None,
                "items": [whole(item) for item in held[definition.field_name]],
            }
    body = msgspec.json.encode({"data": {"records": [record]}})
    before, after = body.split(_PLACE.encode())
    return before, after


class StubNode(asyncio.Protocol):
    """One keep-alive connection of one node."""

    def __init__(self, reply: tuple[bytes, bytes]) -> None:
        self._reply = reply
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head = self._seen.find(b"\r\n\r\n")
        if head < 0:
            return
        declared = re.search(rb"content-length:\s*(\d+)", self._seen[:head], re.IGNORECASE)
        if declared is None or len(self._seen) < head + 4 + int(declared[1]):
            return
        asked = _NUMBER.search(self._seen)
        self._seen = b""
        number = asked[1] if asked else _PLACE.encode()
        before, after = self._reply
        length = len(before) + len(number) + len(after)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b%b%b"
            % (length, before, number, after)
        )


async def serve(size: str, count: int = len(NODES)) -> None:
    """Serve so many nodes and print their ports as one line of JSON."""
    loop = asyncio.get_running_loop()
    ports = {}
    for node in names(count):
        reply = reply_for(node, SIZES[size])
        server = await loop.create_server(lambda reply=reply: StubNode(reply), "127.0.0.1", 0)
        ports[node] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], *map(int, sys.argv[2:])))
