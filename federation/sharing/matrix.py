"""Role by category, for one node and one requesting region: what the rules say, at a glance.

Of an ordinary thing, asked for by somebody with every relationship that rules know of, on a managed
device: whatever narrows further is in the rules themselves. Drawing it is for whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from federation.authority import RelationshipKind
from federation.model import Agreement, Category, NodeId, Purpose, RequesterKind
from federation.sharing.rules import Rules
from federation.sharing.trial import Expected, TrialRow, Tried, try_out


class Line(Struct, frozen=True, kw_only=True):
    """One role at one kind of organisation, and what comes of each category."""

    organisation_kind: str
    role: str
    cells: dict[Category, Expected]


def lines(
    node: NodeId,
    region: str,
    rules: Rules,
    agreements: Iterable[Agreement],
    *,
    purpose: Purpose,
    today: date,
) -> tuple[Line, ...]:
    """Every role that an agreement of the node with this region names, whatever it is open to."""
    agreements = tuple(one for one in agreements if one.source == node)
    return tuple(
        Line(
            organisation_kind=kind,
            role=role,
            cells={
                one.row.category: one.actual
                for one in _row(node, region, kind, role, rules, agreements, purpose, today)
            },
        )
        for kind, role in sorted(_named(agreements, region))
    )


def _named(agreements: Iterable[Agreement], region: str) -> set[tuple[str, str]]:
    return {
        (kind, role)
        for one in agreements
        if one.requester_region == region and RequesterKind.PROFESSIONAL in one.requester_kinds
        for kind in one.organisation_kinds
        for role in one.roles
    }


def _row(
    node: NodeId,
    region: str,
    kind: str,
    role: str,
    rules: Rules,
    agreements: tuple[Agreement, ...],
    purpose: Purpose,
    today: date,
) -> tuple[Tried, ...]:
    return try_out(
        (
            TrialRow(
                name="-",
                role=role,
                organisation_kind=kind,
                region=region,
                purpose=purpose,
                relationships=tuple(RelationshipKind),
                node=node,
                category=category,
                expected=Expected.PERMIT,
            )
            for category in Category
        ),
        rules,
        agreements,
        today,
    )
