"""What a line says besides its name, where the name alone would mislead a reader.

A title names a thing; most of what is listed is so, is current and was done. What is not says so
first: "Not given", "Stopped", "Refuted". And words that turn a code round ("No known penicillin
allergy" beside the code of penicillin) are the title instead of the code's own.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

from federation.records.base import Concept

_TURNS = re.compile(
    # Denied, doubted, a relative's, feared, past. "?" stands before what is doubted.
    r"\?\s?(?=[a-z])|(?<![a-z])(?:no|not|nil|never|without|absent|denie[sd]|negative|exclude[sd]?"
    r"|ruled out|refuted|unlikely|doubtful|suspected|possible|probable|query|family history|fh"
    r"|at risk|risk of|history of|h/o|previous|resolved)(?![a-z])"
)


def turned(concept: Concept) -> tuple[str, ...]:
    """The recorded words that turn the meaning of a code round, and that its display lacks.

    >>> turned(Concept(display="Penicillin", original_text="No known penicillin allergy"))
    ('no',)
    """
    said = concept.original_text
    return _turns(said, concept.display) if said and said != concept.display else ()


@lru_cache(maxsize=8_192)
def _turns(said: str, display: str) -> tuple[str, ...]:
    found = set(_TURNS.findall(said.casefold()))
    return tuple(
        sorted(one.strip() for one in found.difference(_TURNS.findall(display.casefold())))
    )


def named(concept: Concept) -> str:
    """What to call it: by its code's words, or as it was recorded where these say otherwise."""
    return concept.original_text or concept.display if turned(concept) else concept.display


def standing(status: str | None, *, expected: Container[str]) -> str | None:
    """A status in words, unless it is one that nobody needs to be told.

    >>> standing("not-done", expected={"completed"}), standing("completed", expected={"completed"})
    ('Not done', None)
    """
    words = (status or "").replace("_", " ").replace("-", " ").strip().lower()
    return None if not words or words in expected else words.capitalize()


def below(*said: str | None) -> str | None:
    """What stands below a title, the most important first."""
    return "; ".join(one for one in said if one) or None
