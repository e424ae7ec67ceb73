"""`node.toml`: what it says, and what is refused before anybody is served."""

from __future__ import annotations

import pytest

from federation.errors import SettingsError
from federation.node_kit import NodeRefusalError, RegionNode
from federation.node_kit.rehearsal import Faulty
from federation.node_kit.run import node_app
from federation.node_kit.settings import load_node_settings
from tests.federation.node_kit.sources import NUMBER, OFFERED, OTHER, Records

GOOD = """
node = "my-region"
gateway = "https://gateway.example"
gateway_keys = "https://gateway.example/.well-known/jwks.json"
"""


def written(tmp_path, text):
    file = tmp_path / "node.toml"
    file.write_text(text)
    return file


def test_three_keys_are_enough(tmp_path):
    """Everything else has a default, and nobody is a test person."""
    settings = load_node_settings(written(tmp_path, GOOD))
    assert settings.node == "my-region"
    assert settings.test_numbers() == frozenset()
    assert settings.tls(tmp_path) is None
    assert settings.limits.requests_a_minute is None


def test_what_is_served_with_a_certificate(tmp_path):
    """Files stand beside the settings."""
    more = 'tls_certificate = "c.pem"\ntls_key = "k.pem"\nclient_ca = "ca.pem"\n'
    tls = load_node_settings(written(tmp_path, GOOD + more)).tls(tmp_path)
    assert tls is not None
    assert (tls.certificate, tls.client_ca) == (tmp_path / "c.pem", tmp_path / "ca.pem")


WRONG = [
    # what is added or written, what is said
    ("", "missing required field"),
    (GOOD + "nod = 1", "unknown field"),
    (GOOD + "port = 70000", "<= 65535"),
    (GOOD + 'tls_certificate = "c.pem"', "belong together"),
    (GOOD + 'client_ca = "c.pem"', "belong together"),
    (GOOD + 'test_people = ["0000000000"]', "may be somebody's"),
    (GOOD + 'test_people = ["9990000019"]', "no NHS number"),
    (GOOD + 'test_faults = { "9434765919" = "UPSTREAM_TIMEOUT" }', "may be somebody's"),
    (GOOD + 'test_faults = { "9990000018" = "FORBIDDEN" }', "invalid enum value"),
    (GOOD.replace("https://gateway.example/.well", "http://gateway.example/.well"), "https"),
    ("node =", "toml"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_fault_is_one_plain_sentence(tmp_path, text, said):
    """It names the file and what is wrong, and repeats no number."""
    with pytest.raises(SettingsError) as caught:
        load_node_settings(written(tmp_path, text))
    assert "node.toml" in str(caught.value)
    assert said in str(caught.value)
    assert "0000000000" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    """So is that."""
    with pytest.raises(SettingsError, match="cannot be read"):
        load_node_settings(tmp_path / "node.toml")


async def test_about_some_test_people_what_is_behind_the_node_fails(tmp_path):
    """Each by the code that is written for them; about everybody else the source is asked."""
    settings = load_node_settings(
        written(tmp_path, GOOD + 'test_faults = { "9990000026" = "UPSTREAM_TIMEOUT" }')
    )
    source = Records()
    faulty = Faulty(source, settings.faults())
    with pytest.raises(NodeRefusalError) as caught:
        await faulty.find([OTHER], OFFERED, None)
    assert (caught.value.code, source.asked) == ("UPSTREAM_TIMEOUT", [])
    assert len(await faulty.find([NUMBER], OFFERED, None)) == 1


@pytest.mark.parametrize(("more", "served"), [("", False), ('test_people = ["9990000018"]', True)])
async def test_only_a_test_endpoint_is_in_test_mode(tmp_path, more, served):
    """A live node has no address where its log is told or its store is changed."""
    settings = load_node_settings(written(tmp_path, GOOD + more))
    app = node_app(RegionNode(), settings, tmp_path)
    assert ("/rehearsal" in {route.path for route in app.routes}) is served
