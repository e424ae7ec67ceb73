"""Which numeric addresses a node may be reached at.

A descriptor names a host, and whoever answers for that name in the DNS says another address
tomorrow. What is checked is therefore the number that is about to be connected to; `may_connect`
is the one rule, whether the number stood in an address, was looked up, or is what a name means on
this machine.
"""

from __future__ import annotations

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

_THIS_MACHINE = ip_address("127.0.0.1")
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network: Linux takes 0.0.0.0 for itself
        "169.254.0.0/16",  # link-local, and where clouds hand out a machine's credentials
        "224.0.0.0/4",  # multicast
        "255.255.255.255/32",
        "::/128",
        "fd00:ec2::254/128",  # a cloud's credentials again
        "fe80::/10",
        "ff00::/8",
    )
)
_TRANSLATED = ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address, which a translator on the way connects to."""


def networks_of(said: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Networks in CIDR notation; raises `ValueError`."""
    return tuple(ip_network(one) for one in said)


def number_of(host: str) -> IpAddress | None:
    """The host's number, where it is one already, or always means this machine."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return _THIS_MACHINE
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


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
    if number in _TRANSLATED:
        return IPv4Address(int(number) & 0xFFFF_FFFF)
    return number.ipv4_mapped or number.sixtofour or number
