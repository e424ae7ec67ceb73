"""A node's descriptor: what is read, and what is refused, naming the line."""

import re
from datetime import date, time
from ipaddress import ip_network

import msgspec
import pytest

from federation.errors import FaultyFileError
from federation.joining import rows
from federation.joining.addresses import address_fault
from federation.joining.descriptor import (
    Descriptor,
    check_beside,
    digest_of,
    node_of,
    read_descriptor,
)
from federation.model import Category, Maintenance, NodeProtocol, NodeState, Weekday
from tests.federation.joining.given import EXAMPLE, PAGE, descriptor


def test_the_documented_example_is_one():
    """What a reader copies from the page is read, and becomes a node of the network."""
    said = read_descriptor(descriptor())
    node = node_of(said, NodeState.SHADOW)
    assert (node.id, node.region_id) == ("chiltern-care-record", "chiltern")
    assert node.endpoint == "https://node.chiltern.example/graphql"
    assert node.protocol is NodeProtocol.GRAPHQL
    assert node.state is NodeState.SHADOW
    assert node.categories == (Category.DEMOGRAPHICS, Category.ALLERGIES, Category.MEDICATIONS)
    assert node.timeout_seconds == 5.0
    assert node.echoes_request
    assert node.calls_per_second == 20
    assert node.maintenance == (Maintenance(days=(Weekday.SUNDAY,), begins=time(2), ends=time(4)),)
    assert dict(node.current_within) == {
        Category.DEMOGRAPHICS: 15,
        Category.ALLERGIES: 5,
        Category.MEDICATIONS: 60,
    }
    assert said.limits.calls_per_second == 20
    assert said.controllers[1].holds(date(2027, 3, 31))
    assert not said.controllers[1].holds(date(2027, 4, 1))


_TABLES = [
    Descriptor,
    Maintenance,
    *(
        one
        for one in vars(rows).values()
        if isinstance(one, type) and issubclass(one, rows.Row) and one is not rows.Row
    ),
]


@pytest.mark.parametrize("table", _TABLES, ids=lambda one: one.__name__)
def test_every_key_is_documented(table):
    """Whatever a descriptor can say stands on its page."""
    text = PAGE.read_text("utf-8")
    named = set(re.findall(r"`\[*([a-z_0-9]+)\]*`", text))
    assert {one.encode_name for one in msgspec.structs.fields(table)} - named == set()


def _line(words):
    return EXAMPLE[: EXAMPLE.index(words)].count("\n") + 1


_LIVE = 'endpoint = "https://node.chiltern.example/graphql"\n'
_FAULTS = [
    (('"GRAPHQL"', '"SOAP"'), "protocol", "must be one of GRAPHQL, FHIR_R4"),
    (("cache_seconds = 30", "cache_secs = 30"), "cache_seconds = 30", "did you mean"),
    (('ods_code = "RY9"\n', ""), '[[controllers]]\nname = "Chiltern Comm', "`ods_code` is missing"),
    (("01632 960801", "ring me"), "ig_lead", "must be a telephone number"),
    (("timeout_seconds = 5\n", "timeout_seconds = 500\n"), "timeout_seconds", "<= 60.0"),
    (("calls_per_second = 20", "calls_per_second = 0"), "calls_per_second", "> 0"),
    (('["SUNDAY"]', '["SUNDY"]'), "days", "must be one of MONDAY"),
    (('"MEDICATIONS"', '"ALLERGIES"'), 'category = "MEDICATIONS"', "named twice"),
    (('"MEDICATIONS"', '"GOSSIP"'), 'category = "MEDICATIONS"', "must be one of DEMOGRAPHICS"),
    (("until = 2027-04-01", "until = 2026-04-01"), "until = 2027", "not after `from`"),
    (("until = 04:00:00", "until = 02:00:00"), "until = 04", "at which it begins"),
    (("https://node.", "http://node."), 'endpoint = "https://node', "must be an https address"),
    (("https://node.", "https://me@node."), 'endpoint = "https://node', "without user"),
    (
        ("https://node.chiltern.example", "https://169.254.169.254"),
        'endpoint = "https://node',
        "is no address of a node",
    ),
    (("https://node.", "https://test."), 'endpoint = "https://test', "invented people are kept"),
    ((_LIVE, _LIVE + 'probe_person = "9990000019"\n'), _LIVE, "wrong check digit"),
    ((_LIVE, _LIVE + 'probe_person = "0000000000"\n'), _LIVE, "begins with 999"),
    (('"SIGNING"', '"TLS_AUTHORITY"'), "[[keys]]", "one needs `use` SIGNING"),
    (('"chiltern-care-record"', '"Chiltern Care"'), "id =", "small letters and digits"),
    (("timeout_seconds = 5\n", "timeout_seconds = 1\n"), "[limits]", "longer than"),
    (("[expectations]", "[expectation]"), "[node]", "`expectations` is missing"),
    (('"9b74', '"9B74'), 'sha256 = "9b74', "64 hexadecimal digits"),
    (
        ("from = 2026-04-01\n\n", 'from = "soon"\n\n'),
        "from = 2026",
        "must be a date, without quotes",
    ),
]


@pytest.mark.parametrize(("change", "where", "why"), _FAULTS, ids=[why for *_, why in _FAULTS])
def test_a_fault_names_its_line(change, where, why):
    """Whatever does not fit is refused, with the line on which it stands and why."""
    with pytest.raises(FaultyFileError) as refused:
        read_descriptor(descriptor(change), "chiltern.toml")
    said = [line for line in str(refused.value).splitlines() if why in line]
    assert len(said) == 1
    line = _line(where) + (1 if where == _LIVE else 0)
    assert said[0].startswith(f"chiltern.toml: line {line}: ")


def test_all_faults_are_told_at_once():
    """Whoever mends a file mends it in one go: faults come in the order of their lines."""
    wrong = descriptor(*(change for change, *_ in _FAULTS[:6]))
    with pytest.raises(FaultyFileError) as refused:
        read_descriptor(wrong)
    assert len(refused.value.lines) == 6
    assert list(refused.value.lines) == sorted(refused.value.lines)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[node]\nid = \n", "line 2: is not TOML"),
        (b"\xff", "is not UTF-8 text"),
        (b"#" * 300_000, "is larger than 256 KiB"),
        (b"a = " + b"[" * 50_000, "d.toml: "),
    ],
)
def test_what_is_no_such_file_is_refused(body, why):
    """Not TOML, not text, too large, too deep: one sentence, with the line where there is one."""
    with pytest.raises(FaultyFileError) as refused:
        read_descriptor(body, "d.toml")
    assert why in str(refused.value)


def test_an_address_that_is_a_number_is_in_the_regions_networks():
    """A region names addresses of its own networks and no others."""
    body = descriptor(("node.chiltern.example", "10.20.30.40"))
    read_descriptor(body, allowed=[ip_network("10.20.0.0/16")])
    with pytest.raises(FaultyFileError, match="outside the networks") as refused:
        read_descriptor(body, allowed=[ip_network("10.21.0.0/16")])
    assert "10.20.30.40" not in str(refused.value)


def test_plain_http_is_for_the_machine_itself():
    """A demo on one machine needs no certificates; nobody else may do without."""
    here = ("https://node.chiltern.example", "http://127.0.0.1:9000")
    read_descriptor(descriptor(here))
    with pytest.raises(FaultyFileError, match="outside the networks"):
        read_descriptor(descriptor(here), allowed=[ip_network("10.0.0.0/8")])


def test_a_file_beside_it_is_the_one_that_it_names():
    """Other rules, or other test people, than those that were signed are refused."""
    rules = b"[bundle]\n"
    said = read_descriptor(descriptor((_named("sharing.toml"), digest_of(rules))))
    check_beside(said, "sharing", rules)
    with pytest.raises(FaultyFileError, match=r"is not the SHA-256 of `sharing\.toml`"):
        check_beside(said, "sharing", rules + b"\n")


def _named(file):
    return re.search(rf'file = "{file}"\nsha256 = "(\w+)"', EXAMPLE).group(1)


_PLAIN_NUMBER = "must be at a name, or at a number in its usual form"
_PATH = "must have a path without escapes, dots and empty steps"
_ASCII = "must be an address in ASCII alone; a name with other letters begins with xn--"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://2852039166/r4", _PLAIN_NUMBER),
        ("https://0xa9fea9fe/r4", _PLAIN_NUMBER),
        ("https://0251.0376.0251.0376/r4", _PLAIN_NUMBER),
        ("https://127.1/r4", _PLAIN_NUMBER),
        ("https://169.254.169.254./r4", _PLAIN_NUMBER),
        ("https://1.2.3.4.5/r4", _PLAIN_NUMBER),
        ("https://node.0x7f/r4", _PLAIN_NUMBER),
        ("https://[fe80::1%25eth0]/r4", _PLAIN_NUMBER),
        ("https://node%2eexample/r4", _PLAIN_NUMBER),
        ("https://node..example/r4", _PLAIN_NUMBER),
        ("https://<b>/r4", _PLAIN_NUMBER),
        ("https://no\nde.example/r4", _ASCII),
        ("\x01https://node.example/r4", _ASCII),
        ("https://node.example/\x1b[31m", _ASCII),
        ("https://n\u043ede.example/r4", _ASCII),
        ("https://\uff11\uff10.0.0.1/r4", _ASCII),
        ("https://node\u3002example/r4", _ASCII),
        ("https://node.example/theirs/../ours", _PATH),
        ("https://node.example/%2e%2e/r4", _PATH),
        ("https://node.example//r4", _PATH),
        ("https://node.example/r4/.", _PATH),
        ("https://node.example/r4", None),
        ("https://node.example/fhir/.r4/v1.0/", None),
        ("https://xn--nde-fqa.example:8443/r4", None),
        ("https://10.0.0.1/r4", None),
        ("https://[fd12:3456::1]/r4", None),
        ("http://127.0.0.1:8101/graphql", None),
    ],
)
def test_an_address_means_the_same_to_whoever_reads_it(address, why):
    """No form that a resolver, a proxy or a client would take for another host is accepted."""
    assert address_fault(address) == why


@pytest.mark.parametrize(
    "name",
    [
        "\\u001b[2J",
        "Chiltern\\u009b31m",
        "Chiltern \\u202eeraC",
        "Chil\\u200btern",
        "Chiltern\\u2028Care",
        "Chiltern\\U000e0041",
        "\\u200fChiltern",
        " Chiltern",
        "Chiltern\\u00a0",
        "",
    ],
)
def test_a_name_is_what_it_looks_like(name):
    """No name moves a terminal, turns round the words after it, or hides a letter."""
    with pytest.raises(FaultyFileError, match="one line of words"):
        read_descriptor(descriptor(('name = "Chiltern Care Record"', f'name = "{name}"')))


@pytest.mark.parametrize("name", ["Y", "Cofnod Gofal Ynys Môn", "العناية", "Care (North) & Co."])
def test_names_are_in_any_script(name):
    """Whatever people read is a name."""
    said = read_descriptor(descriptor(('name = "Chiltern Care Record"', f'name = "{name}"')))
    assert said.node.name == name


def test_an_email_address_does_nothing_to_a_terminal():
    """Nor does anything else of the file that is shown."""
    old = re.search(r'email = "(.*?)"', EXAMPLE).group(1)
    with pytest.raises(FaultyFileError, match="an email address"):
        read_descriptor(descriptor((f'"{old}"', '"\\u009b2J@chiltern.example"')))
