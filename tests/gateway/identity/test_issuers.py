"""Settings and keys of issuers: what would weaken every check is refused at the start."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import OctKey, OKPKey, RSAKey

from federation.errors import SettingsError
from gateway.identity import FileKeys, RoleTableSettings, trust
from tests.gateway.identity.tokens import KEY, a_key, issuer_settings, jwks

PUBLIC = KEY.as_dict(private=False)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"issuer": ""}, "issuer"),
        ({"audience": ""}, "audience"),
        ({"algorithms": ()}, "algorithms"),
        ({"algorithms": ("none",)}, "algorithms"),
        ({"algorithms": ("ES256", "HS256")}, "algorithms"),
        ({"leeway_seconds": -1}, "leeway_seconds"),
        ({"leeway_seconds": 3600}, "leeway_seconds"),
        ({"jwks_file": None}, "either `jwks_file` or `jwks_url`"),
        ({"jwks_url": "https://keys.example/jwks"}, "either `jwks_file` or `jwks_url`"),
        *(
            ({"jwks_file": None, "jwks_url": url}, "must be a plain https address")
            for url in (
                "http://keys.example/jwks",
                "https://",
                "https://user@keys.example/jwks",
                "https://keys.example/jwks#part",
                "https://keys.example:0/jwks",
                "https://keys.example:port/jwks",
                "ftp://127.0.0.1/jwks",
                "file:///etc/passwd",
                "http://localhost.example/jwks",
            )
        ),
    ],
)
def test_settings_that_weaken_the_checks_are_refused(changed, named):
    """No shared secrets, no unsigned tokens, no leeway of hours, nobody without a name."""
    with pytest.raises(SettingsError, match=named):
        issuer_settings(**({"jwks_file": Path("keys.json")} | changed))


@pytest.mark.parametrize(
    "url", ["https://keys.example/jwks?set=1", "http://127.0.0.1:8080/jwks", "http://[::1]/jwks"]
)
def test_keys_may_lie_at_an_address(url):
    """Keys come over https, or from the machine itself."""
    assert issuer_settings(None, jwks_url=url).jwks_url == url


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"id": "two"}, "`issuer`"), ({"issuer": "https://two.example"}, "`id`")],
)
def test_two_issuers_are_told_apart(tmp_path, changed, named):
    """Neither the name in the settings nor that in the token may mean two of them."""
    path = jwks(tmp_path, PUBLIC)
    with pytest.raises(SettingsError, match=f"same {named}"):
        trust([issuer_settings(path), issuer_settings(path, **changed)])


def test_a_table_is_for_an_issuer_without_roles_of_its_own(tmp_path):
    """A table gives roles to people of a plain provider; those of others bring their own."""
    row = RoleTableSettings(
        issuer="cis2",
        organisation="Z99280",
        table_file=tmp_path / "t.jws",
        key_file=tmp_path / "k.json",
        roles=("R1330",),
    )
    with pytest.raises(SettingsError, match="`cis2` is no issuer with the mapping `oidc`"):
        trust([issuer_settings(jwks(tmp_path, PUBLIC))], [row])


async def test_public_keys_are_found_by_their_id(tmp_path):
    """Each key of the file is found by its id, and no other."""
    keys = FileKeys.load(
        jwks(
            tmp_path,
            PUBLIC,
            RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False),
            OKPKey.generate_key("Ed25519", {"kid": "okp"}).as_dict(private=False),
        )
    )
    for kid in ("key-1", "rsa", "okp"):
        key = await keys.key(kid)
        assert key is not None
        assert key.kid == kid
    assert await keys.key("key-2") is None


def _short_key():
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()  # noqa: S505 - too short on purpose
    modulus = base64.urlsafe_b64encode(numbers.n.to_bytes(128, "big")).rstrip(b"=").decode()
    return {"kty": "RSA", "kid": "short", "n": modulus, "e": "AQAB"}


BAD_KEYS = [
    ("private", a_key("private").as_dict(private=True), "private"),
    ("shared secret", OctKey.generate_key(256, {"kid": "s"}).as_dict(private=True), "secret"),
    ("of no kind", {"kid": "k"}, "cannot be read"),
    ("of a kind that nobody knows", {"kid": "k", "kty": "??"}, "cannot be read"),
    ("damaged", PUBLIC | {"kid": "k", "x": "!!"}, "cannot be read"),
    ("same id", PUBLIC, "same `kid`"),
    ("short", _short_key(), "2048"),
    ("for secrets", a_key("enc").as_dict(private=False) | {"use": "enc"}, "not for signatures"),
]


@pytest.mark.parametrize(
    ("key", "named"), [case[1:] for case in BAD_KEYS], ids=[case[0] for case in BAD_KEYS]
)
def test_a_key_that_cannot_be_used_is_named_by_its_place(tmp_path, key, named):
    """A key that is secret, short, nameless or ambiguous stops the start, and is not repeated."""
    path = jwks(tmp_path, PUBLIC, key)
    with pytest.raises(SettingsError) as raised:
        FileKeys.load(path)
    text = str(raised.value)
    assert text.startswith(f"{path}: key 2")
    assert named in text
    assert not any(str(key[part]) in text for part in ("d", "k", "x", "n") if part in key)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"keys": []}',
        '{"keys": [7]}',
        json.dumps({"keys": [{name: PUBLIC[name] for name in PUBLIC if name != "kid"}]}),
        json.dumps({"keys": [PUBLIC | {"kid": ""}]}),
        json.dumps({"keys": [PUBLIC | {"kid": 1}]}),
        json.dumps(PUBLIC),
    ],
)
def test_what_is_no_set_of_keys_is_refused_by_name(tmp_path, content):
    """A file that holds no keys stops the start, naming the file."""
    path = tmp_path / "keys.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"keys\.json: is not a set of keys"):
        FileKeys.load(path)


def test_a_missing_file_is_refused_by_name(tmp_path):
    """Where the keys should be is said plainly."""
    with pytest.raises(SettingsError, match=r"keys\.json: cannot be read"):
        FileKeys.load(tmp_path / "keys.json")
