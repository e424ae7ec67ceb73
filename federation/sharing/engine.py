"""The rule engine: Cedar behind `rules.Rules`. Evaluates and remembers; it knows no rule.

One case is one decision: each of the node's agreements with the requester's region is put to the
rules in turn (Cedar has no "any of these"), together with every rule that forbids. Agreements are
data beside the case and not policies made from templates: a change of the network then needs no new
rule set, an agreement's five conditions fit no template's two slots, and what a decision hangs on
is exactly the case, so that it can be remembered by it.

Cedar skips a `forbid` that fails while it is evaluated, and answers Allow. Here nothing is allowed
but by an Allow without a single error; an error withholds, is not remembered, and has a code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

import cedarpy
from msgspec import Struct
from msgspec.structs import replace

from federation.errors import ErrorCode, PolicyInvalidError
from federation.flow import Decision, Outcome
from federation.model import Agreement
from federation.sharing.bundle import Bundle, check_bundles, shipped_bundles, shipped_schema
from federation.sharing.case import Asking, Case
from federation.sharing.redact import FIELDS
from federation.sharing.shortfall import shortfall
from federation.status import SourceCode

REMEMBERED_CASES = 16_384
REMEMBERED_ASKINGS = 4_096
SEE = "see"
_REQUESTER = {"type": "Requester", "id": "requester"}
_GATEWAY = {"type": "Gateway", "id": "gateway"}
_HOLDING = {"type": "Holding", "id": "holding"}
_AGREEMENT = {"type": "Agreement", "id": "agreement"}


class Verdict(Struct, frozen=True, kw_only=True):
    """What the rules say of one action: allowed or not, and the ids of the rules that decided."""

    allowed: bool
    rules: tuple[str, ...]


class _UnsettledError(Exception):
    """A rule could not be evaluated. Never leaves this file."""


class CedarRules:
    """The rules of one set of bundles. Immutable: other bundles are another `CedarRules`."""

    def __init__(self, bundles: Iterable[Bundle], schema: str) -> None:
        bundles = tuple(bundles)
        self._schema = _parse_schema(schema)
        self._rules = check_bundles(bundles, self._schema)
        text = "\n".join(bundle.text for bundle in bundles)
        self._policies = cedarpy.PolicySet.from_str(text)
        self._version = sha256(f"{schema}\0{text}".encode()).hexdigest()[:16]
        # Invariant: a memo belongs to one rule set, so the version needs no place in its key.
        self._remember = lru_cache(maxsize=REMEMBERED_CASES)(self._settle)
        self._remember_asking = lru_cache(maxsize=REMEMBERED_ASKINGS)(self._weigh_asking)

    @classmethod
    def shipped(cls) -> CedarRules:
        """The rules that come with the gateway."""
        return cls(shipped_bundles(), shipped_schema())

    @property
    def version(self) -> str:
        return self._version

    def refusal(self, asking: Asking) -> ErrorCode | None:
        try:
            verdict = self._remember_asking(asking)
        except _UnsettledError:
            return ErrorCode.POLICY_UNAVAILABLE
        return None if verdict.allowed else self._refusal_code(verdict.rules)

    def _weigh_asking(self, asking: Asking) -> Verdict:
        (verdict,) = self._evaluate(
            ("ask",), _GATEWAY, (_requester(asking), _entity(_GATEWAY)), _ask_context(asking)
        )
        return verdict

    def _refusal_code(self, rules: Sequence[str]) -> ErrorCode:
        """One code where several rules refuse: what could be earned gives way to what could not."""
        codes = {self._rules[rule].refusal or ErrorCode.FORBIDDEN for rule in rules}
        return codes.pop() if len(codes) == 1 else ErrorCode.FORBIDDEN

    def decide(self, case: Case) -> Decision:
        try:
            return self._remember(case)
        except _UnsettledError:
            return _decision(case, Outcome.WITHHOLD, SourceCode.POLICY_UNAVAILABLE)

    def _settle(self, case: Case) -> Decision:
        weighed = [self._weigh(case, agreement) for agreement in case.agreements]
        seen = _combined(SEE, weighed)
        if not seen.allowed:
            code = shortfall(case)
            outcome = Outcome.WITHHOLD if code is SourceCode.NOT_PERMITTED else Outcome.NOT_ASKED
            return _decision(case, outcome, code, rules=seen.rules)
        lacking = {
            action: verdict
            for action in FIELDS
            if not (verdict := _combined(action, weighed)).allowed
        }
        return _decision(
            case,
            Outcome.PERMIT,
            redact=tuple(dict.fromkeys(field for action in lacking for field in FIELDS[action])),
            rules=tuple(
                dict.fromkeys((*seen.rules, *(r for v in lacking.values() for r in v.rules)))
            ),
        )

    def _weigh(self, case: Case, agreement: Agreement) -> dict[str, Verdict]:
        actions = (SEE, *FIELDS)
        verdicts = self._evaluate(
            actions,
            _HOLDING,
            (_requester(case.asking), _holding(case), _agreement(agreement)),
            _see_context(case),
        )
        named = f"{agreement.id}@{agreement.version}"
        return {
            action: replace(verdict, rules=(*verdict.rules, named)) if verdict.allowed else verdict
            for action, verdict in zip(actions, verdicts, strict=True)
        }

    def _evaluate(
        self,
        actions: Sequence[str],
        resource: dict[str, str],
        entities: Sequence[dict[str, Any]],
        context: dict[str, Any],
    ) -> list[Verdict]:
        requests = [
            {
                "principal": _REQUESTER,
                "action": {"type": "Action", "id": action},
                "resource": resource,
                "context": context,
            }
            for action in actions
        ]
        try:
            results = cedarpy.is_authorized_batch(
                requests, self._policies, list(entities), self._schema
            )
        except Exception as fault:  # whatever the engine raises: a rule that fails withholds
            raise _UnsettledError from fault
        return [_verdict(result) for result in results]


def _verdict(result: cedarpy.AuthzResult) -> Verdict:
    # Invariant: an Allow counts only without errors: Cedar skips a `forbid` that errs.
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        raise _UnsettledError
    return Verdict(
        allowed=result.decision is cedarpy.Decision.Allow,
        rules=tuple(sorted(result.diagnostics.id_annotations_by_reason.values())),
    )


def _combined(action: str, weighed: Sequence[Mapping[str, Verdict]]) -> Verdict:
    """One verdict over all agreements: one must permit, and no rule forbid under any of them."""
    verdicts = [verdicts[action] for verdicts in weighed]
    forbidding = [rule for verdict in verdicts if not verdict.allowed for rule in verdict.rules]
    permitting = [rule for verdict in verdicts if verdict.allowed for rule in verdict.rules]
    allowed = bool(permitting) and not forbidding
    return Verdict(
        allowed=allowed, rules=tuple(dict.fromkeys(permitting if allowed else forbidding))
    )


def _decision(
    case: Case,
    outcome: Outcome,
    code: SourceCode | None = None,
    *,
    redact: tuple[str, ...] = (),
    rules: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        node=case.node,
        category=case.category,
        labels=case.labels,
        outcome=outcome,
        code=code,
        redact=redact,
        rules=rules,
    )


def _parse_schema(schema: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(schema)
    except ValueError as fault:
        raise PolicyInvalidError(f"the rule schema does not parse: {fault}") from fault


# ── what Cedar sees ───────────────────────────────────────────────────────────────────────────


def _entity(uid: dict[str, str], **attributes: Any) -> dict[str, Any]:
    return {"uid": uid, "attrs": attributes, "parents": []}


def _requester(asking: Asking) -> dict[str, Any]:
    return _entity(
        _REQUESTER,
        kind=asking.kind,
        role=asking.role,
        organisationKind=asking.organisation_kind,
        region=asking.region,
    )


def _holding(case: Case) -> dict[str, Any]:
    return _entity(
        _HOLDING,
        node=case.node,
        category=case.category,
        labels=sorted(case.labels),
        carriesCpr=case.carries_cpr,
    )


def _ask_context(asking: Asking) -> dict[str, Any]:
    return {"purpose": asking.purpose}


def _see_context(case: Case) -> dict[str, Any]:
    return {
        "purpose": case.asking.purpose,
        "day": _day(case.day),
        "restricted": case.restricted,
        "agreement": {"__entity": _AGREEMENT},
    }


def _agreement(agreement: Agreement) -> dict[str, Any]:
    end = agreement.valid_until
    return _entity(
        _AGREEMENT,
        source=agreement.source,
        requesterRegion=agreement.requester_region,
        organisationKinds=sorted(agreement.organisation_kinds),
        roles=sorted(agreement.roles),
        categories=sorted(agreement.categories),
        purposes=sorted(agreement.purposes),
        validFrom=_day(agreement.valid_from),
        **({"validUntil": _day(end)} if end else {}),
    )


def _day(day: date) -> dict[str, Any]:
    return {"__extn": {"fn": "datetime", "arg": day.isoformat()}}
