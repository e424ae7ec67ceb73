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
    Shape,
    SourceItemId,
    described,
)
from federation.records.clinical import (
    ObservationComponent,
    ObservedValue,
    ReferenceRange,
    components_text,
    value_text,
)
from federation.records.compare import safety, snomed_code
from federation.records.partial_date import sort_key


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


_AMENDED = frozenset((ResultStatus.AMENDED, ResultStatus.CORRECTED))


def _may_link(one: Result, other: Result) -> bool:
    # Source: merge rules, "report id + analyte + time"; the report's id is among the identifiers.
    analytes = {snomed_code(one.code), snomed_code(other.code)}
    if None in analytes or len(analytes) > 1:
        return False
    return sort_key(one.effective_at) == sort_key(other.effective_at)


def _conflicts(results: Sequence[Result]) -> tuple[Conflict, ...]:
    stated = [result for result in results if result.value is not None]
    if len({value_text(result.value) for result in stated}) <= 1:
        return ()
    message = "The value differs; an amended result stands for the line."
    return (safety("value", message, stated, lambda result: value_text(result.value)),)


def _lead(results: Sequence[Result]) -> Result:
    return max(results, key=lambda result: result.status in _AMENDED)


RESULTS = CategoryDefinition(
    category=Category.RESULTS,
    field_name="results",
    section_name="ResultConnection",
    item=Result,
    shape=Shape.TIMELINE,
    description="Investigation results, newest first.",
    title=lambda item: item.code.display,
    subtitle=lambda item: (
        value_text(item.value) or components_text(item.components) or item.conclusion
    ),
    clinical_date=lambda item: item.effective_at or item.issued_at or item.recorded_at,
    codes=lambda item: item.code.codings,
    may_link=_may_link,
    conflicts=_conflicts,
    lead=_lead,
)
