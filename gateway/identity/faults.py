"""Why a token or its proof was refused, for the log alone."""

from __future__ import annotations

from enum import StrEnum


class TokenFault(StrEnum):
    """Why a token was refused. Nothing of the token."""

    MISSING = "MISSING"
    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ALGORITHM = "ALGORITHM"
    SIGNATURE = "SIGNATURE"
    EXPIRED = "EXPIRED"
    CLAIM = "CLAIM"
    REQUESTER = "REQUESTER"
    PROOF = "PROOF"
    """Bound to a key whose holder did not prove that it is theirs, or bound to none and had to."""
    OVERDUE = "OVERDUE"
    """Of a proxy whose day of review has come."""


class RefusedTokenError(Exception):
    """A token that is not believed, with the fault. Never leaves the verifier."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault)
        self.fault = fault
