"""Investigation results, grouped under their report. A timeline.

Two are one where they carry the report's identifier, the same analyte and the same time; an equal
value alone says nothing. An amended result stands for the line, the earlier one stays visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from federation.model import Category, Practitioner
from federation.records.base import (
    CategoryDefinition,
    Concept,
    Conflict,
    Item,
    PartialDate,
    Scope,
    Shape,
    SourceItemId,
    described,
)
from federation.records.clinical import (
    ObservationComponent,
    ObservedValue,
    ReferenceRange,
    components_text,
    same_components,
    same_value,
    value_text,
)
from federation.records.compare import (
    differ,
    places,
    safety,
    shared_code,
    time_key,
    with_two_sides,
)
from federation.records.standing import below, standing


class ResultStatus(StrEnum):
    """How far a report has come."""

    REGISTERED = "REGISTERED"
    PRELIMINARY = "PRELIMINARY"
    FINAL = "FINAL"
    AMENDED = "AMENDED"
    CORRECTED = "CORRECTED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class Attachment(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Something that comes with a report, as metadata: a letter, an image."""

    name: Annotated[str, described("What it is called.")]
    content_type: Annotated[str | None, described("Its media type.")] = None
    size_bytes: Annotated[int | None, described("Its size.")] = None
    created_at: Annotated[PartialDate | None, described("When it was made.")] = None


class Result(Item, frozen=True, kw_only=True):
    """One analyte of one report as one source holds it."""

    report: Annotated[Concept, described("The report or panel it belongs to.")]
    code: Annotated[Concept, described("What was measured.")]
    status: Annotated[ResultStatus, described("Preliminary, final, amended ...")] = (
        ResultStatus.UNKNOWN
    )
    value: Annotated[ObservedValue | None, described("What it was.")] = None
    reference_range: Annotated[ReferenceRange | None, described("What is usual.")] = None
    interpretation: Annotated[
        str | None, described("High, low, abnormal ... in the source's words.")
    ] = None
    specimen: Annotated[str | None, described("What was examined.")] = None
    issued_at: Annotated[PartialDate | None, described("When it was reported.")] = None
    conclusion: Annotated[str | None, described("The report's conclusion.")] = None
    report_id: Annotated[
        SourceItemId | None, described("The report it belongs to: its results share this id.")
    ] = None
    components: Annotated[
        tuple[ObservationComponent, ...], described("Its parts, where it has some.")
    ] = ()
    body_site: Annotated[str | None, described("Where on the body.")] = None
    method: Annotated[str | None, described("How it was measured.")] = None
    requester: Annotated[Practitioner | None, described("Who asked for it.")] = None
    images: Annotated[
        tuple[str, ...], described("Imaging studies of the report, each in a few words.")
    ] = ()
    attachments: Annotated[tuple[Attachment, ...], described("What comes with the report.")] = ()
    note: Annotated[str | None, described("What else the source wrote down.")] = None


_RANKS = {
    ResultStatus.AMENDED: 2,
    ResultStatus.CORRECTED: 2,
    ResultStatus.PRELIMINARY: 0,
    ResultStatus.REGISTERED: 0,
}


def _scope(result: Result) -> Scope | None:
    # Source: merge rules, "report id + analyte + time"; the report's id is among the identifiers.
    analyte = shared_code(result.code)
    taken = time_key(result.effective_at)
    return None if analyte is None or taken is None else f"{analyte} at {taken}"


def _may_link(one: Result, other: Result) -> bool:
    if one.source.id == other.source.id and one.report_id and one.report_id == other.report_id:
        return False  # a report that lists an analyte twice means two: two swabs, two organisms
    return not (
        (one.specimen and differ(one.specimen, other.specimen))
        or (one.body_site and differ(one.body_site, other.body_site))
        or (one.method and differ(one.method, other.method))
    )


def _conflicts(results: Sequence[Result]) -> tuple[Conflict, ...]:
    return (*_value_conflict(results), *_cancelled_conflict(results))


def _value_conflict(results: Sequence[Result]) -> tuple[Conflict, ...]:
    stated = [result for result in results if _shown(result)]
    if all(_same(stated[0], other) for other in stated[1:]):
        return ()
    message = "The value differs; an amended result stands for the line."
    return with_two_sides(safety("value", message, stated, _shown))


def _cancelled_conflict(results: Sequence[Result]) -> tuple[Conflict, ...]:
    gone = [result for result in results if result.status is ResultStatus.CANCELLED]
    if not gone or len(gone) == len(results):
        return ()
    held = [result for result in results if result.status is not ResultStatus.CANCELLED]
    message = f"Cancelled in {places(gone)}, held in {places(held)}."
    return (safety("status", message, results, lambda result: result.status),)


def _same(one: Result, other: Result) -> bool:
    if one.value != other.value and not same_value(one.value, other.value):
        return False
    return one.components == other.components or same_components(one.components, other.components)


def _shown(result: Result) -> str | None:
    return value_text(result.value) or components_text(result.components)


_FINAL = frozenset(("final", "amended", "corrected", "unknown"))


def _subtitle(result: Result) -> str | None:
    return below(standing(result.status, expected=_FINAL), _shown(result) or result.conclusion)


def _lead(results: Sequence[Result]) -> Result:
    return max(results, key=lambda result: _RANKS.get(result.status, 1))


RESULTS = CategoryDefinition(
    category=Category.RESULTS,
    field_name="results",
    section_name="ResultConnection",
    item=Result,
    shape=Shape.TIMELINE,
    description="Investigation results, newest first.",
    title=lambda item: item.code.display,
    subtitle=_subtitle,
    clinical_date=lambda item: item.effective_at or item.issued_at or item.recorded_at,
    codes=lambda item: item.code.codings,
    scope=_scope,
    may_link=_may_link,
    conflicts=_conflicts,
    lead=_lead,
)
