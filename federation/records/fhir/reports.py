"""What a report says for all of its results: its heading, specimen, images, attachments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from federation.model import Practitioner
from federation.records.base import Concept, PartialDateTime
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    FhirAttachment,
    Reference,
    joined,
)
from federation.records.fhir.investigations import ENTERED_IN_ERROR
from federation.records.fhir.r4 import readable, when
from federation.records.fhir.resource import References
from federation.records.fhir.structs.reports import (
    FhirDiagnosticReport,
    FhirImagingStudy,
    FhirMedia,
    FhirReportMedia,
    FhirRequest,
    FhirSpecimen,
)
from federation.records.results import Attachment, ResultStatus

_STATUSES = {
    "registered": ResultStatus.REGISTERED,
    "partial": ResultStatus.PRELIMINARY,
    "preliminary": ResultStatus.PRELIMINARY,
    "final": ResultStatus.FINAL,
    "amended": ResultStatus.AMENDED,
    "corrected": ResultStatus.CORRECTED,
    "appended": ResultStatus.AMENDED,
    "cancelled": ResultStatus.CANCELLED,
}


class Common(Struct, frozen=True, kw_only=True):
    """What a report says for all of its results, by the fields of a `Result`."""

    effective_at: PartialDateTime | None = None
    issued_at: PartialDateTime | None = None
    conclusion: str | None = None
    specimen: str | None = None
    requester: Practitioner | None = None
    images: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class Heading(Struct, frozen=True, kw_only=True):
    """A report as what stands above its results; `envelope` is that of an item of its own."""

    envelope: dict[str, Any]
    code: Concept
    status: ResultStatus
    common: Common


def heading(found: FhirDiagnosticReport, references: References) -> Heading:
    """The heading of a report; raises `UnreadableError`."""
    authors = (*found.performer, *found.results_interpreter)
    return Heading(
        envelope=r4.envelope(found, references, authors=authors),
        code=r4.concept(found.code),
        status=status_of(found.status),
        common=_common(found, references),
    )


def _common(found: FhirDiagnosticReport, references: References) -> Common:
    named = found.code.words() or "Report"
    period = found.effective_period
    effective = found.effective_date_time or (period.start or period.end if period else None)
    collected = (collected_at(one, references) for one in found.specimen)
    specimens = (specimen(one, references) for one in found.specimen)
    media = (_media(one, references) for one in found.media)
    return Common(
        effective_at=when(effective) or next(filter(None, collected), None),
        issued_at=when(found.issued),
        conclusion=_conclusion(found),
        specimen=", ".join(filter(None, specimens)) or None,
        requester=requester(found.based_on, references),
        images=tuple(filter(None, (_images(one, references) for one in found.imaging_study))),
        attachments=(*(_attachment(one, named) for one in found.presented_form), *media),
    )


def status_of(code: str) -> ResultStatus:
    """How far a report or a result has come: part of it is preliminary, added to is amended."""
    return _STATUSES.get(code, ResultStatus.UNKNOWN)


def specimen(reference: Reference | None, references: References) -> str | None:
    """What was examined, as known here or in the reference's words."""
    found = readable(references.told(reference), FhirSpecimen)
    site = found.collection.body_site if found else None
    kinds = (found.type if found else None, site)
    words = ", ".join(text for one in kinds if one and (text := one.words()))
    return words or (reference.display if reference else None)


def collected_at(reference: Reference | None, references: References) -> PartialDateTime | None:
    """When what was examined was taken."""
    found = readable(references.told(reference), FhirSpecimen)
    if found is None:
        return None
    period = found.collection.collected_period
    return when(found.collection.collected_date_time or (period.start if period else None))


def requester(based_on: Iterable[Reference], references: References) -> Practitioner | None:
    """Who asked for it, where the request is at hand."""
    requests = (readable(references.told(one), FhirRequest) for one in based_on)
    people = (r4.practitioner(one.requester, references) for one in requests if one)
    return next(filter(None, people), None)


def _conclusion(found: FhirDiagnosticReport) -> str | None:
    said = (found.conclusion, joined(found.conclusion_code))
    return "; ".join(filter(None, said)) or None


def _images(reference: Reference, references: References) -> str | None:
    found = readable(references.told(reference), FhirImagingStudy)
    if found is None:
        return reference.display or "Imaging study"
    if found.status == ENTERED_IN_ERROR:
        return None
    parts = (
        _codings((*found.modality, *(one.modality for one in found.series))),
        found.description or joined(found.procedure_code),
        _codings(one.body_site for one in found.series),
        when(found.started),
    )
    return ", ".join(filter(None, parts)) or "Imaging study"


def _codings(codings: Iterable[Coding | None]) -> str | None:
    words = (CodeableConcept(coding=(one,)).words() for one in codings if one)
    return ", ".join(dict.fromkeys(filter(None, words))) or None


def _attachment(found: FhirAttachment, named: str) -> Attachment:
    return Attachment(
        name=found.title or named,
        content_type=found.content_type,
        size_bytes=found.size,
        created_at=when(found.creation),
    )


def _media(found: FhirReportMedia, references: References) -> Attachment:
    media = readable(references.told(found.link), FhirMedia)
    content = (media.content if media else None) or FhirAttachment()
    named = found.link.display if found.link else None
    return Attachment(
        name=found.comment or content.title or named or "Image",
        content_type=content.content_type,
        size_bytes=content.size,
        created_at=when(content.creation or (media.created_date_time if media else None)),
    )
