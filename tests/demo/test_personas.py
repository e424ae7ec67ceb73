"""Whom one can ask as in the demo."""

from __future__ import annotations

from demo.personas import personas


def test_each_role_is_one_persons_own():
    """No two roles have one id, within a persona or between two."""
    ids = [role.id for persona in personas().values() for role in persona.roles]
    assert len(set(ids)) == len(ids) > len(personas()) - 1
