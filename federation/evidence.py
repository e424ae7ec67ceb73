"""Evidence from nodes: a person's own admissions and appointments at the organisation that asks.

Where nothing else ties a professional's organisation to the person, each node that could know is
asked once for the categories that can prove it (`CategoryDefinition.evidence`). What comes serves
as evidence alone: it is neither shown nor merged. Only an item of the requester's own organisation,
and one that they could see if the tie were there, proves anything.

Which nodes are called, and for how long they are waited for, depends on the requester and on the
network, never on the person: a node that may not be asked about this one is called for the echo.
The calls themselves are made by `pipeline.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from federation.authority import EvidenceSource, Relationship, RelationshipKind
from federation.flow import Facts, Question, Reference, Released, Screened, Verified
from federation.model import Category, NodeId, OdsCode, Purpose, Requester, RequesterKind
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import Item

MOST_SECONDS = 1.0
MOST_OF_WHAT_IS_LEFT = 0.3
"""How much of a view's time evidence may take: the record itself needs the most of it."""
PROVING = frozenset(one.category for one in CATEGORIES if one.evidence)


def is_sought(question: Question, facts: Facts) -> bool:
    """Whether nodes are asked for evidence: nothing else could let this professional in."""
    return (
        question.requester.kind is RequesterKind.PROFESSIONAL
        and question.purpose is Purpose.DIRECT_CARE
        and bool(_organisation(question.requester))
        and not facts.relationships
        and not facts.grants
    )


def asked_for_evidence(question: Question) -> Question:
    """The same question, for what can prove a tie and nothing else."""
    return replace(question, categories=PROVING, windows={})


def time_for_evidence(deadline: float, now: float) -> float:
    """By when nodes must have answered, in seconds on the clock of both."""
    return now + min(MOST_SECONDS, MOST_OF_WHAT_IS_LEFT * max(0.0, deadline - now))


def supposing_a_tie(question: Question, facts: Facts) -> Facts:
    """The facts as they would be if what is looked for were found."""
    return replace(
        facts,
        relationships=tuple(
            Relationship(
                id=f"supposed-{kind.value.lower()}",
                kind=kind,
                source=EvidenceSource.NODE,
                organisation=_organisation(question.requester),
                begins_at=facts.at,
            )
            for kind in (RelationshipKind.ADMISSION, RelationshipKind.APPOINTMENT)
        ),
    )


def of_anybody(reference: Reference, facts: Facts) -> tuple[Reference, Facts]:
    """The same without what is known of this person alone: wishes, marks, age, protection."""
    return (
        replace(reference, person=None, restricted=False, birth_date=None),
        replace(facts, objections=(), consents=(), marks=frozenset()),
    )


def called_alike(anybody: Sequence[Screened], person: Sequence[Screened]) -> tuple[Screened, ...]:
    """What to ask of whom: whoever would be called for anybody, for what this person allows.

    Both are screens of the same candidates in the same order.
    """
    return tuple(
        Screened(
            node=one.node,
            categories=one.categories & allowed.categories,
            # What is called for anybody is called, if only for the echo.
            hidden=one.categories | one.hidden,
        )
        for one, allowed in zip(anybody, person, strict=True)
    )


def proven_ties(
    question: Question, verified: Iterable[Verified], released: Iterable[Released]
) -> tuple[Relationship, ...]:
    """What the answers prove: a relationship for each item that does, whether it holds now or not.

    `released` says which items the rules would show if there were a tie; what they prove is read
    from the items as they came, since a rule may have emptied where it was.
    """
    shown = {
        (one.node.id, category, item.source_id)
        for one in released
        for category, items in one.items.items()
        for item in items
    }
    organisation = _organisation(question.requester)
    return tuple(
        tie
        for answer in verified
        for part in answer.parts
        for item in part.items
        if (answer.node.id, part.category, item.source_id) in shown
        if (tie := _tie(answer.node.id, part.category, item, question.asked_at))
        and tie.organisation == organisation
    )


def _tie(node: NodeId, category: Category, item: Item, at: datetime) -> Relationship | None:
    proves = DEFINITIONS[category].evidence if category in PROVING else None
    proof = proves(item, at) if proves else None
    if proof is None:
        return None
    return Relationship(
        id=f"{node}-{category.value.lower()}",
        kind=proof.kind,
        source=EvidenceSource.NODE,
        organisation=OdsCode(proof.organisation),
        begins_at=proof.begins_at,
        ends_at=proof.ends_at,
        evidence=item.source_id,
    )


def _organisation(requester: Requester) -> OdsCode | None:
    code = requester.organisation.ods_code if requester.organisation else None
    return OdsCode(code) if code else None
