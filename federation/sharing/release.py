"""Release: the rules again, for what arrived, before anything is merged.

Items are withheld or shown without some of their fields, the rows are counted again, and every node
of the network ends with exactly one row for every category of the question. Only what release hands
on can reach a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from federation.case import ItemClass
from federation.flow import (
    Decision,
    Facts,
    Outcome,
    Part,
    Question,
    Reference,
    Released,
    Screened,
    Verified,
)
from federation.model import Category, Node
from federation.records.base import Item, Redaction
from federation.records.person import Person
from federation.sharing.decisions import Decisions
from federation.sharing.labels import ordinary
from federation.sharing.planned import told_maintenance
from federation.sharing.redact import emptied, withheld_by
from federation.sharing.rows import readable, row_of_parts
from federation.sharing.rules import Rules
from federation.sharing.screen import row_of
from federation.sharing.sift import sift
from federation.sharing.suspended import told_suspended, without_suspended
from federation.status import FaultOrigin, SourceCode, SourceState, SourceStatus, row

_WITHHELD = SourceCode.NOT_PERMITTED
_ORDER = {category: position for position, category in enumerate(Category)}


def release(
    question: Question,
    reference: Reference,
    facts: Facts,
    screened: Sequence[Screened],
    verified: Sequence[Verified],
    rules: Rules,
) -> tuple[Released, ...]:
    """One `Released` for each screened node, in order."""
    return tuple(releasing(question, reference, facts, screened, verified, rules))


def releasing(
    question: Question,
    reference: Reference,
    facts: Facts,
    screened: Sequence[Screened],
    verified: Sequence[Verified],
    rules: Rules,
) -> Iterator[Released]:
    """The same, node by node, so that others may have their turn between two."""
    echoes = chain.from_iterable(part.persons for part in verified)
    traced = (reference.person,) if reference.person else ()
    restricted = reference.restricted or any(map(_protects, (*traced, *echoes)))
    decisions = Decisions(question, reference, facts, rules, restricted=restricted)
    answers = {part.node.id: part for part in verified}
    for one in screened:
        answer = answers.get(one.node.id)
        yield release_of(question, facts, one, answer, decisions, restricted=restricted)


def release_of(
    question: Question,
    facts: Facts,
    screened: Screened,
    verified: Verified | None,
    decisions: Decisions,
    *,
    restricted: bool,
) -> Released:
    """One node's, where it is known of the whole view whether the person is `restricted`."""
    categories = sorted(question.categories, key=_ORDER.__getitem__)
    given = _Release(screened, verified, decisions).of(categories, restricted=restricted)
    rows = {
        category: told_maintenance(screened.node, told, facts.at)
        for category, told in given.rows.items()
    }
    return replace(given, rows=rows)


def _protects(person: Person) -> bool:
    """Whether an echo asks for the person's whereabouts to be protected; if one does, all are."""
    return person.restricted or not ordinary(person.security_labels)


class _Release:
    """The release of one node's answer."""

    def __init__(self, screened: Screened, verified: Verified | None, decisions: Decisions) -> None:
        self._node: Node = screened.node
        self._screened = screened
        self._hidden = screened.hidden
        self._decisions = decisions
        self._answer = verified or Verified(node=screened.node)
        self._told: dict[Category | None, SourceStatus] = {
            told.category: told for told in (*self._answer.rows, *screened.rows)
        }
        self._parts = _by_category(self._answer.parts)
        self._items: dict[Category, tuple[Item, ...]] = {}
        self._withheld: dict[Category, int] = {}
        self._unshown: set[tuple[Category, ItemClass]] = set()
        self._persons: tuple[Person, ...] = ()
        self._redactions: tuple[Redaction, ...] = ()

    def of(self, categories: Sequence[Category], *, restricted: bool) -> Released:
        rows = {category: self._row(category) for category in categories}
        made = self._decisions.made_of(self._node.id)
        settled = {decision.category for decision in made}
        return Released(
            node=self._node,
            persons=self._persons,
            items=self._items,
            rows=rows,
            restricted=restricted,
            person_redactions=self._redactions,
            withheld=self._withheld,
            unshown=frozenset(self._unshown),
            decisions=made,
            footing=self._decisions.footing,
            screened=tuple(
                decision
                for decision in self._screened.decisions
                if decision.category in rows and decision.category not in settled
            ),
            screened_on=self._screened.footing,
            looked_at=self._decisions.looks_at(self._node.id),
        )

    def _row(self, category: Category) -> SourceStatus:
        told = self._told.get(category)
        if told is not None and category not in self._hidden:
            return told
        decision = self._decisions.asks(self._node.id, category)
        if category in self._hidden or decision.hides:
            return told or self._concealed(category)
        if decision.outcome is not Outcome.PERMIT:
            # The rules have changed since the screen, or the person's own facts forbid it.
            self._withhold(category)
            return row_of(self._node, decision)
        if category is Category.DEMOGRAPHICS:
            return self._demographics(decision)
        return self._section(category)

    def _concealed(self, category: Category) -> SourceStatus:
        """The row of a node that answered and holds nothing here, whatever came."""
        self._withhold(category)
        parts = self._parts.get(category) or (Part(category=category),)
        return row_of_parts(
            self._node,
            tuple(map(_holding_nothing, parts)),
            held=False,
            retrieved_at=self._answer.retrieved_at,
        )

    def _withhold(self, category: Category) -> None:
        count = sum(len(part.items) for part in self._parts.get(category, ()))
        if count:
            self._withheld[category] = count

    def _section(self, category: Category) -> SourceStatus:
        parts = self._parts.get(category)
        if not parts:
            return self._unanswered(category)
        parts, suspended = without_suspended(self._node, parts)
        # What was decided of no item in particular is asked whatever the node holds.
        made = self._decisions.made_of(self._node.id)
        supposed = {one.kind for one in made if one.category is category}
        sifted = sift(parts, self._node.id, self._decisions)
        self._unshown |= {(category, kind) for kind in sifted.unshown - supposed}
        if sifted.items:
            self._items[category] = sifted.items
        if sifted.withheld or suspended:
            self._withheld[category] = sifted.withheld + suspended
        told = row_of_parts(
            self._node,
            parts,
            held=bool(sifted.items),
            unsettled=sifted.unsettled,
            retrieved_at=self._answer.retrieved_at,
        )
        if not any(map(readable, parts)):
            return told
        return told_suspended(self._node, self._partial(told, category))

    def _partial(self, told: SourceStatus, category: Category) -> SourceStatus:
        """The row where only what is set apart may be seen: the same whatever is held."""
        plain = self._decisions.of(self._node.id, category)
        if plain.outcome is Outcome.PERMIT or plain.hides:
            return told
        return row(
            self._node,
            category,
            SourceState.PARTIAL,
            plain.code,
            FaultOrigin.POLICY,
            liftable_by_break_glass=plain.liftable,
            retrieved_at=told.retrieved_at,
            data_current_to=told.data_current_to,
        )

    def _demographics(self, decision: Decision) -> SourceStatus:
        """The echoes, where they may be shown: they came with every record, asked for or not."""
        parts = self._parts.get(Category.DEMOGRAPHICS, ())
        if not self._answer.persons:
            return self._unanswered(Category.DEMOGRAPHICS)
        if any(withheld_by(person, decision.redact) for person in self._answer.persons):
            return row_of(self._node, replace(decision, outcome=Outcome.WITHHOLD, code=_WITHHELD))
        given = all(map(readable, parts))
        if given:
            self._show_persons(decision.redact)
        return row_of_parts(
            self._node,
            parts or (Part(category=Category.DEMOGRAPHICS),),
            held=given,
            retrieved_at=self._answer.retrieved_at,
        )

    def _show_persons(self, redact: tuple[str, ...]) -> None:
        shown = [emptied(person, redact) for person in self._answer.persons]
        self._persons = tuple(person for person, _ in shown)
        self._redactions = tuple(
            dict.fromkeys(chain.from_iterable(redactions for _, redactions in shown))
        )

    def _unanswered(self, category: Category) -> SourceStatus:
        """No part and no row: a defect before this stage, told as a source that failed."""
        return row(
            self._node,
            category,
            SourceState.UNAVAILABLE,
            SourceCode.OTHER,
            FaultOrigin.GATEWAY,
        )


def _by_category(parts: Sequence[Part]) -> Mapping[Category, tuple[Part, ...]]:
    grouped: dict[Category, tuple[Part, ...]] = {}
    for part in parts:
        grouped[part.category] = (*grouped.get(part.category, ()), part)
    return grouped


def _holding_nothing(part: Part) -> Part:
    """The part as it would be without its items; what is wrong with the answer itself stays."""
    if readable(part) and part.code is not SourceCode.WRONG_PERSON:
        return Part(
            category=part.category,
            state=SourceState.FRESH_EMPTY,
            data_current_to=part.data_current_to,
        )
    return replace(part, items=(), quarantined=0)
