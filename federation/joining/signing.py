"""What a region signs: descriptors, over their exact bytes, with a key that the operator enrolled.

A signed descriptor is a compact JWS (RFC 7515) with the descriptor's bytes as its payload, so that
the one text is all that has to be sent.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from federation.errors import SettingsError
from federation.joining.steps import RegionKey

ALGORITHM = "ES256"
DESCRIPTOR = "watling-descriptor+jws"
REPORT = "watling-conformance+jws"
_CURVE = "P-256"


class SignatureError(SettingsError):
    """Something is not signed by whom it must be; the text says why, and repeats nothing of it."""


def sign(body: bytes, kid: str, key: ECKey, kind: str = DESCRIPTOR) -> str:
    """These bytes as a compact JWS, by the key of this name."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": kind}
    return jws.serialize_compact(header, body, key, algorithms=[ALGORITHM])


def unverified(signed: str) -> bytes:
    """What somebody signed, whoever they are: to see whose keys have to be looked for."""
    try:
        return jws.extract_compact(signed.encode("ascii")).payload
    except (JoseError, UnicodeEncodeError, ValueError):
        raise SignatureError("is no compact JWS") from None


def verified(
    signed: str, keys: Iterable[RegionKey], at: datetime, kind: str = DESCRIPTOR
) -> tuple[bytes, str]:
    """The bytes, and the name of the key that signed them; raises `SignatureError`."""
    known = {key.kid: key for key in keys}
    try:
        header = jws.extract_compact(signed.encode("ascii")).headers()
        key = known.get(str(header.get("kid")))
        if key is None:
            raise SignatureError("is signed by no key that its region was enrolled with")
        if key.until is not None and key.until <= at:
            raise SignatureError("is signed by a key that is not in use any more")
        checked = jws.deserialize_compact(signed, public_key(key.jwk), algorithms=[ALGORITHM])
    except (JoseError, UnicodeEncodeError, ValueError):
        raise SignatureError("has a signature that does not hold") from None
    if header.get("typ") != kind:
        raise SignatureError("was signed as something else")
    return checked.payload, key.kid


def public_key(jwk: Mapping[str, object]) -> ECKey:
    """A region's public key; raises `SignatureError` for anything else."""
    try:
        key = ECKey.import_key(dict(jwk))  # type: ignore[arg-type]  # checked by trying
    except (JoseError, ValueError, TypeError, KeyError):
        raise SignatureError("is no P-256 key as a JWK") from None
    if key.curve_name != _CURVE or key.is_private:
        raise SignatureError("is no public P-256 key as a JWK")
    return key


def thumbprint(key: ECKey) -> str:
    """The key's RFC 7638 thumbprint in hexadecimal digits, as descriptors name it."""
    digest = key.thumbprint()
    return urlsafe_b64decode(digest + "=" * (-len(digest) % 4)).hex()
