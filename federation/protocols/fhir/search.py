"""One FHIR search to its last page, by POST, so that no number stands in an address.

Further pages come by the node's own links. A link is followed to the node's own scheme, host and
port only, never twice, never with a person's number in it, and no further than `max_pages`: what
stays unread is said (TRUNCATED), not hidden. All searches of one call share one budget of bytes.
A search that takes too long ends with the pages that have arrived.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import unquote, urlencode

import httpx
import msgspec

from federation.flow import NodeCall
from federation.model import Clock, Node
from federation.protocols import failures
from federation.protocols.channel import Channel
from federation.protocols.failures import Verdict
from federation.protocols.fhir.bundle import (
    Bundle,
    Entry,
    is_fhir,
    lacking_by,
    read_bundle,
    read_entry,
    read_issues,
    words_of,
)
from federation.protocols.transport import HttpAnswer
from federation.records.fhir.resource import Resource, UnreadableError
from federation.status import FaultOrigin, SourceCode, SourceState

MOST_AT_ONCE = 10_000
"""The longest page that is asked for, of a server that has only one."""
TRUNCATED = Verdict(SourceState.PARTIAL, SourceCode.TRUNCATED, FaultOrigin.NODE)
NOT_HELD = "PATIENT_NOT_FOUND"
"""What a node says that knows nobody under the number."""
NOT_BY_POST = Verdict(SourceState.UNAVAILABLE, SourceCode.OTHER, FaultOrigin.NODE)
NOT_BY_POST_DETAIL = "it cannot be searched by POST, and no number is put into an address"
ANOTHER_TYPE = "a match of another type than was asked for"
_NOT_BY_POST = frozenset(
    (
        httpx.codes.METHOD_NOT_ALLOWED,
        httpx.codes.UNSUPPORTED_MEDIA_TYPE,
        httpx.codes.NOT_IMPLEMENTED,
    )
)
_EXPIRED = frozenset((httpx.codes.NOT_FOUND, httpx.codes.GONE))
"""What becomes of a page link that its server has forgotten."""
_DEPTH_OF_ESCAPES = 3
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.+-]+(?=\d)")


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A search that gave nothing, and why.

    `words` are the node's own codes, `status` is HTTP's; `detail` is for the operators.
    """

    verdict: Verdict
    status: int | None = None
    words: tuple[str, ...] = ()
    retry_after_seconds: int | None = None
    detail: str | None = None


class Found(msgspec.Struct, kw_only=True):
    """What a search gave: the resources asked for, those sent along, and what is wrong with it.

    `known` finds resources by every address that others may use, `full_urls` has those that the
    server itself gives, by type and id; `unreadable` counts entries that are no resources, by why.
    `unsent` is how many there are in all where the server says so and leads to no further page.
    """

    matches: list[Resource] = msgspec.field(default_factory=list)
    known: dict[str, Resource] = msgspec.field(default_factory=dict)
    full_urls: dict[str, str] = msgspec.field(default_factory=dict)
    unreadable: Counter[str] = msgspec.field(default_factory=Counter)
    lacking: Verdict | None = None
    unsent: int = 0

    @property
    def read(self) -> int:
        """How many of what was asked for came; what came twice, on two pages, came once."""
        known = {one.id for one in self.matches if one.id}
        without_id = sum(1 for one in self.matches if not one.id)
        return len(known) + without_id + self.unreadable.total()


def full_url_of(entry: Entry, resource: Resource) -> str | None:
    """The address that a server gives a resource, None for one that is not its own."""
    address = entry.full_url or ""
    named = bool(resource.id) and address.endswith(f"/{resource.kind}/{resource.id}")
    return address if named or address.startswith("urn:") else None


class Searcher:
    """Searches one node for one call.

    `bases` are the addresses that the node's resources begin with: the one that is called, and the
    one by which the node knows itself, once it is known (`person.py`). `by`: see `until`.
    """

    def __init__(self, node: Node, channel: Channel, call: NodeCall, clock: Clock) -> None:
        self._base = _base(node.endpoint)
        self._channel = channel
        self._call = call
        self._clock = clock
        self.bases = {str(self._base)}
        self.by: float | None = None

    def until(self, by: float | None) -> Searcher:
        """The same, which gives up then (seconds of the event loop's clock); None: never."""
        ending = copy.copy(self)
        ending.by = by
        return ending

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
        page = await self._first_page(kind, form)
        if isinstance(page, Refused):
            return page
        seen: set[httpx.URL] = set()
        while True:
            self._take(page, kind, found)
            url = self._next(page, seen, found)
            if url is None:
                return found
            page = await self._page("GET", url, self._headers())
            if isinstance(page, Refused):
                return _broken_off(found, page)

    async def _first_page(self, kind: str, form: Iterable[tuple[str, str]]) -> Bundle | Refused:
        headers = self._headers() | {"content-type": "application/x-www-form-urlencoded"}
        url = _address(self._base, kind)
        page = await self._page("POST", url, headers, urlencode(list(form)).encode("ascii"))
        if isinstance(page, Refused) and page.status in _NOT_BY_POST:
            return msgspec.structs.replace(page, verdict=NOT_BY_POST, detail=NOT_BY_POST_DETAIL)
        return page

    async def _page(
        self, method: str, url: httpx.URL, headers: dict[str, str], body: bytes | None = None
    ) -> Bundle | Refused:
        try:
            async with asyncio.timeout_at(self.by):
                answer = await self._channel.send(method, url, headers, body)
        except TimeoutError:
            return Refused(verdict=failures.LATE)
        except httpx.HTTPError as error:
            told = failures.detail_of(error)
            return Refused(verdict=failures.by_error(error), detail=told)
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

    def _take(self, page: Bundle, kind: str, found: Found) -> None:
        for raw in page.entry:
            entry = read_entry(raw)
            try:
                resource = Resource.parse(entry.resource)
            except UnreadableError as error:
                found.unreadable[str(error)] += 1
                continue
            if resource.kind == "OperationOutcome":
                found.lacking = found.lacking or lacking_by(read_issues(resource.raw))
                continue
            self._know(entry, resource, found)
            if resource.kind == kind:
                # However its server labels it: what was asked for is never dropped in silence.
                found.matches.append(resource)
            elif entry.is_match:
                found.unreadable[ANOTHER_TYPE] += 1

    def _know(self, entry: Entry, resource: Resource, found: Found) -> None:
        address = f"{resource.kind}/{resource.id}"
        full_url = full_url_of(entry, resource)
        if full_url:
            found.known[full_url] = resource
            found.full_urls[address] = full_url
        if resource.id:
            found.known[address] = resource
            for base in self.bases:
                found.known[f"{base}{address}"] = resource

    def _next(self, page: Bundle, seen: set[httpx.URL], found: Found) -> httpx.URL | None:
        if page.next is None:
            if page.counts_more_than(found.read):
                found.lacking = found.lacking or TRUNCATED
                found.unsent = page.found or 0
            return None
        url = self._followed(page.next)
        if url is None or url in seen or len(seen) + 1 >= self._call.node.max_pages:
            found.lacking = found.lacking or TRUNCATED
            return None
        seen.add(url)
        return url

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
        # Invariant: no address that is asked for holds a person's number.
        return None if self._holds_a_number(str(url)) else url

    def _holds_a_number(self, text: str) -> bool:
        for _ in range(_DEPTH_OF_ESCAPES):
            text = unquote(text)
        bare = _BETWEEN_DIGITS.sub("", text)
        return any(number in bare for number in self._call.numbers)

    def _headers(self) -> dict[str, str]:
        return {
            "accept": "application/fhir+json",
            "accept-encoding": "gzip",
            "x-request-id": self._call.request_id,
        }


@lru_cache(maxsize=256)
def _base(endpoint: str) -> httpx.URL:
    return httpx.URL(endpoint.rstrip("/") + "/")


@lru_cache(maxsize=1024)
def _address(base: httpx.URL, kind: str) -> httpx.URL:
    return base.join(f"{kind}/_search")


def _broken_off(found: Found, page: Refused) -> Found:
    """What the pages before gave stands; that it is not all is said."""
    if page.status in _EXPIRED:
        found.lacking = TRUNCATED
    else:
        found.lacking = Verdict(SourceState.PARTIAL, page.verdict.code, page.verdict.origin)
    return found


def _is_cut(found: Found, form: Iterable[tuple[str, str]]) -> bool:
    """Whether the answer ends where the number that was asked for ends."""
    asked = int(dict(form).get("_count", "0"))
    return len(found.matches) == asked > 0 and asked < found.unsent <= MOST_AT_ONCE


def _uncounted(form: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in form if name != "_count")
