"""Runs every check against one node, in order, and makes the report.

One check's failure never stops the others: whatever a check raises, or how long it takes, is its
own finding. Nothing here knows a command line; the gateway runs the same after a node is submitted.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from federation.conformance.check import Check, Finding, Outcome, UnexpectedError
from federation.conformance.checks import CHECKS
from federation.conformance.examination import Examination
from federation.conformance.report import Report, Result
from federation.conformance.target import Target, Tools

Progress = Callable[[Check, Result | None], None]
"""Told that a check begins (None), and what came of it."""
_MOST_LINES = 200
_LONGEST_LINE = 500
"""A report is signed, and kept for good: a node that fails a million times is told of in brief."""
_NUMBER = re.compile(r"\d(?:[ -]?\d){9}")


async def run(
    target: Target,
    tools: Tools,
    progress: Progress = lambda _check, _result: None,
    *,
    checks: Sequence[Check] = CHECKS,
) -> Report:
    """The report of one run; raises nothing for what a node does."""
    started = tools.clock()
    exam = Examination(target, tools)
    results = []
    for check in checks:
        progress(check, None)
        result = await _result(check, exam)
        results.append(result)
        progress(check, result)
    return Report(
        node=target.node,
        name=target.name,
        protocol=target.protocol,
        endpoint=target.endpoint,
        descriptor_digest=target.descriptor_digest,
        categories=tuple(sorted(target.categories)),
        started_at=started,
        finished_at=tools.clock(),
        rate_per_second=target.rate_per_second,
        p95_seconds=target.p95_seconds,
        people=len(target.people.persons),
        people_digest=sha256(msgspec.json.encode(target.people, order="sorted")).hexdigest(),
        results=tuple(results),
    )


async def _result(check: Check, exam: Examination) -> Result:
    began = exam.tools.now()
    finding = await _finding(check, exam)
    return Result(
        letter=check.letter,
        title=check.title,
        why=check.why,
        mandatory=exam.target.protocol in check.mandatory,
        outcome=finding.outcome,
        lacking=finding.lacking,
        evidence=_brief(finding.evidence),
        seconds=round(exam.tools.now() - began, 3),
    )


async def _finding(check: Check, exam: Examination) -> Finding:
    limit = check.seconds + exam.target.load_seconds + exam.target.rotation_seconds
    try:
        async with asyncio.timeout(limit):
            return await check.look(exam)
    except TimeoutError:
        told = f"the check was not done after {limit:.0f} s"
    except UnexpectedError as fault:
        told = str(fault)
    except Exception as fault:  # noqa: BLE001 - what a node sends may break a check, never the run
        # The text of a foreign exception may quote a record: only its kind is told.
        told = f"the answer cannot be read ({type(fault).__name__})"
    return Finding(outcome=Outcome.FAIL, evidence=(told,))


def _brief(evidence: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(_anonymous(line)[:_LONGEST_LINE] for line in evidence[:_MOST_LINES])
    left = len(evidence) - len(kept)
    return (*kept, f"and {left} more") if left else kept


def _anonymous(evidence: str) -> str:
    # Invariant: whatever a check says, no number leaves in a report.
    return _NUMBER.sub("(a number)", evidence)
