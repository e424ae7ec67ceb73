"""Which addresses a region may give for its nodes.

The one door for it: whatever else is asked of an address is asked here.
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
from urllib.parse import urlsplit

IpNetwork = IPv4Network | IPv6Network
_NAMES_OF_THIS_MACHINE = {"localhost": ip_address("127.0.0.1")}


def networks_of(said: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Networks in CIDR notation; raises `ValueError`."""
    return tuple(ip_network(one) for one in said)


def address_fault(address: str, allowed: Collection[IpNetwork] | None = None) -> str | None:
    """Why a node may not have this address, or None; never with the address itself.

    `allowed` are the networks that its region was enrolled with; None where no region is known yet,
    as when a file is read before it is submitted.
    """
    try:
        parts = urlsplit(address)
        host, plain = parts.hostname, parts.port != 0
    except ValueError:
        return "is no address"
    if not host or not plain or any(sign in address for sign in "@?# \t\\"):
        return "must be an address without user, query or fragment"
    number = _number_of(host)
    here = number is not None and number.is_loopback
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        return "must be an https address"
    if allowed is not None and number is not None and not _is_in(number, allowed):
        return "is outside the networks that the region was enrolled with"
    return None


def _number_of(host: str) -> IPv4Address | IPv6Address | None:
    """The host's number, where it is one already."""
    try:
        return _NAMES_OF_THIS_MACHINE.get(host) or ip_address(host)
    except ValueError:
        return None


def _is_in(number: IPv4Address | IPv6Address, allowed: Collection[IpNetwork]) -> bool:
    return any(number in network for network in allowed)
