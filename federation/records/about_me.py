"""About me: what matters to the person, in their own words. A whole list."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category
from federation.records.base import CategoryDefinition, Item, Shape, described


class AboutMe(Item, frozen=True, kw_only=True):
    """One thing that matters, as one source holds it."""

    heading: Annotated[str, described("What it is about.")]
    text: Annotated[str, described("What the person wants known.")]


ABOUT_ME = CategoryDefinition(
    category=Category.ABOUT_ME,
    field_name="aboutMe",
    section_name="AboutMeSection",
    item=AboutMe,
    shape=Shape.WHOLE_LIST,
    description="What matters to the person and how to communicate with them.",
    title=lambda item: item.heading,
    subtitle=lambda item: item.text,
)
