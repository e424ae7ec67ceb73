"""Which signatures are taken from anybody: those that only the holder of a private key can make."""

from __future__ import annotations

ALGORITHMS = frozenset(("ES256", "RS256", "PS256", "EdDSA"))
"""Never `none`, never a shared secret."""
