"""Audit appends a second, by how many callers wait at once: the whole way from event to full sync.

    python -m benchmarks.audit_append [--seconds 2] [--folder DIRECTORY]

Each append is what one view writes: the view with a manifest of some sixty items, and four node
calls. The disk decides most of it, so give the folder of the disk that is meant.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from federation.audit import AuditEvent, AuditKeys, AuditTrail, EventKind
from federation.audit.event import Asker, Plain, Sealed
from federation.audit.seen import ItemShown, RowShown, SectionShown
from federation.model import Category, NodeId, Purpose, RequesterKind, RequestId, ViewId
from federation.nhs_number import parse_nhs_number
from federation.status import SourceState
from federation.storage import open_storage

CALLERS = (1, 16, 64, 128)
NODES = tuple(
    NodeId(name)
    for name in ("london-care-record", "herts-west-essex", "milton-keynes", "universal-care-plan")
)
CATEGORIES = (
    Category.ALLERGIES,
    Category.CARE_PLANS,
    Category.DEMOGRAPHICS,
    Category.MEDICATIONS,
    Category.OBSERVATIONS,
)
ITEMS_A_CATEGORY = 12
AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rate:
    """What was measured with so many callers."""

    callers: int
    appends_a_second: float
    median_milliseconds: float


def _plain(kind: EventKind, **more: object) -> Plain:
    return Plain(
        kind=kind,
        at=AT,
        view_id=ViewId("0192f0c4-0000-7000-8000-000000000000"),
        request_id=RequestId("0192f0c4-0000-7000-8000-000000000001"),
        asker=Asker(kind=RequesterKind.PROFESSIONAL, role="R0050", region="london"),
        purpose=Purpose.DIRECT_CARE,
        categories=CATEGORIES,
        confirmed=True,
        **more,  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
    )


def a_view() -> tuple[AuditEvent, ...]:
    """What one look at a person's record writes."""
    number = parse_nhs_number("9990000018")
    shown = tuple(
        SectionShown(
            category=category,
            lines=tuple(
                (ItemShown(NODES[n % 3], f"{category.lower()}-{n:032x}", "1"),)
                for n in range(ITEMS_A_CATEGORY)
            ),
        )
        for category in CATEGORIES
    )
    rows = tuple(
        RowShown(node, category, SourceState.FRESH, None)
        for node in NODES
        for category in CATEGORIES
    )
    sealed = Sealed(subject="a-subject", name="Dr A. Example", number=number)
    return (
        AuditEvent(
            plain=_plain(EventKind.VIEW, nodes=NODES, rows=rows, rules_version="network 3"),
            sealed=Sealed(subject="a-subject", name="Dr A. Example", number=number, shown=shown),
        ),
        *(
            AuditEvent(plain=_plain(EventKind.NODE_CALL, nodes=(node,)), sealed=sealed)
            for node in NODES
        ),
    )


async def measure(folder: Path, callers: int, seconds: float) -> Rate:
    """Let so many callers append one view after the other, each waiting for its own."""
    storage = await open_storage(f"sqlite:///{folder}/audit-{callers}.db")
    keys = AuditKeys(current="benchmark", by_id={"benchmark": bytes(range(32))})
    trail = await AuditTrail.open(storage.audit, "benchmark", keys, lambda: AT)
    events, took = a_view(), list[float]()
    start = time.perf_counter()

    async def caller() -> None:
        while (begun := time.perf_counter()) - start < seconds:
            await trail.record(events)
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(caller() for _ in range(callers)))
    passed = time.perf_counter() - start
    await trail.aclose()
    await storage.close()
    return Rate(callers, len(took) / passed, sorted(took)[len(took) // 2] * 1000)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each number of callers."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args(arguments)
    print(f"{'callers':>8} {'views/s':>10} {'rows/s':>10} {'median ms':>10}")
    for callers in CALLERS:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            rate = asyncio.run(measure(Path(folder), callers, given.seconds))
        rows = rate.appends_a_second * len(a_view())
        print(
            f"{rate.callers:>8} {rate.appends_a_second:>10.0f} {rows:>10.0f}"
            f" {rate.median_milliseconds:>10.2f}"
        )


if __name__ == "__main__":
    main()
