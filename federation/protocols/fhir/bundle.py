"""Reading what a FHIR server sends: a searchset, or an outcome that says what went wrong."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from federation.protocols.failures import NODE_ERROR, Verdict, by_words
from federation.records.base import UNDECODABLE
from federation.records.fhir.elements import CodeableConcept
from federation.status import FaultOrigin, SourceCode, SourceState

_MEDIA_TYPES = frozenset(("application/fhir+json", "application/json", "application/json+fhir"))
_SERIOUS = frozenset(("error", "fatal"))
_WITHHELD = frozenset(("suppressed", "security", "forbidden"))
_SHORT = frozenset(("incomplete", "too-costly", "timeout", "transient", "throttled"))


class Issue(Struct, frozen=True, kw_only=True):
    """One thing that a server has to say."""

    severity: str = "error"
    code: str = ""
    details: CodeableConcept = CodeableConcept()
    diagnostics: str = ""


class _Outcome(Struct, frozen=True, kw_only=True, rename="camel"):
    resource_type: str
    issue: tuple[Issue, ...] = ()


class _Link(Struct, frozen=True, kw_only=True):
    relation: str = ""
    url: str = ""


class _Mode(Struct, frozen=True, kw_only=True):
    mode: str | None = None


class Entry(Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry of a searchset."""

    full_url: str | None = None
    resource: Raw = Raw()
    search: _Mode | None = None

    @property
    def is_match(self) -> bool:
        """Whether its server says that it was asked for."""
        return self.search is not None and self.search.mode == "match"


class Bundle(Struct, frozen=True, kw_only=True, rename="camel"):
    """One page of a searchset. Entries are read one by one: a bad one costs itself alone."""

    resource_type: str
    type: str = ""
    total: object = None
    link: tuple[_Link, ...] = ()
    entry: tuple[Raw, ...] = ()

    @property
    def next(self) -> str | None:
        """Where the next page is; empty where there is one without an address."""
        return next((link.url for link in self.link if link.relation == "next"), None)

    @property
    def found(self) -> int | None:
        """How many the server says that it found in all; some say it in another form or wrongly."""
        return self.total if isinstance(self.total, int) else None

    def counts_more_than(self, read: int) -> bool:
        """Whether the server says that it found more than this."""
        return self.found is not None and self.found > read


_ENTRY = msgspec.json.Decoder(Entry)
_BUNDLE = msgspec.json.Decoder(Bundle)
_OUTCOME = msgspec.json.Decoder(_Outcome)


def is_fhir(media_type: str) -> bool:
    """Whether this is JSON of FHIR, by its label."""
    return media_type in _MEDIA_TYPES


def read_bundle(body: bytes) -> Bundle | None:
    """A page of a searchset, None for anything else."""
    try:
        bundle = _BUNDLE.decode(body)
    except UNDECODABLE:
        return None
    return bundle if bundle.resource_type == "Bundle" and bundle.type == "searchset" else None


def read_entry(raw: Raw) -> Entry:
    """One entry; one without a resource for what is none."""
    try:
        return _ENTRY.decode(raw)
    except UNDECODABLE:
        return Entry()


def read_issues(body: bytes | Raw) -> tuple[Issue, ...]:
    """What an OperationOutcome says; nothing if it is none."""
    try:
        outcome = _OUTCOME.decode(body)
    except UNDECODABLE:
        return ()
    return outcome.issue if outcome.resource_type == "OperationOutcome" else ()


def words_of(issues: Iterable[Issue]) -> tuple[str, ...]:
    """The codes that issues carry, narrowest first."""
    found: list[str] = []
    for issue in issues:
        said = f"{issue.diagnostics} {issue.details.words() or ''}".lower()
        denied = "ACCESS_DENIED" in issue.details.codes()
        if denied and "capability" in said and "disabled" in said:
            found.append("CAPABILITY_DISABLED")
        found.extend(issue.details.codes())
        found.append(issue.code)
    return tuple(found)


def lacking_by(issues: Iterable[Issue]) -> Verdict | None:
    """Why a searchset is less than whole, from the outcomes among its entries."""
    for issue in issues:
        if issue.code in _WITHHELD:
            return Verdict(SourceState.PARTIAL, SourceCode.WITHHELD_AT_SOURCE, FaultOrigin.NODE)
        if issue.severity in _SERIOUS or issue.code in _SHORT:
            verdict = by_words(words_of((issue,))) or NODE_ERROR
            return Verdict(SourceState.PARTIAL, verdict.code, verdict.origin)
    return None
