"""What tells that a thing is sensitive is found, wherever in an item it stands; nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from federation.case import PLAIN
from federation.model import Category, Organisation, Practitioner
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import STAMPED_FIELDS, Coding, Concept, Item, SecurityLabel
from federation.records.results import ResultStatus
from federation.records.systems import ORDINARY_LABELS
from federation.sharing.item_class import class_of
from federation.sharing.sensitivity import Sensitivity
from federation.sharing.signs import LABELS_TABLE, MARKS, VALUE_SETS, signs_of
from federation.sharing.valuesets import systems_of
from tests.builders import SNOMED, an_organisation
from tests.federation.sharing.given import ACT, V3
from tests.filled import Filling, Path, the_way
from tests.items import a_care_plan, a_concept, a_medication, an_item

LOCAL = "urn:watling:sensitivity"
CLINIC = Organisation(name="Riverside Sexual Health Clinic")
ITEMS = [definition.category for definition in CATEGORIES]


def a_document(**given: Any) -> Any:
    return an_item(Category.DOCUMENTS, **given)


def a_problem(name: str, **given: Any) -> Any:
    return an_item(Category.PROBLEMS, condition=a_concept(display=name), **given)


def a_result() -> Any:
    return an_item(Category.RESULTS)


def a_medicine(name: str, **given: Any) -> Any:
    return a_medication(medicine=a_concept(display=name), **given)


def _classes(item: Item) -> frozenset[str]:
    return class_of(item, "", frozenset()).classes


def _labelled(*codes: tuple[str, str]) -> Item:
    labels = tuple(SecurityLabel(system=system, code=code) for system, code in codes)
    return replace(a_problem("Asthma"), security_labels=labels)


@pytest.mark.parametrize("label", LABELS_TABLE.labels, ids=lambda one: one.code)
def test_every_label_of_the_table_says_its_class(label) -> None:
    """A label makes a thing of its class, or marks it, and of no other."""
    found = class_of(_labelled((label.system, label.code)), "", frozenset())
    told = found.classes or {
        name
        for name, marked in (
            ("EMERGENCY_PATH", found.emergency_path),
            ("UNRELEASED", found.unreleased),
        )
        if marked
    }
    assert told == ({label.says} - {"CLINICALLY_NEEDED"})


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_label_that_is_not_known_is_a_class_of_its_own(system: str, code: str) -> None:
    """Whatever a source writes: it is ordinary, in the table, or unknown."""
    known = {f"{one.system}|{one.code}" for one in LABELS_TABLE.labels} | ORDINARY_LABELS
    expected = frozenset() if f"{system}|{code}" in known else {Sensitivity.UNKNOWN_LABEL}
    assert _classes(_labelled((system, code))) == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([(V3, "R")], {"RESTRICTED"}),
        ([(V3, "R"), (ACT, "STD")], {"SEXUAL_HEALTH"}),  # the other label says why
        ([(V3, "V"), (ACT, "STD")], {"SEXUAL_HEALTH", "RESTRICTED"}),
        ([(V3, "R"), (LOCAL, "EMERGENCY_PATH")], {"RESTRICTED"}),  # a mark says no why
        ([(V3, "R"), (ACT, "XX")], {"UNKNOWN_LABEL"}),
        ([(V3, "N"), (ACT, "HIV")], {"HIV"}),
        ([(LOCAL, "THIRD_PARTY")], {"THIRD_PARTY"}),
        ([(LOCAL, "THIRD_PARTY"), (LOCAL, "CLINICALLY_NEEDED")], set()),
        ([(LOCAL, "HIV"), (LOCAL, "CLINICALLY_NEEDED")], {"HIV"}),
        ([(V3, str(number)) for number in range(13)], {"UNKNOWN_LABEL"}),
    ],
)
def test_labels_together(codes, expected) -> None:
    """What several labels come to."""
    assert _classes(_labelled(*codes)) == expected


def _codes() -> Iterable[Any]:
    for name, table in VALUE_SETS.items():
        for column in ("codes", "services", "functions", "icd10"):
            for one in getattr(table, column)[:4]:
                yield pytest.param(table, column, one, id=f"{name}-{one.code}")


@pytest.mark.parametrize(("table", "column", "one"), [*_codes()])
def test_a_code_of_a_table_is_found(table, column, one) -> None:
    """Under each of its systems, in any concept of an item; as a stem where it is one."""
    code = f"{one.code}{'' if '.' in one.code else '.'}9" if column == "icd10" else one.code
    for system in systems_of(column):
        kind = Concept(display="-", codings=(Coding(system=system, code=code),))
        assert table.sensitivity in _classes(replace(a_document(), type=kind))


def test_a_code_of_another_system_tells_nothing() -> None:
    """The same digits of a system that is not the table's are another thing."""
    kind = Concept(display="-", codings=(Coding(system="urn:local", code="86406008"),))
    assert _classes(replace(a_problem("-"), condition=kind)) == frozenset()


def test_the_words_of_every_table_are_found() -> None:
    """Each term, in any case, in a plural, and across a line or a hyphen, at a word's bounds."""
    for table in VALUE_SETS.values():
        for term in table.terms:
            spread = term.replace(" ", "-\n").upper()
            for said in (term, f"Seen ({spread}) today.", f"{term}s."):
                letter = a_document(summary=said)
                assert table.sensitivity in _classes(letter), said
            assert table.sensitivity not in {
                sign.says
                for sign in signs_of(a_document(summary=f"x{term}x"))
                if sign.entry == term
            }


@pytest.mark.parametrize(
    "text",
    [
        "Shiva attended with his mother.",
        "Gum disease; dental review.",
        "Alcohol: 6 units a week. Ex-smoker.",
        "Chlorpromazine stopped by the ward.",
        "Lives alone; family history of diabetes.",
        "Oilseed rape allergy suspected.",
        "Cultivated garden; stiff knee.",
    ],
)
def test_ordinary_words_tell_nothing(text: str) -> None:
    """Words that only look alike make nothing sensitive."""
    assert class_of(a_document(summary=text), "", frozenset()) == PLAIN


@pytest.mark.parametrize("category", ITEMS)
def test_a_word_is_found_in_every_text_of_every_category(category: Category) -> None:
    """Wherever a text stands in an item, at any depth, a term in it is found."""
    marked: list[Path] = []

    def say(path: Path) -> str:
        marked.append(path)
        return the_way(path)

    kind = DEFINITIONS[category].item
    Filling(say=say).struct(kind, skip=STAMPED_FIELDS)
    silent = set()
    for target in dict.fromkeys(marked):
        one = Filling(say=lambda path, target=target: "HIV" if path == target else "-")
        item = replace(one.struct(kind, skip=STAMPED_FIELDS), security_labels=())
        if "HIV" not in _classes(item):
            silent.add(target[-1])
    assert {(kind.__name__, field) for kind, field in silent} <= TELL_NOTHING


TELL_NOTHING = {
    # Ids, codes (which are looked up and not read), people's names, and amounts.
    (None, ""),
    *((kind.__name__, name) for kind in {Item, *(d.item for d in CATEGORIES)} for name in (
        "source_id", "version", "phones", "superseded_by", "report_id", "content_type")),
    ("Identifier", "system"),
    ("Identifier", "value"),
    ("SecurityLabel", "system"),
    ("SecurityLabel", "code"),
    ("SecurityLabel", "display"),
    ("Organisation", "ods_code"),
    ("Organisation", "region"),
    ("Organisation", "phone"),
    ("Practitioner", "name"),
    ("Coding", "system"),
    ("Coding", "code"),
    ("PlanContact", "phones"),
    ("Attachment", "content_type"),
    ("Quantity", "comparator"),
    ("Quantity", "unit"),
    ("Quantity", "ucum"),
    ("ReferenceRange", "text"),
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["Biktarvy tablets", "Darunavir 800mg tablets", "Truvada", "Emtricitabine with tenofovir"],
)
def test_a_medicine_that_tells_is_of_its_class(name: str) -> None:
    """An antiretroviral says HIV by its name alone, or by its substance."""
    assert _classes(a_medicine(name)) == {"HIV"}


def test_a_medicine_is_known_by_its_substance() -> None:
    """A code of the substance is enough, whatever it is called."""
    kind = Concept(display="-", codings=(Coding(system=SNOMED, code="387005008"),))
    assert _classes(replace(a_medicine("-"), medicine=kind)) == {"HIV"}


def test_a_service_s_name_and_a_surname() -> None:
    """Where somebody works tells; that somebody is called so does not."""
    author = Practitioner(name="Nurse Hope Prison", organisation=an_organisation("RWG"))
    assert _classes(a_problem("-", author=replace(author, organisation=CLINIC))) == {
        "SEXUAL_HEALTH"
    }
    assert _classes(a_problem("-", author=author)) == frozenset()


@pytest.mark.parametrize(
    ("given", "opens", "why"),
    [
        ({}, True, "nothing of sexual health"),
        ({"custodian": CLINIC}, True, "its clinic's name"),
        ({"author": Practitioner(name="A", organisation=CLINIC)}, True, "its author's clinic"),
        ({"prescribed_by": CLINIC}, True, "who prescribed it"),
        ({"source_system": "GUM clinic system"}, True, "the system that it is from"),
        ({"custodian": CLINIC, "indication": "After syphilis"}, False, "its reason"),
        ({"note": "Chlamydia screen due"}, False, "its note"),
        ({"security_labels": (SecurityLabel(system=ACT, code="STD"),)}, False, "its label"),
    ],
)
def test_a_mark_that_is_meant_for_hiv_opens_no_more_of_sexual_health(given, opens, why) -> None:
    """An emergency may know the clinic's name, and nothing else that the clinic treats."""
    marked = SecurityLabel(system=LOCAL, code="EMERGENCY_PATH")
    labels = (marked, *given.pop("security_labels", ()))
    item = replace(a_medicine("Biktarvy"), security_labels=labels, **given)
    assert class_of(item, "", frozenset()).emergency_path is opens, why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HIV test: negative", "HIV"),
        ("No sign of HIV", "HIV"),
        ("Denies any illicit drug use", "SUBSTANCE"),
        ("No history of termination of pregnancy", "TERMINATION"),
        ("Domestic abuse not disclosed with partner present", "DOMESTIC_ABUSE"),
        ("No safeguarding concerns", "SAFEGUARDING"),
        ("Chlamydia not detected", "SEXUAL_HEALTH"),
    ],
)
def test_what_is_denied_is_found_as_well(text: str, expected: str) -> None:
    """That it was asked about, tested for or suspected tells something by itself."""
    assert _classes(a_problem(text)) == {expected}


def test_narrative_alone_is_narrative() -> None:
    """What a mental-health service wrote is narrative in a letter, not as a medicine."""
    trust = Organisation(name="Northern Mental Health Trust")
    assert _classes(a_document(custodian=trust)) == {"MENTAL_HEALTH"}
    assert _classes(a_medicine("Lithium", custodian=trust)) == frozenset()
    assert _classes(replace(_labelled((ACT, "PSY")))) == {"MENTAL_HEALTH"}


def test_a_crisis_plan_is_shared_like_any_other() -> None:
    """A mental-health crisis plan is no narrative, whoever keeps it and however it is labelled."""
    crisis = Concept(display="Crisis", codings=(Coding(system=SNOMED, code="736253002"),))
    plan = replace(
        a_care_plan(),
        plan_type=crisis,
        custodian=Organisation(name="Northern Mental Health Trust"),
        security_labels=(SecurityLabel(system=ACT, code="PSY"),),
    )
    assert _classes(plan) == frozenset()
    assert _classes(replace(plan, narrative="HIV")) == {"HIV"}
    assert "MENTAL_HEALTH" in _classes(replace(plan, plan_type=a_care_plan().plan_type))


@pytest.mark.parametrize(
    ("status", "unreleased"),
    [
        (ResultStatus.REGISTERED, True),
        (ResultStatus.PRELIMINARY, True),
        (ResultStatus.FINAL, False),
        (ResultStatus.AMENDED, False),
    ],
)
def test_a_result_that_is_not_final_is_not_released(status, unreleased) -> None:
    """Until its source has signed it off, or where a label says so, it is not for the person."""
    assert class_of(replace(a_result(), status=status), "", frozenset()).unreleased is unreleased


def test_what_is_one_s_own() -> None:
    """Kept or written by the requester's organisation; nobody's own where there is no code."""
    kept = a_problem("-", custodian=an_organisation("RWG"))
    author = Practitioner(name="A", organisation=an_organisation("RWG"))
    for item in (kept, a_problem("-", author=author, custodian=an_organisation("RRV"))):
        assert class_of(item, "RWG", frozenset()).own_organisation
        assert not class_of(item, "R1K", frozenset()).own_organisation
    for code in (None, ""):
        nameless = a_problem("-", custodian=Organisation(name="Somewhere", ods_code=code))
        assert class_of(nameless, "", frozenset()) == PLAIN


def test_details_are_told_only_where_a_rule_asks() -> None:
    """Custodian, author's role, day and the source's kind are left out unless they decide."""
    item = a_problem(
        "-",
        custodian=an_organisation("RWG", kind="acute"),
        author=Practitioner(name="A", role="R0050"),
        onset="2026-04-02",
    )
    assert class_of(item, "", frozenset()) == PLAIN
    found = class_of(item, "", frozenset(("custodian", "author_role", "day")))
    assert (found.custodian, found.author_role, str(found.day)) == ("RWG", "R0050", "2026-04-02")
    assert found.source_kind is None
    vague = class_of(replace(item, onset="2026-04"), "", frozenset(("day",)))
    assert vague.day is None
    asked = class_of(replace(item, note="heroin"), "", frozenset())
    assert (asked.classes, asked.source_kind) == ({"SUBSTANCE"}, "acute")


def test_marks_are_no_classes() -> None:
    """No class has the name of a mark."""
    assert not MARKS & set(Sensitivity)
