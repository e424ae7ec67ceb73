"""Everybody of the curated people is played: in a folder here, or in the acceptance suite."""

from __future__ import annotations

import pytest

from demo.population.stories import stories
from tests.scenarios.folder import folders
from tests.scenarios.processes import ROOT

PLAYED = {folder.scenario.person for folder in folders()}
ACCEPTED = (ROOT / "docs/scenarios.md").read_text("utf-8")


@pytest.mark.parametrize("slug", [story.slug for story in stories()])
def test_played(slug: str):
    """Each curated person has a folder that asks about them, or a row of the scenarios."""
    assert slug in PLAYED or f"`{slug}`" in ACCEPTED
