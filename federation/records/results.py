"""Investigation results, grouped under their report. A timeline."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from federation.model import Category
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.clinical import ObservedValue, ReferenceRange, value_text


class ResultStatus(StrEnum):
    """How far a report has come."""

    REGISTERED = "REGISTERED"
    PRELIMINARY = "PRELIMINARY"
    FINAL = "FINAL"
    AMENDED = "AMENDED"
    CORRECTED = "CORRECTED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class Result(Item, frozen=True, kw_only=True):
    """One analyte of one report as one source holds it."""

    report: Annotated[Concept, described("The report or panel it belongs to.")]
    code: Annotated[Concept, described("What was measured.")]
    status: Annotated[ResultStatus, described("Preliminary, final, amended ...")] = ResultStatus.UNKNOWN
    value: Annotated[ObservedValue | None, described("What it was.")] = None
    reference_range: Annotated[ReferenceRange | None, described("What is usual.")] = None
    interpretation: Annotated[str | None, described("High, low, abnormal ... in the source's words.")] = None
    specimen: Annotated[str | None, described("What was examined.")] = None
    issued_at: Annotated[PartialDate | None, described("When it was reported.")] = None
    conclusion: Annotated[str | None, described("The report's conclusion.")] = None


RESULTS = CategoryDefinition(
    category=Category.RESULTS,
    field_name="results",
    section_name="ResultConnection",
    item=Result,
    shape=Shape.TIMELINE,
    description="Investigation results, newest first.",
    title=lambda item: item.code.display,
    subtitle=lambda item: value_text(item.value),
    clinical_date=lambda item: item.effective_at or item.issued_at or item.recorded_at,
    codes=lambda item: item.code.codings,
)
