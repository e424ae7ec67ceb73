"""Who asks, of whom, and by what right, as the rules see them: made once for a view."""

from __future__ import annotations

from datetime import date

from federation.authority import MarkKind, RelationshipKind, RulesState
from federation.case import ASK_ABOUT, CITIZENS, About, Asking, Authority, Errand, Footing
from federation.flow import Facts, Question, Reference
from federation.model import RequesterKind
from federation.sharing.facts import local_day
from federation.sharing.roles import TREATING


def asking_of(question: Question, state: RulesState = RulesState.CURRENT) -> Asking:
    """What rules may know of the requester of this question."""
    requester = question.requester
    organisation = requester.organisation
    return Asking(
        kind=requester.kind,
        role=requester.role or "",
        treating=requester.kind is RequesterKind.PROFESSIONAL and requester.role in TREATING,
        organisation=(organisation.ods_code if organisation else None) or "",
        organisation_kind=(organisation.kind if organisation else None) or "",
        region=(organisation.region if organisation else None) or "",
        standing=requester.standing,
        assurance=requester.assurance,
        device=requester.device,
        purpose=question.purpose,
        rules=state,
    )


def about_of(reference: Reference, facts: Facts, *, restricted: bool = False) -> About:
    """What rules may know of the person. `restricted`: some node says so, if tracing does not."""
    person = reference.person
    return About(
        restricted=reference.restricted or restricted,
        deceased=person is not None and person.deceased,
        age=_age(reference, local_day(facts.at)),
        watched=MarkKind.WATCHED in facts.marks,
        coerced=MarkKind.COERCED in facts.marks,
        own=MarkKind.OWN_RECORD in facts.marks,
        family=MarkKind.FAMILY in facts.marks,
    )


def authority_of(question: Question, reference: Reference, facts: Facts) -> Authority:
    """What ties the requester to the person."""
    requester = question.requester
    kinds = frozenset(one.kind for one in facts.relationships)
    return Authority(
        relationships=frozenset(map(str, kinds)),
        incident=RelationshipKind.INCIDENT in kinds,
        subject=requester.kind in CITIZENS and requester.person in reference.numbers,
        proxy=facts.proxy.basis if facts.proxy else "",
        consents=frozenset(one.releases for one in facts.consents),
    )


def footing_of(
    question: Question, reference: Reference, facts: Facts, *, restricted: bool = False
) -> Footing:
    """What a whole view stands on. `restricted`: some node asks for the person's protection."""
    return Footing(
        asking=asking_of(question, facts.rules_state),
        about=about_of(reference, facts, restricted=restricted),
        authority=authority_of(question, reference, facts),
        day=local_day(facts.at),
    )


def errand_of(
    question: Question, reference: Reference, facts: Facts, action: str = ASK_ABOUT
) -> Errand:
    """The whole of who asks about whom, and what they would do."""
    return Errand(
        action=action,
        footing=footing_of(question, reference, facts),
        granted=bool(facts.grants),
    )


def _age(reference: Reference, today: date) -> int | None:
    """Whole years; None where the birth date is not known to the day."""
    try:
        born = date.fromisoformat((reference.birth_date or "")[:10])
    except ValueError:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
