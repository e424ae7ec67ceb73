"""A strict FHIR R4 server over a list of resources: searches by POST, pages by link, nothing else.

It refuses a search by GET, another media type, a missing request id and a search parameter that R4
does not define for the type, and it pages: `page_size` resources at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.stubs.http import Answer, Request

FHIR = {"content-type": "application/fhir+json"}
FORM = "application/x-www-form-urlencoded"
NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
PARAMETERS = {"_id", "_count", "_include", "identifier", "patient"}
INCLUDES = {
    "AllergyIntolerance": {"recorder"},
    "MedicationStatement": {"medication"},
    "MedicationRequest": {"medication", "requester"},
    "Observation": {"performer"},
    "CarePlan": {"goal"},
}


@dataclass
class FhirNode:
    """What the server holds. `includes` False: it sends nothing along."""

    resources: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 100
    includes: bool = True
    extra: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Entries to put into every searchset of a type."""
    refusals: list[str] = field(default_factory=list)
    _pages: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        wrong = _wrong(request)
        if wrong:
            self.refusals.append(wrong)
            return outcome("invalid", status=400)
        path = urlsplit(request.target).path
        if request.method == "GET":
            kind, rest = self._pages[urlsplit(request.target).query]
            return self._page(kind, rest)
        kind = path.split("/")[-2]
        form = parse_qsl(request.body.decode("ascii"), strict_parsing=True)
        return self._page(kind, self._search(kind, form))

    def _search(self, kind: str, form: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        matches = [one for one in self.resources if one["resourceType"] == kind]
        included: list[dict[str, Any]] = []
        for name, value in form:
            if name not in PARAMETERS:
                raise AssertionError(f"{name} is no parameter")
            if name == "identifier":
                numbers = {token.removeprefix(f"{NUMBER_SYSTEM}|") for token in value.split(",")}
                matches = [one for one in matches if numbers & _numbers(one)]
            elif name == "_id":
                matches = [one for one in matches if one["id"] in value.split(",")]
            elif name == "patient":
                matches = [one for one in matches if _subject(one) == value]
            elif name == "_include" and self.includes:
                assert value.split(":")[1] in INCLUDES[value.split(":")[0]]
                included = [one for one in self.resources if _pointed_at(one, matches)]
        entries = [entry(one) for one in matches] + [entry(one, "include") for one in included]
        return entries + self.extra.get(kind, [])

    def _page(self, kind: str, entries: list[dict[str, Any]]) -> Answer:
        now, rest = entries[: self.page_size], entries[self.page_size :]
        link = []
        if rest:
            token = f"page={len(self._pages)}"
            self._pages[token] = (kind, rest)
            link = [{"relation": "next", "url": f"?{token}"}]
        return searchset(now, link)


def searchset(entries: list[dict[str, Any]], link: list[dict[str, str]] | None = None) -> Answer:
    """One page."""
    bundle = {"resourceType": "Bundle", "type": "searchset", "link": link or [], "entry": entries}
    return Answer(headers=FHIR, body=msgspec.json.encode(bundle))


def entry(resource: dict[str, Any], mode: str = "match") -> dict[str, Any]:
    """One entry of a searchset."""
    return {"resource": resource, "search": {"mode": mode}}


def outcome(
    code: str, detail: str | None = None, *, status: int = 200, diagnostics: str = ""
) -> Answer:
    """An OperationOutcome as the whole answer."""
    return Answer(status, FHIR, msgspec.json.encode(an_outcome(code, detail, diagnostics)))


def an_outcome(
    code: str, detail: str | None = None, diagnostics: str = "", severity: str = "error"
) -> dict[str, Any]:
    """An OperationOutcome."""
    issue: dict[str, Any] = {"severity": severity, "code": code, "diagnostics": diagnostics}
    if detail:
        issue["details"] = {"coding": [{"code": detail}]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _wrong(request: Request) -> str | None:
    if request.headers.get("accept") != "application/fhir+json":
        return "accept"
    if not request.headers.get("x-request-id"):
        return "no request id"
    if request.method == "GET":
        return None if "page=" in request.target else "a search by GET"
    if request.method != "POST" or not request.target.endswith("/_search"):
        return "method or path"
    return None if request.headers.get("content-type") == FORM else "content type"


def _numbers(resource: dict[str, Any]) -> set[str]:
    identifiers = resource.get("identifier", [])
    return {one["value"] for one in identifiers if one["system"] == NUMBER_SYSTEM}


def _subject(resource: dict[str, Any]) -> str | None:
    reference = resource.get("patient") or resource.get("subject") or {}
    found: str | None = reference.get("reference")
    return found


def _pointed_at(resource: dict[str, Any], by: list[dict[str, Any]]) -> bool:
    address = f'"{resource["resourceType"]}/{resource["id"]}"'.encode()
    return any(address in msgspec.json.encode(one) for one in by)
