"""What one call searches for: forms that several categories share, each sent once.

A node that refuses a form as it stands is asked once more without what servers are free not to
know: what to send along and how to narrow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import httpx
from msgspec import Struct
from msgspec.structs import replace

from federation.protocols.failures import NOT_OFFERED
from federation.protocols.fhir.capability import Capability
from federation.protocols.fhir.search import Found, Refused, Searcher
from federation.records.fhir.reading import FhirReading, Search

COUNT = "200"
_NOT_UNDERSTOOD = frozenset((httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY))
NOT_KNOWN = _NOT_UNDERSTOOD | {
    httpx.codes.FORBIDDEN,
    httpx.codes.NOT_FOUND,
    httpx.codes.METHOD_NOT_ALLOWED,
    httpx.codes.NOT_IMPLEMENTED,
}
"""How servers say that they do not have a type of resource."""


class Form(Struct, frozen=True, kw_only=True):
    """One search: for which type, about whom, narrowed how, and what is wanted along with it.

    `tried`: many servers lack it, and this one has not said whether it does.
    """

    kind: str
    about: tuple[str, str]
    narrowed: tuple[tuple[str, str], ...] = ()
    includes: tuple[str, ...] = ()
    tried: bool = False

    @property
    def question(self) -> Form:
        """The form apart from what is sent along: two that ask the same have the same."""
        return replace(self, includes=(), tried=False)

    @property
    def plain(self) -> Form:
        """The form that every server understands."""
        return replace(self, narrowed=(), includes=(), tried=False)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Names and values, as they are sent."""
        along = (("_include", f"{self.kind}:{what}") for what in self.includes)
        return (self.about, ("_count", COUNT), *self.narrowed, *along)


def forms_for(reading: FhirReading, patient_id: str, capability: Capability) -> tuple[Form, ...]:
    """The forms of one category that this server can be sent; none if it offers no such type."""
    return tuple(
        _form(search, patient_id, capability)
        for search in reading.searches
        if capability.searches(search.kind)
    )


def _form(search: Search, patient_id: str, capability: Capability) -> Form:
    kind = search.kind
    by = capability.by_patient(kind) or "patient"
    narrows = capability.narrows(kind, (name for name, _ in search.narrowed))
    return Form(
        kind=kind,
        about=(by, f"Patient/{patient_id}"),
        narrowed=search.narrowed if narrows else (),
        includes=tuple(what for what in search.includes if capability.sends_along(kind, what)),
        tried=search.spared and not capability.is_stated,
    )


Answers = Mapping[Form, Found | Refused]


async def ask(searcher: Searcher, forms: Iterable[Form]) -> Answers:
    """The answer to each form's question, all at once; what several ask is asked once."""
    wanted = _together(forms)
    answers = await _send(searcher, wanted)
    again = {
        question: question.plain
        for question, form in wanted.items()
        if form.fields != form.plain.fields and _was_not_understood(answers[question])
    }
    missing = {one for one in again.values() if not isinstance(answers.get(one), Found)}
    simpler = {**answers, **await _send(searcher, {one: one for one in missing})}
    last = {**answers, **{question: simpler[plain] for question, plain in again.items()}}
    return {question: _taken(form, last[question]) for question, form in wanted.items()}


def _together(forms: Iterable[Form]) -> dict[Form, Form]:
    wanted: dict[Form, Form] = {}
    for form in forms:
        before = wanted.setdefault(form.question, form)
        along = dict.fromkeys((*before.includes, *form.includes))
        tried = before.tried and form.tried
        wanted[form.question] = replace(form, includes=tuple(along), tried=tried)
    return wanted


async def _send(searcher: Searcher, wanted: Mapping[Form, Form]) -> dict[Form, Found | Refused]:
    answers = await asyncio.gather(
        *(searcher.search(form.kind, form.fields) for form in wanted.values())
    )
    return dict(zip(wanted, answers, strict=True))


def _was_not_understood(answer: Found | Refused) -> bool:
    return isinstance(answer, Refused) and answer.status in _NOT_UNDERSTOOD


def _taken(form: Form, answer: Found | Refused) -> Found | Refused:
    """The answer; a refusal of what was only tried says that the server does not offer it."""
    if form.tried and isinstance(answer, Refused) and answer.status in NOT_KNOWN:
        return replace(answer, verdict=NOT_OFFERED)
    return answer
