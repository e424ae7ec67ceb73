"""Which addresses a region may give for its nodes.

The one door for it: whatever else is asked of an address is asked here.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from federation.addresses import IpNetwork, may_connect, networks_of, number_of

__all__ = ["IpNetwork", "address_fault", "networks_of"]


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
    number = number_of(host)
    here = number is not None and number.is_loopback
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        return "must be an https address"
    if number is not None and not may_connect(number, None):
        return "is no address of a node"
    if allowed is not None and number is not None and not may_connect(number, allowed):
        return "is outside the networks that the region was enrolled with"
    return None
