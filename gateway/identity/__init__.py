"""Who is calling: bearer tokens, verified. Start in `verify.py`."""

from gateway.identity.issuers import IssuerSettings, TrustedIssuer
from gateway.identity.keys import FileKeys, KeySource
from gateway.identity.verify import TokenFault, Verifier

__all__ = [
    "FileKeys",
    "IssuerSettings",
    "KeySource",
    "TokenFault",
    "TrustedIssuer",
    "Verifier",
]
