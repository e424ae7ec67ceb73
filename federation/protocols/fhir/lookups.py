"""Fetching what resources point at and the node did not send along: medicines, staff, places.

All categories of a call are followed together: one bounded search by id for each kind and batch,
and one more round for what was fetched (a role points at a person). What cannot be fetched stays
unknown: readers then fall back to the reference's own words, or refuse the resource. That a bound
was reached, or a search failed that might be answered another time, is said.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache, partial

import httpx
import msgspec
from msgspec import Struct

from federation.protocols.failures import Verdict
from federation.protocols.fhir.aside import aside
from federation.protocols.fhir.capability import Capability
from federation.protocols.fhir.search import TRUNCATED, Found, Refused, Searcher
from federation.records.fhir.reading import ALWAYS_FOLLOWED
from federation.records.fhir.resource import Resource
from federation.status import SourceState

MOST_IDS = 400
"""Ids of one kind that are looked up in one round of a call."""
_BATCH = 50
_ROUNDS = 2
Address = tuple[str, str]
"""A type and an id."""


class Follow(Struct, kw_only=True):
    """Resources whose references are followed, to staff, organisations and these `kinds`.

    `lacking` is set where not everything could be asked for.
    """

    resources: Sequence[Resource]
    kinds: tuple[str, ...] = ()
    lacking: Verdict | None = None
    wanted: set[Address] = msgspec.field(default_factory=set)


async def complete(
    searcher: Searcher,
    follows: Sequence[Follow],
    known: dict[str, Resource],
    capability: Capability,
) -> None:
    """Add to `known` what these resources point at."""
    asked: set[Address] = set()
    for _ in range(_ROUNDS):
        for follow in follows:
            missing = partial(_missing, follow, known, searcher.bases, capability)
            follow.wanted = await aside(len(follow.resources), missing)
        wanted = set[Address]().union(*(follow.wanted for follow in follows)) - asked
        if not wanted:
            return
        asked |= wanted
        failed = await _fetch(searcher, wanted, known)
        for follow in follows:
            _go_on(follow, known, failed)


def _go_on(follow: Follow, known: dict[str, Resource], failed: dict[Address, Verdict]) -> None:
    """Say what could not be asked for, and follow next what was fetched."""
    told = sorted(follow.wanted & failed.keys())
    if told:
        follow.lacking = follow.lacking or failed[told[0]]
    addresses = (f"{kind}/{identity}" for kind, identity in sorted(follow.wanted))
    follow.resources = [known[address] for address in addresses if address in known]


async def _fetch(
    searcher: Searcher, wanted: Iterable[Address], known: dict[str, Resource]
) -> dict[Address, Verdict]:
    """Look up what is wanted; what was left out or failed for now, and why."""
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, identity in sorted(wanted):
        by_kind[kind].append(identity)
    batches = [
        (kind, ids[at : at + _BATCH])
        for kind, ids in by_kind.items()
        for at in range(0, min(len(ids), MOST_IDS), _BATCH)
    ]
    answers = await asyncio.gather(*(_search(searcher, kind, ids) for kind, ids in batches))
    failed = {(kind, one): TRUNCATED for kind, ids in by_kind.items() for one in ids[MOST_IDS:]}
    for (kind, ids), answer in zip(batches, answers, strict=True):
        verdict = _take(answer, known)
        if verdict is not None:
            failed |= {(kind, one): verdict for one in ids}
    return failed


async def _search(searcher: Searcher, kind: str, ids: Sequence[str]) -> Found | Refused:
    return await searcher.search(kind, (("_id", ",".join(ids)), ("_count", str(_BATCH))))


def _take(answer: Found | Refused, known: dict[str, Resource]) -> Verdict | None:
    if isinstance(answer, Refused):
        # A server that will not be asked for this at all says so every time: the references' own
        # words have to do. Anything else may be answered the next time.
        return None if _for_good(answer) else _partial(answer.verdict)
    known.update(answer.known)
    return answer.lacking


def _for_good(answer: Refused) -> bool:
    status = answer.status or 0
    told_to_wait = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}
    return httpx.codes.is_client_error(status) and status not in told_to_wait


def _partial(verdict: Verdict) -> Verdict:
    return Verdict(SourceState.PARTIAL, verdict.code, verdict.origin)


@lru_cache(maxsize=64)
def _pattern(kinds: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join((*ALWAYS_FOLLOWED, *kinds))
    return re.compile(rf"(\S{{0,200}}?)\b({either})/([A-Za-z0-9.-]{{1,64}})(?:/|\Z)")


def _missing(
    follow: Follow, known: dict[str, Resource], bases: Collection[str], capability: Capability
) -> set[Address]:
    """What is pointed at on this node and not known; other hosts are never asked."""
    pattern = _pattern(follow.kinds)
    found = set()
    looked_at: set[bytes] = set()
    waiting = list(follow.resources)
    reached = {f"{one.kind}/{one.id}" for one in waiting}
    while waiting:
        # Resources of one person mostly point at the same few others.
        written = set(waiting.pop().pointed_at()) - looked_at
        for pair in _addresses(written, pattern, bases):
            address = f"{pair[0]}/{pair[1]}"
            if address not in known:
                found.add(pair)
            elif address not in reached:
                # What was sent along is followed like what is fetched: a role points at a person.
                reached.add(address)
                waiting.append(known[address])
        looked_at.update(written)
    return {pair for pair in found if capability.looks_up(pair[0])}


def _addresses(
    written: Iterable[bytes], pattern: re.Pattern[str], bases: Collection[str]
) -> Iterator[Address]:
    for one in written:
        found = pattern.match(one.decode("utf-8", "replace"))
        if found is not None and (not found[1] or found[1] in bases):
            yield found[2], found[3]
