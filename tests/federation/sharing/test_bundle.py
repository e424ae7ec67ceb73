"""Bundles: what is refused before it can decide anything, naming file and rule."""

import cedarpy
import pytest

from federation.errors import PolicyInvalidError
from federation.sharing import Bundle, CedarRules, Layer
from federation.sharing.bundle import rules_of, shipped_bundles, shipped_schema

FORBID = '@id("no") forbid (principal, action == Action::"see", resource is Holding);'
PERMIT = '@id("yes") permit (principal, action == Action::"see", resource is Holding);'
ASK = '@id("door") permit (principal, action == Action::"ask", resource is Gateway);'
GOOD = '@id("fine")\nforbid (principal, action == Action::"ask", resource);\n'

INVALID = [
    # text, layer, what the refusal names
    (
        "unknown attribute",
        FORBID[:-1] + ' when { resource.lables == "x" };',
        Layer.NETWORK,
        ["no", "lables"],
    ),
    (
        "unknown action",
        '@id("no") forbid (principal, action == Action::"peek", resource);',
        Layer.NETWORK,
        ["no", "peek"],
    ),
    ("syntax", GOOD + '@id("bad")\nforbid principal;', Layer.NETWORK, ["bad", "principal"]),
    ("syntax before any rule", "nonsense", Layer.NETWORK, ["unexpected"]),
    ("no id", FORBID.replace('@id("no") ', ""), Layer.NETWORK, ["@id"]),
    ("empty id", FORBID.replace('"no"', '""'), Layer.NETWORK, ["@id"]),
    (
        "unknown refusal",
        FORBID.replace("forbid", '@refusal("NEVER") forbid'),
        Layer.NETWORK,
        ["no", "NEVER"],
    ),
    ("taken id", FORBID + FORBID, Layer.NETWORK, ["no", "taken"]),
    ("the network permits", PERMIT, Layer.NETWORK, ["yes", "L1"]),
    (
        "the network permits anything",
        '@id("all") permit (principal, action, resource);',
        Layer.NETWORK,
        ["all", "L1"],
    ),
    ("a node permits", PERMIT, Layer.NODE, ["yes", "L1"]),
    ("a node opens the door", ASK, Layer.NODE, ["door", "L1"]),
    ("an organisation permits", PERMIT, Layer.ORGANISATION, ["yes", "L1"]),
    (
        "unknown code",
        FORBID.replace("forbid", '@code("BECAUSE") forbid'),
        Layer.NODE,
        ["no", "BECAUSE"],
    ),
    (
        "unknown disclosure",
        FORBID.replace("forbid", '@disclosure("WHISPER") forbid'),
        Layer.NODE,
        ["no", "WHISPER"],
    ),
    ("an agreement forbids", FORBID, Layer.AGREEMENT, ["no", "L1"]),
    ("an agreement opens the door", ASK, Layer.AGREEMENT, ["door", "L1"]),
    (
        "template",
        '@id("t") permit (principal == ?principal, action == Action::"see", resource is Holding);',
        Layer.AGREEMENT,
        ["template"],
    ),
]


@pytest.mark.parametrize(
    ("text", "layer", "named"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID]
)
def test_a_faulty_bundle_is_refused_naming_file_and_rule(text, layer, named):
    """A bundle that does not parse, validate or keep to its layer never gets to decide."""
    bundle = Bundle(layer=layer, file="region.cedar", text=text)
    with pytest.raises(PolicyInvalidError) as raised:
        CedarRules((bundle,), shipped_schema())
    for word in ("region.cedar", *named):
        assert word in str(raised.value)


def test_a_syntax_fault_that_no_rule_shows_alone_names_the_file():
    """Where a text does not parse and every rule of it does, the file is named at least."""
    text = "forbid principal;\n" + GOOD
    with pytest.raises(PolicyInvalidError, match=r"^region\.cedar: "):
        CedarRules((Bundle(layer=Layer.NETWORK, file="region.cedar", text=text),), shipped_schema())


def test_ids_are_unique_over_all_bundles():
    """Two bundles cannot have a rule of one name, or the audit could not say which decided."""
    one = Bundle(layer=Layer.NETWORK, file="one.cedar", text=FORBID)
    two = Bundle(layer=Layer.NETWORK, file="two.cedar", text=FORBID)
    with pytest.raises(PolicyInvalidError, match=r"two\.cedar: rule `no`.*one\.cedar"):
        CedarRules((one, two), shipped_schema())


def test_a_schema_that_does_not_parse_is_refused():
    """Without a schema nothing is checked, so there is no starting without one."""
    with pytest.raises(PolicyInvalidError, match="schema"):
        CedarRules((), "entity")


def test_only_agreements_permit_in_what_is_shipped():
    """One rule opens what nodes hold, one opens the door to ask, and every other forbids."""
    schema = cedarpy.Schema.from_str(shipped_schema())
    rules = [rule for bundle in shipped_bundles() for rule in rules_of(bundle, schema)]
    texts = "\n".join(bundle.text for bundle in shipped_bundles())
    assert texts.count("\npermit (") == 2
    assert texts.count("\nforbid (") == len(rules) - 2
    assert all(rule.refusal is None or rule.id.startswith("network.") for rule in rules)


def test_the_version_follows_the_texts():
    """Equal texts have one version; any change of rules or schema has another."""
    *network, agreements = shipped_bundles()
    shipped = CedarRules.shipped()
    assert shipped.version == CedarRules((*network, agreements), shipped_schema()).version
    more = Bundle(layer=Layer.NETWORK, file="more.cedar", text=FORBID)
    assert CedarRules((*network, agreements, more), shipped_schema()).version != shipped.version
    assert CedarRules((*network, agreements), shipped_schema() + "\n").version != shipped.version
