"""What operators are told of what happens: one function for each kind, never with whose it was."""

from __future__ import annotations

from pathlib import Path

import structlog

from federation.access import Happened
from federation.flow import Incident
from federation.model import NodeId
from federation.status import SourceCode
from gateway.identity import KeysUnavailableError, TokenFault
from resolvers.errors import Unexpected

log = structlog.get_logger()


def report_incident(incident: Incident) -> None:
    """Tell the operators what a node did that they must look into, without saying for whom."""
    log.warning(
        "identity incident" if incident.code is SourceCode.WRONG_PERSON else "node at fault",
        node=incident.node,
        code=incident.code,
        category=incident.category,
        detail=incident.detail,
        count=incident.count,
    )


def report_deed(happened: Happened) -> None:
    """Tell the operators what was done about access, for alarms on how often; never to whom."""
    log.info(
        "access deed refused" if happened.refused else "access deed done",
        deed=happened.kind,
        deed_id=happened.deed_id,
        organisation=happened.organisation,
        code=happened.refused,
    )


def report_checkpoint(error: BaseException) -> None:
    """Tell the operators that the audit log could not be signed; the next checkpoint covers it."""
    log.error("audit checkpoint could not be written", error=error)


def report_defect(node: NodeId, error: BaseException) -> None:
    """Tell the operators that our own client of a node failed in a way that it should not."""
    log.error("node client failed", node=node, error=error)


def report_token(fault: TokenFault) -> None:
    """Tell the operators that a token was refused and why, with nothing of the token."""
    log.info("token refused", fault=fault)


def report_keys(issuer: str, fault: KeysUnavailableError) -> None:
    """Tell the operators that an issuer's keys could not be fetched; known ones stay in use."""
    log.warning("issuer keys unavailable", issuer=issuer, reason=str(fault))


def report_file(path: Path, reason: str) -> None:
    """Tell the operators that a changed file was not taken; the last good one stays in force."""
    log.error("changed file refused", file=path.name, reason=reason)


def report_requester_keys(fault: str) -> None:
    """Tell the operators that the file of requester keys cannot be used any more, and why."""
    log.error("requester keys not taken", fault=fault)


def report_unexpected(unexpected: Unexpected) -> None:
    """Tell the operators that a field failed in a way that nobody foresaw."""
    log.error("operation failed", exception=unexpected.exception, field=unexpected.field)


def report_beside(what: str, error: BaseException | None) -> None:
    """Tell the operators that a node in the shadow was not asked beside a view, and why."""
    log.warning("shadow", reason=what, error=error)


def report_rules_beside(what: str, error: BaseException | None) -> None:
    """Tell the operators that rules in the shadow were not asked of a view, and why."""
    log.warning("rules in the shadow", reason=what, error=error)
