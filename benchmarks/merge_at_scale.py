"""What it costs to merge one person who has thousands of results at each of three nodes.

    python -m benchmarks.merge_at_scale                       # 10,000 results a node
    python -m benchmarks.merge_at_scale --count 1000 --rounds 3

Every third report is held by all three nodes: with the same business identifiers, analytes and
instants, which one node writes with an offset. Each report has twenty analytes, all under its
identifier, so that every result has something that ties it to others. The client asks for one page
of fifty.

CPU is the process's own. Every round has replies with dates of its own, so that no memory of an
earlier round helps; the least and the median of all rounds are shown. How much a stage needs at its
height beside what it was given is found in a run of its own, because looking costs time.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.stub_nodes import BIRTH_DATE, whole
from federation.audit import manifest
from federation.authority import EvidenceSource, Held, Relationship, RelationshipKind
from federation.flow import (
    NodeCall,
    Plan,
    Question,
    Record,
    Reference,
    Released,
    Reply,
    Screened,
    Verified,
    Window,
)
from federation.merge import merge
from federation.model import (
    Agreement,
    Category,
    IdentityBasis,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    OdsCode,
    Organisation,
    Practitioner,
    Purpose,
    RegionId,
    Requester,
    RequesterKind,
    RequestId,
    ViewId,
)
from federation.nhs_number import parse_nhs_number
from federation.protocols.graphql.decode import read_reply
from federation.protocols.parts import Arrival
from federation.records.base import Coding, Concept, Identifier, PartialDateTime, SourceItemId
from federation.records.clinical import Quantity, ReferenceRange
from federation.records.results import Result, ResultStatus
from federation.registry import Network
from federation.sharing import CedarRules, load_facts, release
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.verify import verify
from gateway.cli.serve import spare_the_collector

ANALYTES, SHARED_IN = 20, 3
"""So many results a report, and one report in so many is held by every node."""
MOST_MILLISECONDS, MOST_MEGABYTES = 150, 150
"""The goal, for 10,000 results at each node."""
AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
NUMBER = parse_nhs_number("9990000018")
NODES = tuple(
    Node(
        id=NodeId(name),
        name=name.title(),
        region="London",
        region_id=RegionId("london"),
        state=NodeState.LIVE,
        protocol=NodeProtocol.GRAPHQL,
        endpoint=f"http://127.0.0.1:1/{name}",
        categories=(Category.RESULTS,),
    )
    for name in ("north", "middle", "south")
)
_ABROAD = ZoneInfo("Etc/GMT-1")
_HOSPITAL = Organisation(ods_code="RRV", name="A hospital", kind="acute")
_CATEGORIES = (Category.RESULTS,)
_MIB = 1 << 20
_REQUESTER = Requester(
    subject="benchmark",
    kind=RequesterKind.PROFESSIONAL,
    role="R0050",
    organisation=Organisation(ods_code="RRV", name="A hospital", kind="acute", region="london"),
)
_QUESTION = Question(
    view_id=ViewId("view"),
    request_id=RequestId("request"),
    requester=_REQUESTER,
    purpose=Purpose.DIRECT_CARE,
    nhs_number=NUMBER,
    confirm=None,
    categories=frozenset(_CATEGORIES),
    windows={Category.RESULTS: (Window(),)},
    asked_at=AT,
    deadline=float("inf"),
)
_TIE = Relationship(
    id="tie",
    kind=RelationshipKind.REFERRAL,
    source=EvidenceSource.FEED,
    organisation=OdsCode("RRV"),
    begins_at=AT - timedelta(days=30),
)
_REFERENCE = Reference(
    number=NUMBER,
    numbers=frozenset((NUMBER,)),
    birth_date=PartialDateTime(BIRTH_DATE),
    basis=IdentityBasis.CONFIRMED,
    message="confirmed",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one stage costs: CPU milliseconds, and mebibytes at its height."""

    stage: str
    least: float
    median: float
    peak: float


def results_of(node: Node, count: int, turn: int) -> list[Result]:
    """What one node holds, newest first; every turn has dates of its own."""
    return [_result(node, number, turn) for number in range(count)]


def _result(node: Node, number: int, turn: int) -> Result:
    report, analyte = divmod(number, ANALYTES)
    shared = report % SHARED_IN == 0
    written = _written(node, report, turn, shared=shared)
    holder = "everybody" if shared else node.id
    return Result(
        source_id=f"{node.id}-{turn}-{number}",
        version="1",
        identifiers=(
            Identifier(system=f"https://{holder}.example/reports", value=f"R-{turn}-{report}"),
        ),
        custodian=_HOSPITAL,
        author=Practitioner(name="A. Analyser", role="Biomedical scientist"),
        recorded_at=written,
        effective_at=written,
        last_updated_at=AT,
        report=_concept("26604007", "Full blood count"),
        report_id=SourceItemId(f"{node.id}-report-{report}"),
        code=_concept(f"10224{analyte:02}000000105", f"Analyte {analyte}"),
        status=ResultStatus.FINAL,
        value=Quantity(value=float(40 + number % 60), unit="g/L", ucum="g/L"),
        reference_range=ReferenceRange(low=40.0, high=90.0),
        issued_at=written,
    )


def _written(node: Node, report: int, turn: int, *, shared: bool) -> PartialDateTime:
    place = NODES.index(node)
    apart = timedelta(seconds=0 if shared else 61 + place)
    taken = AT - timedelta(hours=7 * report, days=turn) - apart
    if shared and place == 1:
        return PartialDateTime(taken.astimezone(_ABROAD).isoformat())
    return PartialDateTime(f"{taken:%Y-%m-%dT%H:%M:%SZ}")


def _concept(code: str, words: str) -> Concept:
    return Concept(
        display=words, codings=(Coding(system="http://snomed.info/sct", code=code, display=words),)
    )


def replies_of(count: int, turn: int) -> list[bytes]:
    """The answer of every node, as it comes over the wire."""
    return [_reply(results_of(node, count, turn)) for node in NODES]


def _reply(results: Sequence[Result]) -> bytes:
    name = {"text": "Odette Fernsby", "family": "Fernsby", "given": ["Odette"]}
    part = {"state": "COMPLETE", "items": [whole(result) for result in results]}
    record = {"person": {"nhsNumber": NUMBER, "name": name, "birthDate": BIRTH_DATE}}
    return msgspec.json.encode({"data": {"records": [{**record, "results": part}]}})


class Stages:
    """The stages that touch every item, in their order; each takes what the one before it made."""

    def __init__(self) -> None:
        agreements = tuple(_agreement(node) for node in NODES)
        network = Network(nodes=NODES, agreements=agreements, version="1")
        self._facts = load_facts(network, _QUESTION, Held(relationships=(_TIE,)))
        self._rules = CedarRules(shipped_bundles(), shipped_schema())
        self._screened = tuple(
            Screened(node=node, categories=frozenset(_CATEGORIES)) for node in NODES
        )
        self._plan = Plan(calls=tuple(map(_call, NODES)))

    def decode(self, bodies: Sequence[bytes]) -> list[Reply]:
        """The native replies, as records."""
        replies = [
            read_reply(body, _CATEGORIES, Arrival(node=node, at=AT))
            for node, body in zip(NODES, bodies, strict=True)
        ]
        return [reply for reply in replies if isinstance(reply, Reply)]

    def verify(self, replies: Sequence[Reply]) -> tuple[Verified, ...]:
        """Whose records they are."""
        return verify(_REFERENCE, self._plan, replies)[1]

    def release(self, verified: Sequence[Verified]) -> tuple[Released, ...]:
        """What may be shown."""
        released = release(
            _QUESTION, _REFERENCE, self._facts, self._screened, verified, self._rules
        )
        assert all(one.items for one in released)
        return released

    def merge(self, released: Sequence[Released]) -> Record:
        """One record, with one page."""
        return merge(
            _QUESTION, _REFERENCE, released, notice="", obligations=(), cursor_key=bytes(32)
        )

    def manifest(self, record: Record) -> list[Any]:
        """What the audit keeps of it."""
        return [*manifest.rows(record), *manifest.shown(record, ()), *manifest.conflicts(record)]

    def in_order(self) -> Iterator[tuple[str, Callable[[Any], Any]]]:
        """Every stage with its name."""
        for name in ("decode", "verify", "release", "merge", "manifest"):
            yield name, getattr(self, name)


def _agreement(node: Node) -> Agreement:
    return Agreement(
        id=f"{node.id}-itself",
        source=node.id,
        version="1",
        requester_region=RegionId("london"),
        organisation_kinds=frozenset(("acute",)),
        roles=frozenset(("R0050",)),
        categories=frozenset(_CATEGORIES),
        purposes=frozenset((Purpose.DIRECT_CARE,)),
        valid_from=date(2026, 4, 1),
        valid_until=date(2027, 4, 1),
    )


def _call(node: Node) -> NodeCall:
    return NodeCall(
        node=node,
        numbers=(NUMBER,),
        categories=_CATEGORIES,
        requester=_REQUESTER,
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("request"),
    )


def milliseconds(stages: Stages, count: int, turn: int) -> dict[str, float]:
    """CPU of every stage once."""
    value: Any = replies_of(count, turn)
    spent = {}
    for name, stage in stages.in_order():
        gc.collect()
        begun = time.process_time()
        value = stage(value)
        spent[name] = (time.process_time() - begun) * 1000
    _check(value)
    return spent


def mebibytes(stages: Stages, count: int, turn: int) -> dict[str, float]:
    """What every stage takes at its height, beside all that was there before it."""
    value: Any = replies_of(count, turn)
    taken = {}
    tracemalloc.start()
    for name, stage in stages.in_order():
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        value = stage(value)
        taken[name] = (tracemalloc.get_traced_memory()[1] - before) / _MIB
    tracemalloc.stop()
    return taken


def _check(shown: Sequence[Any]) -> None:
    # A benchmark of nothing would be quick.
    assert shown, "nothing was merged"


def measure(count: int, rounds: int) -> list[Cost]:
    """Every stage, over as many rounds; the first warms up and does not count."""
    stages = Stages()
    spent = [milliseconds(stages, count, turn) for turn in range(rounds + 1)][1:]
    taken = mebibytes(stages, count, rounds + 1)
    return [
        Cost(
            stage=name,
            least=min(one[name] for one in spent),
            median=statistics.median(one[name] for one in spent),
            peak=taken[name],
        )
        for name in taken
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each stage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args(arguments)
    spare_the_collector()  # as the gateway does
    costs = measure(given.count, given.rounds)
    print(f"{given.count} results at each of {len(NODES)} nodes")
    print(f"{'stage':10} {'least ms':>10} {'median ms':>10} {'peak MiB':>10}")
    for cost in costs:
        print(f"{cost.stage:10} {cost.least:10.1f} {cost.median:10.1f} {cost.peak:10.1f}")
    merging = next(cost.median for cost in costs if cost.stage == "merge")
    # Together at the most: as if each stage kept all that it took at its height.
    height = sum(cost.peak for cost in costs) * _MIB / 1e6
    print(_goal("median CPU of merging", merging, MOST_MILLISECONDS, "ms"))
    print(_goal("memory of all stages", height, MOST_MEGABYTES, "MB"))


def _goal(what: str, found: float, most: float, unit: str) -> str:
    said = "met" if found <= most else "missed"
    return f"goal {said}: {what} {found:.0f} {unit}, at most {most} {unit}"


if __name__ == "__main__":
    main()
