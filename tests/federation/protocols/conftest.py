"""The transport that every test here speaks through, and the protocols under contract."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey

from federation.protocols import open_transport
from tests.federation.protocols.proofs import a_bearer, token_endpoint
from tests.federation.protocols.speakers import Fhir, Native, Speaker


@pytest.fixture
async def transport() -> AsyncIterator[httpx.AsyncBaseTransport]:
    opened = open_transport()
    yield opened
    await opened.aclose()


@pytest.fixture(params=["native", "fhir", "native, bearer", "fhir, backend services"])
async def speaker(
    request: pytest.FixtureRequest, tmp_path: Path, client_key: RSAKey
) -> AsyncIterator[Speaker]:
    """Each protocol, by itself and with a way for the gateway to prove itself."""
    match request.param:
        case "native":
            yield Native()
        case "fhir":
            yield Fhir()
        case "native, bearer":
            yield Native(proof=a_bearer(tmp_path))
        case _:
            async with token_endpoint(tmp_path, client_key) as (endpoint, proof):
                yield Fhir(proof=proof)
                assert endpoint.refusals == []


@pytest.fixture(scope="session")
def client_key() -> RSAKey:
    """The key that the gateway signs with when it asks for a token."""
    return RSAKey.generate_key(2048, {"kid": "watling-1"}, auto_kid=False)


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's TLS with a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "node.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
