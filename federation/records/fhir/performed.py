"""What a procedure and a vaccination share: who did it, for what reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.records.fhir import r4
from federation.records.fhir.elements import CodeableConcept, Reference, joined
from federation.records.fhir.pointers import linked
from federation.records.fhir.resource import References
from federation.records.fhir.structs.clinical import Performer


def actors(performers: Iterable[Performer]) -> Iterator[Reference | None]:
    """Everybody who could be its author or custodian, likeliest first."""
    told = tuple(performers)
    yield from (one.actor for one in told)
    yield from (one.on_behalf_of for one in told)


def performed_by(performers: Iterable[Performer], references: References) -> str | None:
    """Who did it, each with their function: `Mr A (Surgeon), Ms B`."""
    return ", ".join(filter(None, (_performer(one, references) for one in performers))) or None


def _performer(one: Performer, references: References) -> str | None:
    who = r4.practitioner(one.actor, references) or r4.organisation(one.actor, references)
    function = joined((one.function,))
    if who is None:
        return function
    return f"{who.name} ({function})" if function else who.name


def reasons(
    codes: Iterable[CodeableConcept],
    pointers: Iterable[Reference],
    references: References,
    about: Reference | None,
) -> str | None:
    """Why, by codes and by what is pointed at."""
    named = (linked(one, references, about) for one in pointers)
    texts = filter(None, (joined(codes), *named))
    return ", ".join(dict.fromkeys(texts)) or None
