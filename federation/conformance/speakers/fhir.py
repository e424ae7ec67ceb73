"""Speaks FHIR R4 as the gateway does, and reads what comes without believing any of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from federation.conformance.check import UnexpectedError
from federation.conformance.heard import (
    Exchange,
    Heard,
    HeardItem,
    HeardPart,
    HeardPerson,
    HeardRecord,
    Sent,
    word,
)
from federation.conformance.speakers.base import Odd, Wire
from federation.conformance.speakers.pages import Pages, rows_of
from federation.conformance.target import Target
from federation.model import Assertion, Category
from federation.nhs_number import NHS_NUMBER_SYSTEM, NhsNumber
from federation.protocols.fhir.asking import NOT_KNOWN, Form, forms_for
from federation.protocols.fhir.capability import UNSTATED, Capability, read_capability
from federation.records.base import UNDECODABLE
from federation.records.fhir.allergy_lists import EMPTY_REASONS
from federation.records.fhir.readers import FHIR_READERS

FORM = "application/x-www-form-urlencoded"
NO_KNOWN_ALLERGY = "716186003"
MOST_PAGES = 200
_TOO_LARGE = 256 * 1024
_PROTECTED = frozenset(("R", "V", "REDACTED"))
_CHANGING = frozenset(("create", "update", "patch", "delete"))


class FhirSpeaker:
    """Asks a FHIR server."""

    def __init__(self, target: Target, wire: Wire) -> None:
        self._target = target
        self._wire = wire
        self._capability: Capability | None = None
        self._statement: Mapping[str, Any] = {}

    async def ask(self, numbers: Sequence[NhsNumber], categories: Sequence[Category]) -> Heard:
        found = await self.follow(self.question(numbers, categories))
        if found.refusal is not None:
            return Heard(refusal=found.refusal, exchanges=tuple(found.exchanges))
        heard = [await self._record(one, numbers, categories) for one in found.matches]
        exchanges = (*found.exchanges, *(one for _, more in heard for one in more))
        return Heard(records=tuple(one for one, _ in heard), exchanges=exchanges)

    def question(self, numbers: Sequence[NhsNumber], categories: Sequence[Category]) -> Sent:
        identifiers = ",".join(f"{NHS_NUMBER_SYSTEM}|{number}" for number in numbers)
        return self.search("Patient", (("identifier", identifiers),), numbers, categories)

    def search(
        self,
        kind: str,
        fields: Iterable[tuple[str, str]],
        numbers: Sequence[NhsNumber],
        categories: Sequence[Category],
    ) -> Sent:
        """One search by form."""
        return Sent(
            path=f"{kind}/_search",
            media_type=FORM,
            body=urlencode(tuple(fields)).encode("ascii"),
            numbers=tuple(numbers),
            categories=tuple(categories),
        )

    async def follow(self, sent: Sent) -> Pages:
        """A search, and every page of it."""
        pages = Pages()
        seen: set[str] = set()
        following: Sent | None = sent
        while following is not None and len(pages.exchanges) < MOST_PAGES:
            answer = await self._wire.send(following)
            pages.exchanges.append(answer)
            refused = self.refusal(answer)
            if refused is not None:
                pages.refusal = refused
                return pages
            bundle = _bundle(answer)
            pages.take(bundle)
            link = _next(bundle)
            pages.repeated_link = pages.repeated_link or link in seen
            following = None
            if link and link not in seen:
                seen.add(link)
                following = self._wire.further(link, sent)
                pages.refusal = None if following else "a link that leads elsewhere"
        return pages

    def refusal(self, answer: Exchange) -> str | None:
        if answer.broke is not None:
            return answer.broke
        if answer.ok:
            return None
        issues = rows_of((_json(answer) or {}).get("issue"))
        code = next((one.get("code") for one in issues if one.get("code")), None)
        return f"HTTP {answer.status}" + (f" {word(code)}" if code else "")

    def names_a_record(self, answer: Exchange) -> bool:
        return answer.ok and any(
            (one.get("resource") or {}).get("resourceType") == "Patient"
            for one in rows_of((_json(answer) or {}).get("entry"))
        )

    def unreadable(self, numbers: Sequence[NhsNumber]) -> Sequence[Odd]:
        # A search for nobody in particular is none of them: FHIR lets a server answer it.
        good = self.question(numbers, ())
        replace = msgspec.structs.replace
        return (
            Odd("another media type", replace(good, media_type="text/plain")),
            Odd("a type that there is not", replace(good, path="Nothing/_search")),
            Odd(
                "a form beyond the limit",
                replace(good, body=good.body + b"&_count=" + b"1" * _TOO_LARGE),
            ),
        )

    def unknown_parameter(self, numbers: Sequence[NhsNumber]) -> Odd:
        good = self.question(numbers, ())
        changed = msgspec.structs.replace(good, body=good.body + b"&only-recent=true")
        return Odd("a search parameter that FHIR does not have", changed)

    def writes(self, numbers: Sequence[NhsNumber]) -> Sequence[Odd]:
        body = msgspec.json.encode({"resourceType": "Basic", "code": {"text": "conformance"}})
        sent = Sent(
            path="Basic", media_type="application/fhir+json", body=body, numbers=tuple(numbers)
        )
        put = msgspec.structs.replace(sent, method="PUT", path="Basic/conformance-check")
        return (Odd("a new resource", sent), Odd("a resource in place of another", put))

    async def listed_writes(self) -> Sequence[str]:
        await self.capability()
        return [
            f"`{interaction['code']}` of {word(resource.get('type'))}"
            for rest in rows_of(self._statement.get("rest"))
            for resource in rows_of(rest.get("resource"))
            for interaction in rows_of(resource.get("interaction"))
            if interaction.get("code") in _CHANGING
        ]

    async def capability(self) -> Capability:
        """What the server says that it can do."""
        if self._capability is None:
            answer = await self._wire.send(Sent(method="GET", path="metadata"))
            self._statement = _json(answer) or {}
            self._capability = read_capability(answer.body) or UNSTATED
        return self._capability

    async def forms(self, patient_id: str, category: Category) -> tuple[Form, ...]:
        """The searches by which one category is read."""
        reading = FHIR_READERS.get(category)
        return forms_for(reading, patient_id, await self.capability()) if reading else ()

    async def _record(
        self,
        patient: Mapping[str, Any],
        numbers: Sequence[NhsNumber],
        categories: Sequence[Category],
    ) -> tuple[HeardRecord, list[Exchange]]:
        forms = {one: await self.forms(str(patient.get("id")), one) for one in categories}
        wanted = dict.fromkeys(form.question for some in forms.values() for form in some)
        came = await asyncio.gather(
            *(self.follow(self.search(f.kind, f.fields, numbers, categories)) for f in wanted)
        )
        pages = dict(zip(wanted, came, strict=True))
        answered = {
            one: [pages[form.question] for form in some if not lacks(form, pages[form.question])]
            for one, some in forms.items()
        }
        parts = {one: _part(one, some) for one, some in answered.items() if some}
        record = HeardRecord(person=_person(patient), parts=parts)
        return record, [one for page in came for one in page.exchanges]


def lacks(form: Form, pages: Pages) -> bool:
    """Whether the server has no such type, and never said that it did: no failure of its own."""
    return form.tried and bool(pages.refusal) and pages.exchanges[-1].status in NOT_KNOWN


def _json(answer: Exchange) -> Any:
    try:
        said = msgspec.json.decode(answer.body)
    except UNDECODABLE:
        return None
    return said if isinstance(said, dict) else None


def _bundle(answer: Exchange) -> Mapping[str, Any]:
    said = _json(answer)
    if said is None or said.get("resourceType") != "Bundle" or said.get("type") != "searchset":
        raise UnexpectedError("an answer of 200 to a search is no Bundle of type `searchset`")
    return said  # type: ignore[no-any-return]  # JSON, looked at above


def _next(bundle: Mapping[str, Any]) -> str | None:
    links = rows_of(bundle.get("link"))
    return next((str(one["url"]) for one in links if one.get("relation") == "next"), None)


def _person(patient: Mapping[str, Any]) -> HeardPerson:
    numbers = [
        str(one.get("value"))
        for one in rows_of(patient.get("identifier"))
        if one.get("system") == NHS_NUMBER_SYSTEM and one.get("use") != "old"
    ]
    names = rows_of(patient.get("name"))
    name = next((one for one in names if one.get("use") == "official"), (names or [{}])[0])
    security = {
        str(one.get("code")) for one in rows_of((patient.get("meta") or {}).get("security"))
    }
    return HeardPerson(
        number=numbers[0] if len(numbers) == 1 else "",
        family=str(name.get("family") or name.get("text") or ""),
        birth_date=str(patient.get("birthDate") or ""),
        gender=str(patient.get("gender") or "").upper(),
        deceased=patient.get("deceasedBoolean") is True or bool(patient.get("deceasedDateTime")),
        restricted=not _PROTECTED.isdisjoint(security),
        whereabouts=bool(patient.get("address") or patient.get("telecom")),
    )


def _part(category: Category, pages: Sequence[Pages]) -> HeardPart:
    refusal = next((one.refusal for one in pages if one.refusal), None)
    matches = [resource for one in pages for resource in one.matches]
    if refusal is not None:
        return HeardPart(state="UNAVAILABLE", code=refusal)
    assertion: str | None = None if matches else Assertion.NO_CONTENT_RECORDED
    if category is Category.ALLERGIES:
        matches, assertion = _allergies(matches)
    kept = any(one.suppressed for one in pages)
    return HeardPart(
        state="PARTIAL" if kept else "COMPLETE",
        code="WITHHELD_AT_SOURCE" if kept else None,
        assertion=assertion,
        items=tuple(map(_item, matches)),
    )


def _allergies(
    resources: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], str | None]:
    """The allergies, and what the list of them asserts by being empty."""
    asserted: str | None = None
    kept: list[Mapping[str, Any]] = []
    for one in resources:
        if one.get("resourceType") == "List":
            asserted = _empty_reason(one) or asserted
        elif NO_KNOWN_ALLERGY in _codes(one.get("code")):
            asserted = Assertion.NONE_KNOWN
        else:
            kept.append(one)
    return kept, None if kept else asserted


def _empty_reason(found: Mapping[str, Any]) -> str | None:
    rows = rows_of((found.get("emptyReason") or {}).get("coding"))
    reasons = (EMPTY_REASONS.get((str(one.get("system")), str(one.get("code")))) for one in rows)
    return next((one for one in reasons if one), None)


def _codes(concept: Any) -> set[str]:
    rows = rows_of(concept.get("coding")) if isinstance(concept, dict) else []
    return {str(one.get("code")) for one in rows}


def _item(resource: Mapping[str, Any]) -> HeardItem:
    meta = resource.get("meta") or {}
    return HeardItem(
        id=f"{resource.get('resourceType')}/{resource.get('id') or ''}",
        version=meta.get("versionId"),
        last_updated=meta.get("lastUpdated"),
        labels=frozenset(str(one.get("code")) for one in rows_of(meta.get("security"))),
        raw=resource,
    )
