"""How a node's row says where it may be, and by which certificates it is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.errors import SettingsError
from federation.model import NodeTls
from federation.registry import load_network

ROW = """\
[[node]]
id = "milton-keynes"
name = "Milton Keynes"
region = "Milton Keynes"
region_id = "milton-keynes"
state = "LIVE"
protocol = "GRAPHQL"
categories = ["ALLERGIES"]
"""
NAMED = 'endpoint = "https://node.mk.example/graphql"\n'


def loaded(folder: Path, more: str):
    path = folder / "network.toml"
    path.write_text(ROW + more)
    (node,) = load_network(path).nodes
    return node


def test_what_a_row_says(tmp_path):
    """Networks are taken as they stand, and files are relative to the network file."""
    node = loaded(
        tmp_path,
        NAMED
        + """\
allowed_addresses = ["10.20.0.0/16", "fd12::/32"]

[node.tls]
ca_file = "tls/ca.pem"
client_certificate_file = "/etc/watling/gateway.pem"
key_file = "tls/gateway.key"
server_name = "records.mk.example"
""",
    )
    assert node.allowed_addresses == ("10.20.0.0/16", "fd12::/32")
    assert node.tls == NodeTls(
        ca_file=str(tmp_path / "tls/ca.pem"),
        client_certificate_file="/etc/watling/gateway.pem",
        key_file=str(tmp_path / "tls/gateway.key"),
        server_name="records.mk.example",
    )


def test_a_row_that_says_nothing(tmp_path):
    """A node of the operators' own file is where they say, and known as anybody is."""
    node = loaded(tmp_path, NAMED)
    assert (node.allowed_addresses, node.tls) == (None, None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (NAMED + 'allowed_addresses = ["10.20.0.1/16"]', "networks in CIDR notation"),
        (NAMED + 'allowed_addresses = ["node.mk.example"]', "networks in CIDR notation"),
        (NAMED + "allowed_addresses = []", "allowed_addresses"),
        (
            'endpoint = "https://10.21.0.1/"\nallowed_addresses = ["10.20.0.0/16"]',
            "`endpoint` is outside `allowed_addresses`",
        ),
        (
            'endpoint = "http://localhost:8443/"\nallowed_addresses = ["0.0.0.0/0"]',
            "`endpoint` is outside `allowed_addresses`",
        ),
        (
            'endpoint = "http://node.mk.example/"\n[node.tls]\nca_file = "ca.pem"',
            "tls: `endpoint` is not https",
        ),
        (NAMED + '[node.tls]\nca_file = "ca.pem"\nca = "x"', "tls: either `ca` or `ca_file`"),
        (NAMED + '[node.tls]\nca_until = [["x", 2027-01-01]]', "`ca_until` is for descriptors"),
        (NAMED + '[node.tls]\nkey_file = "k"', "tls: `key_file` needs `client_certificate_file`"),
        (NAMED + "[node.tls]\nverify = false", "verify"),
        (NAMED + '[node.tls]\nserver_name = "https://x"', "server_name"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path, more, said):
    """A row that would protect nothing, or reach nothing, stops the start and is named."""
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, more)
    assert "node 1 (`milton-keynes`)" in str(caught.value)
    assert said in str(caught.value)
