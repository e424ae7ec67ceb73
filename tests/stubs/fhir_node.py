"""A strict FHIR R4 server over a list of resources: searches by POST, pages by link, nothing else.

It refuses a search by GET, another media type, a missing request id and a search parameter that R4
does not define for the type (`fhir_r4_searches.txt`), and it pages: `page_size` resources at a
time. Its capability statement lists every type of that table; `lacks` takes types out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.stubs.http import Answer, Request

FHIR = {"content-type": "application/fhir+json"}
FORM = "application/x-www-form-urlencoded"
NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
EVERY_TYPE = {"_id", "_count", "_include", "identifier"}


def _searches() -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    """By type and kind of parameter: where each parameter looks."""
    table: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    kind = {}
    group = {}
    for line in (Path(__file__).parent / "fhir_r4_searches.txt").read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        if not line.startswith(" "):
            kind = table.setdefault(line, {"references": {}, "tokens": {}, "others": {}})
            continue
        words = line.split()
        if words[0].endswith(":"):
            group = kind[words.pop(0).rstrip(":")]
        for name, _, paths in (word.partition("=") for word in words):
            group[name] = tuple(paths.split(",")) if paths else (_camel(name),)
    return table


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.title() for word in rest)


SEARCHES = _searches()


@dataclass
class FhirNode:
    """What the server holds. `includes` False: it sends nothing along."""

    resources: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 100
    includes: bool = True
    extra: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Entries to put into every searchset of a type."""
    lacks: frozenset[str] = frozenset()
    """Types that it does not offer."""
    authorises: Callable[[str | None], bool] = lambda _shown: True
    """Which value of the `Authorization` header it takes."""
    refusals: list[str] = field(default_factory=list)
    _pages: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        if not self.authorises(request.headers.get("authorization")):
            self.refusals.append("authorization")
            return outcome("login", status=401)
        wrong = _wrong(request)
        if wrong:
            self.refusals.append(wrong)
            return outcome("invalid", status=400)
        path = urlsplit(request.target).path
        if path.endswith("/metadata"):
            return self.statement()
        if request.method == "GET":
            kind, rest = self._pages[urlsplit(request.target).query]
            return self._page(kind, rest)
        kind = path.split("/")[-2]
        form = parse_qsl(request.body.decode("ascii"), strict_parsing=True)
        unknown = [name for name, _ in form if not _is_defined(kind, name)]
        if kind not in SEARCHES or kind in self.lacks or unknown:
            self.refusals.append(f"{kind}: {unknown}")
            return outcome("not-supported", status=400 if kind in SEARCHES else 404)
        return self._page(kind, self._search(kind, form))

    def statement(self, **changes: Any) -> Answer:
        """Its capability statement."""
        resources = [_listed(kind) for kind in SEARCHES if kind not in self.lacks]
        rest = [{"mode": "server", "resource": resources}]
        found = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}
        return Answer(headers=FHIR, body=msgspec.json.encode(found | changes))

    def _search(self, kind: str, form: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        matches = [one for one in self.resources if one["resourceType"] == kind]
        for name, value in form:
            matches = [one for one in matches if _fits(kind, one, name, value)]
        entries = [entry(one) for one in matches]
        if self.includes:
            wanted = [value for name, value in form if name == "_include"]
            entries += [entry(one, "include") for one in self._included(kind, matches, wanted)]
        return entries + self.extra.get(kind, [])

    def _included(
        self, kind: str, matches: list[dict[str, Any]], wanted: list[str]
    ) -> list[dict[str, Any]]:
        addresses = set()
        for value in wanted:
            source, _, name = value.partition(":")
            assert source == kind, value
            for path in SEARCHES[kind]["references"][name]:
                addresses |= {one.get("reference") for match in matches for one in _at(match, path)}
        return [one for one in self.resources if _address(one) in addresses]

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
        known = "page=" in request.target or request.target.endswith("/metadata")
        return None if known else "a search by GET"
    if request.method != "POST" or not request.target.endswith("/_search"):
        return "method or path"
    return None if request.headers.get("content-type") == FORM else "content type"


def _listed(kind: str) -> dict[str, Any]:
    names = (*EVERY_TYPE, *(name for group in SEARCHES[kind].values() for name in group))
    return {
        "type": kind,
        "interaction": [{"code": "search-type"}],
        "searchParam": [{"name": name} for name in names],
        "searchInclude": [f"{kind}:{name}" for name in SEARCHES[kind]["references"]],
    }


def _is_defined(kind: str, name: str) -> bool:
    return name in EVERY_TYPE or any(name in group for group in SEARCHES.get(kind, {}).values())


def _fits(kind: str, resource: dict[str, Any], name: str, value: str) -> bool:
    """Whether a resource is selected by one parameter; the comma means `or`."""
    if name in {"_count", "_include"}:
        return True
    values = value.split(",")
    if name == "_id":
        return resource["id"] in values
    groups = SEARCHES[kind]
    if name in groups["references"]:
        paths = groups["references"][name]
        return any(one.get("reference") in values for path in paths for one in _at(resource, path))
    assert name in groups["tokens"], f"this stub does not search by {name}"
    found = [
        code
        for path in groups["tokens"][name]
        for one in _at(resource, path)
        for code in _codes(one)
    ]
    return any(_is_token(wanted, code) for wanted in values for code in found)


def _is_token(wanted: str, found: tuple[str, str]) -> bool:
    system, bar, code = wanted.rpartition("|")
    return code == found[1] and (not bar or system == found[0])


def _codes(element: Any) -> Iterator[tuple[str, str]]:
    """Systems and codes of an element: a code, an identifier, a coding or a concept."""
    if not isinstance(element, dict):
        yield "", str(element)
        return
    for one in element.get("coding", [element]):
        yield one.get("system", ""), one.get("code") or one.get("value") or ""


def _at(element: Any, path: str) -> Iterator[Any]:
    """Whatever stands at a path, through lists."""
    if isinstance(element, list):
        for one in element:
            yield from _at(one, path)
    elif not path:
        yield element
    elif isinstance(element, dict):
        name, _, rest = path.partition(".")
        if name in element:
            yield from _at(element[name], rest)


def _address(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
