"""Authorities that sign certificates, as they are handed over: in PEM, known by a fingerprint."""

from __future__ import annotations

from collections.abc import Collection

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates


def authorities_of(text: str) -> tuple[str, ...]:
    """The SHA-256 of each certificate (DER) in PEM; raises `ValueError` for anything else there."""
    found = load_pem_x509_certificates(text.encode("utf-8"))
    # OpenSSL stops in silence at the first that it cannot read.
    if len(found) != text.count("-----BEGIN"):
        raise ValueError("not certificates alone")
    return tuple(one.fingerprint(SHA256()).hex() for one in found)


def without(text: str, gone: Collection[str]) -> str:
    """The certificates in PEM that are none of these, by fingerprint; empty where none is left."""
    found = load_pem_x509_certificates(text.encode("utf-8"))
    kept = (one for one in found if one.fingerprint(SHA256()).hex() not in gone)
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in kept)
