"""A verifier that trusts the test issuer, and its moving parts."""

import pytest

from gateway.identity import TokenFault, TrustedIssuer, Verifier
from tests.gateway.identity.tokens import KEY, MovingClock, issuer_settings, jwks


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def faults() -> list[TokenFault]:
    return []


@pytest.fixture
def issuer(tmp_path) -> TrustedIssuer:
    path = jwks(tmp_path, KEY.as_dict(private=False))
    return TrustedIssuer.from_file(issuer_settings(path))


@pytest.fixture
def verifier(issuer, clock, faults) -> Verifier:
    return Verifier([issuer], clock, refused=faults.append)
