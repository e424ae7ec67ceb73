"""Two hundred different people at once: each answer is for the one who was asked about."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from msgspec.structs import replace

from demo.model import LONDON
from demo.population.numbers import numbered
from federation.conformance import CHECKS, Outcome, People, Situation, TestPerson, run
from federation.model import Category
from federation.node_kit import KeptPart, KeptRecord, Limits, build_node_app
from federation.records.person import Gender
from tests.federation.conformance.given import target, tools
from tests.federation.node_kit.sources import person
from tests.vouching import a_verifier

NUMBERS = [number for body in range(1000, 1300) if (number := numbered(body))][:200]
ECHO = tuple(check for check in CHECKS if check.letter == "e")


class Crowd:
    """Two hundred people; `confused`: one answer of two hundred is the neighbour's."""

    categories = frozenset((Category.ALLERGIES,))

    def __init__(self, *, confused: bool) -> None:
        self._confused = confused
        self._asked = 0

    async def find(self, numbers, categories, requester):
        self._asked += 1
        # While each is asked about alone, nothing is wrong.
        late = self._confused and self._asked == 300
        (number,) = numbers
        await asyncio.sleep(0)
        told = NUMBERS[NUMBERS.index(number) - 1] if late else number
        echoed = replace(person(told), gender=Gender.FEMALE)
        return [KeptRecord(person=echoed, parts={Category.ALLERGIES: KeptPart()})]


@pytest.mark.parametrize(("confused", "at_once"), [(False, 200), (True, 200), (False, 20)])
async def test_each_answer_is_for_the_one_asked(confused, at_once) -> None:
    """Two hundred of two hundred are right, or the check fails; limits only make it take longer."""
    people = People(
        persons=tuple(
            TestPerson(
                label=f"one-{place}",
                nhs_number=number,
                situation=Situation.KNOWN,
                family_name="Example",
                birth_date="1950-01-02",
                gender=Gender.FEMALE,
            )
            for place, number in enumerate(NUMBERS)
        )
    )
    limits = Limits(requests_at_once=at_once)
    app = build_node_app(Crowd(confused=confused), a_verifier(LONDON), limits=limits)
    checked = target(LONDON, people=people, categories=(Category.ALLERGIES,))
    (found,) = (await run(checked, tools(httpx.ASGITransport(app)), checks=ECHO)).results
    assert found.outcome is (Outcome.FAIL if confused else Outcome.PASS), found.evidence
    if not confused:
        assert found.evidence[-1] == "they were about 200 different people"
