"""The network file: what is read, and what is refused, naming file and row."""

import tomllib
from datetime import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from federation.errors import SettingsError
from federation.model import (
    BackendServices,
    BearerToken,
    Category,
    Maintenance,
    NodeProtocol,
    NodeState,
    Weekday,
)
from federation.registry import load_network

NODE = {
    "id": "milton-keynes",
    "name": "Milton Keynes",
    "region": "Milton Keynes",
    "region_id": "milton-keynes",
    "state": "LIVE",
    "protocol": "GRAPHQL",
    "endpoint": "https://node.mk.example/graphql",
    "categories": ["DEMOGRAPHICS", "ALLERGIES"],
}
TEMPLATE = Path(__file__).parents[3] / "demo" / "network.toml"


def _toml(value):
    match value:
        case bool():
            return str(value).lower()
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case dict():
            pairs = (f"{name} = {_toml(one)}" for name, one in value.items())
            return f"{{ {', '.join(pairs)} }}"
    return str(value)


def _table(name, row):
    return "\n".join((f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in row.items())))


def _write(folder, nodes=(NODE,), more=""):
    path = folder / "network.toml"
    tables = [_table("node", row) for row in nodes]
    path.write_text("\n".join((more, *tables)), encoding="utf-8")
    return path


def _without(row, key):
    return {name: value for name, value in row.items() if name != key}


def test_a_file_is_read_into_nodes(tmp_path):
    """Rows become values of the model, in their order, with defaults for what may be left out."""
    network = load_network(_write(tmp_path))
    (node,) = network.nodes
    assert (node.id, node.state, node.protocol) == (
        "milton-keynes",
        NodeState.LIVE,
        NodeProtocol.GRAPHQL,
    )
    assert node.categories == (Category.DEMOGRAPHICS, Category.ALLERGIES)
    assert (node.contact_route, node.timeout_seconds, node.max_pages) == (None, 8.0, 50)
    assert network.agreements == ()


def test_limits_of_a_node_can_be_set(tmp_path):
    """A node's own limits take the place of the defaults."""
    limits = {
        "contact_route": "01908 000000",
        "timeout_seconds": 3,
        "connect_timeout_seconds": 0.5,
        "max_response_bytes": 2048,
        "max_pages": 2,
        "calls_per_second": 2.5,
    }
    (node,) = load_network(_write(tmp_path, [NODE | limits])).nodes
    assert {name: getattr(node, name) for name in limits} == limits


def test_when_a_node_may_be_down_can_be_set(tmp_path):
    """In the words of a descriptor."""
    path = _write(tmp_path, [NODE])
    window = '[[node.maintenance]]\ndays = ["SUNDAY"]\nfrom = 22:00:00\nuntil = 02:00:00\n'
    path.write_text(f"{path.read_text()}\n{window}")
    (node,) = load_network(path).nodes
    assert node.maintenance == (Maintenance(days=(Weekday.SUNDAY,), begins=time(22), ends=time(2)),)


WRONG_NODES = [
    ({"name": "Milton\u202e Keynes"}, "name"),
    ({"colour": "red"}, "colour"),
    ({"id": "Milton Keynes"}, "id"),
    ({"id": ""}, "id"),
    ({"name": ""}, "name"),
    ({"name": " padded"}, "name"),
    ({"state": "RUNNING"}, "state"),
    ({"protocol": "SOAP"}, "protocol"),
    ({"categories": []}, "categories"),
    ({"categories": ["ALERGIES"]}, "categories"),
    ({"categories": ["ALLERGIES", "ALLERGIES"]}, "categories"),
    ({"endpoint": "ftp://node.mk.example"}, "endpoint"),
    ({"endpoint": "node.mk.example/graphql"}, "endpoint"),
    ({"endpoint": "https://"}, "endpoint"),
    ({"endpoint": "https://user:secret@node.mk.example/"}, "endpoint"),
    ({"endpoint": "https://node.mk.example/?key=secret"}, "endpoint"),
    ({"endpoint": "https://node.mk.example/#top"}, "endpoint"),
    ({"endpoint": "https://node.mk.example:port/"}, "endpoint"),
    ({"endpoint": "https://[node/"}, "endpoint"),
    ({"timeout_seconds": 0}, "timeout_seconds"),
    ({"timeout_seconds": 3600}, "timeout_seconds"),
    ({"timeout_seconds": "8"}, "timeout_seconds"),
    ({"max_response_bytes": 1}, "max_response_bytes"),
    ({"max_pages": 0}, "max_pages"),
    ({"calls_per_second": 0}, "calls_per_second"),
    ({"maintenance": [{"from": "02:00:00", "until": "02:00:00"}]}, "maintenance"),
    ({"maintenance": [{"from": "02:00:00", "till": "03:00:00"}]}, "till"),
    ({"probe_person": "0000000000"}, "probe_person"),
    ({"probe_person": "9990000019"}, "probe_person"),
    ({"probe_person": "nobody"}, "probe_person"),
]


@pytest.mark.parametrize(("change", "named"), WRONG_NODES)
def test_a_wrong_node_is_refused_naming_file_and_row(tmp_path, change, named):
    """A fault in a node's row names the file, which row it is, and the key."""
    path = _write(tmp_path, [NODE, NODE | {"id": "second"} | change])
    with pytest.raises(SettingsError) as raised:
        load_network(path)
    text = str(raised.value)
    assert text.startswith(f"{path}: node 2 (")
    assert named in text
    assert "secret" not in text
    assert "0000000000" not in text


@pytest.mark.parametrize("key", list(NODE))
def test_a_node_needs_every_key_that_has_no_default(tmp_path, key):
    """A node that lacks one of its keys is refused, naming the key."""
    with pytest.raises(SettingsError, match=f"`{key}`"):
        load_network(_write(tmp_path, [_without(NODE, key)]))


def test_ids_are_unique(tmp_path):
    """Two rows of one id are refused, naming the second."""
    with pytest.raises(SettingsError) as raised:
        load_network(_write(tmp_path, [NODE, NODE]))
    assert "node 2 (`milton-keynes`)" in str(raised.value)


def test_other_tables_are_refused(tmp_path):
    """A table that has no place here is not passed over in silence: agreements stand in bundles."""
    with pytest.raises(SettingsError, match="agreement"):
        load_network(_write(tmp_path, more=_table("agreement", {"id": "one"})))


@pytest.mark.parametrize("content", [b"[[node", b"\xff\xfe", b"", b"node = 1"])
def test_what_is_no_network_is_refused_naming_the_file(tmp_path, content):
    """A file that is no TOML, no text, or has no node is refused by name."""
    path = tmp_path / "network.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as raised:
        load_network(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    """A missing file is said plainly."""
    path = tmp_path / "missing.toml"
    with pytest.raises(SettingsError, match=r"missing\.toml: cannot be read"):
        load_network(path)


def test_the_version_follows_what_is_shared_and_not_how_it_is_reached(tmp_path):
    """Another state is another version; another address is the same one."""

    def version(**rows):
        return load_network(_write(tmp_path, **rows)).version

    plain = version()
    assert version(nodes=[NODE | {"endpoint": "http://127.0.0.1:5000/graphql"}]) == plain
    assert version(nodes=[NODE | {"state": "SUSPENDED"}]) != plain


def test_the_demo_s_network_can_be_read(tmp_path):
    """The demo's template, with an address for each node, is a network."""
    template = tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))
    nodes = [row | {"endpoint": "http://127.0.0.1:5000"} for row in template["node"]]
    network = load_network(_write(tmp_path, nodes))
    assert {node.id for node in network.nodes} == {
        "london-care-record",
        "herts-west-essex",
        "milton-keynes",
        "universal-care-plan",
    }


BEARER = {"kind": "bearer", "token_file": "secrets/node.token"}
BACKEND = {"kind": "backend-services", "client_id": "watling", "key_file": "secrets/node.jwk"}
TOKEN_URL = {"token_url": "https://sign-in.example/token"}


def _proving(folder, settings, **given):
    path = _write(folder, (NODE | given,))
    path.write_text("\n".join((path.read_text(), "[node.authentication]", _keys(settings))))
    return path


def _keys(row):
    return "\n".join(f"{key} = {_toml(value)}" for key, value in row.items())


def _files(row):
    return {name: value for name, value in row.items() if name != "kind"}


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        (BEARER, {}, BearerToken(**_files(BEARER))),
        (
            BACKEND | TOKEN_URL,
            {},
            BackendServices(client_id="watling", key_file="secrets/node.jwk", **TOKEN_URL),
        ),
        (
            BACKEND | {"scope": "system/*.rs"},
            {"protocol": "FHIR_R4"},
            BackendServices(client_id="watling", key_file="secrets/node.jwk", scope="system/*.rs"),
        ),
        (
            BEARER,
            {"endpoint": "http://127.0.0.1:9000/graphql"},
            BearerToken(**_files(BEARER)),
        ),
    ],
)
def test_how_the_gateway_proves_itself(tmp_path, settings, given, expected):
    """A node may ask for a token or for SMART Backend Services; files are beside the network's."""
    (node,) = load_network(_proving(tmp_path, settings, **given)).nodes
    secret = "token_file" if isinstance(expected, BearerToken) else "key_file"
    placed = str(tmp_path / getattr(expected, secret))
    assert node.authentication == replace(expected, **{secret: placed})


@pytest.mark.parametrize(
    ("settings", "given", "told"),
    [
        ({"kind": "bearer", "token": "abc"}, {}, "token"),
        ({"kind": "basic"}, {}, "basic"),
        (BEARER | {"token_file": ""}, {}, "token_file"),
        (BACKEND, {}, "`token_url` is needed"),
        (BACKEND | {"token_url": "ftp://x"}, {}, "`token_url` is not a plain http"),
        (BACKEND | {"token_url": "http://sign-in.example/token"}, {}, "`token_url` must be https"),
        (BEARER, {"endpoint": "http://node.mk.example/graphql"}, "`endpoint` must be https"),
    ],
)
def test_proofs_that_are_refused(tmp_path, settings, given, told):
    """No secret stands in the file, none goes out in the clear, and nothing is left to guess."""
    with pytest.raises(SettingsError) as caught:
        load_network(_proving(tmp_path, settings, **given))
    assert "node 1 (`milton-keynes`)" in str(caught.value)
    assert told in str(caught.value)
