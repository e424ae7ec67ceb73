"""A desk over stores in memory, with everything it wrote down in reach."""

from __future__ import annotations

from typing import Any

from federation.access import AccessDesk, AuditLog, Membership
from federation.access.joining import Steps
from federation.access.standing import Parts
from federation.access.takers import Takers
from federation.audit import AuditKeys, AuditTrail, Sealer
from federation.audit.chain import open_row
from federation.audit.watch import Watch, WatchLimits
from federation.authority import EmergencyReason, ObjectionEffect, RulesState
from federation.deeds import (
    Acknowledge,
    BreakGlass,
    DeclareRelationship,
    EndEmergencyAccess,
    ExplainAccess,
    ReadAccessLog,
    ReadFollowUps,
    ReadNodeLog,
    ReadRecalls,
    ReadReviews,
    ReadSubmissions,
    RecallItem,
    RecordObjection,
    ReviewAccess,
    ReviewOutcome,
    SubmitNode,
)
from federation.errors import StorageError
from federation.identify import KnownNumbers
from federation.model import (
    OdsCode,
    Organisation,
    Purpose,
    Requester,
    RequestId,
    Standing,
    ViewId,
)
from federation.registry import Network, Registry
from federation.sharing import CedarRules, RulesNow
from federation.storage import PersonKeys
from federation.storage.memory import MemoryAudit, MemoryJoining, MemoryNumbers, MemorySharing
from tests.builders import HERTS, KEY, LONDON, NOW, NUMBER, a_requester, an_organisation
from tests.federation.sharing.given import OPEN

RULES = CedarRules.shipped()
KEYS = AuditKeys("1", {"1": KEY})


class Lost(MemorySharing):
    """A sharing store that cannot be reached."""

    async def about(self, persons):
        raise StorageError("the sharing store could not be read")

    async def grant(self, person, grant, idempotency_key):
        raise StorageError("the sharing store could not be written")

    end_grant = relate = object = withdraw = grant


class WritesLost(MemorySharing):
    """A sharing store that can be read and not written."""

    async def grant(self, person, grant, idempotency_key):
        raise StorageError("the sharing store could not be written")

    async def relate(self, person, relationships):
        raise StorageError("the sharing store could not be written")

    async def object(self, person, objection):
        raise StorageError("the sharing store could not be written")


class BrokenAudit(MemoryAudit):
    """A log whose disk is full."""

    async def append(self, rows, index=()) -> None:
        raise StorageError("the audit log could not be written")


KINDS = {"F83004": "gp", "X26": "local-authority", "LAM": "sexual-health"}


def listed(code: str, _day: Any) -> Organisation:
    """What the directory says of a code."""
    return Organisation(ods_code=code, name=f"Place {code}", kind=KINDS.get(code, "acute"))


class Office:
    """One desk for one test."""

    def __init__(
        self,
        store: MemorySharing | None = None,
        audit: MemoryAudit | None = None,
        rules: Any = RULES,
        nodes: Any = (LONDON, HERTS),
        state: RulesState = RulesState.CURRENT,
        agreements: Any = OPEN,
        left: Any = (),
    ) -> None:
        self.store = store or MemorySharing()
        self.audit = audit or MemoryAudit()
        self.joining = MemoryJoining()
        self.persons = PersonKeys(KEY)
        self.numbers = KnownNumbers(MemoryNumbers(), lambda: NOW)
        self.happened: list[Any] = []
        self.watch = Watch(Sealer(KEYS), WatchLimits(refusals=3))
        self.rules, self.state = rules, state
        self.registry = Registry(
            Network(nodes=nodes, left=left, agreements=agreements, version="1")
        )
        self._ids = 0

    def _new_id(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    async def do(self, deed: Any) -> Any:
        """Carry one deed out, and let the log be written."""
        trail = await AuditTrail.open(self.audit, "test", KEYS, lambda: NOW)
        desk = AccessDesk(
            parts=Parts(
                registry=self.registry,
                numbers=self.numbers,
                rules=lambda: RulesNow(
                    rules=self.rules, agreements=(), version="1", state=self.state
                ),
                store=self.store,
                persons=self.persons,
                trail=trail,
                new_id=self._new_id,
            ),
            log=AuditLog(
                store=self.audit, sealer=Sealer(KEYS), organisation=listed, cursor_key=KEY
            ),
            membership=Membership(
                takers=Takers(KEY),
                steps=Steps(self.joining, (LONDON, HERTS)),
                operator=OdsCode("Z99900"),
            ),
            watch=self.watch,
            report=self.happened.append,
        )
        act = {
            BreakGlass: desk.break_glass,
            EndEmergencyAccess: desk.end_emergency_access,
            DeclareRelationship: desk.declare_relationship,
            RecordObjection: desk.record_objection,
            ExplainAccess: desk.explain_access,
            ReadAccessLog: desk.read_access_log,
            ReadNodeLog: desk.read_node_log,
            ReadReviews: desk.read_reviews,
            ReviewAccess: desk.review_access,
            RecallItem: desk.recall_item,
            ReadRecalls: desk.read_recalls,
            ReadFollowUps: desk.read_follow_ups,
            Acknowledge: desk.acknowledge,
            SubmitNode: desk.submit_node,
            ReadSubmissions: desk.read_submissions,
        }.get(type(deed), desk.change_node)
        try:
            return await act(deed)
        finally:
            await trail.aclose()

    async def happened_before(self, *events: Any) -> None:
        """Put events on the record, each as one caller's."""
        trail = await AuditTrail.open(self.audit, "test", KEYS, lambda: NOW)
        for event in events:
            await trail.record((event,))
        await trail.aclose()

    async def events(self) -> list[Any]:
        """What was written down, opened."""
        sealer = Sealer(KEYS)
        return [open_row(row, sealer) async for row in self.audit.read()]

    async def kinds(self) -> list[str]:
        return [event.plain.kind for event in await self.events()]

    async def held(self, number=NUMBER):
        return await self.store.about(self.persons.sought((number,)))

    def person(self, number=NUMBER):
        return self.persons.of(number)


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    defaults = {
        "deed_id": ViewId("deed-1"),
        "request_id": RequestId("request-1"),
        "requester": a_requester(assurance=3),
        "asked_at": NOW,
    }
    return defaults | given


def breaking(**given: Any) -> BreakGlass:
    defaults = {
        "nhs_number": NUMBER,
        "reason_code": EmergencyReason.LACKS_CAPACITY,
        "reason": "found unconscious",
    }
    return BreakGlass(**_asked(defaults | given))


def ending(grant_id: str, **given: Any) -> EndEmergencyAccess:
    return EndEmergencyAccess(**_asked({"grant_id": grant_id} | given))


def declaring(**given: Any) -> DeclareRelationship:
    defaults = {"nhs_number": NUMBER, "reason": "on my ward since this morning"}
    return DeclareRelationship(**_asked(defaults | given))


def objecting(**given: Any) -> RecordObjection:
    return RecordObjection(
        **_asked({"nhs_number": NUMBER, "effect": ObjectionEffect.OBJECT} | given)
    )


def explaining(**given: Any) -> ExplainAccess:
    defaults = {"nhs_number": NUMBER, "purpose": Purpose.DIRECT_CARE}
    return ExplainAccess(**_asked(defaults | given))


def reading(**given: Any) -> ReadAccessLog:
    return ReadAccessLog(**_asked({"nhs_number": NUMBER, "first": 50} | given))


def reading_node_log(**given: Any) -> ReadNodeLog:
    defaults = {"node": LONDON.id, "requester": an_officer(), "deed_id": ViewId("reading")}
    return ReadNodeLog(**_asked(defaults | given))


def reading_reviews(**given: Any) -> ReadReviews:
    defaults = {"requester": an_officer(), "deed_id": ViewId("reading")}
    return ReadReviews(**_asked(defaults | given))


def reviewing(review: str, **given: Any) -> ReviewAccess:
    defaults = {
        "requester": an_officer(),
        "deed_id": ViewId("reviewing"),
        "outcome": ReviewOutcome.JUSTIFIED,
        "note": "was treating the person",
    }
    return ReviewAccess(**_asked(defaults | {"review": review} | given))


def an_officer(**given: Any) -> Requester:
    """The privacy officer of a hospital of London Care Record's region."""
    defaults = {
        "subject": "privacy-officer",
        "role": "PRIVACY_OFFICER",
        "organisation": an_organisation("RRV", region=LONDON.region_id),
        "standing": Standing.MET,
        "assurance": 2,
    }
    return a_requester(**defaults | given)
