"""The curated people: each shows one thing that must be got right.

Their order is the order of the list that a newcomer sees.
"""

from demo.model import Story
from demo.population.stories.allergies import allergy_contradiction, namesakes
from demo.population.stories.beginnings import deceased, new_mother, newborn
from demo.population.stories.care_home import care_home_resident
from demo.population.stories.carers import (
    discharged_home,
    from_oxford,
    nominates_pharmacy,
    opted_out,
    passing_through,
    seen_in_watford,
)
from demo.population.stories.caring import interpreter, palliative
from demo.population.stories.decisions import two_cpr_decisions, two_doses
from demo.population.stories.endings import (
    ended_allergies,
    given_and_not_given,
    superseded_document,
)
from demo.population.stories.everywhere import everywhere
from demo.population.stories.identities import (
    held_nowhere,
    other_birth_date,
    restricted,
    retired_number,
    superseded,
)
from demo.population.stories.kept_apart import gender_history
from demo.population.stories.kin import adopted_child, birthday_namesakes, twins
from demo.population.stories.long_history import long_history
from demo.population.stories.medicines import (
    degraded_codes,
    high_risk_immunosuppressants,
    high_risk_medicines,
    hospital_and_practice,
)
from demo.population.stories.reports import amended_result, thousand_results
from demo.population.stories.residents import elder_court_resident, moved_out
from demo.population.stories.safety import child_protection, sensitive_items, staff_safety
from demo.population.stories.secrets import fertility, hiv_medicines, mental_health
from demo.population.stories.staff import colleagues, no_marker, watched
from demo.population.stories.wishes import (
    asks_for_his_own,
    coerced,
    objector,
    objects_to_one_place,
    represented,
)
from demo.population.stories.writing import near_misses, partial_dates, same_event
from demo.population.stories.young import child_fifteen, child_fourteen, child_nine


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
        *twins(),
        *birthday_namesakes(),
        adopted_child(),
        newborn(),
        new_mother(),
        deceased(),
        hospital_and_practice(),
        high_risk_medicines(),
        high_risk_immunosuppressants(),
        degraded_codes(),
        ended_allergies(),
        thousand_results(),
        amended_result(),
        partial_dates(),
        same_event(),
        near_misses(),
        superseded_document(),
        given_and_not_given(),
        sensitive_items(),
        child_protection(),
        staff_safety(),
        palliative(),
        interpreter(),
        care_home_resident(),
        seen_in_watford(),
        discharged_home(),
        elder_court_resident(),
        moved_out(),
        nominates_pharmacy(),
        passing_through(),
        from_oxford(),
        opted_out(),
        hiv_medicines(),
        *fertility(),
        *gender_history(),
        mental_health(),
        child_nine(),
        child_fourteen(),
        *child_fifteen(),
        objector(),
        objects_to_one_place(),
        *coerced(),
        represented(),
        asks_for_his_own(),
        watched(),
        *colleagues(),
        no_marker(),
    )
