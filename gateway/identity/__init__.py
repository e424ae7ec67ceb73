"""Who is calling: bearer tokens, verified. Start in `verify.py`."""

from federation.followed import Followed, Refreshed, follow
from gateway.identity.clients import Clients, ClientSettings
from gateway.identity.faults import TokenFault
from gateway.identity.issuers import IssuerSettings, TrustedIssuer, trust
from gateway.identity.keys import FileKeys, KeySource
from gateway.identity.mappings.role_table import RoleTableSettings
from gateway.identity.proof import Proofs
from gateway.identity.remote_keys import KeysUnavailableError, RemoteKeys
from gateway.identity.requester import Acquaintance
from gateway.identity.verify import Verifier

__all__ = [
    "Acquaintance",
    "ClientSettings",
    "Clients",
    "FileKeys",
    "Followed",
    "IssuerSettings",
    "KeySource",
    "KeysUnavailableError",
    "Proofs",
    "Refreshed",
    "RemoteKeys",
    "RoleTableSettings",
    "TokenFault",
    "TrustedIssuer",
    "Verifier",
    "follow",
    "trust",
]
