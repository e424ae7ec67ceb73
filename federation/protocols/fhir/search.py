"""One FHIR search to its last page, by POST, so that no number stands in an address.

Further pages come by the node's own links. A link is followed to the node's own scheme, host and
port only, never twice, never with a person's number in it, and no further than `max_pages`: what
stays unread is said (TRUNCATED), not hidden. All searches of one call share one budget of bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlencode

import httpx
import msgspec

from federation.flow import NodeCall
from federation.model import Clock, Node
from federation.protocols import failures
from federation.protocols.failures import Verdict
from federation.protocols.fhir.bundle import (
    Bundle,
    Entry,
    is_fhir,
    lacking_by,
    read_bundle,
    read_issues,
    words_of,
)
from federation.protocols.transport import HttpAnswer, exchange
from federation.records.fhir_r4 import Resource, UnreadableError
from federation.status import FaultOrigin, SourceCode, SourceState

MOST_AT_ONCE = 10_000
"""The longest page that is asked for, of a server that has only one."""
TRUNCATED = Verdict(SourceState.PARTIAL, SourceCode.TRUNCATED, FaultOrigin.NODE)
NOT_HELD = "PATIENT_NOT_FOUND"
"""What a node says that knows nobody under the number."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A search that gave nothing, and why. `words` are the node's own codes, `status` is HTTP's."""

    verdict: Verdict
    status: int | None = None
    words: tuple[str, ...] = ()
    retry_after_seconds: int | None = None


class Found(msgspec.Struct, kw_only=True):
    """What a search gave: the resources asked for, those sent along, and what is wrong with it.

    `known` finds resources by every address that others may use; `unreadable` counts entries that
    are no resources. `full_urls` are the addresses that the server gives the matches, by their ids.
    `unsent` is how many there are in all where the server says so and leads to no further page.
    """

    matches: list[Resource] = msgspec.field(default_factory=list)
    known: dict[str, Resource] = msgspec.field(default_factory=dict)
    full_urls: dict[str, str] = msgspec.field(default_factory=dict)
    unreadable: int = 0
    lacking: Verdict | None = None
    unsent: int = 0


def full_url_of(entry: Entry, resource: Resource) -> str | None:
    """The address that a server gives a resource, None for one that is not its own."""
    address = entry.full_url or ""
    named = bool(resource.id) and address.endswith(f"/{resource.kind}/{resource.id}")
    return address if named or address.startswith("urn:") else None


class Searcher:
    """Searches one node for one call."""

    def __init__(
        self, node: Node, transport: httpx.AsyncBaseTransport, call: NodeCall, clock: Clock
    ) -> None:
        self._base = httpx.URL(node.endpoint.rstrip("/") + "/")
        self._transport = transport
        self._call = call
        self._clock = clock
        self._budget = call.node.max_response_bytes
        self._timeout = httpx.Timeout(
            node.timeout_seconds, connect=node.connect_timeout_seconds
        ).as_dict()

    @property
    def base(self) -> str:
        """The address that every resource of the node begins with."""
        return str(self._base)

    async def search(self, kind: str, form: Sequence[tuple[str, str]]) -> Found | Refused:
        """Every resource of a kind that the form selects, page by page.

        A server that knows of more than fits one page, and has no further pages, is asked once more
        for as many as it says there are.
        """
        found = await self._pages(kind, form)
        if isinstance(found, Refused) or not _is_cut(found, form):
            return found
        whole = await self._pages(kind, [*_uncounted(form), ("_count", str(found.unsent))])
        better = isinstance(whole, Found) and len(whole.matches) > len(found.matches)
        return whole if better else found

    async def _pages(self, kind: str, form: Iterable[tuple[str, str]]) -> Found | Refused:
        found = Found()
        request: httpx.Request | None = self._post(kind, form)
        seen: set[str] = set()
        pages = 0
        while request is not None:
            page = await self._page(request)
            if isinstance(page, Refused):
                return self._broken_off(found, page) if pages else page
            pages += 1
            self._take(page, kind, found)
            request = self._next(page, seen, found, pages)
        return found

    async def _page(self, request: httpx.Request) -> Bundle | Refused:
        try:
            answer = await exchange(self._transport, request, most=max(self._budget, 0))
        except httpx.HTTPError as error:
            return Refused(verdict=failures.by_error(error))
        self._budget -= len(answer.body)
        return self._read(answer)

    def _read(self, answer: HttpAnswer) -> Bundle | Refused:
        if answer.status == httpx.codes.OK and not is_fhir(answer.media_type):
            return Refused(verdict=failures.MALFORMED)
        bundle = read_bundle(answer.body) if answer.status == httpx.codes.OK else None
        if bundle is not None:
            return bundle
        words = words_of(read_issues(answer.body))
        otherwise = failures.by_status(answer.status)
        return Refused(
            verdict=failures.by_words(words) or otherwise,
            status=answer.status,
            words=words,
            retry_after_seconds=failures.retry_after(answer, self._clock()),
        )

    def _broken_off(self, found: Found, page: Refused) -> Found:
        # The pages before stand: what is known is shown, and that it is not all is said.
        found.lacking = Verdict(SourceState.PARTIAL, page.verdict.code, page.verdict.origin)
        return found

    def _take(self, page: Bundle, kind: str, found: Found) -> None:
        for entry in page.entry:
            try:
                resource = Resource.parse(entry.resource)
            except UnreadableError:
                found.unreadable += 1
                continue
            if resource.kind == "OperationOutcome":
                found.lacking = found.lacking or lacking_by(read_issues(resource.raw))
                continue
            self._know(entry, resource, found)
            if resource.kind == kind:
                # However its server labels it: what was asked for is never dropped in silence.
                found.matches.append(resource)
            elif entry.search.mode == "match":
                found.unreadable += 1

    def _know(self, entry: Entry, resource: Resource, found: Found) -> None:
        address = f"{resource.kind}/{resource.id}"
        if resource.id:
            found.known[address] = found.known[f"{self.base}{address}"] = resource
        full_url = full_url_of(entry, resource)
        if full_url:
            found.known[full_url] = resource
            found.full_urls[resource.id or ""] = full_url

    def _next(self, page: Bundle, seen: set[str], found: Found, pages: int) -> httpx.Request | None:
        if page.next is None:
            if page.counts_more_than(len(found.matches) + found.unreadable):
                found.lacking = found.lacking or TRUNCATED
                found.unsent = page.total or 0
            return None
        url = self._followed(page.next)
        if url is None or str(url) in seen or pages >= self._call.node.max_pages:
            found.lacking = found.lacking or TRUNCATED
            return None
        seen.add(str(url))
        return httpx.Request(
            "GET", url, headers=self._headers(), extensions={"timeout": self._timeout}
        )

    def _followed(self, link: str) -> httpx.URL | None:
        """The address of a link, None for one that is not followed."""
        if not link:
            return None
        try:
            url = self._base.join(link)
        except (httpx.InvalidURL, ValueError):
            return None
        ours = (self._base.scheme, self._base.host, self._base.port)
        if (url.scheme, url.host, url.port) != ours or url.userinfo:
            return None
        text = unquote(str(url))
        # Invariant: no address that is asked for holds a person's number.
        return None if any(number in text for number in self._call.numbers) else url

    def _post(self, kind: str, form: Iterable[tuple[str, str]]) -> httpx.Request:
        return httpx.Request(
            "POST",
            self._base.join(f"{kind}/_search"),
            headers=self._headers() | {"content-type": "application/x-www-form-urlencoded"},
            content=urlencode(list(form)).encode("ascii"),
            extensions={"timeout": self._timeout},
        )

    def _headers(self) -> dict[str, str]:
        return {
            "accept": "application/fhir+json",
            "accept-encoding": "gzip",
            "x-request-id": self._call.request_id,
        }


def _is_cut(found: Found, form: Iterable[tuple[str, str]]) -> bool:
    """Whether the answer ends where the number that was asked for ends."""
    asked = int(dict(form).get("_count", "0"))
    return len(found.matches) == asked > 0 and asked < found.unsent <= MOST_AT_ONCE


def _uncounted(form: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in form if name != "_count")
