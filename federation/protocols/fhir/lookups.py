"""Fetching what resources point at and the node did not send along: medicines, staff, places.

One bounded search by id for each kind, and one more round for what a role points at. What cannot
be fetched stays unknown: readers then fall back to the reference's own words, or refuse the
resource.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from federation.protocols.fhir.search import Found, Searcher
from federation.records.fhir_r4 import Resource

MOST_IDS = 200
"""Ids of one kind that are looked up for one call."""
_BATCH = 50
_ALWAYS = ("Practitioner", "PractitionerRole", "Organization")
"""Whoever wrote it, and for whom: every item may point at these."""


async def complete(
    searcher: Searcher,
    resources: Iterable[Resource],
    known: dict[str, Resource],
    kinds: tuple[str, ...] = (),
) -> None:
    """Add to `known` what these resources point at: staff, organisations and these kinds."""
    pattern = _pattern(kinds)
    asked: set[tuple[str, str]] = set()
    waiting = list(resources)
    for _ in range(2):
        missing = _missing(pattern, waiting, known, searcher.base) - asked
        if not missing:
            return
        asked |= missing
        waiting = await _fetch(searcher, missing, known)


async def _fetch(
    searcher: Searcher, missing: set[tuple[str, str]], known: dict[str, Resource]
) -> list[Resource]:
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, identity in sorted(missing):
        by_kind[kind].append(identity)
    answers = await asyncio.gather(
        *(
            searcher.search(kind, (("_id", ",".join(batch)), ("_count", str(_BATCH))))
            for kind, identities in by_kind.items()
            for batch in _batches(identities[:MOST_IDS])
        )
    )
    found = [answer for answer in answers if isinstance(answer, Found)]
    for answer in found:
        known.update(answer.known)
    return [resource for answer in found for resource in answer.matches]


def _batches(identities: list[str]) -> Iterable[list[str]]:
    return (identities[at : at + _BATCH] for at in range(0, len(identities), _BATCH))


@lru_cache(maxsize=64)
def _pattern(kinds: tuple[str, ...]) -> re.Pattern[bytes]:
    either = "|".join((*_ALWAYS, *kinds)).encode()
    return re.compile(
        rb'"reference"\s*:\s*"([^"\s]{0,200}?)\b(' + either + rb")/([A-Za-z0-9.-]{1,64})" + rb'[/"]'
    )


def _missing(
    pattern: re.Pattern[bytes], resources: Iterable[Resource], known: dict[str, Resource], base: str
) -> set[tuple[str, str]]:
    """What is pointed at on this node and not known; other hosts are never asked."""
    found = set()
    for resource in resources:
        for before, kind, identity in pattern.findall(bytes(resource.raw)):
            here = before in {b"", base.encode()}
            pair = (kind.decode(), identity.decode())
            if here and f"{pair[0]}/{pair[1]}" not in known:
                found.add(pair)
    return found
