"""Verify: does every node speak of the person who is meant?

Each held record's echo is compared with the reference. What does not match is quarantined whole and
raised as an incident that carries no identifier. The rules, in the order in which they are applied
to one echo:

| what the echo says                                              | verdict                       |
|-----------------------------------------------------------------|-------------------------------|
| a number that the person is not known by                        | WRONG_PERSON                  |
| another birth date than expected                                | WRONG_PERSON                  |
| family *and* given name both other than every known name        | WRONG_PERSON                  |
| no birth date, and no name in use that bears the record out      | WRONG_PERSON (cannot be shown)|
| anything else (one name, address, gender, precision of the date) | matches                      |

"Expected" is what the reference vouches for; where it does not (no tracing service, nothing
confirmed), what the majority of the nodes' own echoes say, and with no majority nobody matches.
Dates match at the coarser precision of the two.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from federation.flow import (
    Failure,
    HeldRecord,
    Incident,
    Part,
    Plan,
    Reference,
    Reply,
    Verified,
)
from federation.model import Category, IdentityBasis, Node
from federation.records.base import PartialDateTime
from federation.records.person import HumanName, Person
from federation.status import FaultOrigin, SourceCode, SourceState, SourceStatus, row

_Said = TypeVar("_Said")

_PARTICLES = frozenset(("van", "der", "den", "del", "von", "bin", "dos", "das", "della"))
"""Parts of family names that many strangers share, so that they bear nothing out."""
_ASCII_WORD = re.compile("[a-z]+")


class Expected:
    """What an echo must say to be believed: the reference's word, or else the majority's."""

    def __init__(self, reference: Reference, echoes: Sequence[Person]) -> None:
        self.numbers = reference.numbers
        self.split_birth_date = self.split_names = False
        self.birth_date = reference.birth_date
        if self.birth_date is None:
            known = [echo.birth_date for echo in echoes if echo.birth_date]
            self.birth_date = _majority(known, dates_differ)
            self.split_birth_date = bool(known) and self.birth_date is None
        self.names = reference.names
        if not any(name.family and name.given for name in self.names):
            self.names, self.split_names = self._names_of_the_majority(echoes)

    def _names_of_the_majority(
        self, echoes: Sequence[Person]
    ) -> tuple[tuple[HumanName, ...], bool]:
        named = [names for echo in echoes if (names := _names(echo))]
        majority = _majority(named, names_differ)
        return (self.names, bool(named)) if majority is None else (majority + self.names, False)

    def objection_to(self, echo: Person) -> str | None:
        """What is wrong with an echo, in words that identify nobody; None where it matches."""
        if echo.nhs_number not in self.numbers:
            return "another number"
        if self.split_birth_date or dates_differ(self.birth_date, echo.birth_date):
            return "another birth date"
        if self.split_names or names_differ(self.names, _names(echo)):
            return "another family and given name"
        if echo.birth_date is None and not names_agree(self.names, _names(echo)):
            return "no birth date"
        return None


def verify(
    reference: Reference, plan: Plan, outcomes: Sequence[Reply | Failure]
) -> tuple[Reference, tuple[Verified, ...]]:
    """One `Verified` for each call, in its order, and the reference as the echoes leave it."""
    echoes = [
        held.person for reply in outcomes if isinstance(reply, Reply) for held in reply.records
    ]
    expected = Expected(reference, echoes)
    verified = tuple(
        _failed(outcome, call.categories)
        if isinstance(outcome, Failure)
        else _replied(outcome, call.categories, expected)
        for call, outcome in zip(plan.calls, outcomes, strict=True)
    )
    return _settle(reference, verified), verified


def _failed(failure: Failure, categories: Iterable[Category]) -> Verified:
    told = (
        (Incident(node=failure.node.id, code=failure.code, detail=failure.detail),)
        if failure.detail
        else ()
    )
    return Verified(
        node=failure.node,
        faults=told,
        rows=tuple(
            row(
                failure.node,
                category,
                failure.state,
                failure.code,
                failure.origin,
                retry_after_seconds=failure.retry_after_seconds,
            )
            for category in categories
        ),
    )


def _replied(reply: Reply, categories: Iterable[Category], expected: Expected) -> Verified:
    objections = [(held, expected.objection_to(held.person)) for held in reply.records]
    matching = [held for held, objection in objections if objection is None]
    incidents = tuple(
        Incident(node=reply.node.id, code=SourceCode.WRONG_PERSON, detail=objection)
        for _, objection in objections
        if objection
    )
    if not matching:
        state = SourceState.IDENTITY_MISMATCH if incidents else SourceState.NO_RECORD_HELD
        rows = tuple(_nothing(reply, category, state) for category in categories)
        return Verified(
            node=reply.node, rows=rows, incidents=incidents, retrieved_at=reply.retrieved_at
        )
    return _matched(reply.node, matching, incidents, reply)


def _nothing(reply: Reply, category: Category, state: SourceState) -> SourceStatus:
    if state is SourceState.NO_RECORD_HELD:
        return row(reply.node, category, state, retrieved_at=reply.retrieved_at)
    return row(
        reply.node,
        category,
        state,
        SourceCode.WRONG_PERSON,
        FaultOrigin.NODE,
        retrieved_at=reply.retrieved_at,
    )


def _matched(
    node: Node, matching: Sequence[HeldRecord], incidents: tuple[Incident, ...], reply: Reply
) -> Verified:
    parts = tuple(part for held in matching for part in held.parts.values())
    set_aside = tuple(incident for part in parts for incident in _set_aside(node, part))
    if incidents:
        # One of several records under the person's numbers is somebody else's: the reader is told
        # that something is left out.
        parts = tuple(
            replace(
                part,
                state=SourceState.PARTIAL,
                code=SourceCode.WRONG_PERSON,
                origin=FaultOrigin.NODE,
                assertion=None,
            )
            for part in parts
        )
    return Verified(
        node=node,
        persons=tuple(held.person for held in matching),
        parts=parts,
        incidents=incidents,
        faults=set_aside,
        retrieved_at=reply.retrieved_at,
    )


def _set_aside(node: Node, part: Part) -> Iterable[Incident]:
    """Why items of a part could not be shown, for those who can mend it."""
    return (
        Incident(
            node=node.id,
            code=SourceCode.ITEMS_QUARANTINED,
            detail=reason,
            category=part.category,
            count=count,
        )
        for reason, count in part.reasons.items()
    )


def _settle(reference: Reference, verified: Sequence[Verified]) -> Reference:
    """The reference after the nodes have spoken: protected if one protects, agreed if two agree."""
    speaking = [part for part in verified if part.persons]
    restricted = reference.restricted or any(
        person.restricted for part in speaking for person in part.persons
    )
    agreed = reference.basis is IdentityBasis.UNCONFIRMED and len(speaking) > 1
    return replace(
        reference,
        restricted=restricted,
        basis=IdentityBasis.SOURCES_AGREE if agreed else reference.basis,
        message="Nobody confirmed whose record this is; the sources that hold it agree."
        if agreed
        else reference.message,
    )


def dates_differ(one: PartialDateTime | None, other: PartialDateTime | None) -> bool:
    """Whether two birth dates cannot be the same day. Unknown or coarser is no difference.

    >>> dates_differ(PartialDateTime("1980"), PartialDateTime("1980-05-01"))
    False
    """
    if one is None or other is None:
        return False
    one_day, other_day = one[:10], other[:10]
    return not (one_day.startswith(other_day) or other_day.startswith(one_day))


def _majority(said: Sequence[_Said], differ: Callable[[_Said, _Said], bool]) -> _Said | None:
    """What more than half say, all of whom agree with each other; None where nothing is.

    A coarse date goes with two days that contradict each other; it must not make them a majority.
    """
    # By what is said and not by who says it: most say the same, and nobody differs from themselves.
    voices = Counter(said)
    groups = [(one, [other for other in voices if not differ(one, other)]) for one in voices]
    carried = [
        one
        for one, group in groups
        if 2 * sum(map(voices.__getitem__, group)) > len(said) and _agree(group, differ)
    ]
    return max(carried, key=repr) if carried and _agree(carried, differ) else None


def _agree(values: Sequence[_Said], differ: Callable[[_Said, _Said], bool]) -> bool:
    return not any(differ(one, other) for one in values for other in values)


def names_differ(known: Iterable[HumanName], said: Iterable[HumanName]) -> bool:
    """Whether family *and* given name are both other than every known one."""
    known, said = tuple(known), tuple(said)
    if not set(known).isdisjoint(said):
        return False  # the same to the letter, as nearly always
    pairs = [(one, other) for one in known for other in said]
    return bool(pairs) and all(
        one.family
        and other.family
        and one.given
        and other.given
        and not _families_agree(one.family, other.family)
        and not _givens_agree(one.given, other.given)
        for one, other in pairs
    )


def names_agree(known: Iterable[HumanName], said: Iterable[HumanName]) -> bool:
    """Whether family and given name both agree with one known name, in place of a birth date."""
    said = tuple(said)
    return any(
        one.family
        and other.family
        and _families_agree(one.family, other.family)
        and _givens_agree(one.given, other.given)
        for one in known
        for other in said
    )


def _names(person: Person) -> tuple[HumanName, ...]:
    return (*((person.name,) if person.name else ()), *person.former_names)


def _families_agree(one: str, other: str) -> bool:
    first, second = _words(one), _words(other)
    if first == second:
        return True
    telling = {word for word in first if len(word) > 2} - _PARTICLES  # noqa: PLR2004 - "de", "la" tell nothing
    return bool(telling & set(second))


def _givens_agree(one: Iterable[str], other: Iterable[str]) -> bool:
    first = {word for name in one for word in _words(name)}
    second = {word for name in other for word in _words(name)}
    return any(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a in first for b in second)


def _words(text: str) -> tuple[str, ...]:
    """Letters alone: O'Brien is OBRIEN, Núñez is NUNEZ, Smith-Jones is two words."""
    if text.isascii():
        return tuple(_ASCII_WORD.findall(text.replace("'", "").lower()))
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("\u2019", ""))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    return tuple("".join(letter if letter.isalpha() else " " for letter in bare).split())
