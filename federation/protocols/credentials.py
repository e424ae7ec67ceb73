"""What the gateway proves itself with: secrets, read from their files once, at the start.

A file that cannot be used stops the start in one sentence that repeats nothing of it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import httpx
import msgspec
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey, import_key

from federation.errors import SettingsError
from federation.model import BackendServices, BearerToken, Clock, Node, NodeId
from federation.protocols.authentication import Authenticator, Bearer
from federation.protocols.smart import SigningKey, SmartBackend

Credential = Callable[[httpx.AsyncBaseTransport, Clock], Authenticator]
"""Makes a node's authenticator once there is a transport."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
_FEWEST_RSA_BITS = 2048


def load_credentials(nodes: Iterable[Node]) -> Mapping[NodeId, Credential]:
    """The credential of every node that asks for one; raises `SettingsError`, naming the file."""
    found = ((node.id, read_credential(node)) for node in nodes)
    return {node_id: credential for node_id, credential in found if credential is not None}


def read_credential(node: Node) -> Credential | None:
    """A node's credential, None where it asks for none; raises `SettingsError`."""
    settings = node.authentication
    if settings is None:
        return None
    if isinstance(settings, BearerToken):
        bearer = Bearer(read_token(Path(settings.token_file)))
        return lambda _transport, _clock: bearer
    return _backend(node, settings)


def _backend(node: Node, settings: BackendServices) -> Credential:
    key = _signing_key(Path(settings.key_file))
    return lambda transport, clock: SmartBackend(node, settings, key, transport, clock)


def read_token(path: Path) -> str:
    """A bearer token of a file; raises `SettingsError`, which repeats nothing of it."""
    token = _text(path).strip()
    if not _TOKEN.fullmatch(token):
        raise SettingsError(f"`{path}`: a token is one word of printable characters")
    return token


def _signing_key(path: Path) -> SigningKey:
    key = _private_key(_text(path))
    algorithm = _algorithm(key) if key is not None else None
    if key is None or algorithm is None or not key.kid:
        raise SettingsError(
            f"`{path}`: a key is a private JWK with a `kid`: RSA of 2048 bits or more, or P-384"
        )
    return SigningKey(key, algorithm, key.kid)


def _private_key(text: str) -> RSAKey | ECKey | None:
    try:
        raw = msgspec.json.decode(text, type=dict[str, str | bool | list[str]])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = import_key(raw)  # type: ignore[arg-type]  # a JWK by its members' own types
    except (msgspec.DecodeError, JoseError, ValueError, TypeError, KeyError):
        # The fault may quote the key, so it is not passed on.
        return None
    return key if isinstance(key, RSAKey | ECKey) and key.is_private else None


def _algorithm(key: RSAKey | ECKey) -> str | None:
    """The one that SMART names for this kind of key, None for a key that it does not take."""
    if isinstance(key, RSAKey):
        return "RS384" if key.raw_value.key_size >= _FEWEST_RSA_BITS else None
    return "ES384" if key.curve_name == "P-384" else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"`{path}`: is no text") from None
