"""What is wrong with a row beyond its types: said with the row, in one sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from federation.authority import RelationshipKind
from federation.flow import Disclosure
from federation.model import RequesterKind
from federation.sharing.never_hidden import CORE
from federation.sharing.redactable import field_exists
from federation.sharing.sensitivity import Sensitivity
from federation.sharing.sheet.rows import AgreementRow, RuleRow
from federation.sharing.sheet.templates import ALWAYS, TEMPLATES

_OTHERS = frozenset((RequesterKind.CITIZEN, RequesterKind.PROXY))
_WITHHELD = (Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE, Disclosure.HIDE)


def rule_faults(row: RuleRow) -> Iterator[str]:
    """What is wrong with a rule's row."""
    template = TEMPLATES.get(row.template)
    if template is None:
        yield f"there is no template `{row.template}`{_near(row.template, TEMPLATES)}"
        return
    yield from _columns(row, {*template.needs, *template.takes}, template.needs)
    yield from _dates_reversed("from", row.starts, "until", row.until)
    yield from _repeated(row)
    yield from _unknown(row)
    yield from _core_hidden(row)


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _columns(row: RuleRow, takes: set[str], needs: Iterable[str]) -> Iterator[str]:
    given = [name for name in RuleRow.__struct_fields__ if getattr(row, name) not in (None, ())]
    for name in given:
        if name not in takes and name not in ALWAYS:
            yield f"the template `{row.template}` has no column `{column(name)}`"
    for name in needs:
        if name not in given:
            yield f"the template `{row.template}` needs `{column(name)}`"
    if row.template == "older-than" and not (row.before or row.older_than_days):
        yield "the template `older-than` needs `before` or `older_than_days`"


def _unknown(row: RuleRow) -> Iterator[str]:
    if row.disclosure is not None and row.disclosure not in _WITHHELD:
        yield f"`disclosure` is {' or '.join(_WITHHELD)}; to show less of a thing, use `redact`"
    for tie in row.relationships:
        if tie not in RelationshipKind.__members__:
            yield f"`{tie}` is no kind of relationship"
    for name in row.classes:
        if name not in Sensitivity.__members__:
            yield f"`{name}` is no class of sensitive things{_near(name, Sensitivity)}"
    for field in row.redact:
        if not field_exists(field):
            yield f"no record has a field `{field}` that could be redacted"


def _core_hidden(row: RuleRow) -> Iterator[str]:
    """The same is looked for in the Cedar; here it is said in the sheet's own words."""
    others = row.kinds and _OTHERS.issuperset(row.kinds)
    named = [one for one in row.categories if one in CORE]
    if row.disclosure is Disclosure.HIDE and named and not others:
        yield (
            f"it would hide {', '.join(named)} from clinicians who treat the person; redact"
            " `origin` instead (who recorded it, where and why)"
        )


def agreement_faults(row: AgreementRow) -> Iterator[str]:
    """What is wrong with an agreement's row."""
    yield from _dates_reversed("valid_from", row.valid_from, "valid_until", row.valid_until)
    yield from _repeated(row)
    if not row.requester_kinds:
        yield "`requester_kinds` names nobody"
    if RequesterKind.OPERATOR in row.requester_kinds:
        yield "operators of the gateway are no party to an agreement"
    professional = RequesterKind.PROFESSIONAL in row.requester_kinds
    for name in ("organisation_kinds", "roles"):
        if professional and not getattr(row, name):
            yield f"an agreement for professionals needs `{name}`"
        if not professional and getattr(row, name):
            yield f"an agreement for citizens has no `{name}`"


def column(name: str) -> str:
    """What a field is called in the sheet."""
    return "from" if name == "starts" else name


def _dates_reversed(first: str, start: object, second: str, end: object) -> Iterator[str]:
    if start is not None and end is not None and end <= start:  # type: ignore[operator]  # both dates
        yield f"`{second}` is not after `{first}`"


def _repeated(row: RuleRow | AgreementRow) -> Iterator[str]:
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if isinstance(value, tuple) and len(set(value)) != len(value):
            yield f"`{column(name)}` names one twice"


def duplicates(ids: Iterable[str]) -> frozenset[str]:
    """Ids that more than one row has."""
    seen: set[str] = set()
    return frozenset(one for one in ids if one in seen or seen.add(one))  # type: ignore[func-returns-value]  # remembers it on the way
