"""The demo's network and its sharing rules: the nodes as they are served, and what is agreed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

import demo
from demo.nodes.network import SERVED_NODES
from federation.model import Agreement, Category, NodeProtocol, Purpose
from federation.registry.network import Network, load_network
from federation.sharing import CedarRules
from federation.sharing.bundle import shipped_bundles, shipped_schema
from gateway.sharing.bundles import bundles_in

DAY = date(2026, 7, 1)
WATFORD, LONDON, MILTON_KEYNES = "hertfordshire-west-essex", "london", "milton-keynes"
PHARMACY = {
    Category.DEMOGRAPHICS,
    Category.ALLERGIES,
    Category.MEDICATIONS,
    Category.PROBLEMS,
    Category.RESULTS,
}
SOCIAL_WORK = {
    Category.DEMOGRAPHICS,
    Category.ALERTS,
    Category.CARE_PLANS,
    Category.CONTACTS,
    Category.SOCIAL_CARE,
    Category.ABOUT_ME,
    Category.ENCOUNTERS,
}
RECEPTION = {Category.DEMOGRAPHICS, Category.APPOINTMENTS}
EVERYTHING = frozenset(Category)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    template = Path(demo.__file__).with_name("network.toml").read_text("utf-8")
    # The launcher knows the endpoints; here any address will do.
    whole = template.replace('state = "LIVE"', 'state = "LIVE"\nendpoint = "http://127.0.0.1:1"')
    path = tmp_path_factory.mktemp("network") / "network.toml"
    path.write_text(whole, "utf-8")
    return load_network(path)


@pytest.fixture(scope="module")
def agreements() -> tuple[Agreement, ...]:
    folder = Path(demo.__file__).with_name("sharing")
    return tuple(agreement for bundle in bundles_in(folder) for agreement in bundle.sheet.given())


def shared(agreements, source, region, kind, role, purpose=Purpose.DIRECT_CARE):
    """The categories that somebody of this region, organisation kind and role is shown today."""
    return frozenset(
        category
        for agreement in agreements
        if agreement.source == source
        and agreement.requester_region == region
        and kind in agreement.organisation_kinds
        and role in agreement.roles
        and purpose in agreement.purposes
        and agreement.in_force(DAY)
        for category in agreement.categories
    )


def test_the_template_leaves_endpoints_out():
    """No address is committed."""
    template = Path(demo.__file__).with_name("network.toml").read_bytes()
    assert all("endpoint" not in row for row in msgspec.toml.decode(template)["node"])


def test_nodes_are_those_that_are_served(network):
    """Ids, names, protocols and categories agree with what `python -m demo.nodes` serves."""
    for node, served in zip(network.nodes, SERVED_NODES, strict=True):
        assert (node.id, node.name) == (served.id, served.name)
        assert (node.protocol is NodeProtocol.GRAPHQL) == (served.path == "/graphql")
        assert frozenset(node.categories) - {Category.DEMOGRAPHICS} == served.categories


@pytest.mark.parametrize("region", [LONDON, WATFORD, MILTON_KEYNES])
@pytest.mark.parametrize(
    ("kind", "role"),
    [("gp", "R0260"), ("acute", "R0050"), ("ambulance", "R1070"), ("community", "R0700")],
)
def test_clinicians_see_every_node(network, agreements, region, kind, role):
    """In direct care, clinicians of every region are shown all that each node offers."""
    for node in network.nodes:
        assert shared(agreements, node.id, region, kind, role) == set(node.categories)


CASES = [
    # source, region, kind, role, what is shown, why
    (
        "milton-keynes",
        LONDON,
        "care-home",
        "R8001",
        EVERYTHING - {Category.OBSERVATIONS},
        "no vitals",
    ),
    ("herts-west-essex", LONDON, "care-home", "R8001", EVERYTHING, "care homes see the rest"),
    ("london-care-record", MILTON_KEYNES, "pharmacy", "R1290", set(), "no agreement"),
    ("milton-keynes", LONDON, "pharmacy", "R1290", set(), "nor the other way"),
    (
        "herts-west-essex",
        MILTON_KEYNES,
        "pharmacy",
        "R1290",
        PHARMACY,
        "Hertfordshire shares with pharmacies",
    ),
    ("universal-care-plan", LONDON, "pharmacy", "R1290", set(), "plans are not for pharmacies"),
    (
        "london-care-record",
        WATFORD,
        "local-authority",
        "R1330",
        SOCIAL_WORK,
        "social workers see care and plans",
    ),
    ("london-care-record", LONDON, "gp", "R8009", RECEPTION, "reception sees nothing clinical"),
    ("london-care-record", LONDON, "gp", "R1290", set(), "a role at the wrong kind of place"),
    ("london-care-record", WATFORD, "hospice", "R0050", set(), "the agreement has run out"),
]


@pytest.mark.parametrize(("source", "region", "kind", "role", "expected", "why"), CASES)
def test_what_is_shared(agreements, source, region, kind, role, expected, why):
    """Agreements let through what the demo tells of, and nothing else."""
    assert shared(agreements, source, region, kind, role) == expected, why


def test_one_agreement_has_run_out(agreements):
    """There is one for show that is no longer in force."""
    over = [one.id for one in agreements if not one.in_force(DAY)]
    assert over == ["london-to-herts-hospices"]


def test_the_demo_s_rules_are_rules(network):
    """Each node has a bundle, and all of them together are rules that decide."""
    bundles = [one.sheet.bundle() for one in bundles_in(Path(demo.__file__).with_name("sharing"))]
    assert [one.owner for one in bundles] == sorted(node.id for node in network.nodes)
    CedarRules((*shipped_bundles(), *bundles), shipped_schema())
