"""Bearer tokens: what is believed, and that everything else is refused in one way."""

import base64
import hmac
import json
from hashlib import sha256

import pytest
from joserfc.jwk import RSAKey

from federation.errors import UnauthenticatedError
from federation.model import RequesterKind
from gateway.identity import TokenFault, TrustedIssuer, trust
from gateway.identity.mappings import read_cis2
from gateway.identity.verify import LONGEST_TOKEN, REMEMBERED_SECONDS
from tests.gateway.identity.tokens import (
    ISSUER,
    KEY,
    STRANGER,
    a_key,
    a_verifier,
    bearer,
    claims,
    issuer_settings,
    jwks,
    seconds,
    sign,
    trusted,
)


def _encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unsigned(alg):
    return f"{_encoded({'alg': alg, 'kid': 'key-1'})}.{_encoded(claims())}."


def _signed_with_the_public_key():
    body = f"{_encoded({'alg': 'HS256', 'kid': 'key-1'})}.{_encoded(claims())}"
    code = hmac.digest(KEY.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{_encoded(code)}"


def _tampered(**changed):
    head, _, signature = sign(claims()).split(".")
    return f"{head}.{_encoded(claims(**changed))}.{signature}"


def _with_payload(payload):
    head, _, signature = sign(claims()).split(".")
    return f"{head}.{_encoded(payload)}.{signature}"


def _with_header(header):
    _, payload, signature = sign(claims()).split(".")
    return f"{_encoded(header)}.{payload}.{signature}"


def _embedding_its_own_key():
    header = {"alg": "ES256", "kid": "key-1", "jwk": STRANGER.as_dict(private=False)}
    return sign(claims(), STRANGER, header)


F = TokenFault
BAD_HEADERS = [
    ("no header", None, F.MISSING),
    ("empty header", "", F.MISSING),
    ("another scheme", "Basic dXNlcjpzZWNyZXQ=", F.MISSING),
    ("token without a scheme", sign(claims()), F.MISSING),
    ("scheme alone", "Bearer", F.MALFORMED),
    ("scheme and space", "Bearer ", F.MALFORMED),
    ("two tokens", bearer(f"{sign(claims())} {sign(claims())}"), F.MALFORMED),
    ("not a token", bearer("abc"), F.MALFORMED),
    ("two parts", bearer("abc.def"), F.MALFORMED),
    ("five parts", bearer("a.b.c.d.e"), F.MALFORMED),
    ("three parts of nothing", bearer("a.b.c"), F.MALFORMED),
    ("not ascii", bearer(sign(claims()) + "é"), F.MALFORMED),
    ("header is a list", bearer(_with_header(["alg", "kid"])), F.MALFORMED),
    ("header is a text", bearer(_with_header("alg")), F.MALFORMED),
    ("payload is no object", bearer(_with_payload([1])), F.MALFORMED),
    ("payload is no json", bearer(_with_payload(b"\xff\xfe")), F.MALFORMED),
    ("payload nests without end", bearer(_with_payload(b"[" * 5000)), F.MALFORMED),
    ("too large", bearer(sign(claims(padding="x" * LONGEST_TOKEN))), F.TOO_LARGE),
    ("unsigned", bearer(_unsigned("none")), F.ALGORITHM),
    ("unsigned, in other letters", bearer(_unsigned("nOnE")), F.ALGORITHM),
    ("public key as a shared secret", bearer(_signed_with_the_public_key()), F.ALGORITHM),
    ("tampered", bearer(_tampered(sub="somebody-else")), F.SIGNATURE),
    ("signature of a stranger", bearer(sign(claims(), STRANGER)), F.SIGNATURE),
    ("brings its own key", bearer(_embedding_its_own_key()), F.SIGNATURE),
    ("key that nobody knows", bearer(sign(claims(), kid="key-2")), F.UNKNOWN_KEY),
    ("no key named", bearer(sign(claims(), header={"alg": "ES256"})), F.UNKNOWN_KEY),
    ("key named by a number", bearer(_with_header({"alg": "ES256", "kid": 1})), F.UNKNOWN_KEY),
    ("another issuer", bearer(sign(claims(iss="https://other.example"))), F.UNKNOWN_ISSUER),
    ("no issuer", bearer(sign(claims(iss=None))), F.UNKNOWN_ISSUER),
    ("issuer as a list", bearer(sign(claims(iss=[ISSUER]))), F.UNKNOWN_ISSUER),
    ("another audience", bearer(sign(claims(aud="elsewhere"))), F.CLAIM),
    ("no audience", bearer(sign(claims(aud=None))), F.CLAIM),
    ("empty audience", bearer(sign(claims(aud=[]))), F.CLAIM),
    ("other audiences", bearer(sign(claims(aud=["elsewhere", "there"]))), F.CLAIM),
    ("expired", bearer(sign(claims(exp=seconds(-6)))), F.EXPIRED),
    ("expired at the end of leeway", bearer(sign(claims(exp=seconds(-5)))), F.EXPIRED),
    ("no expiry", bearer(sign(claims(exp=None))), F.CLAIM),
    ("expiry is a text", bearer(sign(claims(exp=str(seconds(60))))), F.CLAIM),
    ("expiry is true", bearer(sign(claims(exp=True))), F.CLAIM),
    ("expiry is no number", bearer(sign(claims(exp=float("nan")))), F.CLAIM),
    ("expiry is endless", bearer(sign(claims(exp=float("inf")))), F.CLAIM),
    ("not yet valid", bearer(sign(claims(nbf=seconds(6)))), F.CLAIM),
    ("issued in the future", bearer(sign(claims(iat=seconds(6)))), F.CLAIM),
    ("no subject", bearer(sign(claims(sub=None))), F.CLAIM),
    ("empty subject", bearer(sign(claims(sub=""))), F.CLAIM),
    (
        "a condition that nobody here understands",
        bearer(_with_header({"alg": "ES256", "kid": "key-1", "crit": ["odd"], "odd": True})),
        F.MALFORMED,
    ),
    ("describes nobody", bearer(sign(claims(uid=None))), F.REQUESTER),
]


@pytest.mark.parametrize(
    ("header", "fault"), [case[1:] for case in BAD_HEADERS], ids=[case[0] for case in BAD_HEADERS]
)
async def test_a_bad_token_is_refused_for_its_own_reason(verifier, faults, header, fault):
    """Every kind of bad token is refused, and the log learns which kind it was."""
    with pytest.raises(UnauthenticatedError):
        await verifier.requester_of(header)
    assert faults == [fault]


@pytest.mark.parametrize("header", [case[1] for case in BAD_HEADERS[3:]], ids=lambda _: "")
async def test_the_caller_is_never_told_why(verifier, header):
    """Whatever was wrong, the text is the same and the error carries nothing of the token."""
    with pytest.raises(UnauthenticatedError) as raised:
        await verifier.requester_of(header)
    assert raised.value.text == UnauthenticatedError.public
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_a_good_token_says_who_is_calling(verifier, faults):
    """A token that the issuer signed for this gateway, in time, is believed."""
    requester = await verifier.requester_of(bearer(sign(claims())))
    assert (requester.issuer, requester.subject, requester.kind, requester.role) == (
        "cis2",
        "subject-1",
        RequesterKind.PROFESSIONAL,
        "R0050",
    )
    assert faults == []


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["elsewhere", "watling"]},
        {"exp": seconds(-4)},  # within the leeway
        {"iat": seconds(5)},
        {"nbf": seconds(5)},
        {"iat": None},
        {"exp": seconds(60) + 0.5},
        {"jti": "token-1", "scope": "openid"},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_small_differences_are_allowed_for(verifier, changed):
    """Clocks may differ by the leeway, audiences may be several, other claims are left alone."""
    assert await verifier.requester_of(bearer(sign(claims(**changed))))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_read_in_any_letters(verifier, scheme):
    """HTTP schemes know no upper and lower case."""
    assert await verifier.requester_of(f"{scheme} {sign(claims())} ")


class CountingKeys:
    """The test issuer's key, counting how often it is looked for."""

    def __init__(self) -> None:
        self.looked_for = 0

    async def key(self, kid):
        self.looked_for += 1
        return KEY

    async def aclose(self):
        pass


@pytest.fixture
def counting(tmp_path, clock):
    keys = CountingKeys()
    settings = issuer_settings(tmp_path / "unread.json")
    one = TrustedIssuer(settings=settings, keys=keys, read=read_cis2)
    return keys, a_verifier([one], clock, remembered_tokens=2)


async def test_a_token_is_verified_once_a_minute(counting, clock):
    """The same token again is believed by its digest, for a minute and no longer."""
    keys, verifier = counting
    header = bearer(sign(claims()))
    first = await verifier.requester_of(header)
    clock.move(REMEMBERED_SECONDS - 1)
    assert await verifier.requester_of(header) is first
    assert keys.looked_for == 1
    clock.move(1)
    assert await verifier.requester_of(header) == first
    assert keys.looked_for == 2


async def test_a_token_is_never_believed_past_its_end_from_memory(counting, clock):
    """What is remembered ends with the token; only the leeway of a fresh look is left."""
    keys, verifier = counting
    header = bearer(sign(claims(exp=seconds(10))))
    await verifier.requester_of(header)
    clock.move(9)
    await verifier.requester_of(header)
    assert keys.looked_for == 1
    clock.move(2)
    await verifier.requester_of(header)
    assert keys.looked_for == 2
    clock.move(5)
    with pytest.raises(UnauthenticatedError):
        await verifier.requester_of(header)


async def test_memory_is_bounded(counting):
    """Of more tokens than are remembered, the one unused for longest is verified anew."""
    keys, verifier = counting
    first, second, third = (bearer(sign(claims(uid=f"subject-{n}"))) for n in range(3))
    for header in (first, second, first, third):
        await verifier.requester_of(header)
    assert keys.looked_for == 3
    await verifier.requester_of(first)
    assert keys.looked_for == 3
    await verifier.requester_of(second)
    assert keys.looked_for == 4
    assert len(verifier._remembered) == 2


async def test_no_token_lies_in_memory(verifier):
    """Only a digest and the requester are remembered."""
    token = sign(claims())
    await verifier.requester_of(bearer(token))
    assert list(verifier._remembered) == [sha256(token.encode()).digest()]


async def test_refusals_are_not_remembered(verifier, clock):
    """A token that was not valid yet is believed once it is."""
    header = bearer(sign(claims(nbf=seconds(60))))
    with pytest.raises(UnauthenticatedError):
        await verifier.requester_of(header)
    clock.move(60)
    assert await verifier.requester_of(header)


async def test_one_issuer_cannot_speak_for_another(tmp_path, clock, faults):
    """Of several issuers each is believed under its own name, with its own keys alone."""
    other_key = a_key("key-1")
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one = issuer_settings(jwks(folders[0], KEY.as_dict(private=False)))
    two = issuer_settings(
        jwks(folders[1], other_key.as_dict(private=False)),
        id="two",
        issuer="https://two.example",
        audience="two",
    )
    verifier = a_verifier(trust([one, two]), clock, refused=faults.append)
    theirs = {"iss": "https://two.example", "aud": "two"}
    assert await verifier.requester_of(bearer(sign(claims())))
    assert await verifier.requester_of(bearer(sign(claims(**theirs), other_key)))
    for forged in (sign(claims(), other_key), sign(claims(**theirs), KEY)):
        with pytest.raises(UnauthenticatedError):
            await verifier.requester_of(bearer(forged))
    assert faults == [TokenFault.SIGNATURE] * 2


async def test_an_issuer_s_other_algorithms_are_refused(tmp_path, clock, faults):
    """A good signature of a kind that the settings do not name is refused."""
    rsa = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    path = jwks(tmp_path, KEY.as_dict(private=False), rsa.as_dict(private=False))
    header = bearer(sign(claims(), rsa, {"alg": "RS256", "kid": "rsa-1"}))
    strict = a_verifier([trusted(issuer_settings(path))], clock, refused=faults.append)
    with pytest.raises(UnauthenticatedError):
        await strict.requester_of(header)
    assert faults == [TokenFault.ALGORITHM]
    both = issuer_settings(path, algorithms=("ES256", "RS256"))
    assert await a_verifier([trusted(both)], clock).requester_of(header)


async def test_a_key_of_another_kind_than_the_algorithm_is_refused(tmp_path, clock):
    """An RSA signature under an EC key's id ends as a refusal and not as a defect."""
    rsa = RSAKey.generate_key(2048, {"kid": "key-1"})
    both = issuer_settings(
        jwks(tmp_path, KEY.as_dict(private=False)), algorithms=("ES256", "RS256")
    )
    header = bearer(sign(claims(), rsa, {"alg": "RS256", "kid": "key-1"}))
    with pytest.raises(UnauthenticatedError):
        await a_verifier([trusted(both)], clock).requester_of(header)
