"""What a replay found, in tables for people and as JSON for machines.

A look is named by its id, its time, and the role and kind of organisation of whoever looked; to
find out who that was, and at whom, is `watling audit view`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import click
import msgspec
from rich.text import Text

from federation.case import Asking, ItemClass
from federation.flow import Decision, Outcome
from federation.records.partial_date import LOCAL
from federation.sharing.replay import Change, Look, Replayed, Turned
from federation.sharing.sheet import Sheet
from federation.sharing.trial import in_words
from gateway.cli.sharing.terminal import show, table
from gateway.sharing.looks import Looks

EVERYTHING = "(the whole look)"
_Group = tuple[str, ...]


class Found:
    """Everything that a replay found, look by look. `now` names the rules that decide today."""

    def __init__(self, now: str, looks: Looks, on: date | None) -> None:
        self.now = now
        self.looks = looks
        self.on = on
        self.replayed = 0
        self.decisions = 0
        self.changes: list[Change] = []
        self.turned: list[Turned] = []
        self.moved: Counter[_Group] = Counter()
        self.unsettled: Counter[_Group] = Counter()

    def add(self, look: Look, came: Replayed) -> None:
        """Take in what came of one look."""
        self.replayed += 1
        self.decisions += came.decisions
        self.changes += came.changes
        if came.turned:
            self.turned.append(came.turned)
        who = _role(look.footing.asking)
        if came.turned_since:
            self.moved[EVERYTHING, "", who, "answered", str(came.turned_since)] += 1
        for one in came.moved:
            recorded = one.recorded
            place = (recorded.node, recorded.category, who)
            self.moved[(*place, said(recorded), said(one.now))] += 1
        for one_ in came.unsettled:
            self.unsettled[one_.node, one_.category, who] += 1

    def summary(self) -> Counter[_Group]:
        """How many changes by direction, node, category and role."""
        return Counter(
            (
                *(
                    (one.direction.value, one.node, one.category, _role(one.look.footing.asking))
                    for one in self.changes
                ),
                *(
                    (one.direction.value, EVERYTHING, "", _role(one.look.footing.asking))
                    for one in self.turned
                ),
            )
        )

    def totals(self) -> Counter[str]:
        """How many changes by direction."""
        every: tuple[Change | Turned, ...] = (*self.changes, *self.turned)
        return Counter(one.direction.value for one in every)


# ── for people ────────────────────────────────────────────────────────────────────────────────────


def print_text(found: Found, sheet: Sheet) -> None:
    """Each change a line; then how many, what changed by itself, and what could not be told."""
    for line in (*map(_turned_line, found.turned), *map(_line, found.changes)):
        click.echo(line)
    summary = found.summary()
    _print_table(summary, "direction", "node", "category", "role", "decisions")
    if found.moved:
        click.echo("Not the candidate's doing: what today's published rules say otherwise already")
        _print_table(found.moved, "node", "category", "role", "recorded", "now", "decisions")
    for note in (*_not_replayed(found), *_not_yet(found, sheet)):
        click.echo(note)
    head = sheet.head
    totals = ", ".join(f"{way} {count}" for way, count in sorted(found.totals().items()))
    click.echo(
        f"{head.owner} version {head.version} against rules {found.now}: {found.replayed} looks"
        f"{_period(found.looks)}, {found.decisions} decisions; {totals or 'nothing'} would change"
    )


def _print_table(counts: Counter[_Group], *columns: str) -> None:
    if not counts:
        return
    made = table(*columns)
    for group, count in sorted(counts.items()):
        made.add_row(*map(Text, group), str(count))
    show(made)


def _line(change: Change) -> str:
    kinds = "; ".join(map(in_few_words, change.kinds))
    was = said(change.recorded)
    if change.moved_already:
        was += f", by now {said(change.now)}"
    return (
        f"{_look(change.look)}  {change.direction} {change.node} {change.category} of {kinds}:"
        f" {was} -> {said(change.candidate)}, by {', '.join(change.because) or 'no rule'}"
    )


def _turned_line(turned: Turned) -> str:
    return (
        f"{_look(turned.look)}  {turned.direction} {EVERYTHING}:"
        f" {turned.now or 'answered'} -> {turned.candidate or 'answered'}"
    )


def _look(look: Look) -> str:
    return f"{look.at.astimezone(LOCAL):%Y-%m-%d %H:%M}  {look.view}  {_role(look.footing.asking)}"


def _role(asking: Asking) -> str:
    role = asking.role or asking.kind.value
    return f"{role} at {asking.organisation_kind}" if asking.organisation_kind else role


def _period(looks: Looks) -> str:
    if not (looks.first and looks.last):
        return ""
    first, last = (f"{at.astimezone(LOCAL):%Y-%m-%d}" for at in (looks.first, looks.last))
    return f" of {first}" if first == last else f" from {first} to {last}"


def _not_replayed(found: Found) -> Iterator[str]:
    looks = found.looks
    if looks.before_footings:
        yield (
            f"not replayed: {looks.before_footings} looks of an earlier release, which did not keep"
            " what its decisions were made on"
        )
    if looks.without_decisions:
        yield f"not replayed: {looks.without_decisions} looks in which nothing was decided"
    for code, count in sorted(looks.refused.items()):
        yield (
            f"not replayed: {count} requests that were refused whole ({code}); what that was"
            " decided on is not kept"
        )
    for (node, category, who), count in sorted(found.unsettled.items()):
        yield (
            f"not told: {count} decisions of {node} {category} for {who} hang on details of things"
            " that were not looked at then"
        )


def _not_yet(found: Found, sheet: Sheet) -> Iterator[str]:
    """What of the sheet begins only after every look, and so did nothing."""
    day = found.on or (found.looks.last and found.looks.last.astimezone(LOCAL).date())
    if day is None:
        return
    begins = [(one.id, one.valid_from) for one in sheet.agreements]
    begins += [(one.id, one.starts) for one in sheet.rules if one.starts]
    for name, begin in begins:
        if begin > day:
            yield f"not in force on any of these days: `{name}` begins on {begin}; try --on {begin}"


def said(decision: Decision) -> str:
    """A decision in a few words: what comes out, why, and what is asked in return."""
    words = [in_words(decision).value]
    if decision.redact:
        words.append(f"without {' '.join(decision.redact)}")
    if decision.code:
        words.append(decision.code)
    if decision.outcome is Outcome.WITHHOLD and not decision.hides:
        words.append(decision.disclosure)
    if decision.liftable:
        words.append("liftable")
    if decision.obligations:
        words.append(f"asks {' '.join(decision.obligations)}")
    return " ".join(words)


def in_few_words(kind: ItemClass) -> str:
    """A class of things in words; of whom they are, no class can tell."""
    return ", ".join(_words(kind)) or "ordinary things"


def _words(kind: ItemClass) -> Iterator[str]:
    yield from sorted(kind.classes or kind.labels)
    if kind.carries_cpr:
        yield "a decision on resuscitation"
    if kind.own_organisation:
        yield "their own organisation's"
    if kind.emergency_path:
        yield "of the emergency path"
    if kind.unreleased:
        yield "not released"
    if kind.source_kind:
        yield f"kept at {kind.source_kind}"
    if kind.custodian:
        yield f"kept by {kind.custodian}"
    if kind.author_role:
        yield f"written as {kind.author_role}"
    if kind.day:
        yield f"of {kind.day}"


# ── for machines ──────────────────────────────────────────────────────────────────────────────────


def print_json(found: Found, sheet: Sheet) -> None:
    """The same, with a name for everything."""
    looks, head = found.looks, sheet.head
    whole = {
        "candidate": {"owner": head.owner, "version": head.version, "digest": sheet.digest},
        "rulesVersion": found.now,
        "looks": found.replayed,
        "first": looks.first,
        "last": looks.last,
        "decisions": found.decisions,
        "changes": [
            *({**_look_named(one.look), **_turned_named(one)} for one in found.turned),
            *({**_look_named(one.look), **_change_named(one)} for one in found.changes),
        ],
        "totals": found.totals(),
        "summary": _counted(found.summary(), "direction", "node", "category", "role"),
        "movedAlready": _counted(found.moved, "node", "category", "role", "recorded", "now"),
        "notReplayed": {
            "beforeFootings": looks.before_footings,
            "withoutDecisions": looks.without_decisions,
            "refused": {str(code): count for code, count in looks.refused.items()},
        },
        "unsettled": _counted(found.unsettled, "node", "category", "role"),
        "notes": list(_not_yet(found, sheet)),
    }
    click.echo(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode())


def _counted(counts: Counter[_Group], *names: str) -> list[dict[str, Any]]:
    return [
        {**dict(zip(names, group, strict=True)), "count": count}
        for group, count in sorted(counts.items())
    ]


def _look_named(look: Look) -> dict[str, Any]:
    asking = look.footing.asking
    return {
        "viewId": look.view,
        "at": look.at,
        "kind": asking.kind,
        "role": asking.role or None,
        "organisationKind": asking.organisation_kind or None,
    }


def _turned_named(one: Turned) -> dict[str, Any]:
    return {
        "direction": one.direction,
        "node": None,
        "now": {"refusal": one.now},
        "candidate": {"refusal": one.candidate},
    }


def _change_named(one: Change) -> dict[str, Any]:
    return {
        "direction": one.direction,
        "node": one.node,
        "category": one.category,
        "classes": list(map(in_few_words, one.kinds)),
        "recorded": _decision_named(one.recorded),
        "now": _decision_named(one.now),
        "candidate": _decision_named(one.candidate),
        "because": one.because,
    }


def _decision_named(decision: Decision) -> dict[str, Any]:
    named: Iterable[tuple[str, Any]] = (
        ("outcome", in_words(decision)),
        ("disclosure", decision.disclosure),
        ("code", decision.code),
        ("liftable", decision.liftable),
        ("redact", decision.redact),
        ("obligations", decision.obligations),
    )
    return dict(named)
