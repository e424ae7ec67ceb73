"""What a scenario is written with: `as_`, `launched`, `alike`, over the one running system."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.acceptance.launching import Launched, Launcher
from tests.scenarios.network import RunningGateway, System

Alike = Callable[[str, Answer, str, Answer], bool]
"""Whether two answers about two people tell the same, but for who they are."""


@pytest.fixture
def as_(system: System) -> As:
    def caller(persona: str, at: RunningGateway | None = None) -> Caller:
        return Caller(system=system, persona=persona, gateway=at or system.gateway({}))

    return caller


@pytest.fixture
def launched(system: System) -> Launched:
    return Launcher(system).launch


@pytest.fixture
def alike(system: System) -> Alike:
    def words(slug: str) -> list[str]:
        story = system.people.stories[slug]
        person = story.resident.traced[0].person
        assert person
        assert person.name
        assert person.address
        name = (person.name.text, *person.name.given, person.name.family or "")
        place = (person.address.text, person.address.postcode or "")
        return [story.nhs_number, story.birth_date, *name, *place, *person.phones]

    def compare(one: str, said: Answer, other: str, also: Answer) -> bool:
        assert _lines(said.but_for(*words(one))) == _lines(also.but_for(*words(other)))
        return True

    return compare


def _lines(told: Any) -> list[str]:
    """A line for each thing told, so that a difference shows as the lines that differ."""
    return json.dumps(told, indent=0, ensure_ascii=False).splitlines()
