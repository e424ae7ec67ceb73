"""How a node's row may say that the gateway proves itself to it.

    [node.authentication]
    kind = "backend-services"
    client_id = "watling"
    key_file = "secrets/herts-west-essex.jwk"
    scope = "system/*.read"
    token_url = "https://sign-in.example.nhs.uk/token"

Secrets are in files, relative to the network file. What is in them is read when the gateway starts
(`protocols/credentials.py`).
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from federation.errors import SettingsError
from federation.model import BackendServices, BearerToken, NodeProtocol

_THIS_MACHINE = frozenset(("127.0.0.1", "::1", "localhost"))


def check_authentication(
    settings: BearerToken | BackendServices, protocol: NodeProtocol, endpoint: str, place: str
) -> None:
    """Raise `SettingsError` for a way that gives the secret away or cannot work."""
    where = f"{place}: authentication"
    _check_private(endpoint, "endpoint", where)
    if isinstance(settings, BearerToken):
        return
    if settings.token_url is not None:
        check_address(settings.token_url, "token_url", where)
        _check_private(settings.token_url, "token_url", where)
    elif protocol is not NodeProtocol.FHIR_R4:
        raise SettingsError(f"{where}: `token_url` is needed: only a FHIR node can name its own")


def beside(settings: BearerToken | BackendServices, folder: Path) -> BearerToken | BackendServices:
    """The same with its files relative to this folder."""
    if isinstance(settings, BearerToken):
        return replace(settings, token_file=str(folder / settings.token_file))
    return replace(settings, key_file=str(folder / settings.key_file))


def check_address(address: str, key: str, place: str) -> None:
    """A plain http or https address: whatever else it carried would go out with every call."""
    try:
        parts = urlsplit(address)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or "@" in address or "?" in address or "#" in address or " " in address:
        raise SettingsError(
            f"{place}: `{key}` is not a plain http or https address without user, query or fragment"
        )


def _check_private(address: str, key: str, where: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE:
        raise SettingsError(f"{where}: `{key}` must be https: a token is worth as much as a name")
