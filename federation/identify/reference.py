"""The reference: traced where a tracing service is configured, else what the caller confirmed.

A confirmation that does not match is refused before any node is asked, because a typed namesake's
number is the one mistake that comparing nodes with each other cannot see. A host system's launch
confirms as the caller's own word does; where there are both, both must match.
"""

from __future__ import annotations

from collections.abc import Callable

from federation.authority import Launch
from federation.errors import IdentityChangedError, IdentityNotConfirmedError
from federation.flow import Confirmation, Question, Reference
from federation.identify.known_numbers import KnownNumbers
from federation.identify.tracing import Traced, TraceOutcome, Tracer
from federation.model import IdentityBasis, RequesterKind
from federation.records.base import PartialDateTime
from federation.records.person import HumanName, Person

TRACE_SHARE = 0.4
"""The most of a request's time that tracing may take; the nodes need the rest."""
TRACE_SECONDS = 1.5

_NOT_TRACED = Traced(outcome=TraceOutcome.NOT_CONFIGURED)

_CHECKED = " what the sources are checked against."
_MESSAGES = {
    TraceOutcome.NOT_CONFIGURED: "",
    TraceOutcome.UNREACHABLE: "The tracing service could not be reached. ",
    TraceOutcome.NOT_FOUND: "The tracing service has no details under this number. ",
}
_TRACED = "The tracing service knows this person"
_REPLACED = " The number you gave has been replaced; the record is shown under the one in use now."


async def identify(
    question: Question,
    launch: Launch | None,
    tracer: Tracer | None,
    numbers: KnownNumbers,
    loop_time: Callable[[], float],
) -> Reference:
    """The person who is meant, by the question and by the launch that was redeemed for it.

    Raises `IdentityNotConfirmedError` where a professional confirmed nothing or something that does
    not match, or the launch is another person's, and `IdentityChangedError` where the number has
    been withdrawn and names nobody now.
    """
    confirm = _confirmation(question, launch)
    if question.requester.kind is RequesterKind.PROFESSIONAL and confirm is None:
        raise IdentityNotConfirmedError
    traced = await _trace(question, tracer, loop_time)
    if traced.outcome is TraceOutcome.INVALIDATED:
        raise IdentityChangedError
    if traced.person is None:
        return _of_launch(launch, _untraced(question, confirm, numbers, traced.outcome))
    _compare(confirm, traced.person)
    for number in (question.nhs_number, traced.person.nhs_number):
        await numbers.learn(number, traced.person.nhs_number)
    return _of_launch(launch, _traced(question, confirm, numbers, traced.person))


def _confirmation(question: Question, launch: Launch | None) -> Confirmation | None:
    """What is believed of the person; the launch and the caller must not differ."""
    said = question.confirm
    if launch is None:
        return said
    vouched = Confirmation(birth_date=launch.birth_date, family_name=launch.family_name)
    if said is None:
        return vouched
    families = {_fold(name) for name in (said.family_name, vouched.family_name) if name}
    if said.birth_date != vouched.birth_date or len(families) > 1:
        raise IdentityNotConfirmedError
    return Confirmation(
        birth_date=said.birth_date, family_name=said.family_name or vouched.family_name
    )


def _of_launch(launch: Launch | None, reference: Reference) -> Reference:
    """The reference, unless the host system launched somebody else under another number."""
    if launch is not None and launch.number not in reference.numbers:
        raise IdentityNotConfirmedError
    return reference


async def _trace(
    question: Question, tracer: Tracer | None, loop_time: Callable[[], float]
) -> Traced:
    if tracer is None:
        return _NOT_TRACED
    seconds = min(TRACE_SECONDS, TRACE_SHARE * max(0.0, question.deadline - loop_time()))
    return await tracer.trace(question.nhs_number, question.request_id, seconds)


def _compare(confirm: Confirmation | None, person: Person) -> None:
    if confirm is None:
        return
    if person.birth_date and not confirm.birth_date.isoformat().startswith(person.birth_date[:10]):
        raise IdentityNotConfirmedError
    families = {_fold(name.family) for name in _names(person) if name.family}
    if confirm.family_name and families and _fold(confirm.family_name) not in families:
        raise IdentityNotConfirmedError


def _untraced(
    question: Question, confirm: Confirmation | None, numbers: KnownNumbers, outcome: TraceOutcome
) -> Reference:
    # Nodes that hold the person under the number in use would say that they hold nothing.
    number = numbers.in_use(question.nhs_number)
    message = (
        f"{_MESSAGES[outcome]}{_given(question)} are{_CHECKED}"
        if confirm
        else "Nobody confirmed whose record this is."
    )
    return Reference(
        number=number,
        numbers=numbers.all_of(number) | {question.nhs_number},
        birth_date=PartialDateTime(confirm.birth_date.isoformat()) if confirm else None,
        names=_confirmed_name(confirm),
        basis=IdentityBasis.CONFIRMED if confirm else IdentityBasis.UNCONFIRMED,
        message=f"{message}{_REPLACED if number != question.nhs_number else ''}",
    )


def _traced(
    question: Question, confirm: Confirmation | None, numbers: KnownNumbers, person: Person
) -> Reference:
    confirmed = confirm is not None and person.birth_date is not None
    replaced = person.nhs_number != question.nhs_number
    birth_date = person.birth_date
    if birth_date is None and confirm:
        birth_date = PartialDateTime(confirm.birth_date.isoformat())
    matched = f" and {_given(question).lower()} match" if confirmed else ""
    return Reference(
        number=person.nhs_number,
        numbers=numbers.all_of(person.nhs_number) | {question.nhs_number},
        birth_date=birth_date,
        names=_names(person),
        person=person,
        basis=IdentityBasis.TRACED_AND_CONFIRMED if confirmed else IdentityBasis.TRACED,
        message=f"{_TRACED}{matched}.{_REPLACED if replaced else ''}",
        restricted=person.restricted,
    )


def _given(question: Question) -> str:
    whose = "you" if question.confirm else "your host system"
    return f"The details {whose} gave"


def _confirmed_name(confirm: Confirmation | None) -> tuple[HumanName, ...]:
    if confirm is None or confirm.family_name is None:
        return ()
    return (HumanName(text=confirm.family_name, family=confirm.family_name),)


def _names(person: Person) -> tuple[HumanName, ...]:
    return (*((person.name,) if person.name else ()), *person.former_names)


def _fold(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
