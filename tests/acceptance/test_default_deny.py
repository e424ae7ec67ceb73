"""Whatever no agreement of the demo names is withheld or refused: for everybody, for everything.

Which that is, is worked out here from the agreements' own rows, apart from the engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, product
from typing import NamedTuple

import pytest

from demo.organisations import organisation_rows
from demo.personas import Persona, personas
from federation.flow import Outcome
from federation.model import Agreement, Category, Node, NodeId, Purpose, RequesterKind
from federation.registry.network import load_network
from federation.sharing import CedarRules
from federation.sharing.trial import rules_of_sheets
from gateway.app import utc_now
from gateway.settings import load_settings
from gateway.sharing.bundles import bundles_in
from tests.acceptance.asking import EVERYTHING, As
from tests.federation.sharing.given import a_case, a_professional
from tests.scenarios.network import System

NOBODYS = ("R9999", "")
"""A role that nobody has heard of, and none."""
PROFESSIONALS = sorted(
    slug
    for slug, one in personas().items()
    if one.issuer != "nhs-login" and len(one.roles) == 1 and slug != "operator"
)
CLOSED = {"WITHHELD", "NOT_ASKED"}


class Shared(NamedTuple):
    """The demo's nodes, and what is shared of them."""

    nodes: tuple[Node, ...]
    agreements: tuple[Agreement, ...]
    rules: CedarRules


@pytest.fixture(scope="module")
def files(system: System) -> Shared:
    """What a gateway of the demo has read: its agreements, its rules."""
    settings = load_settings(system.gateway({}).settings_file, {})
    assert settings.sharing_folder is not None
    sheets = [one.sheet for one in bundles_in(settings.sharing_folder)]
    return Shared(
        nodes=load_network(settings.network_file).nodes,
        agreements=tuple(one for sheet in sheets for one in sheet.given()),
        rules=rules_of_sheets(sheets),
    )


@pytest.mark.parametrize(
    "every", [pytest.param(1, marks=(pytest.mark.long, pytest.mark.timeout(1800))), 97]
)
def test_every_role_purpose_and_category(files: Shared, every: int):
    """Through the demo's rules: nothing is permitted that no agreement names, and something is.

    All of it takes a minute; one in ninety-seven, which falls on all of each, shows the most of it.
    """
    agreements, permitted = files.agreements, 0
    walk = product(files.nodes, _places(), _roles(), Purpose, Category)
    for node, (kind, region), role, purpose, category in islice(walk, 0, None, every):
        theirs = [one for one in agreements if one.source == node.id]
        case = a_case(
            requester=a_professional(role, kind, region),
            purpose=purpose,
            node=node.id,
            category=category,
            agreements=tuple(one for one in theirs if one.requester_region == region),
        )
        allowed = files.rules.decide(case).outcome is Outcome.PERMIT
        permitted += allowed
        named = _named(theirs, kind, region, role, category, purpose)
        assert named or not allowed, (node.id, kind, region, role, purpose, category)
    assert permitted > 1_000 / every


@pytest.mark.parametrize("persona", PROFESSIONALS)
async def test_over_http(as_: As, files: Shared, persona: str):
    """Each of the demo's staff, about somebody whom every node holds, for every category."""
    answer = await as_(persona).asks(about="everywhere", categories=EVERYTHING)
    if answer.refused_with:
        assert answer.body.get("data") in (None, {"patient": None})
        return
    kind, region, role = _standing_of(personas()[persona])
    for node, category in product(files.nodes, Category):
        theirs = [one for one in files.agreements if one.source == node.id]
        if _named(theirs, kind, region, role, category, Purpose.DIRECT_CARE):
            continue
        assert answer.states(category)[node.id].split()[0] in CLOSED, (node.id, category)
        if category is not Category.DEMOGRAPHICS:
            shown: set[NodeId] = {item["source"]["id"] for item in answer.items(category)}
            assert node.id not in shown


def _named(
    agreements: Iterable[Agreement],
    kind: str,
    region: str,
    role: str,
    category: Category,
    purpose: Purpose,
) -> bool:
    return any(
        RequesterKind.PROFESSIONAL in one.requester_kinds
        and one.requester_region == region
        and kind in one.organisation_kinds
        and role in one.roles
        and category in one.categories
        and purpose in one.purposes
        and one.in_force(utc_now().date())
        for one in agreements
    )


def _places() -> list[tuple[str, str]]:
    """Every kind of organisation in every region that the demo's directory has."""
    rows = organisation_rows(utc_now().date())
    return sorted({(row["belongs"][-1]["kind"], row["belongs"][-1]["region"]) for row in rows})


def _roles() -> list[str]:
    held = {role.role for one in personas().values() for role in one.roles}
    return [*sorted(held), *NOBODYS]


def _standing_of(persona: Persona) -> tuple[str, str, str]:
    (role,) = persona.roles
    rows = {row["code"]: row for row in organisation_rows(utc_now().date())}
    belongs = rows[role.organisation]["belongs"][-1]
    return belongs["kind"], belongs["region"], role.role
