"""What an author's function gives, and what the gateway reads: nothing missing looks like none."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from decimal import Decimal

import pytest

from federation.model import Category, Organisation, Requester, RequesterKind
from federation.node_kit import (
    Held,
    NodeErrorCode,
    NodeRefusalError,
    RegionNode,
    SourceCode,
    awaiting_filing,
    none_known,
    not_known,
    truncated,
    unavailable,
    withheld,
    withheld_in_part,
)
from federation.node_kit.clock import utc_now
from federation.node_kit.testing import Asking, MistakesError
from federation.records.allergies import Allergy
from federation.records.base import Concept
from tests.federation.node_kit.author.nodes import (
    EGG,
    LATEX,
    PERSON,
    a_feed,
    a_node,
    for_ever,
    live,
)
from tests.federation.node_kit.sources import NUMBER, OTHER

ENDED = EGG | {"clinicalStatus": "RESOLVED"}
ANSWERS = [
    # what the function gives, state, code, assertion, ids
    ([], "FRESH_EMPTY", None, "NO_CONTENT_RECORDED", []),
    ((), "FRESH_EMPTY", None, "NO_CONTENT_RECORDED", []),
    ([LATEX, EGG], "FRESH", None, None, ["1", "2"]),
    ([Allergy(source_id="s", substance=Concept(display="Egg"))], "FRESH", None, None, ["s"]),
    (none_known(), "FRESH_EMPTY", None, "NONE_KNOWN", []),
    (none_known([ENDED]), "FRESH", None, "NONE_KNOWN", ["2"]),
    (not_known(), "FRESH_EMPTY", None, "NOT_KNOWN", []),
    (withheld(), "WITHHELD", "WITHHELD_AT_SOURCE", None, []),
    (withheld(SourceCode.OBJECTION), "WITHHELD", "OBJECTION", None, []),
    (withheld_in_part([LATEX]), "PARTIAL", "WITHHELD_AT_SOURCE", None, ["1"]),
    (awaiting_filing(), "PARTIAL", "AWAITING_FILING", None, []),
    (truncated([LATEX]), "PARTIAL", "TRUNCATED", None, ["1"]),
    (unavailable(), "UNAVAILABLE", "NODE_ERROR", None, []),
    (RuntimeError("no"), "UNAVAILABLE", "NODE_ERROR", None, []),
    (TimeoutError(), "UNAVAILABLE", "DEADLINE_EXCEEDED", None, []),
]


@pytest.mark.parametrize(("answer", "state", "code", "assertion", "ids"), ANSWERS)
def test_each_answer_is_read_as_it_is_meant(answer, state, code, assertion, ids):
    """Held, empty, none known, withheld, on its way, unreadable: each is told from the others."""
    part = Asking(a_node(answer))(NUMBER).part(Category.ALLERGIES)
    assert (part.state, part.code, part.assertion) == (state, code, assertion)
    assert [item.source_id for item in part.items] == ids


@pytest.mark.parametrize("broken", [{"answer": KeyError("snomed")}, {"held": KeyError("snomed")}])
def test_an_author_sees_what_a_function_raised(broken, capsys, caplog):
    """A test prints the traceback; a log has no more than the kind of error."""
    Asking(a_node(**broken))(NUMBER)
    assert "KeyError: 'snomed'" in capsys.readouterr().err
    logged = [str(vars(record)) for record in caplog.records if "federation" in record.name]
    assert any("KeyError" in line for line in logged)
    assert "snomed" not in "".join(logged)


def test_nobody_is_held_where_that_is_said():
    """`NOT_HELD` is an empty list of records, which is no failure."""
    told = Asking(a_node())(OTHER)
    assert told.is_not_held
    assert [look.outcome for look in told.looks] == ["NOT_HELD"]


WRONG = [
    # what the function gives, what the mistake says
    (None, "a NoneType was given, and no list"),
    ("Latex", "a str was given"),
    (True, "a bool was given"),
]


@pytest.mark.parametrize(("answer", "said"), WRONG)
def test_a_function_that_gives_no_list_is_never_read_as_empty(answer, said):
    """One that forgot to return makes its part unavailable, and a test fails."""
    told, mistakes = live(a_node(answer))
    part = told.part(Category.ALLERGIES)
    assert (part.state, part.assertion) == ("UNAVAILABLE", None)
    assert said in mistakes[0]


@pytest.mark.parametrize("answer", [False, PERSON, "held"])
def test_a_person_that_is_neither_held_nor_not_is_a_failure(answer):
    """One that forgot to return is never read as "no record held"."""
    told, mistakes = live(a_node(held=answer))
    assert not told.is_not_held
    assert told.failure is not None
    assert "neither `Held` nor `NOT_HELD`" in mistakes[0]


MISFITS = [
    # what is wrong with the second item, what the author reads
    ({"onset": "02/03/2019"}, "ALLERGIES, item 2, field `onset`: is no date"),
    ({"onset": ""}, "item 2, field `onset`: is no date"),
    ({"onset": "2019-02-30"}, "item 2, field `onset`: is no date"),
    ({"criticality": "Severe"}, "field `criticality`: is none of HIGH, LOW"),
    ({"substance": {"display": 7}}, "field `substance.display`: expected str, got int"),
    ({"substance": {"name": "Egg"}}, "field `substance`: there is a field that the protocol"),
    ({"clinical_status": "ACTIVE"}, "(`clinical_status`; is it `clinicalStatus`?)"),
    ({"sourceId": " "}, "field `sourceId`: is empty"),
    ({"source": {}}, "there is a field that the protocol does not have"),
    ({"redactions": []}, "there is a field that the protocol does not have"),
    ({"lastUpdatedAt": "2026-01-01T00:00:00"}, "field `lastUpdatedAt`: expected datetime"),
    ({"reactions": [{"display": "a"}, {"display": None}]}, "field `reactions[1].display`"),
    ({"recordedAt": "2019-04-02T10:00:00"}, "field `recordedAt`: is no date"),
    ({"note": object()}, "cannot be written as JSON"),
]


@pytest.mark.parametrize(("change", "said"), MISFITS)
def test_a_mistake_in_an_item_costs_the_item_and_is_told(change, said):
    """A test fails with the category and the field; in production the others are shown."""
    node = a_node([LATEX, EGG | change])
    with pytest.raises(MistakesError) as caught:
        Asking(node)(NUMBER)
    assert said in str(caught.value)
    part = live(node)[0].part(Category.ALLERGIES)
    assert (part.state, part.code) == ("PARTIAL", "ITEMS_QUARANTINED")
    assert [item.source_id for item in part.items] == ["1"]


def test_what_is_logged_of_a_mistake_repeats_nothing_of_the_record(caplog):
    """Category, field and a fixed sentence; no value and no name that the author made."""
    caplog.set_level(logging.DEBUG)
    node = a_node(
        [EGG | {"criticality": "Zebra"}, LATEX | {"Zebra": 1}, LATEX | {"onset": "Zebra"}]
    )
    asking = Asking(node)
    for mistake in live(node)[1]:
        assert mistake
    node_log = node.on_mistake
    with pytest.raises(MistakesError) as caught:
        asking(NUMBER)
    caplog.clear()
    for one in caught.value.mistakes:
        node_log(one)
    assert len(caplog.records) == 3
    assert "Zebra" not in "".join(str(vars(record)) for record in caplog.records)


def test_two_items_of_one_id_are_a_mistake_and_both_shown():
    """Neither can be known to be the right one."""
    told, mistakes = live(a_node([LATEX, EGG | {"sourceId": "1"}]))
    assert len(told.part(Category.ALLERGIES).items) == 2
    assert "two items have the same id" in mistakes[0]


def test_none_known_beside_an_active_item_is_not_said():
    """The item is shown, and the assertion is not."""
    told, mistakes = live(a_node(none_known([LATEX])))
    part = told.part(Category.ALLERGIES)
    assert (part.state, part.assertion, len(part.items)) == ("FRESH", None, 1)
    assert "stand against it" in mistakes[0]


def test_none_known_beside_an_item_that_cannot_be_read_is_not_said():
    """What was left out could be the allergy."""
    told, _ = live(a_node(none_known([EGG | {"onset": "?"}])))
    part = told.part(Category.ALLERGIES)
    assert (part.state, part.code, part.assertion) == ("PARTIAL", "ITEMS_QUARANTINED", None)


def test_pythons_own_dates_and_decimals_are_taken():
    """What a database driver gives need not be turned into text first."""
    measured = {
        "sourceId": "1",
        "code": {"display": "Body weight"},
        "effectiveAt": date(2019, 4, 2),
        "value": {"__typename": "Quantity", "value": Decimal("70.5"), "unit": "kg"},
    }
    part = Asking(a_node([measured], category=Category.OBSERVATIONS))(NUMBER).part(
        Category.OBSERVATIONS
    )
    (item,) = part.items
    assert (item.effective_at, item.value.value) == ("2019-04-02", 70.5)


# ── the person ──────────────────────────────────────────────────────────────────────────────────


def test_the_person_is_echoed_as_the_store_has_them():
    """Number, name, birth date and gender stand in every answer."""
    echo = Asking(a_node())(NUMBER).record.person
    assert (echo.nhs_number, echo.birth_date, echo.gender) == (NUMBER, "1950-01-02", "FEMALE")
    assert echo.name.text == "Ada EXAMPLE"


@pytest.mark.parametrize("field", ["name", "birthDate", "gender"])
def test_an_echo_that_cannot_be_checked_is_a_mistake(field):
    """A test fails where an answer could not be held to the person who is meant."""
    person = {name: value for name, value in PERSON.items() if name != field}
    with pytest.raises(MistakesError, match="missing from the echo"):
        Asking(a_node(person=person))(NUMBER)


@pytest.mark.parametrize("change", [{"nhsNumber": None}, {"birthDate": "1950-13-01"}, {"dob": 1}])
def test_an_echo_that_cannot_be_read_is_a_failure(change):
    """Nothing goes out that cannot show whose it is."""
    told, mistakes = live(a_node(person=PERSON | change))
    assert told.failure is not None
    assert mistakes[0].startswith("DEMOGRAPHICS")


def test_somebody_elses_record_never_leaves_the_node():
    """A store that answers for another number: the echo goes out, and no function was asked."""
    told, mistakes = live(a_node([LATEX], person=PERSON | {"nhsNumber": OTHER}))
    assert told.record.person.nhs_number == OTHER
    part = told.part(Category.ALLERGIES)
    assert (part.state, part.items) == ("UNAVAILABLE", ())
    assert "a number that was not asked for" in mistakes[0]


def test_a_record_that_two_numbers_lead_to_is_given_once():
    """A store that knows an earlier number: the record comes once, under the number it has."""
    node = RegionNode()

    @node.person
    async def person(_number):
        return Held(person=PERSON, key=7)

    @node.category(Category.ALLERGIES)
    async def allergies(_held):
        return [LATEX]

    told = Asking(node)(OTHER, also=[NUMBER])
    assert [record.person.nhs_number for record in told.records] == [NUMBER]


def test_two_records_of_two_numbers_are_both_given():
    """A store that holds one under each gives both, and the gateway compares their echoes."""
    node = RegionNode()

    @node.person
    async def person(number):
        return Held(person=PERSON | {"nhsNumber": number}, key=number)

    told = Asking(node)(NUMBER, also=[OTHER])
    assert [record.person.nhs_number for record in told.records] == [NUMBER, OTHER]


def test_a_person_who_objects_is_refused_by_code():
    """The node gives nothing, and says that it is the person's wish."""
    told = Asking(a_node(held=NodeRefusalError(NodeErrorCode.NO_PATIENT_CONSENT)))(NUMBER)
    assert told.failure is not None
    assert (told.failure.state, told.failure.code) == ("WITHHELD", "OBJECTION")
    assert [look.outcome for look in told.looks] == ["NO_PATIENT_CONSENT"]


# ── the region's own rule ───────────────────────────────────────────────────────────────────────

PHARMACIST = Requester(
    subject="p",
    kind=RequesterKind.PROFESSIONAL,
    name="A pharmacist",
    role="R1290",
    role_name="Pharmacist",
    organisation=Organisation(ods_code="FA001", name="A pharmacy"),
)


def ruled(rule):
    asked = []
    node = a_node()

    @node.category(Category.PROBLEMS)
    async def problems(_held):
        asked.append(True)
        return []

    node.rule(rule)
    return node, asked


def test_a_rule_of_the_regions_own_is_asked_before_its_store():
    """It sees who asks, and what it withholds is not even read."""

    async def rule(_held, category, requester):
        withhold = category is Category.PROBLEMS and requester.role == "R1290"
        return withheld(SourceCode.NOT_PERMITTED) if withhold else None

    node, asked = ruled(rule)
    told = Asking(node)(NUMBER, requester=PHARMACIST)
    assert told.part(Category.PROBLEMS).state == "WITHHELD"
    assert told.part(Category.ALLERGIES).state == "FRESH_EMPTY"
    assert asked == []
    assert Asking(node)(NUMBER).part(Category.PROBLEMS).state == "FRESH_EMPTY"


def test_a_rule_that_breaks_shows_nothing():
    """What cannot be decided is not shown."""

    async def rule(_held, _category, _requester):
        raise KeyError

    node, asked = ruled(rule)
    assert live(node)[0].part(Category.PROBLEMS).state == "UNAVAILABLE"
    assert asked == []


# ── what is late, and what is behind ────────────────────────────────────────────────────────────


def test_a_category_that_is_late_is_late_alone():
    """The others are given, and the late one says so."""
    node = a_node(for_ever, patience_seconds=0.05)

    @node.category(Category.PROBLEMS)
    async def problems(_held):
        return []

    told = Asking(node)(NUMBER)
    late = told.part(Category.ALLERGIES)
    assert (late.state, late.code) == ("UNAVAILABLE", "DEADLINE_EXCEEDED")
    assert told.part(Category.PROBLEMS).state == "FRESH_EMPTY"


def test_a_person_who_is_late_is_a_failure():
    """Whether somebody is held was not found out, which is not "not held"."""
    told = Asking(a_node(held=for_ever, patience_seconds=0.05))(NUMBER)
    assert told.failure is not None
    assert told.failure.state == "TIMED_OUT"


def test_a_feed_says_up_to_when_it_goes():
    """Whole, with the instant."""
    part = Asking(a_node([LATEX], feed=a_feed()))(NUMBER).part(Category.ALLERGIES)
    assert part.state == "FRESH"
    assert part.data_current_to is not None


def test_a_store_without_a_feed_is_current_to_the_moment_it_is_read():
    """It is where things are written, and no copy that lags."""
    part = Asking(a_node([LATEX]))(NUMBER).part(Category.ALLERGIES)
    assert part.data_current_to is not None
    assert utc_now() - part.data_current_to < timedelta(minutes=1)


def test_a_feed_that_is_behind_is_never_whole():
    """What happened since waits to be filed, so an empty list asserts nothing."""
    node = a_node(none_known(), feed=a_feed(timedelta(days=3)))
    part = Asking(node)(NUMBER).part(Category.ALLERGIES)
    assert (part.state, part.code, part.assertion) == ("PARTIAL", "AWAITING_FILING", None)
    assert part.data_current_to is not None


@pytest.mark.parametrize(
    "feed", [a_feed(None), a_feed(timedelta(days=3)), a_feed(-timedelta(days=1))]
)
def test_out_of_a_feed_that_is_behind_nobody_is_said_not_to_be_held(feed):
    """Whoever came since is not there: it is not known, and not "no record held"."""
    told = Asking(a_node(feed=feed))(OTHER)
    assert told.failure is not None
    assert (told.failure.state, told.failure.code) == ("UNAVAILABLE", "NODE_ERROR")


def test_a_feed_that_never_came_holds_nothing_to_show():
    """An empty table is no empty record."""
    node = a_node()

    @node.category(Category.PROBLEMS, feed=a_feed(None))
    async def problems(_held):
        return []

    told = Asking(node)(NUMBER)
    assert told.part(Category.PROBLEMS).state == "UNAVAILABLE"
    assert told.part(Category.ALLERGIES).state == "FRESH_EMPTY"


# ── what is registered ──────────────────────────────────────────────────────────────────────────


def test_what_is_registered_is_what_is_offered():
    """A category without a function is not offered, to the gateway's question as well."""
    told = Asking(a_node())(NUMBER, Category.ALLERGIES, Category.RESULTS)
    assert told.part(Category.RESULTS).code == "NOT_OFFERED"


def test_what_cannot_be_registered_is_refused_at_once():
    """A function that blocks, a second one for a category, demographics."""
    node = a_node()
    with pytest.raises(TypeError, match="to_thread"):
        node.category(Category.PROBLEMS)(lambda _held: [])
    with pytest.raises(ValueError, match="has a function already"):
        node.category(Category.ALLERGIES)(_nothing)
    with pytest.raises(ValueError, match="echoed"):
        node.category(Category.DEMOGRAPHICS)(_nothing)


async def _nothing(_held):
    return []
