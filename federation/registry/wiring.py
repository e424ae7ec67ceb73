"""Where a node's row may say that it is reached, and by which certificates.

    allowed_addresses = ["10.20.0.0/16"]

    [node.tls]
    ca_file = "tls/milton-keynes-ca.pem"
    client_certificate_file = "tls/gateway.pem"
    key_file = "tls/gateway.key"
    server_name = "records.milton-keynes.example"

Files are relative to the network file. What is in them is read when the gateway starts, and again
when they change (`protocols/tls.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from federation.addresses import may_connect, networks_of, number_of
from federation.errors import SettingsError
from federation.model import NodeTls


def check_wiring(
    endpoint: str, allowed: Collection[str] | None, tls: NodeTls | None, place: str
) -> None:
    """Raise `SettingsError` for what could not work, or would not protect."""
    if allowed is not None:
        _check_addresses(endpoint, allowed, place)
    if tls is None:
        return
    where = f"{place}: tls"
    if urlsplit(endpoint).scheme != "https":
        raise SettingsError(f"{where}: `endpoint` is not https")
    if tls.ca is not None and tls.ca_file is not None:
        raise SettingsError(f"{where}: either `ca` or `ca_file`")
    if tls.ca_until:
        raise SettingsError(f"{where}: `ca_until` is for descriptors: take it out of the file")
    if tls.key_file is not None and tls.client_certificate_file is None:
        raise SettingsError(f"{where}: `key_file` needs `client_certificate_file`")


def tls_beside(tls: NodeTls, folder: Path) -> NodeTls:
    """The same with its files relative to this folder."""
    named = ("ca_file", "client_certificate_file", "key_file")
    said = {name: getattr(tls, name) for name in named}
    return replace(tls, **{name: str(folder / file) for name, file in said.items() if file})


def _check_addresses(endpoint: str, allowed: Collection[str], place: str) -> None:
    try:
        networks = networks_of(allowed)
    except ValueError:
        raise SettingsError(
            f"{place}: `allowed_addresses` are networks in CIDR notation, such as 10.20.0.0/16"
        ) from None
    number = number_of(urlsplit(endpoint).hostname or "")
    if number is not None and not may_connect(number, networks):
        raise SettingsError(f"{place}: `endpoint` is outside `allowed_addresses`")
