"""Reading results from FHIR R4 `DiagnosticReport` and `Observation` (UK Core).

Each observation that a report lists is one item, with what the report says for all of them; a
report without any is an item by itself. `investigations.py` says which observations are results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from federation.model import Practitioner
from federation.records.base import Concept, PartialDateTime, SecurityLabel, SourceItemId
from federation.records.fhir import observed, r4, reports
from federation.records.fhir.investigations import (
    BARRED,
    REPORTS,
    RESULT_CATEGORIES,
    Investigations,
    Listing,
    Seen,
    is_result,
    sort_out,
)
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Gathered, Search
from federation.records.fhir.reports import Common, Heading
from federation.records.fhir.resource import Reader, References, Resource, UnreadableError
from federation.records.fhir.telling import notes
from federation.records.results import Result, ResultStatus

T = TypeVar("T")
_OWN_STATUS = frozenset(
    # What an analyte says of itself against the report that lists it.
    (
        ResultStatus.REGISTERED,
        ResultStatus.PRELIMINARY,
        ResultStatus.AMENDED,
        ResultStatus.CORRECTED,
        ResultStatus.CANCELLED,
    )
)


class _Place(Struct, kw_only=True):
    """Where an observation stands: under which report and groups, and under whose labels."""

    above: tuple[Seen, ...] = ()
    heading: Heading | None = None
    labels: list[SecurityLabel] = field(default_factory=list)


def read_alone(resource: Resource, references: References) -> tuple[Result, ...]:
    """The results of one report, or one observation that is a result."""
    gathered = gather({}, (resource,), references)
    if gathered.unreadable and not gathered.items:
        raise UnreadableError(next(iter(gathered.unreadable)))
    return tuple(one for one in gathered.items if isinstance(one, Result))


def gather(
    _readers: Mapping[str, Reader[Any]], resources: Sequence[Resource], references: References
) -> Gathered:
    """Every result under its report, each observation once, then reports that have none."""
    gathered = Gathered()
    try:
        parted = sort_out(resources, references)
    except UnreadableError as error:
        gathered.unreadable[str(error)] = len(resources)
        return gathered
    gathered.unreadable += parted.unread_observations + parted.unread_reports + parted.missing
    headed = list(_headed(parted, gathered))
    places = _places(parted, headed)
    shown: set[int] = set()
    for key, place in places.items():
        try:
            gathered.items.append(_result(parted.seen[key], place))
            shown.add(id(place.heading))
        except UnreadableError as error:
            gathered.unreadable[str(error)] += 1
    # Also of a report whose results cannot be read, what it concludes is shown.
    gathered.items.extend(_report(one) for _, one in headed if id(one) not in shown)
    gathered.unreadable += Counter({BARRED: len(parted.barred)})
    return gathered


def _headed(parted: Investigations, gathered: Gathered) -> Iterator[tuple[Listing, Heading]]:
    """Reports with their headings; what one lists whose heading cannot be read is barred."""
    closed: set[str] = set()
    held: set[str] = set()
    for one in parted.reports:
        assert one.report is not None  # noqa: S101 - reports have one
        try:
            heading = reports.heading(one.report, one.references)
        except UnreadableError as error:
            gathered.unreadable[str(error)] += 1
            closed |= one.all()
            continue
        held |= one.all()
        yield one, heading
    parted.barred |= closed - held


def _places(parted: Investigations, headed: Iterable[tuple[Listing, Heading]]) -> dict[str, _Place]:
    """The first place of each result, with the labels of all the places that it has."""
    places: dict[str, _Place] = {}
    groups = ((listing, None) for listing in parted.groups)
    passed: set[str] = set()
    for listing, heading in (*headed, *groups):
        passed |= listing.passed
        for key, above in listing.items.items():
            place = places.setdefault(key, _Place(above=above, heading=heading))
            place.labels += heading.envelope["security_labels"] if heading else ()
            for one in above:
                place.labels += r4.labels(one.found.meta)
    for key in parted.own:
        if key not in passed and is_result(parted.seen[key].found):
            places.setdefault(key, _Place())
    return {key: place for key, place in places.items() if key not in parted.barred}


def _result(seen: Seen, place: _Place) -> Result:
    found, heading = seen.found, place.heading
    chain = (seen, *reversed(place.above))
    return Result(
        **_envelope(chain, place),
        report=_report_name(chain, heading),
        report_id=_report_id(place),
        code=r4.concept(found.code),
        status=_status(found.status, heading),
        value=observed.value_of(found),
        components=observed.components_of(found),
        reference_range=observed.range_of(found),
        interpretation=observed.interpretation_of(found),
        body_site=found.body_site.words() if found.body_site else None,
        method=found.method.words() if found.method else None,
        note=notes(found.note),
        recorded_at=when(found.issued),
        **_told(chain, heading.common if heading else Common()),
    )


def _told(chain: Sequence[Seen], report: Common) -> dict[str, Any]:
    """What an analyte does not say by itself, its group says, then the report."""
    effective = _first(chain, _effective_at) or report.effective_at
    return msgspec.structs.asdict(report) | {
        "effective_at": effective or _first(chain, _collected_at),
        "issued_at": report.issued_at or _first(chain, _issued_at),
        "specimen": _first(chain, _specimen) or report.specimen,
        "requester": _first(chain, _requester) or report.requester,
    }


def _effective_at(seen: Seen) -> PartialDateTime | None:
    return observed.effective(seen.found)


def _collected_at(seen: Seen) -> PartialDateTime | None:
    return reports.collected_at(seen.found.specimen, seen.references)


def _issued_at(seen: Seen) -> PartialDateTime | None:
    return when(seen.found.issued)


def _specimen(seen: Seen) -> str | None:
    return reports.specimen(seen.found.specimen, seen.references)


def _requester(seen: Seen) -> Practitioner | None:
    return reports.requester(seen.found.based_on, seen.references)


def _envelope(chain: Sequence[Seen], place: _Place) -> dict[str, Any]:
    """The analyte's own, named as the report is too: merging links by both."""
    own = _own_envelope(chain[0]) | {"source_id": chain[0].source_id}
    report = place.heading.envelope if place.heading else {}
    own["identifiers"] = _joined(own["identifiers"], report.get("identifiers", ()))
    own["security_labels"] = _joined(own["security_labels"], place.labels)
    for name in ("author", "custodian"):
        own[name] = own[name] or _of_groups(chain[1:], name) or report.get(name)
    return own


def _of_groups(groups: Iterable[Seen], name: str) -> Any:
    return next(filter(None, (_own_envelope(one)[name] for one in groups)), None)


def _own_envelope(seen: Seen) -> dict[str, Any]:
    return r4.envelope(seen.found, seen.references, authors=seen.found.performer)


def _report_name(chain: Sequence[Seen], heading: Heading | None) -> Concept:
    """The report's code, its words followed by the groups that the analyte stands in."""
    groups = [r4.concept(one.found.code) for one in reversed(chain[1:])]
    if heading is not None and not groups:
        return heading.code
    first, *inner = [*((heading.code,) if heading else ()), *groups] or [
        r4.concept(chain[0].found.code)
    ]
    words = ": ".join(one.display for one in (first, *inner))
    named: Concept = msgspec.structs.replace(first, display=words)
    return named


def _report_id(place: _Place) -> SourceItemId | None:
    if place.heading is not None:
        return SourceItemId(place.heading.envelope["source_id"])
    return SourceItemId(place.above[0].source_id) if place.above else None


def _status(code: str, heading: Heading | None) -> ResultStatus:
    own = reports.status_of(code)
    if heading is None or own in _OWN_STATUS or heading.status is ResultStatus.UNKNOWN:
        return own
    return heading.status


def _report(heading: Heading) -> Result:
    """A report that has no results, or none that could be read."""
    return Result(
        **heading.envelope,
        **msgspec.structs.asdict(heading.common),
        report=heading.code,
        code=heading.code,
        status=heading.status,
        report_id=SourceItemId(heading.envelope["source_id"]),
    )


def _first(chain: Iterable[Seen], say: Callable[[Seen], T | None]) -> T | None:
    """What the first of them says that says anything."""
    for one in chain:
        said = say(one)
        if said is not None:
            return said
    return None


def _joined(one: Iterable[T], other: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


READING = FhirReading(
    searches=(
        REPORTS,
        Search(
            kind="Observation",
            includes=("performer", "specimen"),
            narrowed=(("category", ",".join(RESULT_CATEGORIES)),),
        ),
    ),
    readers={"DiagnosticReport": read_alone, "Observation": read_alone},
    points_at=("Observation", "Specimen", "ImagingStudy", "Media", "ServiceRequest"),
    gather=gather,
)
