"""A node's directory: everybody and everything that its items name."""

from __future__ import annotations

import pytest

from demo.directory import Medicine, directory_of, key_of
from demo.model import LONDON, Holding
from federation.model import Category, Organisation, Practitioner
from federation.records.base import PartialDateTime
from federation.records.care_plans import CprDecision, CprKind
from tests.builders import a_person
from tests.items import a_medication, an_item

SURGERY = Organisation(ods_code="Z99901", name="Exampleton Surgery")
WARD = Organisation(ods_code="Z99902", name="Exampleton Hospital")
DOCTOR = Practitioner(name="Dr Ada Example", role="Consultant", organisation=WARD)


def listed(*items, person=None):
    """What a holding of these items names, by key."""
    by_category: dict[Category, list[object]] = {}
    for category, item in items:
        by_category.setdefault(category, []).append(item)
    held = {category: tuple(some) for category, some in by_category.items()}
    return dict(directory_of(Holding(node=LONDON, person=person or a_person(), items=held)))


def holds(found, *entries):
    return all(found.get(key_of(entry)) == entry for entry in entries)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("custodian", SURGERY, (SURGERY,)),
        ("author", DOCTOR, (DOCTOR, WARD)),
        ("author", Practitioner(name="Sam Example"), (Practitioner(name="Sam Example"),)),
    ],
)
def test_who_an_item_names(field, value, named):
    """Custodian and author are listed, and for whom the author acted."""
    found = listed((Category.ALLERGIES, an_item(Category.ALLERGIES, "a", **{field: value})))
    assert holds(found, *named)


def test_who_a_part_of_an_item_names():
    """Staff named within an item, and for whom they acted, are listed too."""
    decision = CprDecision(
        decision=CprKind.ATTEMPT_CPR, decided_at=PartialDateTime("2026"), clinician=DOCTOR
    )
    plan = an_item(Category.CARE_PLANS, "p", custodian=SURGERY, cpr=decision)
    assert holds(listed((Category.CARE_PLANS, plan)), SURGERY, DOCTOR, WARD)


def test_whom_the_person_names():
    """The practice that somebody is registered with is listed."""
    assert holds(listed(person=a_person(gp_practice=SURGERY)), SURGERY)


def test_what_was_prescribed():
    """A medicine is listed with its form."""
    order = a_medication("m")
    entry = Medicine(concept=order.medicine, form=order.form)
    assert holds(listed((Category.MEDICATIONS, order)), entry)
