"""The curated people by their slugs, so that no folder holds a number, a birth date or a name.

A text may hold, for any slug X: `<number of X>`, `<old number of X>`, `<birth date of X>`, `<name
of X>`, `<family name of X>`, and `<number of X with a wrong check digit>`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from demo.model import Story
from demo.population.stories import stories

_PLACE = re.compile(
    r"<(number|old number|birth date|name|family name) of ([a-z0-9-]+)( with a wrong check digit)?>"
)


class People:
    """Fills in what a folder leaves out, and remembers whose details were used."""

    def __init__(self) -> None:
        self.stories: Mapping[str, Story] = {story.slug: story for story in stories()}

    def fill(self, text: str) -> str:
        """The text with every place filled in."""
        return _PLACE.sub(self._found, text)

    def filled(self, value: Any) -> Any:
        """The same, through lists and tables."""
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}
        return [self.filled(inner) for inner in value] if isinstance(value, list) else value

    def variables(self, slug: str) -> dict[str, str]:
        """What nearly every query of a person needs."""
        story = self.stories[slug]
        return {"nhsNumber": story.nhs_number, "birthDate": story.birth_date}

    def empty(self, text: str) -> str:
        """The reverse of `fill`, for writing down an answer."""
        for slug, story in self.stories.items():
            text = text.replace(story.nhs_number, f"<number of {slug}>")
            if story.old_number:
                text = text.replace(story.old_number, f"<old number of {slug}>")
            text = text.replace(f'"{story.birth_date}"', f'"<birth date of {slug}>"')
        return text

    def _found(self, place: re.Match[str]) -> str:
        what, slug, wrong = place.groups()
        story = self.stories[slug]
        found = {
            "number": story.nhs_number,
            "old number": story.old_number or "",
            "birth date": story.birth_date,
            "name": story.name,
            "family name": story.name.rpartition(" ")[2],
        }[what]
        return found[:-1] + str((int(found[-1]) + 1) % 10) if wrong else found
