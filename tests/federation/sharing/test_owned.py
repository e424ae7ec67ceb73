"""Bundles of nodes and organisations: what they may not say, and that they reach no further."""

from __future__ import annotations

import cedarpy
import pytest

from federation.errors import PolicyInvalidError
from federation.flow import Outcome
from federation.sharing import Bundle, CedarRules, Layer
from federation.sharing.bundle import rules_of, shipped_bundles, shipped_schema
from tests.builders import HERTS, LONDON, an_organisation
from tests.federation.sharing.given import a_case, a_professional, an_agreement

SCHEMA = cedarpy.Schema.from_str(shipped_schema())
NODE, ORGANISATION = Layer.NODE, Layer.ORGANISATION
ID = '@id("node:london-care-record/one") @reason("why")'
STAFF = '@id("organisation:X1/one") @reason("why")'
SEE = '(principal, action == Action::"see", resource is Holding)'
WHOLE = '(principal, action == Action::"see-whole", resource is Holding)'
ASK = '(principal, action == Action::"ask", resource)'

FAULTY = [
    # layer, text, what the refusal says
    (NODE, f"forbid {SEE};", "has no @id"),
    (NODE, f'@id("one") @reason("why") forbid {SEE};', "must begin with"),
    (NODE, f'@id("node:herts-west-essex/one") @reason("why") forbid {SEE};', "must begin with"),
    (NODE, f'@id("node:london-care-record/one") forbid {SEE};', "gives no @reason"),
    (NODE, f"{ID} permit {SEE};", "only agreements"),
    (NODE, f"{ID} forbid {ASK};", "reaches beyond its node"),
    (NODE, f"{ID} forbid (principal, action, resource);", "reaches beyond its node"),
    (
        NODE,
        f'{ID} forbid {SEE} when {{ resource.node == "milton-keynes" }};',
        "names `milton-keynes`",
    ),
    (
        NODE,
        f'{ID} forbid {SEE} when {{ ["milton-keynes"].contains(resource.node) }};',
        "names `milton-keynes`",
    ),
    (
        NODE,
        f'{ID} forbid {SEE} unless {{ "milton-keynes" != resource.node }};',
        "names `milton-keynes`",
    ),
    (
        NODE,
        f'{ID} forbid (principal, action in [Action::"see", Action::"see-whole"], resource);',
        "more than one action",
    ),
    (NODE, f'{ID} @colour("red") forbid {SEE};', "no annotation `@colour`"),
    (NODE, f'{ID} @liftable("yes") forbid {SEE};', "`@liftable` is"),
    (NODE, f'{ID} @redact("author") forbid {SEE};', "`@redact` has no place"),
    (NODE, f'{ID} @redact("shoe_size") forbid {WHOLE};', "no record has a field `shoe_size`"),
    (NODE, f'{ID} @obligation("BOW") forbid {WHOLE};', "`BOW` is no obligation"),
    (NODE, f'{ID} @disclosure("HIDE") @redact("note") forbid {WHOLE};', "`@disclosure` has no"),
    (NODE, f"{ID} forbid {WHOLE};", "names neither"),
    (NODE, f'{ID} @disclosure("HIDE") forbid {SEE};', "could hide an allergy"),
    (
        NODE,
        f'{ID} forbid {SEE} when {{ resource.classes.contains("HIV") }};',
        "could hide an allergy",
    ),
    (
        ORGANISATION,
        f'{STAFF} forbid {SEE} when {{ principal.organisation == "RRV" }};',
        "names `RRV`",
    ),
    (ORGANISATION, f'{STAFF} @refusal("FORBIDDEN") permit {ASK};', "only agreements"),
    (ORGANISATION, f'{STAFF} @liftable("true") forbid {ASK};', "`@liftable` has no place"),
    (ORGANISATION, f"{ID} forbid {SEE};", "must begin with `organisation:X1/`"),
]


@pytest.mark.parametrize(("layer", "text", "says"), FAULTY)
def test_what_reaches_beyond_its_owner_is_refused(layer, text, says):
    """Each fault is named with file, line and what is wrong; nothing of the bundle is used."""
    owner = "london-care-record" if layer is NODE else "X1"
    bundle = Bundle(layer=layer, owner=owner, file="their.toml", text=f"// theirs\n{text}")
    with pytest.raises(PolicyInvalidError, match=r"their\.toml: line 2, ") as raised:
        rules_of(bundle, SCHEMA)
    assert says in str(raised.value)


FINE = [
    (NODE, f"{ID} forbid {SEE};"),
    (NODE, f'{ID} forbid {SEE} when {{ resource.node == "london-care-record" }};'),
    (NODE, f'{ID} @liftable("true") @redact("origin, note") forbid {WHOLE};'),
    (NODE, f'{ID} @obligation("NO_DOWNLOAD") forbid {WHOLE};'),
    (ORGANISATION, f"{STAFF} forbid {SEE};"),
    (ORGANISATION, f'{STAFF} @refusal("FORBIDDEN") forbid {ASK};'),
    (NODE, ""),
    (NODE, "// nothing yet\n"),
]


@pytest.mark.parametrize(("layer", "text"), FINE)
def test_what_is_the_owner_s_own_to_say_is_read(layer, text):
    """A rule of one's own things or staff is read, an empty text too."""
    owner = "london-care-record" if layer is NODE else "X1"
    rules = rules_of(Bundle(layer=layer, owner=owner, file="their.toml", text=text), SCHEMA)
    assert len(rules) == text.count("@id")


def _decided(layer: Layer, owner: str, text: str, case):
    bundle = Bundle(layer=layer, owner=owner, file="their.toml", text=text)
    return CedarRules((*shipped_bundles(), bundle), shipped_schema()).decide(case).outcome


@pytest.mark.parametrize(
    ("node", "expected"), [(LONDON, Outcome.WITHHOLD), (HERTS, Outcome.PERMIT)]
)
def test_a_node_s_rule_reaches_its_node_alone(node, expected):
    """A rule without any condition closes its own node, and no other."""
    case = a_case(node=node.id, agreements=(an_agreement(source=node),))
    assert _decided(NODE, LONDON.id, f"{ID} forbid {SEE};", case) is expected


@pytest.mark.parametrize(("code", "expected"), [("X1", Outcome.WITHHOLD), ("X2", Outcome.PERMIT)])
def test_an_organisation_s_rule_reaches_its_staff_alone(code, expected):
    """A rule without any condition closes its own staff out, and nobody else's."""
    asker = a_professional(organisation=an_organisation(code, region="london"))
    case = a_case(requester=asker)
    assert _decided(ORGANISATION, "X1", f"{STAFF} forbid {SEE};", case) is expected


def test_the_rule_itself_says_where_it_holds():
    """Whatever evaluates it: the condition stands before the rule's own."""
    bundle = Bundle(layer=NODE, owner=LONDON.id, file="their.toml", text=f"{ID} forbid {SEE};")
    (rule,) = rules_of(bundle, SCHEMA)
    first = rule.policy["conditions"][0]
    assert first["kind"] == "when"
    assert first["body"]["=="]["right"] == {"Value": "london-care-record"}
