"""Law: one more rule of a region or an organisation only ever narrows, whatever was granted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.flow import Decision, Outcome
from federation.model import Category
from federation.sharing import Bundle
from tests.federation.sharing.given import a_case, a_professional
from tests.federation.sharing.test_memo import CONDITIONS, FORMS, OWNERS, bundle, near, rules_of

LIFTABLE = FORMS[0].replace("@reason", '@liftable("true") @reason')
HIDING = FORMS[0].replace("@reason", '@disclosure("HIDE") @reason')
ON_RESULTS = 'resource.category == "RESULTS" && context.objected && !resource.carriesCpr'
"""What may be hidden: nothing that may never be."""
before = st.lists(st.sampled_from(CONDITIONS), max_size=3, unique=True)
more = st.one_of(
    st.tuples(st.sampled_from(CONDITIONS), st.sampled_from((*FORMS, LIFTABLE))),
    st.just((ON_RESULTS, HIDING)),
)


def _narrower(one: Decision, other: Decision) -> bool:
    """Whether the second shows no more than the first."""
    if other.outcome is not Outcome.PERMIT:
        return True
    return (
        one.outcome is Outcome.PERMIT
        and set(one.redact) <= set(other.redact)
        and set(one.obligations) <= set(other.obligations)
    )


def _with_one_more(
    whose: int, held: list[str], added: str, form: str
) -> tuple[tuple[Bundle, ...], tuple[Bundle, ...]]:
    layer, owner, prefix = OWNERS[whose]
    lesser = bundle(layer, owner, prefix, held, FORMS[0])
    extra = form.format(owner=prefix, number=len(held), condition=added)
    greater = Bundle(layer=layer, owner=owner, file="more.cedar", text=f"{lesser.text}\n{extra}")
    return (lesser,), (greater,)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1), before, more, near())
def test_one_more_rule_only_narrows(whose, held, added, cases):
    """For cases of every kind: with and without emergency grants, consents, objections."""
    lesser, greater = map(rules_of, _with_one_more(whose, held, *added))
    for case in cases:
        assert _narrower(lesser.decide(case), greater.decide(case)), case


FACTS = (
    {},
    {"granted": True},
    {"objected": True},
    {"granted": True, "objected": True},
    {"granted": True, "objected": True, "objected_in_emergency": True},
    {"restricted": True, "watched": True},
    {"classes": frozenset(("HIV",))},
    {"classes": frozenset(("MENTAL_HEALTH",)), "requester": a_professional("R1290")},
    {"classes": frozenset(("MENTAL_HEALTH",)), "category": Category.PROBLEMS, "granted": True},
)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("form", [*FORMS, LIFTABLE])
def test_one_more_rule_narrows_what_is_open(condition, form):
    """The same where everything else is open, and a grant covers it or does not."""
    lesser, greater = map(rules_of, _with_one_more(0, [], condition, form))
    for facts in FACTS:
        case = a_case(age=17, **facts)
        assert _narrower(lesser.decide(case), greater.decide(case)), facts
