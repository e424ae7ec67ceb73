"""Which numbers may be connected to."""

from ipaddress import ip_address

import pytest

from federation.addresses import may_connect, networks_of, number_of

INSIDE = networks_of(["10.20.0.0/16", "fd12:3456::/32"])
EVERYWHERE = networks_of(["0.0.0.0/0", "::/0"])
LOOPBACK = networks_of(["127.0.0.0/8", "::1/128"])


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("10.20.0.1", True),
        ("10.20.255.255", True),
        ("10.21.0.0", False),
        ("10.19.255.255", False),
        ("192.168.1.1", False),
        ("8.8.8.8", False),
        ("127.0.0.1", False),
        ("fd12:3456::1", True),
        ("fd12:3457::1", False),
        ("::ffff:10.20.0.1", True),
        ("::ffff:10.21.0.1", False),
        ("64:ff9b::10.20.0.1", True),
        ("64:ff9b::10.21.0.1", False),
        ("2002:a14:1::", True),  # 10.20.0.1 by 6to4
        ("2002:a15:1::", False),
    ],
)
def test_inside_the_networks(number, expected):
    """Only what is in one of the networks, whichever way an IPv4 address is written."""
    assert may_connect(ip_address(number), INSIDE) is expected


@pytest.mark.parametrize("allowed", [None, EVERYWHERE, networks_of(["169.254.0.0/16", "ff00::/8"])])
@pytest.mark.parametrize(
    "number",
    [
        "169.254.169.254",
        "169.254.0.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "0.1.2.3",
        "224.0.0.1",
        "239.255.255.255",
        "255.255.255.255",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::",
        "::169.254.169.254",
        "64:ff9b:1::a9fe:a9fe",
        "::ffff:0:169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    ],
)
def test_what_is_never_a_node(number, allowed):
    """Link-local, multicast and unspecified addresses are refused, whatever a list says."""
    assert not may_connect(ip_address(number), allowed)


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::127.0.0.1"]
)
def test_this_machine_has_to_be_meant(number):
    """This machine is where a list names it as such, or where there is none."""
    assert may_connect(ip_address(number), None)
    assert may_connect(ip_address(number), LOOPBACK)
    assert not may_connect(ip_address(number), EVERYWHERE)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.20.0.1", "10.20.0.1"),
        ("[fd12::1]", "fd12::1"),
        ("fd12::1", "fd12::1"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST.", "127.0.0.1"),
        ("node.localhost", "127.0.0.1"),
        ("node.example", None),
        ("169.254.169.254.", "169.254.169.254"),
        ("127.1", "127.0.0.1"),
        ("2852039166", "169.254.169.254"),
        ("0xa9fea9fe", "169.254.169.254"),
        ("0251.0376.0251.0376", "169.254.169.254"),
        ("0xA9.254.43518", "169.254.169.254"),
        ("127.0.0.1 x", None),
        ("1.2.3.4.5", None),
        ("99999999999", None),
        ("", None),
    ],
)
def test_what_a_host_is_without_a_look_up(host, expected):
    """A number, or a name that always means this machine."""
    assert number_of(host) == (expected and ip_address(expected))


@pytest.mark.parametrize("text", ["10.20.0.0/33", "10.20.0.1/16", "node.example", ""])
def test_what_is_no_network(text):
    """A network has no bits of a host, so that a slip is not taken for a wide network."""
    with pytest.raises(ValueError, match=r"."):
        networks_of([text])
