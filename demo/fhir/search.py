"""Searches: what was asked, what is found, and pages of it.

A next link carries a token that the server gave out and nothing else, so that no number and no name
of a person stands in an address. Tokens are kept in memory, the newest ten thousand of them.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from demo.fhir.catalogue import LISTED, SENT_ALONG, Offered, offered_by, read
from demo.fhir.elements import Resource
from demo.fhir.outcome import FhirError
from demo.fhir.patient import patient_resource
from demo.store import NodeStore
from federation.model import Category
from federation.nhs_number import NHS_NUMBER_SYSTEM

USUAL_COUNT = 50
MOST_COUNT = 200
MOST_TOKENS = 10_000
MOST_NUMBERS = 20
Parameters = Mapping[str, list[str]]


class Search(Struct, frozen=True, kw_only=True):
    """One search, from one place on.

    `keys` are the node's own names for people, or for what its directory lists; `narrowed` are
    elements with the codes of which one must be there.
    """

    type: str
    keys: tuple[str, ...]
    count: int
    includes: tuple[str, ...] = ()
    narrowed: tuple[tuple[str, frozenset[str]], ...] = ()
    start: int = 0


class Searches:
    """One node's searches."""

    def __init__(
        self,
        store: NodeStore,
        categories: frozenset[Category],
        make_token: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self._store = store
        self._make_token = make_token
        self._tokens: OrderedDict[str, Search] = OrderedDict()
        self.offered = offered_by(categories)

    def search(self, resource_type: str, parameters: Parameters, base: str) -> Resource:
        """The first page of a new search."""
        return self.page(self.begun(resource_type, parameters), base)

    def more(self, token: str, base: str) -> Resource:
        """A further page of an earlier search."""
        return self.page(self.continued(token), base)

    def begun(self, resource_type: str, parameters: Parameters) -> Search:
        """What a new search asks for."""
        if resource_type == "Patient":
            return self._patients(parameters)
        if resource_type in LISTED:
            return _by_id(resource_type, parameters)
        kind = self.offered.get(resource_type)
        if kind is None:
            raise FhirError(404, "not-supported", "this resource type is not offered here")
        return _by_patient(kind, parameters)

    def continued(self, token: str) -> Search:
        """What the link to a further page asks for."""
        search = self._tokens.get(token)
        if search is None:
            raise FhirError(410, "expired", "this page link is not known any more; search again")
        return search

    def _patients(self, parameters: Parameters) -> Search:
        _refuse_unknown(parameters, {"identifier", "_count", "_format"})
        people = self._store.people(numbers_in(parameters))
        return Search(
            type="Patient", keys=tuple(one.key for one in people), count=_count(parameters)
        )

    def page(self, search: Search, base: str) -> Resource:
        """One page, and the link to the next."""
        found = self._found(search)
        shown = found[search.start : search.start + search.count]
        entries = [_entry(base, resource, "match") for resource in shown]
        entries += [_entry(base, one, "include") for one in self._sent_along(shown, search)]
        links = [{"relation": "self", "url": f"{base}/{search.type}"}]
        if search.count and search.start + search.count < len(found):
            following = replace(search, start=search.start + search.count)
            links.append({"relation": "next", "url": f"{base}/_page/{self._token(following)}"})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": links,
            "entry": entries,
        }

    def _found(self, search: Search) -> list[Resource]:
        if search.type in LISTED:
            found = (read(self._store, search.type, key) for key in search.keys)
            return [resource for resource in found if resource]
        return self._about(search)

    def _about(self, search: Search) -> list[Resource]:
        people = [one for key in search.keys if (one := self._store.person(key))]
        if search.type == "Patient":
            return [patient_resource(one.person, one.key) for one in people]
        offered = self.offered[search.type]
        found = [
            resource
            for one in people
            for kind in offered.kinds
            for resource in kind.resources(self._store.part(one, kind.category), one.key)
            if _is_selected(resource, search)
        ]
        return sorted(found, key=lambda resource: _order(offered, resource), reverse=True)

    def _sent_along(self, shown: Iterable[Resource], search: Search) -> Iterable[Resource]:
        followed = [self.offered[search.type].includes[name] for name in search.includes]
        wanted = dict.fromkeys(
            address
            for resource in shown
            for element in followed
            for address in _addresses(resource.get(element))
            if address.startswith(SENT_ALONG)
        )
        for address in wanted:
            resource_type, _, key = address.partition("/")
            if found := read(self._store, resource_type, key):
                yield found

    def _token(self, search: Search) -> str:
        token = self._make_token()
        self._tokens[token] = search
        if len(self._tokens) > MOST_TOKENS:
            self._tokens.popitem(last=False)
        return token


def _by_id(resource_type: str, parameters: Parameters) -> Search:
    _refuse_unknown(parameters, {"_id", "_count", "_format"})
    asked = parameters.get("_id", [])
    if len(asked) != 1:
        raise FhirError(400, "required", "exactly one `_id` parameter is needed")
    keys = tuple(dict.fromkeys(asked[0].split(",")))
    if len(keys) > MOST_COUNT:
        raise FhirError(400, "too-costly", "too many ids at once")
    return Search(type=resource_type, keys=keys, count=_count(parameters))


def _is_selected(resource: Resource, search: Search) -> bool:
    return all(
        codes.intersection(_codes(resource.get(element, []))) for element, codes in search.narrowed
    )


def _codes(concepts: Iterable[Resource]) -> set[str]:
    return {one["code"] for concept in concepts for one in concept.get("coding", ())}


def _by_patient(kind: Offered, parameters: Parameters) -> Search:
    known = {"patient", "_count", "_include", "_format", *kind.narrowing}
    _refuse_unknown(parameters, known)
    asked = parameters.get("patient", [])
    if len(asked) != 1:
        raise FhirError(400, "required", "exactly one `patient` parameter is needed")
    includes = tuple(parameters.get("_include", ()))
    if any(name not in kind.includes for name in includes):
        raise FhirError(400, "not-supported", "an `_include` that is not offered here")
    return Search(
        type=kind.type,
        keys=tuple(one.removeprefix("Patient/") for one in asked[0].split(",")),
        count=_count(parameters),
        includes=includes,
        narrowed=tuple(
            (name, frozenset(parameters[name][-1].split(",")))
            for name in kind.narrowing
            if name in parameters
        ),
    )


def _refuse_unknown(parameters: Parameters, known: set[str]) -> None:
    # A filter that was ignored would look like a whole answer, so it is refused instead.
    if not known.issuperset(parameters):
        raise FhirError(400, "not-supported", "a search parameter that is not offered here")


def numbers_in(parameters: Parameters) -> list[str]:
    """The numbers that people are searched by."""
    values = parameters.get("identifier", [])
    if len(values) != 1:
        raise FhirError(400, "required", "exactly one `identifier` parameter is needed")
    tokens = values[0].split(",")
    if len(tokens) > MOST_NUMBERS:
        raise FhirError(400, "too-costly", "too many identifiers at once")
    parts = [token.partition("|") for token in tokens]
    return [number for system, _, number in parts if system == NHS_NUMBER_SYSTEM]


def _count(parameters: Parameters) -> int:
    text = parameters.get("_count", [str(USUAL_COUNT)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 7):  # noqa: PLR2004 - any number
        raise FhirError(400, "value", "`_count` is not a number")
    return min(int(text), MOST_COUNT)


def _order(kind: Offered, resource: Resource) -> tuple[str, str]:
    dates = (resource.get(name) for name in kind.date)
    return next((str(date) for date in dates if date), ""), resource["id"]


def _addresses(element: Resource | list[Resource] | None) -> list[str]:
    references = element if isinstance(element, list) else [element] if element else []
    return [one["reference"] for one in references if "reference" in one]


def _entry(base: str, resource: Resource, mode: str) -> Resource:
    return {
        "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": mode},
    }
