"""The curated people: each shows one thing that must be got right.

Their order is the order of the list that a newcomer sees.
"""

from demo.model import Story
from demo.population.stories.allergies import allergy_contradiction, namesakes
from demo.population.stories.decisions import two_cpr_decisions, two_doses
from demo.population.stories.everywhere import everywhere
from demo.population.stories.identities import (
    held_nowhere,
    other_birth_date,
    restricted,
    retired_number,
    superseded,
)
from demo.population.stories.long_history import long_history


def stories() -> tuple[Story, ...]:
    """Every curated person, the one with entries everywhere first."""
    return (
        everywhere(),
        allergy_contradiction(),
        two_doses(),
        two_cpr_decisions(),
        *namesakes(),
        other_birth_date(),
        superseded(),
        held_nowhere(),
        retired_number(),
        long_history(),
        restricted(),
    )
