"""Which addresses a region may give for its nodes.

The one door for it: whatever else is asked of an address is asked here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from federation.addresses import IpAddress, IpNetwork, may_connect, networks_of, number_of

__all__ = ["IpNetwork", "address_fault", "networks_of"]

_NOT_PLAINLY_A_PATH = re.compile(r"%|;|//|/\.{1,2}(/|\Z)")
"""What a server may take for another path than it looks."""
_PLAIN = re.compile(r"[\x21-\x7e]+")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""What resolvers take for a number, or refuse: no name ends so."""


def address_fault(address: str, allowed: Collection[IpNetwork] | None = None) -> str | None:
    """Why a node may not have this address, or None; never with the address itself.

    `allowed` are the networks that its region was enrolled with; None where no region is known yet,
    as when a file is read before it is submitted.
    """
    # `urlsplit` drops line ends and what stands before the scheme, and clients do not.
    if not _PLAIN.fullmatch(address):
        return "must be an address in ASCII alone; a name with other letters begins with xn--"
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        return "is no address"
    if not host or any(sign in address for sign in "@?#\\"):
        return "must be an address without user, query or fragment"
    if _NOT_PLAINLY_A_PATH.search(parts.path):
        return "must have a path without escapes, dots and empty steps"
    number = number_of(host)
    here = number is not None and number.is_loopback
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        return "must be an https address"
    return _host_fault(host, number, allowed)


def _host_fault(
    host: str, number: IpAddress | None, allowed: Collection[IpNetwork] | None
) -> str | None:
    if not _is_host(host):
        return "must be at a name, or at a number in its usual form"
    if number is not None and not may_connect(number, None):
        return "is no address of a node"
    if allowed is not None and number is not None and not may_connect(number, allowed):
        return "is outside the networks that the region was enrolled with"
    return None


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(_NAME.fullmatch(host)) and not _ENDS_IN_A_NUMBER.fullmatch(host)
    return "%" not in host
