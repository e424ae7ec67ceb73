"""The templates of the rule sheet: what a row may say, what it means, and how it reads.

One function a template, and the table at the end is the only registration. A row of the template
`rule` has nearly every column at hand; the others ask for less and say more. `docs/sharing.md` has
a row for each.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from federation.flow import Disclosure
from federation.model import Device, RequesterKind
from federation.sharing.obligations import ObligationCode
from federation.sharing.sheet import words
from federation.sharing.sheet.clauses import Meaning, asks, withholds
from federation.sharing.sheet.conditions import (
    Condition,
    cedar_list,
    nobody,
    of_items,
    purpose,
    subject,
    things,
    what,
    who,
    why,
)
from federation.sharing.sheet.rows import RuleRow
from federation.status import SourceCode

ALWAYS = ("id", "template", "reason", "starts", "until", "liftable")
"""What every template takes."""
WHO = (
    "kinds",
    "roles",
    "except_roles",
    "organisation_kinds",
    "except_organisation_kinds",
    "organisations",
    "except_organisations",
    "regions",
    "devices",
    "purposes",
)
WHAT = (
    "categories",
    "classes",
    "labels",
    "custodians",
    "author_roles",
    "before",
    "older_than_days",
)


class Template(Struct, frozen=True, kw_only=True):
    """One template: which columns it needs and takes beside `ALWAYS`, and what a row of it means.

    `line` says what it is for, in a list of templates.
    """

    line: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    means: Callable[[RuleRow], Meaning]


def _narrowed(row: RuleRow) -> list[Condition]:
    return [*who(row), *why(row), *what(row)]


def _kept_from(row: RuleRow) -> Meaning:
    """The plain row, and every template that only asks for some of its columns."""
    sentence = f"{nobody(row)} {things(row)}{purpose(row)}."
    return withholds(row, _narrowed(row), sentence, of_items=of_items(row))


def _sees_only(row: RuleRow) -> Meaning:
    """These people see the categories named and no other."""
    others = Condition(f"!{cedar_list(row.categories)}.contains(resource.category)", "")
    sentence = f"{subject(row)} {words.categories(row.categories)} only{purpose(row)}."
    return withholds(row, [*who(row), *why(row), others], sentence, of_items=False)


def _stays_with_its_authors(row: RuleRow) -> Meaning:
    """Things of a class are for the organisation that keeps them or wrote them."""
    others = Condition("!resource.ownOrganisation", "")
    sentence = (
        f"{_cap(things(row))} is shown only to the organisation that keeps it or wrote it"
        f"{_if_narrowed(row)}."
    )
    return withholds(row, [*_narrowed(row), others], sentence, of_items=True)


def _hidden_from_those_who_act(row: RuleRow) -> Meaning:
    """Hidden from those who act for the person, and where it says so from the person."""
    row = replace(
        row,
        kinds=row.kinds or (RequesterKind.PROXY,),
        disclosure=row.disclosure or Disclosure.HIDE,
    )
    return _kept_from(row)


def _unit_is_confidential(row: RuleRow) -> Meaning:
    """Everything that these custodians keep is hidden from everybody else."""
    row = replace(row, disclosure=row.disclosure or Disclosure.HIDE)
    others = Condition("!resource.ownOrganisation", "")
    sentence = f"What {words.listed(row.custodians, 'or')} keeps is confidential to itself."
    return withholds(row, [*_narrowed(row), others], sentence, of_items=True)


def _only_with_relationship(row: RuleRow) -> Meaning:
    """Only those who have one of these ties with the person."""
    untied = Condition(
        f"!context.authority.relationships.containsAny({cedar_list(row.relationships)})", ""
    )
    row = replace(
        row,
        disclosure=row.disclosure or Disclosure.WITHHOLD_SOURCE,
        liftable=True if row.liftable is None else row.liftable,
    )
    sentence = (
        f"{subject(row)} {things(row)}{purpose(row)} only with a relationship in force"
        f" ({words.relationships(row.relationships)})."
    )
    return withholds(
        row,
        [*_narrowed(row), untied],
        sentence,
        of_items=of_items(row),
        code=SourceCode.RELATIONSHIP_NEEDED,
    )


def _assurance_needed(row: RuleRow) -> Meaning:
    """Only those of whom it is known surely enough who they are."""
    unsure = Condition(f"principal.assurance < {row.assurance}", "")
    level = words.ASSURANCE[row.assurance or 1]
    sentence = (
        f"{subject(row)} {things(row)}{purpose(row)} only if it is known with at least"
        f" {level} assurance who they are."
    )
    return withholds(row, [*_narrowed(row), unsure], sentence, of_items=of_items(row))


def _redacts(row: RuleRow) -> Meaning:
    """Shown without some fields."""
    sentence = (
        f"{subject(row)} {things(row)}{purpose(row)} only without: {words.listed(row.redact)}."
    )
    return asks(row, _narrowed(row), sentence, redact=row.redact)


def _redacts_author(row: RuleRow) -> Meaning:
    """Shown without who wrote it."""
    return _redacts(replace(row, redact=("author",)))


def _obliges(row: RuleRow) -> Meaning:
    """Shown, with something asked in return."""
    sentence = (
        f"{subject(row)} {things(row)}{purpose(row)}, and is told:"
        f" {words.obligations(row.obligations)}."
    )
    return asks(row, _narrowed(row), sentence, obligations=row.obligations)


def _mobile_no_download(row: RuleRow) -> Meaning:
    """Nothing is kept on a device that can be lost."""
    return _obliges(
        replace(
            row,
            devices=row.devices or (Device.MOBILE,),
            obligations=(ObligationCode.NO_DOWNLOAD,),
        )
    )


def _require_reason(row: RuleRow) -> Meaning:
    """A reason has to be given."""
    return _obliges(replace(row, obligations=(ObligationCode.REQUIRE_REASON,)))


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _if_narrowed(row: RuleRow) -> str:
    people = [one.english for one in who(row)]
    return f", as far as it is asked for by anybody {' '.join(people)}" if people else ""


TEMPLATES: dict[str, Template] = {
    "rule": Template(
        line="keep things from people, each column narrowing it",
        needs=(),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_kept_from,
    ),
    "role-may-not-see": Template(
        line="keep things from a role",
        needs=("roles",),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_kept_from,
    ),
    "role-sees-only": Template(
        line="a role sees some categories and no other",
        needs=("roles", "categories"),
        takes=(*WHO, "disclosure"),
        means=_sees_only,
    ),
    "organisation-kind-may-not-see": Template(
        line="keep things from a kind of organisation",
        needs=("organisation_kinds",),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_kept_from,
    ),
    "organisation-kind-sees-only": Template(
        line="a kind of organisation sees some categories and no other",
        needs=("organisation_kinds", "categories"),
        takes=(*WHO, "disclosure"),
        means=_sees_only,
    ),
    "not-to-organisation": Template(
        line="keep things from organisations by name",
        needs=("organisations",),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_kept_from,
    ),
    "class-stays-with-its-authors": Template(
        line="a class of sensitive things is for whoever keeps or wrote them",
        needs=("classes",),
        takes=(*WHO, "categories", "disclosure"),
        means=_stays_with_its_authors,
    ),
    "hide-from-proxy": Template(
        line="hide things from those who act for the person",
        needs=(),
        takes=("kinds", *WHAT, "disclosure"),
        means=_hidden_from_those_who_act,
    ),
    "unit-confidential": Template(
        line="what a unit or practice keeps is hidden from everybody else",
        needs=("custodians",),
        takes=("categories", "disclosure"),
        means=_unit_is_confidential,
    ),
    "custodian-keeps-back": Template(
        line="keep back what one custodian of the node keeps",
        needs=("custodians",),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_kept_from,
    ),
    "older-than": Template(
        line="keep back what is older than a day or an age",
        needs=(),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_kept_from,
    ),
    "only-with-relationship": Template(
        line="only for those with such a relationship with the person",
        needs=("relationships",),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_only_with_relationship,
    ),
    "assurance-needed": Template(
        line="only for those of whom it is known surely who they are",
        needs=("assurance",),
        takes=(*WHO, *WHAT, "disclosure"),
        means=_assurance_needed,
    ),
    "redact": Template(
        line="show things without some of their fields",
        needs=("redact",),
        takes=(*WHO, *WHAT),
        means=_redacts,
    ),
    "redact-author": Template(
        line="show things without who wrote them",
        needs=(),
        takes=(*WHO, *WHAT),
        means=_redacts_author,
    ),
    "oblige": Template(
        line="show things and ask something in return",
        needs=("obligations",),
        takes=(*WHO, *WHAT),
        means=_obliges,
    ),
    "mobile-no-download": Template(
        line="nothing is downloaded to a mobile device",
        needs=(),
        takes=(*WHO, *WHAT),
        means=_mobile_no_download,
    ),
    "require-reason": Template(
        line="a reason has to be given",
        needs=(),
        takes=(*WHO, *WHAT),
        means=_require_reason,
    ),
}
"""Every template by name, in the order in which they are listed to people."""
