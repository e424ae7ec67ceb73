"""Laws: release never adds, and one more rule that forbids never shows more."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from federation.model import Category
from federation.records.base import SecurityLabel
from federation.records.care_plans import CprKind
from federation.sharing import CedarRules
from tests.builders import HERTS, LONDON, a_question
from tests.federation.sharing.given import (
    ACT,
    V3,
    a_part,
    held,
    released_from,
    rules_with,
    verified_of,
)
from tests.items import a_care_plan, an_item

SHIPPED = CedarRules.shipped()
CATEGORIES = (
    Category.ALLERGIES,
    Category.CARE_PLANS,
    Category.OBSERVATIONS,
    Category.APPOINTMENTS,
)
FORBIDS = [
    f'@id("more") forbid (principal, {action}, resource is Holding) when {{{{ {{condition}} }}}};'
    for action in ('action == Action::"see"', 'action == Action::"see-whole"', "action")
]
CONDITIONS = [
    'resource.node == "london-care-record"',
    'resource.category == "ALLERGIES"',
    "resource.carriesCpr",
    f'resource.labels.contains("{V3}|N")',
    "context.person.restricted",
    'principal.role == "R0050"',
    "9223372036854775807 + 1 == 0",
]
STRICTER = [
    rules_with(forbid.format(condition=condition)) for forbid in FORBIDS for condition in CONDITIONS
]

labels = st.lists(
    st.sampled_from(((V3, "N"), (V3, "R"), (ACT, "HIV"), ("https://labels.example", "x"))).map(
        lambda pair: SecurityLabel(system=pair[0], code=pair[1])
    ),
    max_size=2,
).map(tuple)


@st.composite
def parts(draw, category, node):
    made = []
    for number in range(draw(st.integers(0, 3))):
        item = an_item(category, f"{category}-{number}", node, security_labels=draw(labels))
        if category is Category.CARE_PLANS and draw(st.booleans()):
            item = a_care_plan(
                item.source_id,
                node,
                decision=CprKind.ATTEMPT_CPR,
                security_labels=item.security_labels,
            )
        made.append(item)
    return a_part(category, *made)


@st.composite
def answers(draw, node):
    return verified_of(
        node, held(**{category.lower(): draw(parts(category, node)) for category in CATEGORIES})
    )


def _ids(released):
    return {
        (one.node.id, category, item.source_id): item
        for one in released
        for category, items in one.items.items()
        for item in items
    }


def _emptied(one, other):
    """Whether the second is the first, or the first with more fields emptied."""
    names = one.__struct_fields__
    return all(
        name == "redactions"
        or getattr(other, name) == getattr(one, name)
        or not getattr(other, name)
        or (name == "name" and other.name == one.plan_type.display)
        or _emptied(getattr(one, name), getattr(other, name))
        for name in names
    )


@settings(max_examples=60, deadline=None)
@given(answers(LONDON), answers(HERTS), st.booleans())
def test_release_never_adds(london, herts, restricted):
    """Law: what is shown was given by its node, the same or with fields emptied, in its order."""
    released = released_from(
        SHIPPED, london, herts, restricted=restricted, question=a_question(*CATEGORIES)
    )
    for one, answer in zip(released, (london, herts), strict=True):
        given_items = {item.source_id: item for part in answer.parts for item in part.items}
        for part in answer.parts:
            shown = one.items.get(part.category, ())
            order = [item.source_id for item in part.items]
            assert [item.source_id for item in shown] == [
                source_id for source_id in order if source_id in {i.source_id for i in shown}
            ]
            assert len(shown) + one.withheld.get(part.category, 0) == len(part.items)
            for item in shown:
                assert _emptied(given_items[item.source_id], item)


@settings(max_examples=60, deadline=None)
@given(answers(LONDON), st.sampled_from(STRICTER), st.booleans())
def test_one_more_forbid_never_shows_more(london, stricter, restricted):
    """Law: a rule that forbids, failing ones included, can only take items and fields away."""
    question = a_question(*CATEGORIES)
    before = _ids(released_from(SHIPPED, london, restricted=restricted, question=question))
    after = _ids(released_from(stricter, london, restricted=restricted, question=question))
    assert set(after) <= set(before)
    for place, item in after.items():
        assert _emptied(before[place], item)


@settings(max_examples=40, deadline=None)
@given(answers(LONDON))
def test_what_may_not_be_seen_changes_nothing_else(london):
    """Law: the answer without its withheld items, released, is the released answer."""
    question = a_question(*CATEGORIES)
    (released,) = released_from(SHIPPED, london, question=question)
    shown = {item.source_id for items in released.items.values() for item in items}
    lesser = replace(
        london,
        parts=tuple(
            a_part(part.category, *(item for item in part.items if item.source_id in shown))
            for part in london.parts
        ),
    )
    (again,) = released_from(SHIPPED, lesser, question=question)
    assert (again.items, again.rows, again.persons) == (
        released.items,
        released.rows,
        released.persons,
    )
