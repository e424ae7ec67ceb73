"""Names of medicines: strength, stem, high risk; and the tables behind them."""

from __future__ import annotations

import pytest

from federation.records.medicine_names import high_risk, medicine_stem, strength
from federation.records.valuesets import load_allergens, load_high_risk_medicines
from tests.items import a_concept


@pytest.mark.parametrize(
    ("name", "stem", "amount"),
    [
        ("Bisoprolol 2.5mg tablets", "bisoprolol", "2.5mg"),
        ("Bisoprolol tablets 2.5 mg", "bisoprolol", "2.5mg"),
        ("Co-codamol 30mg/500mg tablets", "co-codamol", "30mg 500mg"),
        ("Timolol 0.25% eye drops", "timolol", "0.25%"),
        ("Digoxin .5mg tablets", "digoxin", ".5mg"),
        ("Vitamin B12 1mg/ml solution", "vitamin b12", "1mg"),
        ("Levothyroxine sodium 25microgram tablets", "levothyroxine sodium", "25microgram"),
        ("Emollient cream", "emollient cream", ""),
        ("", "", ""),
    ],
)
def test_a_products_name_tells_medicine_and_strength(name, stem, amount):
    """The words before the first number, and every amount."""
    assert (medicine_stem(name), strength(name)) == (stem, amount)


@pytest.mark.parametrize(
    ("name", "form", "risky"),
    [
        ("Insulin glargine 100units/ml", None, True),
        ("Lantus 100units/ml", None, True),
        ("Priadel 400mg tablets", None, True),
        ("Lithium carbonate 250mg tablets", None, True),
        ("Ciclosporin 50mg capsules", None, True),
        ("Adoport 1mg capsules", None, True),
        ("Sodium valproate 200mg tablets", None, True),
        ("Methotrexate 2.5mg tablets", None, True),
        ("Nifedipine 30mg tablets", "modified-release tablet", True),
        ("Diltiazem XL 120mg capsules", None, True),
        ("Morphine 10mg m/r capsules", None, True),
        ("Amoxicillin 250mg capsules", "capsule", False),
        ("Clarithromycin 250mg tablets", "tablet", False),
        ("Lactulose 3.1g/5ml solution", None, False),
    ],
)
def test_high_risk_is_told_by_whole_words(name, form, risky):
    """Names, brands and forms of the table, and no word that only begins like one."""
    assert high_risk(a_concept("1", name), form) is risky


def test_high_risk_is_told_by_code_and_by_what_was_first_written():
    """A code of the table, or the original text, is enough."""
    assert high_risk(a_concept("387381009", "MTX"))
    assert high_risk(a_concept("1", "see note", original_text="insulin as per chart"))


def test_the_tables_say_their_version_and_source():
    """A value set without a version could not be reviewed."""
    for table in (load_allergens(), load_high_risk_medicines()):
        assert table.version
        assert table.source


def test_no_code_of_the_allergen_table_speaks_of_two_substances():
    """Each code stands once, each substance in one class, and each looks like a SNOMED CT code."""
    table = load_allergens()
    codes = [code for term in table.terms() for code in (term.code, *term.also)]
    assert len(codes) == len(set(codes)) == len(table.substances())
    own = {term.code for term in table.terms()}
    assert own.issuperset(code for one in table.products for code in one.ingredients)
    assert {one.allergen.code for one in table.classes}.issuperset(sum(table.crossing, ()))
    assert all(_is_snomed(code) for code in (*codes, *load_high_risk_medicines().codes))


def _is_snomed(code):
    """Verhoeff's check digit, as SNOMED CT identifiers carry it."""
    multiply = [[(i + j) % 5 if i < 5 and j < 5 else 0 for j in range(10)] for i in range(10)]
    for i in range(10):
        for j in range(10):
            turn = (i % 5 + (j if i < 5 else -j)) % 5
            multiply[i][j] = turn + 5 * ((i >= 5) != (j >= 5))
    rotate = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for _ in range(6):
        rotate.append([rotate[-1][rotate[1][i]] for i in range(10)])
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = multiply[check][rotate[place % 8][int(digit)]]
    return check == 0
