"""A region's records as tests need them: one person, and whatever is put in their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.node_kit import KeptPart, KeptRecord, NodeRefusalError, RequesterClaims
from federation.records.allergies import Allergy
from federation.records.base import Concept, PartialDateTime
from federation.records.clinical import Quantity
from federation.records.observations import Observation
from federation.records.person import HumanName, Person

NUMBER = NhsNumber("9990000018")
OTHER = NhsNumber("9990000026")
OFFERED = frozenset((Category.ALLERGIES, Category.OBSERVATIONS, Category.CARE_PLANS))


def person(number: NhsNumber = NUMBER) -> Person:
    return Person(
        nhs_number=number,
        name=HumanName(text="Ada Example", family="Example", given=("Ada",)),
        birth_date=PartialDateTime("1950-01-02"),
    )


def allergy(name: str = "Penicillin", **more: object) -> Allergy:
    return Allergy(source_id=name, substance=Concept(display=name), **more)  # type: ignore[arg-type]  # fields of an allergy


def weight() -> Observation:
    return Observation(
        source_id="w", code=Concept(display="Body weight"), value=Quantity(value=70, unit="kg")
    )


class Records:
    """Holds one person; `error` is raised instead of an answer. `asked` remembers the calls."""

    def __init__(
        self,
        parts: Mapping[Category, KeptPart] | None = None,
        *,
        numbers: Sequence[NhsNumber] = (NUMBER,),
        error: Exception | None = None,
    ) -> None:
        self.categories = OFFERED
        self.asked: list[tuple[tuple[NhsNumber, ...], frozenset[Category]]] = []
        self.requesters: list[RequesterClaims] = []
        self._parts = parts or {}
        self._numbers = numbers
        self._error = error

    async def find(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> Sequence[KeptRecord]:
        self.asked.append((tuple(numbers), categories))
        self.requesters.append(requester)
        if self._error:
            raise self._error
        return [
            KeptRecord(person=person(number), parts=self._parts)
            for number in numbers
            if number in self._numbers
        ]


__all__ = ["NUMBER", "OFFERED", "OTHER", "NodeRefusalError", "Records", "allergy", "weight"]
