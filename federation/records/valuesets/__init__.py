"""Small versioned tables of clinical terms: classes of allergens, medicines of high risk.

Each is a TOML file beside this one with its version and source, so that a pharmacist can read it
and a change is reviewed as text. They hold only what a rule needs; a code that is missing is never
guessed, it links nothing. Read once, when the records are imported.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files

from msgspec import Struct, convert


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """A SNOMED CT concept, and other codes that mean the same in an allergy list."""

    code: str
    name: str
    also: tuple[str, ...] = ()


class AllergenClass(Struct, frozen=True, forbid_unknown_fields=True):
    """A class of substances, and the ingredients that belong to it."""

    allergen: Term
    ingredients: tuple[Term, ...]


class Product(Struct, frozen=True, forbid_unknown_fields=True):
    """A product of several ingredients, each named by its code in the table."""

    product: Term
    ingredients: tuple[str, ...]


class Allergens(Struct, frozen=True, forbid_unknown_fields=True):
    """Classes of allergens. A person allergic to one of a class may react to the others.

    `crossing` are pairs of classes, by their codes, whose members may cross-react; `others` are
    substances of no class in the table.
    """

    version: str
    source: str
    classes: tuple[AllergenClass, ...]
    crossing: tuple[tuple[str, str], ...] = ()
    others: tuple[Term, ...] = ()
    products: tuple[Product, ...] = ()

    def terms(self) -> tuple[Term, ...]:
        """Every substance and product of the table, classes included."""
        in_classes = (term for one in self.classes for term in (one.allergen, *one.ingredients))
        return (*in_classes, *self.others, *(one.product for one in self.products))

    def substances(self) -> dict[str, str]:
        """Every code of the table, and the one substance that it speaks of."""
        return {code: term.code for term in self.terms() for code in (term.code, *term.also)}

    def classes_of(self) -> dict[str, tuple[str, ...]]:
        """Every substance in a class, classes included: its class, and what that crosses with.

        A crossing is named by both classes, `764146007+51779009`.
        """
        return {
            term.code: (one.allergen.code, *self._crossings(one.allergen.code))
            for one in self.classes
            for term in (one.allergen, *one.ingredients)
        }

    def ingredients_of(self) -> dict[str, tuple[str, ...]]:
        """Every product of several ingredients, and those."""
        return {one.product.code: one.ingredients for one in self.products}

    def _crossings(self, allergen: str) -> tuple[str, ...]:
        return tuple("+".join(pair) for pair in self.crossing if allergen in pair)


class HighRiskMedicines(Struct, frozen=True, forbid_unknown_fields=True):
    """Medicines that are one only where their identifiers say so.

    `words` are whole words of a name, a form or a dose, brand names among them; `codes` substances.
    """

    version: str
    source: str
    words: tuple[str, ...]
    codes: tuple[str, ...]


def load_allergens() -> Allergens:
    """The table in `allergens.toml`."""
    return convert(_read("allergens.toml"), Allergens)


def load_high_risk_medicines() -> HighRiskMedicines:
    """The table in `high_risk_medicines.toml`."""
    return convert(_read("high_risk_medicines.toml"), HighRiskMedicines)


def _read(name: str) -> dict[str, object]:
    return tomllib.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))
