"""`watling audit view` of deeds: what was asked for, in whose words, and who is to be told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from federation.audit import AuditEvent, AuditTrail
from federation.audit.deeds import (
    access_explained,
    deed_refused,
    emergency_asked_again,
    emergency_ended,
    emergency_granted,
    objection_recorded,
    relationship_declared,
)
from federation.audit.operations import Operation, sign_ins_failed
from federation.authority import (
    EvidenceSource,
    Grant,
    ObjectionEffect,
    Relationship,
    RelationshipKind,
)
from federation.errors import ErrorCode
from federation.model import Category, OdsCode
from federation.storage import open_storage
from gateway.audit_keys import load_audit_keys, make_audit_keys
from tests.builders import HERTS, LONDON, NOW, NUMBER, OTHER_NUMBER
from tests.federation.access.standing import breaking, declaring, ending, explaining, objecting
from tests.federation.audit.values import Ticking
from tests.gateway.cli.test_audit import Log

END = NOW + timedelta(hours=4)
TOMORROW = (NOW + timedelta(days=1)).isoformat()
SCOPE = {"nodes": frozenset((LONDON.id,)), "categories": frozenset((Category.ALERTS,))}


def a_grant(**given: object) -> Grant:
    deed = breaking()
    return Grant(
        id="grant-1",
        authority=deed.requester.authority,
        reason_code=deed.reason_code,
        begins_at=NOW,
        expires_at=END,
        **given,
    )


def granted(*, objected: bool = False, **scope: object) -> AuditEvent:
    sources = (LONDON.id, HERTS.id)
    return emergency_granted(breaking(), NUMBER, a_grant(**scope), sources, objected=objected)


def objected(**given: object) -> AuditEvent:
    return objection_recorded(objecting(**given), NUMBER, "objection-1")


def declared() -> AuditEvent:
    relationship = Relationship(
        id="tie-1",
        kind=RelationshipKind.SELF_DECLARED,
        source=EvidenceSource.SELF,
        begins_at=NOW,
        ends_at=END,
    )
    return relationship_declared(declaring(nhs_number=OTHER_NUMBER), NUMBER, relationship)


def the_lines(tmp_path: Path, event: AuditEvent) -> dict[str, str]:
    """What the tool prints of one event, by the name of each line."""
    log = Log(tmp_path)
    make_audit_keys(log.keys, "2026-11")

    async def write() -> None:
        storage = await open_storage(log.url)
        trail = await AuditTrail.open(
            storage.audit, "gateway-1", load_audit_keys(log.keys), Ticking()
        )
        await trail.record((event,))
        await trail.aclose()
        await storage.close()

    asyncio.run(write())
    result = log.run("view", event.plain.view_id)
    assert result.exit_code == 0
    title, *lines = result.stdout.splitlines()
    cells = [line.strip("│ ").split("│") for line in lines if "│" in line]
    return {"": title.strip()} | {name.strip(): value.strip() for name, value in cells}


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        pytest.param(
            granted(),
            {
                "": "BREAK_GLASS",
                "emergency access": "grant-1, LACKS_CAPACITY",
                "lasting until": END.isoformat(),
                "reaching": "every source, every category",
                "in their words": "found unconscious",
                "an objection is on file": None,
                "to be told": f"organisation:RRV by {TOMORROW}, node:{LONDON.id} by {TOMORROW}, "
                f"node:{HERTS.id} by {TOMORROW}",
                "whose record": NUMBER,
                "objection": None,
                "relationship": None,
            },
            id="all of it",
        ),
        pytest.param(
            granted(objected=True, **SCOPE),
            {"reaching": f"{LONDON.id}, ALERTS", "an objection is on file": "yes"},
            id="a part, against an objection",
        ),
        pytest.param(
            emergency_asked_again(breaking(), NUMBER, a_grant()),
            {
                "": "BREAK_GLASS",
                "emergency access": "grant-1",
                "lasting until": None,
                "to be told": None,
            },
            id="the same again",
        ),
        pytest.param(
            emergency_ended(ending("grant-1")),
            {"": "END_EMERGENCY_ACCESS", "emergency access": "grant-1", "whose record": None},
            id="ended",
        ),
        pytest.param(
            declared(),
            {
                "": "DECLARE_RELATIONSHIP",
                "relationship": f"tie-1, until {END.isoformat()}",
                "in their words": "on my ward since this morning",
                "to be told": f"organisation:RRV by {TOMORROW}",
                "whose record": f"{NUMBER}, asked for under {OTHER_NUMBER}",
            },
            id="declared",
        ),
        pytest.param(
            objected(reason="told me so"),
            {
                "": "RECORD_OBJECTION",
                "objection": "OBJECT, objection-1, every source, every category, "
                "every organisation",
                "in an emergency too": "no",
                "in their words": "told me so",
                "to be told": None,
            },
            id="to all",
        ),
        pytest.param(
            objected(
                effect=ObjectionEffect.WITHDRAW,
                node=LONDON.id,
                category=Category.RESULTS,
                organisation=OdsCode("RRV"),
                in_emergency=True,
            ),
            {
                "objection": f"WITHDRAW, objection-1, {LONDON.id}, RESULTS, RRV",
                "in an emergency too": "yes",
            },
            id="to one thing, taken back",
        ),
        pytest.param(
            access_explained(explaining(), NUMBER, (), "rules-7"),
            {
                "": "EXPLAIN_ACCESS",
                "why": "DIRECT_CARE",
                "rules": "rules-7",
                "whose record": NUMBER,
            },
            id="explained",
        ),
        pytest.param(
            sign_ins_failed(
                Operation(id="operation-1", at=NOW, operator="not known"),
                {"SIGNATURE": 1, "EXPIRED": 20},
            ),
            {"": "SIGN_IN_FAILURE", "refused": "20 EXPIRED, 1 SIGNATURE"},
            id="refused tokens",
        ),
        pytest.param(
            deed_refused(declaring(), NUMBER, ErrorCode.FORBIDDEN, alert=True),
            {
                "": "REFUSAL",
                "error": "DECLARE_RELATIONSHIP, FORBIDDEN",
                "relationship": None,
                "in their words": "on my ward since this morning",
                "to be told": f"organisation:RRV by {TOMORROW}",
            },
            id="refused",
        ),
    ],
)
def test_a_deed_reads_back(tmp_path: Path, event: AuditEvent, lines: dict[str, str | None]):
    """What it was, how far it reached, why, and whose privacy officers hear of it by when."""
    printed = the_lines(tmp_path, event)
    assert {name: printed.get(name) for name in lines} == lines
