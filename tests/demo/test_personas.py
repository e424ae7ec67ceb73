"""Whom one can ask as in the demo."""

from __future__ import annotations

from datetime import date

from demo.organisations import organisation_rows
from demo.personas import personas
from demo.population.stories import stories


def test_each_role_is_one_persons_own():
    """No two roles have one id, within a persona or between two."""
    ids = [role.id for persona in personas().values() for role in persona.roles]
    assert len(set(ids)) == len(ids) > 40


def test_nobody_shares_a_principal():
    """A fact about one persona is never one about another."""
    principals = [persona.principal for persona in personas().values()]
    doubled = {one for one in principals if principals.count(one) > 1}
    assert doubled == set()


def test_personas_speak_of_what_there_is():
    """Every organisation of a persona is in the demo's directory, and every person is curated."""
    known = {row["code"] for row in organisation_rows(date(2026, 11, 2))}
    people = {story.slug for story in stories()}
    for persona in personas().values():
        assert {role.organisation for role in persona.roles} <= known
        assert persona.person is None or persona.person in people


def test_days_are_counted_from_the_day_that_is_given():
    """A day of the template is the given one with days added or taken away."""
    rows = {row["code"]: row for row in organisation_rows(date(2026, 11, 2))}
    assert rows["Z99162"]["assured"] == [
        {
            "from": date(2024, 6, 30),
            "until": date(2026, 11, 1),
            "grace_until": date(2027, 1, 1),
        }
    ]
