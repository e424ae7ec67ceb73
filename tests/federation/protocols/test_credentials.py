"""Secrets from files: what is taken, and that what is not stops the start without quoting it."""

import warnings

import msgspec
import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from federation.errors import SettingsError
from federation.model import BackendServices, BearerToken
from federation.protocols.credentials import load_credentials, read_credential
from tests.builders import a_node

KID = {"kid": "watling-1"}
SECRET = "do-not-quote-me"  # noqa: S105 - of a test


def with_key(path):
    return a_node(authentication=BackendServices(client_id="watling", key_file=str(path)))


def with_token(path):
    return a_node(authentication=BearerToken(token_file=str(path)))


def test_a_node_that_asks_for_nothing():
    """Without settings there is no credential."""
    assert read_credential(a_node()) is None
    assert load_credentials((a_node(),)) == {}


def test_a_token(tmp_path):
    """A token file is one word; white space around it is the editor's."""
    path = tmp_path / "node.token"
    path.write_text(f"{SECRET}\n")
    assert set(load_credentials((a_node("other"), with_token(path)))) == {with_token(path).id}


@pytest.mark.parametrize("text", ["", " \n", f"{SECRET} {SECRET}", f"{SECRET}\x00", "schlüssel"])
def test_what_is_no_token(tmp_path, text):
    """Whatever could not stand in a header is refused."""
    path = tmp_path / "node.token"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_credential(with_token(path))
    assert str(path) in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("node", [with_token, with_key])
def test_a_file_that_cannot_be_read(tmp_path, node):
    """A missing file, or one that is no text, is named."""
    path = tmp_path / "secret"
    with pytest.raises(SettingsError, match="cannot be read"):
        read_credential(node(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is no text"):
        read_credential(node(path))


def as_jwk(key, *, private=True, **changes):
    return msgspec.json.encode(key.as_dict(private=private) | changes)


@pytest.mark.parametrize("key", [RSAKey.generate_key(2048, KID), ECKey.generate_key("P-384", KID)])
def test_keys(tmp_path, key):
    """The two kinds of key that SMART names are taken."""
    path = tmp_path / "client.jwk"
    path.write_bytes(as_jwk(key))
    assert read_credential(with_key(path)) is not None


with warnings.catch_warnings():
    warnings.simplefilter("ignore", SecurityWarning)
    SHORT = as_jwk(RSAKey.generate_key(1024, KID))
BAD_KEYS = {
    "public": as_jwk(ECKey.generate_key("P-384", KID), private=False),
    "another curve": as_jwk(ECKey.generate_key("P-256", KID)),
    "another kind": as_jwk(OKPKey.generate_key("Ed25519", KID)),
    "short": SHORT,
    "without a kid": as_jwk(ECKey.generate_key("P-384", auto_kid=False)),
    "a shared secret": msgspec.json.encode({"kty": "oct", "k": "c2VjcmV0", "kid": "x"}),
    "no JWK": b"{}",
    "no JSON": b"-----BEGIN PRIVATE KEY-----",
    "broken": msgspec.json.encode({"kty": "EC", "crv": "P-384", "d": SECRET, "kid": "x"}),
    "another shape": b'{"kty": 4}',
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_what_is_no_key(tmp_path, name):
    """A key that SMART does not take, or that is not whole, is refused without quoting it."""
    path = tmp_path / "client.jwk"
    path.write_bytes(BAD_KEYS[name])
    with pytest.raises(SettingsError) as caught:
        read_credential(with_key(path))
    assert str(path) in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
