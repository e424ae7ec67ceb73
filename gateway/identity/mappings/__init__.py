"""What the claims of each kind of provider mean: one file each. Start in `base.py`."""

from gateway.identity.mappings.base import Claimed, ClaimedRole, ClaimsError, ReadClaims
from gateway.identity.mappings.cis2 import read_cis2
from gateway.identity.mappings.nhs_login import read_nhs_login
from gateway.identity.mappings.oidc import OidcMapping

__all__ = [
    "Claimed",
    "ClaimedRole",
    "ClaimsError",
    "OidcMapping",
    "ReadClaims",
    "read_cis2",
    "read_nhs_login",
]
