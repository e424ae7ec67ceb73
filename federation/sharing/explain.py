"""What stands behind a decision: each rule that made it, for whom it speaks, and its reason.

Of cases as they are tried out (`trial.py`), never of a person. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from federation.case import Errand
from federation.errors import ErrorCode
from federation.flow import Decision
from federation.model import Agreement
from federation.sharing.engine import CedarRules
from federation.sharing.layers import Layer
from federation.sharing.trial import Expected, TrialRow, asking_of_row, case_of_row, in_words


class Speaking(Struct, frozen=True, kw_only=True):
    """One rule or agreement that decided. `does` is what it does, in a few words."""

    id: str
    layer: Layer
    reason: str
    does: str
    liftable: bool = False


class Explained(Struct, frozen=True, kw_only=True):
    """One case, what came of it, and what decided; `decision` None where it is refused whole."""

    row: TrialRow
    outcome: Expected
    refusal: ErrorCode | None = None
    decision: Decision | None = None
    speaking: tuple[Speaking, ...] = ()


def explain(
    row: TrialRow, rules: CedarRules, agreements: Iterable[Agreement], today: date
) -> Explained:
    """What these rules and agreements say of the case, and which of them."""
    asking, case = asking_of_row(row), case_of_row(row, tuple(agreements), today)
    errand = Errand(footing=case.footing, granted=row.granted)
    refusal = rules.refusal(asking) or rules.refusal_about(errand)
    if refusal is not None:
        return Explained(row=row, outcome=Expected.REFUSE, refusal=refusal)
    decision = rules.decide(case)
    named = dict.fromkeys((*decision.rules, *decision.lifted))
    return Explained(
        row=row,
        outcome=in_words(decision),
        decision=decision,
        speaking=tuple(_speaking(name, rules, decision) for name in named),
    )


def _speaking(name: str, rules: CedarRules, decision: Decision) -> Speaking:
    found = rules.rule(name)
    if found is None:
        return Speaking(
            id=name, layer=Layer.AGREEMENT, reason="an agreement in force", does="opens"
        )
    layer, rule = found
    if not rule.forbids:
        does = "lets agreements open"
    elif name in decision.lifted:
        does = "is set aside by the emergency grant"
    elif rule.redact or rule.obligations:
        emptied = f"empties {', '.join(rule.redact)}" if rule.redact else ""
        asked = f"asks {', '.join(rule.obligations)}" if rule.obligations else ""
        does = "; ".join(filter(None, (emptied, asked)))
    else:
        does = f"keeps back ({rule.code}, {rule.disclosure})"
    return Speaking(id=name, layer=layer, reason=rule.reason, does=does, liftable=rule.liftable)
