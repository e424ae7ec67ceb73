"""Sharing rules as operators have them: signers, bundles on a disk, following what is published."""

from gateway.sharing.bundles import BundleFiles, read_bundle, signature_file
from gateway.sharing.expiry import Expiry
from gateway.sharing.follower import Follower
from gateway.sharing.last_known import LastKnown
from gateway.sharing.signers import SignerRow, Signers, load_signers, read_signing_key

__all__ = [
    "BundleFiles",
    "Expiry",
    "Follower",
    "LastKnown",
    "SignerRow",
    "Signers",
    "load_signers",
    "read_bundle",
    "read_signing_key",
    "signature_file",
]
