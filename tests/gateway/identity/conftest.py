"""A verifier that trusts the test issuer, and its moving parts."""

import pytest

from gateway.identity import TokenFault, TrustedIssuer, Verifier
from tests.gateway.identity.tokens import (
    KEY,
    MovingClock,
    a_verifier,
    issuer_settings,
    jwks,
    trusted,
)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def faults() -> list[TokenFault]:
    return []


@pytest.fixture
def issuer(tmp_path) -> TrustedIssuer:
    return trusted(issuer_settings(jwks(tmp_path, KEY.as_dict(private=False))))


@pytest.fixture
def verifier(issuer, clock, faults) -> Verifier:
    return a_verifier([issuer], clock, refused=faults.append)
