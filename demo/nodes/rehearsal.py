"""A native demo node in test mode: its store, and test people for what no store of the demo shows.

The network's own people show what goes wrong in records; here are those who show what a node
must say besides: that somebody objects, that a letter is withheld or not filed yet, that a system
behind it is down. What is expected of each is in `demo/conformance/london-care-record.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from demo.model import LONDON
from demo.nodes.native import StoredRecords
from demo.population.conditions import ASTHMA, CYSTITIS, HYPERTENSION, problem
from demo.population.labels import RESTRICTED
from demo.population.letters import CLINIC_LETTER, document
from demo.population.pen import day_text
from demo.population.stories.telling import pen, someone
from demo.population.world import PRACTICES, UCLH
from federation.model import Category, Clock
from federation.nhs_number import NhsNumber
from federation.node_kit import (
    KeptPart,
    KeptRecord,
    NodeErrorCode,
    NodeRefusalError,
    PartState,
    RequesterClaims,
)
from federation.records.base import Item
from federation.records.person import Gender
from federation.status import SourceCode

RETRY_AFTER_SECONDS = 30
_REFUSED = {
    NhsNumber("9990009007"): NodeErrorCode.NO_PATIENT_CONSENT,
    NhsNumber("9990009015"): NodeErrorCode.UPSTREAM_TIMEOUT,
    NhsNumber("9990009023"): NodeErrorCode.UPSTREAM_UNAVAILABLE,
    NhsNumber("9990009031"): NodeErrorCode.RATE_LIMITED,
}
_EXCLUDED = frozenset(coding.code for coding in CYSTITIS.codings)
"""A stand-in for what the law keeps in: a code of an excluded set, and letters that name it."""


class RehearsedRecords:
    """The store's people, and those of the rehearsal; takes objections and merges."""

    def __init__(self, stored: StoredRecords, clock: Clock) -> None:
        self.categories = stored.categories
        self._stored = stored
        self._clock = clock
        self._rehearsed = _people()
        self._objecting: set[NhsNumber] = set()
        self._merged: dict[NhsNumber, NhsNumber] = {}

    async def find(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> Sequence[KeptRecord]:
        for number in numbers:
            self._refuse(number)
        left = [one for one in numbers if one not in self._merged and one not in self._rehearsed]
        stored = await self._stored.find(left, categories, requester)
        theirs = [
            self._rehearsed[one]
            for one in numbers
            if one in self._rehearsed and one not in self._merged
        ]
        return [*stored, *(self._whole(one, categories) for one in theirs)]

    async def set_objection(self, number: NhsNumber, *, objects: bool) -> None:
        if objects:
            self._objecting.add(number)
        else:
            self._objecting.discard(number)

    async def set_merged(
        self, old: NhsNumber, into: NhsNumber, *, merged: bool
    ) -> Sequence[Mapping[str, str]]:
        if merged:
            self._merged[old] = into
        else:
            self._merged.pop(old, None)
        return [{"kind": "MERGED" if merged else "UNMERGED", "old": old, "into": into}]

    def _refuse(self, number: NhsNumber) -> None:
        if number in self._objecting:
            raise NodeRefusalError(NodeErrorCode.NO_PATIENT_CONSENT)
        code = _REFUSED.get(number)
        if code is not None:
            again = RETRY_AFTER_SECONDS if code is NodeErrorCode.RATE_LIMITED else None
            raise NodeRefusalError(code, retry_after_seconds=again)

    def _whole(self, record: KeptRecord, categories: frozenset[Category]) -> KeptRecord:
        now = self._clock()
        parts = {
            one: replace(_without_excluded(record.parts.get(one, NOTHING)), data_current_to=now)
            for one in categories
        }
        return replace(record, parts=parts)


NOTHING = KeptPart()


def _without_excluded(part: KeptPart) -> KeptPart:
    kept = tuple(one for one in part.items if not any(code in repr(one) for code in _EXCLUDED))
    return replace(part, items=kept)


def _people() -> Mapping[NhsNumber, KeptRecord]:
    gp = PRACTICES[LONDON][0]
    practice, hospital = pen("rehearsal", gp), pen("rehearsal", UCLH)
    letter = document(hospital, CLINIC_LETTER, "Clinic letter", date(2026, 5, 4))
    asthma = problem(practice, ASTHMA, date(2020, 3, 2))
    pressure = problem(practice, HYPERTENSION, date(2021, 6, 7))
    kept_in = problem(practice, CYSTITIS, date(2022, 2, 1))
    summary = f"Seen for {CYSTITIS.display}, {next(iter(_EXCLUDED))}."
    named = document(hospital, CLINIC_LETTER, "Letter", date(2022, 2, 8), summary=summary)
    died = {"deceased": True, "deceased_at": day_text(date(2026, 5, 1))}
    hidden = {
        "address": None,
        "phones": (),
        "gp_practice": None,
        "restricted": True,
        "security_labels": (RESTRICTED,),
    }
    withheld = KeptPart(state=PartState.WITHHELD, code=SourceCode.WITHHELD_AT_SOURCE)
    on_its_way = KeptPart(items=(letter,), state=PartState.PARTIAL, code=SourceCode.OTHER)
    waiting = KeptPart(state=PartState.PARTIAL, code=SourceCode.AWAITING_FILING)
    records = (
        _record("9990009058", "Mr Aldous Farthing", {Category.PROBLEMS: asthma}, **died),
        _record("9990009066", "Ms Bethan Quarrie", {Category.PROBLEMS: pressure}, **hidden),
        _record("9990009074", "Mr Conrad Ives", {Category.DOCUMENTS: withheld}),
        _record(
            "9990009082",
            "Ms Delphine Orchard",
            {Category.DOCUMENTS: on_its_way, Category.RESULTS: waiting},
        ),
        _record(
            "9990009090",
            "Ms Edith Larkspur",
            {
                Category.PROBLEMS: KeptPart(items=(kept_in, asthma)),
                Category.DOCUMENTS: KeptPart(items=(named, letter)),
            },
        ),
        _record("9990009104", "Mr Fabian Stroud", {Category.PROBLEMS: asthma}),
        _record("9990009112", "Mr Fabian Stroud", {Category.PROBLEMS: pressure}),
        _record("9990009120", "Ms Greta Holloway", {Category.PROBLEMS: asthma}),
    )
    return {one.person.nhs_number: one for one in records}


def _record(
    number: str, name: str, held: Mapping[Category, KeptPart | Item], **more: object
) -> KeptRecord:
    gp = PRACTICES[LONDON][0]
    gender = Gender.FEMALE if name.startswith("Ms") else Gender.MALE
    lives = ("1 Rehearsal Row", "London", "N1 9ZZ")
    person = replace(someone(number, name, "1961-05-17", gender, gp, lives), **more)
    return KeptRecord(
        person=person,
        parts={
            one: part if isinstance(part, KeptPart) else KeptPart(items=(part,))
            for one, part in held.items()
        },
    )
