"""The second look as the gateway runs it: what it is asked with, and what operators hear of it."""

from __future__ import annotations

from dataclasses import replace

import structlog

from federation.errors import AuditUnavailableError, PolicyUnavailableError, RefusedError
from federation.model import Clock, NodeId
from federation.pipeline import Pipeline
from federation.second_look import Missed, SecondLooks
from federation.storage import Seal, SecondLookStore

log = structlog.get_logger()

ANSWER_WITHIN_SECONDS = 8.0
"""A second look waits as long as a first one may: nobody stands before it."""
_NOT_NOW = (AuditUnavailableError, PolicyUnavailableError)


def looking_again(
    pipeline: Pipeline, store: SecondLookStore, seal: Seal, clock: Clock
) -> tuple[Pipeline, SecondLooks]:
    """The pipeline with a second look behind it, and the second looks, yet to be started."""

    async def ask(missed: Missed) -> bool:
        deadline = pipeline.loop_time() + ANSWER_WITHIN_SECONDS
        try:
            return await told.look_again(missed, clock(), deadline)
        except _NOT_NOW:
            return False
        except RefusedError as refused:
            # By the rules of now nothing of it may be seen: there is nothing to tell.
            log.info("second look refused", node=missed.node, code=refused.code)
            return True

    looks = SecondLooks(store, seal, ask, clock, report)
    told = replace(pipeline, missed=looks.keep, answered=looks.answered)
    return told, looks


def report(node: NodeId | None, what: str, error: BaseException | None) -> None:
    """Tell the operators that a second look was lost, never whose."""
    log.warning("second look", node=node, reason=what, error=error)
