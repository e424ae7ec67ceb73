"""A bundle in the shadow: a view is decided again as if it were in force, and nothing comes of it.

The same question, person, facts and answers of nodes as in the view, and no other; only the owner's
bundle is another. What nobody was asked for is not fetched for it. Pure: it releases nothing, takes
nothing away, and hands on counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from federation.case import ItemClass
from federation.errors import ErrorCode
from federation.flow import (
    Candidate,
    DecidedAgain,
    Decision,
    Facts,
    Question,
    Reference,
    Released,
    Screened,
    Verified,
)
from federation.model import Agreement, Category, NodeId
from federation.records.base import Redaction
from federation.sharing.asking import asking_of, errand_of
from federation.sharing.decisions import Decisions
from federation.sharing.difference import because, direction, noticed
from federation.sharing.facts import by_source, local_day
from federation.sharing.release import release_of
from federation.sharing.rules import Rules
from federation.sharing.screen import screen
from federation.sharing.sheet import Sheet
from federation.status import SourceState


class InShadow(Struct, frozen=True, kw_only=True):
    """A bundle made ready: what would decide with it in the place of its owner's.

    `beside` is the version of what decides that it was put in the place of a part of; of a view
    that others decided it can say nothing.
    """

    sheet: Sheet
    rules: Rules
    agreements: tuple[Agreement, ...]
    beside: str


class Viewed(Struct, frozen=True, kw_only=True):
    """A view as it was decided. `before` is who the person was known to be when it was screened."""

    question: Question
    before: Reference
    reference: Reference
    facts: Facts
    candidates: tuple[Candidate, ...]
    screened: tuple[Screened, ...]
    verified: tuple[Verified, ...]
    released: tuple[Released, ...]
    rules: Rules
    version: str


class Again(Struct, frozen=True, kw_only=True):
    """One node of a view decided again, with what the decisions of both come from."""

    candidate: Candidate
    screened: Screened
    released: Released
    screening: Decisions
    releasing: Decisions


def reaches(shadow: InShadow, viewed: Viewed) -> bool:
    """Whether the bundle has a say in this view, and was made ready beside what decided it."""
    return shadow.beside == viewed.version and any(
        candidate.categories and _reaches(shadow, viewed, candidate)
        for candidate in viewed.candidates
    )


def refusal(shadow: InShadow, viewed: Viewed) -> ErrorCode | None:
    """Why the bundle would have refused the whole view; None where it would not."""
    asking = asking_of(viewed.question, viewed.facts.rules_state)
    errand = errand_of(viewed.question, viewed.reference, viewed.facts)
    ours = viewed.rules.refusal(asking) or viewed.rules.refusal_about(errand)
    if ours is not None:
        return None
    return shadow.rules.refusal(asking) or shadow.rules.refusal_about(errand)


def deciding(shadow: InShadow, viewed: Viewed) -> Iterator[Again]:
    """Each node that the bundle has a say in, decided again; others may go first between two."""
    today = local_day(viewed.facts.at)
    given = by_source(shadow.agreements, today)
    answers = {one.node.id: one for one in viewed.verified}
    for candidate, live in zip(viewed.candidates, viewed.released, strict=True):
        if not candidate.categories or not _reaches(shadow, viewed, candidate):
            continue
        node = candidate.node.id
        facts = replace(
            viewed.facts, agreements={**viewed.facts.agreements, node: given.get(node, ())}
        )
        screening = Decisions(viewed.question, viewed.before, facts, shadow.rules)
        (screened,) = screen(viewed.question, viewed.before, facts, (candidate,), shadow.rules)
        releasing = Decisions(
            viewed.question, viewed.reference, facts, shadow.rules, restricted=live.restricted
        )
        released = release_of(
            viewed.question,
            facts,
            screened,
            answers.get(node),
            releasing,
            restricted=live.restricted,
        )
        yield Again(
            candidate=candidate,
            screened=screened,
            released=released,
            screening=screening,
            releasing=releasing,
        )


def compare(viewed: Viewed, again: Again) -> tuple[DecidedAgain, ...]:
    """What became of each category of the node, and what would have."""
    return tuple(_Compared(viewed, again).parts())


def refused(shadow: InShadow, viewed: Viewed) -> tuple[DecidedAgain, ...]:
    """The same where the bundle would have refused the whole view: nothing of it would be shown."""
    return tuple(
        DecidedAgain(
            node=candidate.node.id,
            category=category,
            state=live.rows[category].state,
            code=live.rows[category].code,
            would_state=SourceState.NOT_ASKED,
            would_code=None,
            fewer=sum(_shown(live, category).values()),
        )
        for candidate, live in zip(viewed.candidates, viewed.released, strict=True)
        if _reaches(shadow, viewed, candidate)
        for category in sorted(candidate.categories)
    )


def _reaches(shadow: InShadow, viewed: Viewed, candidate: Candidate) -> bool:
    organisation = viewed.question.requester.organisation
    return shadow.sheet.reaches(
        candidate.node.id, (organisation.ods_code if organisation else None) or ""
    )


class _Items(Struct, frozen=True, kw_only=True):
    """How many items of a category are shown which way (`DecidedAgain`)."""

    shared: int = 0
    otherwise: int = 0
    more: int = 0
    fewer: int = 0


class _Compared:
    """One node of a view, both ways."""

    def __init__(self, viewed: Viewed, again: Again) -> None:
        self._node: NodeId = again.candidate.node.id
        at = viewed.candidates.index(again.candidate)
        self._screened = viewed.screened[at]
        self._live = viewed.released[at]
        self._again = again
        question, facts, rules = viewed.question, viewed.facts, viewed.rules
        self._screening = Decisions(question, viewed.before, facts, rules)
        self._releasing = Decisions(
            question, viewed.reference, facts, rules, restricted=self._live.restricted
        )

    def parts(self) -> Iterator[DecidedAgain]:
        for category in sorted(self._again.candidate.categories):
            yield self._part(category)

    def _part(self, category: Category) -> DecidedAgain:
        live, would = self._live.rows[category], self._again.released.rows[category]
        unasked = self._would_be_asked(category)
        differing = [
            (before, after)
            for before, after in self._pairs(category)
            if noticed(before) != noticed(after)
        ]
        items = self._items(category)
        return DecidedAgain(
            node=self._node,
            category=category,
            state=live.state,
            code=live.code,
            would_state=None if unasked else would.state,
            would_code=None if unasked else would.code,
            shared=items.shared,
            otherwise=items.otherwise,
            more=items.more,
            fewer=items.fewer,
            directions=_each(direction(*pair) for pair in differing),
            because=_each(name for pair in differing for name in because(*pair)),
        )

    def _items(self, category: Category) -> _Items:
        live, again = self._live, self._again.released
        if category in live.items and live.items[category] is again.items.get(category):
            # Nothing was taken away on either side: they are what arrived.
            return _Items(shared=len(live.items[category]))
        ours, theirs = _shown(live, category), _shown(again, category)
        both, alike = _either_way(ours, theirs), (ours & theirs).total()
        return _Items(
            shared=alike,
            otherwise=both - alike,
            more=theirs.total() - both,
            fewer=ours.total() - both,
        )

    def _would_be_asked(self, category: Category) -> bool:
        """Whether the node was not asked for it and would have been: the echo alone came anyway."""
        if category in self._screened.categories or category not in self._again.screened.categories:
            return False
        return not (category is Category.DEMOGRAPHICS and self._again.released.persons)

    def _pairs(self, category: Category) -> Iterator[tuple[Decision, Decision]]:
        """What both say of every class of things that either was asked about."""
        kinds = _of(category, self._live.decisions, self._again.released.decisions)
        ours, theirs = self._releasing, self._again.releasing
        if not kinds:
            # Both settled it before anything was asked for.
            kinds = _of(category, self._screened.decisions, self._again.screened.decisions)
            ours, theirs = self._screening, self._again.screening
        for kind in kinds:
            yield ours.of(self._node, category, kind), theirs.of(self._node, category, kind)


def _of(category: Category, *made: Iterable[Decision]) -> tuple[ItemClass, ...]:
    return tuple(
        dict.fromkeys(one.kind for several in made for one in several if one.category is category)
    )


_Shown = Counter[tuple[str, frozenset[str]]]


def _shown(released: Released, category: Category) -> _Shown:
    """What is shown of a category, each by its id and the fields that are emptied."""
    if category is Category.DEMOGRAPHICS:
        return Counter({("person", _fields(released.person_redactions)): len(released.persons)})
    return Counter(
        (item.source_id, _fields(item.redactions)) for item in released.items.get(category, ())
    )


def _fields(redactions: Iterable[Redaction]) -> frozenset[str]:
    return frozenset(one.field for one in redactions)


def _either_way(ours: _Shown, theirs: _Shown) -> int:
    """How many things are shown both ways, in whatever form."""
    return (_by_id(ours) & _by_id(theirs)).total()


def _by_id(shown: _Shown) -> Counter[str]:
    ids: Counter[str] = Counter()
    for (source_id, _), count in shown.items():
        ids[source_id] += count
    return ids


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
