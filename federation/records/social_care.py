"""Social care: packages, assessments, legal information. A whole list; never linked."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation, Practitioner
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.standing import below, standing


class SocialCareItem(Item, frozen=True, kw_only=True):
    """One fact of social care as one source holds it."""

    kind: Annotated[Concept, described("What it is: a package, an assessment, a legal status ...")]
    text: Annotated[str, described("What it says.")]
    status: Annotated[str | None, described("Where it stands.")] = None
    start: Annotated[PartialDate | None, described("From when.")] = None
    end: Annotated[PartialDate | None, described("Until when.")] = None
    provider: Annotated[Organisation | None, described("Who provides it.")] = None
    named_worker: Annotated[Practitioner | None, described("Who is responsible.")] = None


_IN_PLACE = frozenset(("active", "unknown"))


def _subtitle(item: SocialCareItem) -> str | None:
    return below(standing(item.status, expected=_IN_PLACE), item.text)


SOCIAL_CARE = CategoryDefinition(
    category=Category.SOCIAL_CARE,
    field_name="socialCare",
    section_name="SocialCareSection",
    item=SocialCareItem,
    shape=Shape.WHOLE_LIST,
    description="Services and care, circumstances, legal information.",
    title=lambda item: item.kind.display,
    subtitle=_subtitle,
    clinical_date=lambda item: item.start or item.effective_at or item.recorded_at,
    codes=lambda item: item.kind.codings,
    links_by_identifier=False,
)
