"""Everybody of the curated people is played."""

from __future__ import annotations

import pytest

from demo.population.stories import stories
from tests.scenarios.folder import folders

PLAYED = {folder.scenario.person for folder in folders()}


@pytest.mark.parametrize("slug", [story.slug for story in stories()])
def test_played(slug: str):
    """Each curated person has a folder that asks about them."""
    assert slug in PLAYED
