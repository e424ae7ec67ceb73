"""Which observations are results of an investigation, so that each is read under one category.

A result is an Observation of a laboratory's or an imaging department's category, one that a report
lists, and whatever is grouped below either. All others are observations. Both categories ask here,
with what they know of the person; `results.py` and `observations.py` make items of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from federation.records.base import SecurityLabel
from federation.records.fhir import r4
from federation.records.fhir.elements import Reference
from federation.records.fhir.pointers import type_of
from federation.records.fhir.reading import Search
from federation.records.fhir.resource import References, Resource, UnreadableError, distinct
from federation.records.fhir.structs.observations import FhirObservation, Observed
from federation.records.fhir.structs.reports import FhirDiagnosticReport

RESULT_CATEGORIES = ("laboratory", "imaging", "pathology", "radiology", "LAB", "RAD", "IMG")
"""Codes of `Observation.category` that make a result: HL7's, and those used for reports.

# Invariant: the search for results narrows by these, and no others keep an Observation out of the
# observations, so that none falls between the two.
"""
REPORTS = Search(kind="DiagnosticReport", includes=("performer", "specimen", "based-on"))
ENTERED_IN_ERROR = "entered-in-error"
BARRED = "a result of a report that cannot be read"
MOST_LABELS = 16
MOST_LEVELS = 4
"""So deep are groups within groups followed."""
MOST_PLACES = 200_000
"""In so many places of reports and groups do observations stand; more is a fault of the source."""
_THINGS = frozenset(("BodyStructure", "Condition", "Device", "Observation", "Procedure"))
"""What an observation of the person may be of."""
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"\s]{1,400})"')
_VALUES = tuple(name for name in Observed.__struct_fields__ if name.startswith("value_"))


class Seen(Struct, frozen=True, kw_only=True, eq=False):
    """An observation, read; its own references are found in `references`.

    `key` names it among all that are known of the person, `source_id` at its source. One that is
    contained in a report is named after it.
    """

    key: str
    source_id: str
    found: FhirObservation
    references: References


class Listing(Struct, frozen=True, kw_only=True, eq=False):
    """What a report lists or, without a report, what a group holds.

    `items` are the observations by key, each with the groups above it, outermost first; `passed`
    are groups that say nothing by themselves.
    """

    report: FhirDiagnosticReport | None = None
    references: References
    name: str = ""
    items: dict[str, tuple[Seen, ...]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def holds(self, key: str) -> bool:
        """Whether an observation belongs here, as an item or as a group of some."""
        return key in self.items or key in self.passed

    def all(self) -> set[str]:
        """Everything that belongs here."""
        return {*self.items, *self.passed}


class Investigations(Struct, kw_only=True):
    """What is known of the person, parted.

    `own` are the keys of the person's observations in their order, `seen` has these and all others
    that reports list. `reports` come newest first, `groups` are those that no report lists.
    `barred` is what a report lists that cannot be read: it may have said who may not see it.
    `unread_observations`, `unread_reports` and `missing` count, by the reason, what could not be
    read and what reports list and is not there.
    """

    own: list[str] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    reports: list[Listing] = field(default_factory=list)
    groups: list[Listing] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    unread_observations: Counter[str] = field(default_factory=Counter)
    unread_reports: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def listings(self) -> Iterator[Listing]:
        """Reports, then groups."""
        yield from self.reports
        yield from self.groups

    def labels_above(self) -> dict[str, frozenset[SecurityLabel]]:
        """Labels of the person's groups, by the keys of what they hold at any depth."""
        found: dict[str, frozenset[SecurityLabel]] = {}
        waiting = list(self.own)
        while waiting:
            key = waiting.pop()
            labels = found.get(key, frozenset()).union(r4.labels(self.seen[key].found.meta))
            for one in self._held(key):
                known = found.get(one, frozenset())
                # So many labels are read as one that opens nothing: more need not be carried.
                if not labels <= known and len(known) <= MOST_LABELS:
                    found[one] = known | labels
                    waiting.append(one)
        return found

    def _held(self, key: str) -> Iterator[str]:
        return (one for one in members(self.seen[key]) if one in self.seen)

    def results(self) -> set[str]:
        """The keys of everything that is a result, groups included."""
        listed = (key for one in self.listings() for key in one.all())
        named = (key for key in self.own if is_result(self.seen[key].found))
        return {*listed, *named, *self.barred}


def read_observed(resource: Resource) -> FhirObservation:
    """An observation; raises `UnreadableError`, as for one of somebody in the person's stead."""
    found = resource.read(FhirObservation)
    if any(
        one != found.subject and type_of(one, References.none()) not in _THINGS
        for one in found.focus
    ):
        # An unborn child, a donor, a partner: in the person's record, and not of the person.
        raise UnreadableError("an observation of somebody else than the person")
    return found


def members(group: Seen) -> Iterator[str]:
    """The keys of what a group points at, itself left out."""
    pointed = map(group.references.find, group.found.has_member)
    return (_key_of(one) for one in pointed if one is not None and _key_of(one) != group.key)


def is_result(found: FhirObservation) -> bool:
    """Whether an observation is a result by its own category."""
    for concept in found.category:
        for coding in concept.coding:
            if coding.code in RESULT_CATEGORIES:
                return True
    return False


def says_something(found: FhirObservation) -> bool:
    """Whether an observation says anything by itself, or does nothing but group others."""
    said = (found.component, found.data_absent_reason, found.interpretation, found.note)
    return any(said) or any(getattr(found, name) is not None for name in _VALUES)


def sort_out(resources: Iterable[Resource], references: References) -> Investigations:
    """Everything about the person that is a report or an observation, parted.

    Raises `UnreadableError` where reports list more than can be followed: under whose labels an
    observation stands would not be known then.
    """
    every = distinct(resources)
    sorting = _Sorting(references)
    for resource in every:
        if resource.kind == "Observation":
            sorting.keep(resource)
    sorting.list_reports(one for one in every if one.kind == "DiagnosticReport")
    sorting.list_groups()
    return sorting.parted


class _Sorting:
    """Reads each observation once, however many things point at it."""

    def __init__(self, references: References) -> None:
        self.parted = Investigations()
        self._references = references
        self._unread: set[str] = set()
        self._namesakes: Counter[str] = Counter()
        self._places = 0

    def keep(self, resource: Resource) -> None:
        """One of the person's own observations; entered in error it is nothing."""
        seen = self._read(resource, _key_of(resource))
        if seen is not None and seen.found.status != ENTERED_IN_ERROR:
            self.parted.own.append(seen.key)

    def list_reports(self, resources: Iterable[Resource]) -> None:
        """What each report lists; one entered in error lists nothing."""
        readable: list[Listing] = []
        closed: list[Resource] = []
        for resource in resources:
            try:
                found = resource.read(FhirDiagnosticReport)
                inside = self._references.within(resource)
            except UnreadableError as error:
                self.parted.unread_reports[str(error)] += 1
                closed.append(resource)
                continue
            if found.status != ENTERED_IN_ERROR:
                name = f"DiagnosticReport/{found.id}"
                readable.append(Listing(report=found, references=inside, name=name))
        readable.sort(key=_newest_last, reverse=True)
        for one in readable:
            self._list(one)
        self.parted.reports = readable
        self._bar(closed)

    def list_groups(self) -> None:
        """What groups hold that no report lists, the outermost first."""
        listed = {key for one in self.parted.reports for key in one.all()}
        closed = listed | self.parted.barred
        groups = [key for key in self.parted.own if key not in closed and self._is_group(key)]
        below = {key for group in groups for key in members(self.parted.seen[group])}
        # Groups that hold each other in a ring are below one another: they come last, as they are.
        held: set[str] = set()
        for key in sorted(groups, key=lambda group: group in below):
            if key not in held:
                group = self.parted.seen[key]
                listing = Listing(references=group.references, name=key)
                self._visit(group, (), listing)
                self.parted.groups.append(listing)
                held |= listing.all()

    def _list(self, listing: Listing) -> None:
        for reference in listing.report.result if listing.report else ():
            self._follow(reference, listing.references, (), listing)

    def _bar(self, closed: Iterable[Resource]) -> None:
        listing = Listing(references=self._references, name="")
        for resource in closed:
            for address in _REFERENCE.findall(bytes(resource.raw)):
                reference = Reference(reference=address.decode("utf-8", "replace"))
                found = self._references.find(reference)
                if found is not None and found.kind == "Observation":
                    self._follow(reference, self._references, (), listing)
        self.parted.barred |= listing.all()
        for one in self.parted.reports:
            self.parted.barred -= one.all()

    def _is_group(self, key: str) -> bool:
        found = self.parted.seen[key].found
        return bool(found.has_member) and is_result(found)

    def _follow(
        self,
        reference: Reference,
        references: References,
        above: tuple[Seen, ...],
        listing: Listing,
    ) -> bool:
        """List what a reference points at; whether it is there."""
        resource = references.find(reference)
        if resource is None:
            self.parted.missing["a report that lists a result that cannot be found"] += 1
            return False
        if resource.kind != "Observation":
            self.parted.missing["a report that lists a result of another type"] += 1
            return False
        contained = (reference.reference or "").startswith("#")
        seen = (
            self._seen(resource, f"{listing.name}#{resource.id}", references)
            if contained
            else self._seen(resource, _key_of(resource))
        )
        if seen is None or seen.found.status == ENTERED_IN_ERROR:
            return False
        self._visit(seen, above, listing)
        return True

    def _visit(self, seen: Seen, above: tuple[Seen, ...], listing: Listing) -> None:
        self._places += 1
        if self._places > MOST_PLACES:
            raise UnreadableError("reports that list more than can be followed")
        if listing.holds(seen.key):
            return
        if says_something(seen.found) or not seen.found.has_member:
            listing.items[seen.key] = above
        else:
            listing.passed.add(seen.key)
        if len(above) >= MOST_LEVELS and seen.found.has_member:
            self.parted.missing["results that are grouped too deeply"] += 1
            return
        inside = (*above, seen)
        there = [
            self._follow(one, seen.references, inside, listing) for one in seen.found.has_member
        ]
        if seen.key in listing.passed and not any(there):
            # Of a group of which nothing is there, the group itself is all that is known.
            listing.passed.remove(seen.key)
            listing.items[seen.key] = above

    def _seen(
        self, resource: Resource, key: str, references: References | None = None
    ) -> Seen | None:
        """An observation that something points at; None for one that cannot be read."""
        if key in self._unread:
            return None
        return self.parted.seen.get(key) or self._read(resource, key, references)

    def _read(
        self, resource: Resource, key: str, references: References | None = None
    ) -> Seen | None:
        try:
            found = read_observed(resource)
            inside = references or self._references.within(resource)
        except UnreadableError as error:
            self.parted.unread_observations[str(error)] += 1
            self._unread.add(key)
            return None
        source_id = key.removeprefix("Observation/")
        while key in self.parted.seen:
            # A source may use one id for two things; both stay.
            self._namesakes[source_id] += 1
            key = f"Observation/{source_id}'{self._namesakes[source_id]}"
        seen = Seen(key=key, source_id=source_id, found=found, references=inside)
        self.parted.seen[key] = seen
        return seen


def _key_of(resource: Resource) -> str:
    return f"{resource.kind}/{resource.id}"


def _newest_last(listing: Listing) -> tuple[str, str]:
    report = listing.report
    return (report.issued or "" if report else "", listing.name)
