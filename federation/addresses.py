"""Which numeric addresses a node may be reached at.

A descriptor names a host, and whoever answers for that name in the DNS says another address
tomorrow. What is checked is therefore the number that is about to be connected to; `may_connect`
is the one rule, whether the number stood in an address, was looked up, or is what a name means on
this machine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

_OCTETS = 4
_OCTET = 0xFF
_OLD_NUMBER = re.compile(r"0x[0-9a-f]{0,8}|0[0-7]{0,11}|[1-9][0-9]{0,9}")
_THIS_MACHINE = ip_address("127.0.0.1")
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network: Linux takes 0.0.0.0 for itself
        "100.100.100.200/32",  # where clouds hand out a machine's credentials
        "168.63.129.16/32",
        "169.254.0.0/16",  # link-local, and the same again
        "192.0.0.192/32",
        "224.0.0.0/4",  # multicast
        "255.255.255.255/32",
        "::/128",
        "fd00:ec2::254/128",
        "fe80::/10",
        "ff00::/8",
    )
)
_TRANSLATED = tuple(
    ip_network(text)
    for text in (
        "64:ff9b::/96",  # RFC 6052
        "64:ff9b:1::/48",  # RFC 8215, in the form that translators have it by default
        "::ffff:0:0:0/96",  # RFC 2765
    )
)
"""The last 32 bits are an IPv4 address, which a translator on the way connects to."""
_COMPATIBLE = ip_network("::/96")
"""RFC 4291, 2.5.5.1: the same; but for `::` and `::1`, which have a meaning of their own."""


def networks_of(said: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Networks in CIDR notation; raises `ValueError`."""
    return tuple(ip_network(one) for one in said)


def number_of(host: str) -> IpAddress | None:
    """The host's number, where it is one already, or always means this machine.

    Resolvers take short, octal and hexadecimal forms for numbers too, so they are numbers here.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return _THIS_MACHINE
    try:
        return ip_address(name)
    except ValueError:
        return _old_form(name)


def _old_form(name: str) -> IPv4Address | None:
    """As `inet_aton` reads it: one to four numbers, of which the last fills what is left."""
    parts = name.split(".")
    if len(parts) > _OCTETS or not all(map(_OLD_NUMBER.fullmatch, parts)):
        return None
    *first, last = [_number(part) for part in parts]
    rest = 8 * (_OCTETS - len(first))
    if last >= 1 << rest or any(one > _OCTET for one in first):
        return None
    whole = int.from_bytes(bytes(first)) if first else 0
    return IPv4Address(whole << rest | last)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def may_connect(number: IpAddress, allowed: Collection[IpNetwork] | None) -> bool:
    """Whether a connection to this number may be made.

    `allowed` None: wherever the operators say, but for what is never a node. This machine has to be
    named as such: a network that is wide enough to hold it does not mean it.
    """
    number = _meant(number)
    if any(number in network for network in _NEVER):
        return False
    if allowed is None:
        return True
    return any(
        number in network and (network.is_loopback or not number.is_loopback) for network in allowed
    )


def _meant(number: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(number, IPv4Address):
        return number
    compatible = number in _COMPATIBLE and number.packed[12] != 0
    if compatible or any(number in network for network in _TRANSLATED):
        return IPv4Address(int(number) & 0xFFFF_FFFF)
    return number.ipv4_mapped or number.sixtofour or number
