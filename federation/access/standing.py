"""Who stands before the desk: a deed with all that ties its requester to the person.

A deed has no `confirm`: it shows nothing of the person, and the view that follows still needs one.
So nobody is traced here, no node is asked, and whatever is answered is the same whether or not the
person exists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from federation.audit import AuditTrail
from federation.authority import Held
from federation.deeds import PersonDeed
from federation.flow import Facts, Question, Reference
from federation.identify import KnownNumbers
from federation.model import Category, IdentityBasis, Purpose
from federation.nhs_number import NhsNumber
from federation.registry import Registry
from federation.sharing import Rules, RulesNow, admit, load_facts
from federation.storage import PersonKeys
from federation.storage.base import SharingStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a deed needs, built once by the composition root.

    `rules` tells what decides now; a deed takes it once and keeps it. `persons` names people in the
    sharing store. `new_id` makes ids that nobody can guess.
    """

    registry: Registry
    numbers: KnownNumbers
    rules: Callable[[], RulesNow]
    store: SharingStore
    persons: PersonKeys
    trail: AuditTrail
    new_id: Callable[[], str]

    def number_of(self, deed: PersonDeed) -> NhsNumber:
        """The person's number in use, as far as it is known here."""
        return self.numbers.in_use(deed.nhs_number)


class Standing:
    """A deed, the person's numbers, the facts about the two, and the rules that decide.

    `question` and `reference` are what rules are asked with, as for a view of everything.
    """

    def __init__(
        self, question: Question, reference: Reference, held: Held, facts: Facts, rules: Rules
    ) -> None:
        self.question = question
        self.reference = reference
        self.held = held
        self.facts = facts
        self.rules = rules


async def stand(deed: PersonDeed, purpose: Purpose, parts: Parts) -> Standing:
    """Admit the requester by their token, then load what ties them to the person.

    Raises the `RefusedError` that answers the request, and `StorageError` where the facts are lost.
    """
    now = parts.rules()
    admit(question_of(deed, purpose), now.rules, now.state)
    return await gather(deed, purpose, parts, now)


async def gather(
    deed: PersonDeed, purpose: Purpose, parts: Parts, now: RulesNow | None = None
) -> Standing:
    """Load what ties the requester to the person, for a deed that asks for nothing of the record.

    Whoever calls it admits the requester next. Raises `StorageError` where the facts are lost.
    """
    now = now or parts.rules()
    question = question_of(deed, purpose)
    reference = reference_of(deed, parts)
    held = await parts.store.about(parts.persons.sought(sorted(reference.numbers)))
    facts = load_facts(parts.registry.now(), question, held, rules_state=now.state)
    return Standing(question, reference, held, facts, now.rules)


def question_of(deed: PersonDeed, purpose: Purpose) -> Question:
    """What the rules are asked about a deed: as if everything were to be looked at."""
    return Question(
        view_id=deed.deed_id,
        request_id=deed.request_id,
        requester=deed.requester,
        purpose=purpose,
        nhs_number=deed.nhs_number,
        confirm=None,
        categories=frozenset(Category),
        asked_at=deed.asked_at,
        deadline=0.0,
    )


def reference_of(deed: PersonDeed, parts: Parts) -> Reference:
    """Whoever the number names, of whom nothing else is known here."""
    number = parts.number_of(deed)
    return Reference(
        number=number,
        numbers=parts.numbers.all_of(number) | {deed.nhs_number},
        basis=IdentityBasis.UNCONFIRMED,
        message="",
    )
