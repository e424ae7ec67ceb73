"""Audit values with defaults: a view with something to show, keys, stores that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import OKPKey
from msgspec.structs import replace

from federation.audit import AuditEvent, AuditKeys, AuditTrail, refusal_event, view_events
from federation.audit.signing import SigningKey
from federation.case import ItemClass
from federation.errors import ErrorCode, StorageError
from federation.flow import (
    Coverage,
    CoverageState,
    Decision,
    DemographicsSection,
    Entry,
    Failure,
    HeldRecord,
    Identity,
    Incident,
    NodeCall,
    Obligation,
    Outcome,
    Page,
    Plan,
    Question,
    Record,
    Released,
    Reply,
    Section,
    SectionWarning,
    Verified,
    WarningCode,
    Window,
)
from federation.model import Assertion, Category, Node, ViewId
from federation.nhs_number import NhsNumber
from federation.records.base import Basis, Conflict, Item, Redaction, Severity
from federation.records.person import ShownPerson
from federation.status import FaultOrigin, SourceCode, SourceState, SourceStatus
from federation.storage import AuditRow, IndexEntry
from federation.storage.memory import MemoryAudit
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NOW,
    NUMBER,
    a_name,
    a_person,
    a_question,
    a_reference,
    a_released,
    a_row,
)
from tests.items import an_allergy, an_observation

KEYS = AuditKeys(current="2026-11", by_id={"2026-11": KEY})
OTHER_KEYS = AuditKeys(current="2026-11", by_id={"2026-11": bytes(32)})


class Ticking:
    """A clock that is a second later whenever it is asked."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def a_coverage(*rows: SourceStatus) -> Coverage:
    return Coverage(
        state=CoverageState.SOME_SOURCES_MISSING,
        headline="2 of 3 sources answered.",
        asked=3,
        answered=2,
        rows=rows,
    )


def an_entry(*items: Item, category: Category = Category.ALLERGIES, **given) -> Entry:
    return Entry(
        category=category,
        title="a title that is nowhere in the log",
        basis=Basis.SINGLE,
        lead=items[0],
        items=items,
        **{"fact": ("fact", items[0].source_id)} | given,
    )


PENICILLIN = an_allergy("allergy-london-1", LONDON, version="7")
PENICILLIN_HERTS = an_allergy("allergy-herts-1", HERTS)
HIDDEN_AUTHOR = an_allergy("allergy-london-2", LONDON, version="2")
REDACTED = an_allergy("allergy-herts-2", HERTS, version="1")
PULSE = an_observation("obs-london-1", LONDON, version="1")
PRESSURE = an_observation("obs-london-2", LONDON, version="1")
NEVER_SHOWN = an_observation("obs-london-3", LONDON, version="1")


def redacted(item: Item, field: str) -> Item:
    return replace(item, redactions=(Redaction(field=field, code="ROLE", message="hidden"),))


def a_record() -> Record:
    """Demographics, two lines of allergies that disagree, and two pages that overlap."""
    conflict = Conflict(field="severity", severity=Severity.SAFETY, message="differ", values=())
    allergies = Section(
        category=Category.ALLERGIES,
        coverage=a_coverage(
            a_row(LONDON), a_row(HERTS), a_row(MILTON_KEYNES, state=SourceState.TIMED_OUT)
        ),
        entries=(
            an_entry(PENICILLIN, PENICILLIN_HERTS, conflicts=(conflict,)),
            an_entry(redacted(REDACTED, "author"), conflicts=(conflict,)),
        ),
        assertion=Assertion.NOT_KNOWN,
        warnings=(SectionWarning(code=WarningCode.CONFLICT, message="they disagree"),),
    )
    pulse, pressure, never = (
        an_entry(item, category=Category.OBSERVATIONS) for item in (PULSE, PRESSURE, NEVER_SHOWN)
    )
    observations = Section(
        category=Category.OBSERVATIONS,
        coverage=a_coverage(a_row(LONDON, Category.OBSERVATIONS)),
        entries=(pulse, pressure, never),
        pages={
            Window(first=2): Page(
                entries=(pulse, pressure),
                cursors=("c1", "c2"),
                has_next=True,
                has_previous=False,
                warnings=(SectionWarning(code=WarningCode.TRUNCATED, message="more"),),
            ),
            Window(first=1): Page(
                entries=(pulse,), cursors=("c1",), has_next=True, has_previous=False
            ),
        },
    )
    shown = ShownPerson(nhs_number=NUMBER, name=a_name(), age="74")
    return Record(
        nhs_number=NUMBER,
        coverage=a_coverage(a_row(LONDON, None)),
        notice="a notice",
        obligations=(Obligation(code="RECORD_REASON", message="write down why"),),
        identity=Identity(basis=a_reference().basis, message="traced"),
        demographics=DemographicsSection(
            coverage=a_coverage(a_row(LONDON, Category.DEMOGRAPHICS)), person=shown
        ),
        sections={Category.OBSERVATIONS: observations, Category.ALLERGIES: allergies},
        as_of=NOW,
    )


def a_plan(*nodes: Node, question: Question | None = None) -> Plan:
    asked = question or the_question()
    return Plan(
        calls=tuple(
            NodeCall(
                node=node,
                numbers=(NUMBER,),
                categories=(Category.ALLERGIES,),
                requester=asked.requester,
                purpose=asked.purpose,
                request_id=asked.request_id,
            )
            for node in nodes or (LONDON, HERTS, MILTON_KEYNES)
        )
    )


def the_question(**given) -> Question:
    categories = (Category.DEMOGRAPHICS, Category.ALLERGIES, Category.OBSERVATIONS)
    return a_question(*categories, **given)


OUTCOMES = (
    Reply(
        node=LONDON,
        records=(HeldRecord(person=a_person(), parts={}),),
        retrieved_at=NOW,
    ),
    Reply(node=HERTS, records=(), retrieved_at=NOW),
    Failure(
        node=MILTON_KEYNES,
        state=SourceState.TIMED_OUT,
        code=SourceCode.DEADLINE_EXCEEDED,
        origin=FaultOrigin.NODE,
    ),
)


def the_released() -> tuple[Released, ...]:
    decision = Decision(
        node=HERTS.id,
        category=Category.ALLERGIES,
        kind=ItemClass(labels=frozenset(("restricted", "adoption"))),
        outcome=Outcome.WITHHOLD,
        code=SourceCode.NOT_PERMITTED,
        rules=("herts-0007",),
    )
    return (
        a_released(LONDON, persons=(a_person(),)),
        a_released(HERTS, withheld={Category.ALLERGIES: 3}, decisions=(decision,)),
    )


def the_view(question: Question | None = None, **given) -> tuple[AuditEvent, ...]:
    """VIEW, three NODE_CALLs and an INCIDENT."""
    incident = Incident(node=HERTS.id, code=SourceCode.WRONG_PERSON, detail="birth date")
    asked = question or the_question()
    values: dict[str, Any] = {
        "reference": a_reference(),
        "plan": a_plan(question=asked),
        "outcomes": OUTCOMES,
        "verified": (Verified(node=LONDON), Verified(node=HERTS, incidents=(incident,))),
        "released": the_released(),
        "record": a_record(),
        "rules_version": "network 3, london 12",
    }
    return view_events(asked, **(values | given))


def an_event(view_id: str = "view-1", number: NhsNumber = NUMBER) -> AuditEvent:
    """The smallest there is: a refusal."""
    question = the_question(view_id=ViewId(view_id), nhs_number=number)
    return refusal_event(question, ErrorCode.IDENTITY_NOT_CONFIRMED)


def events(count: int, name: str = "view") -> list[AuditEvent]:
    return [an_event(f"{name}-{n}") for n in range(1, count + 1)]


class CountingAudit(MemoryAudit):
    """Counts its transactions, and can be told to stall or to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[int] = []
        self.open = asyncio.Event()
        self.open.set()
        self.stalled = asyncio.Event()
        self.failures: list[BaseException] = []
        self.failures_after_commit: list[BaseException] = []
        self.failures_to_read: list[BaseException] = []

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        self.stalled.set()
        await self.open.wait()
        if self.failures:
            raise self.failures.pop()
        await super().append(rows, index)
        self.groups.append(len(rows))
        if self.failures_after_commit:
            raise self.failures_after_commit.pop()

    async def last(self, writer: str) -> AuditRow | None:
        if self.failures_to_read:
            raise self.failures_to_read.pop()
        return await super().last(writer)


def disk_full() -> StorageError:
    return StorageError("the audit log could not be written")


async def a_trail(store: MemoryAudit, writer: str = "gateway-1", **given) -> AuditTrail:
    return await AuditTrail.open(store, writer, KEYS, Ticking(), **given)


async def written(count: int) -> list[AuditRow]:
    """A chain of this many small events."""
    store = MemoryAudit()
    trail = await a_trail(store)
    await trail.record(events(count))
    await trail.aclose()
    return [row async for row in store.read()]


async def replay(rows: Iterable[AuditRow]):
    """Rows as a store reads them, in order of writer and sequence."""
    for row in sorted(rows, key=lambda row: (row.writer, row.sequence)):
        yield row


def a_signing_key(kid: str = "2026-11") -> SigningKey:
    """What signs checkpoints; each is a key of its own, whatever its id."""
    key = OKPKey.generate_key("Ed25519", {"kid": kid})
    public = OKPKey.import_key(key.as_dict(private=False))
    return SigningKey(kid, key, {kid: public})
