"""Proofs of possession: a token that is bound to a key is worth nothing without it."""

import base64
import json

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from federation.errors import UnauthenticatedError
from gateway.identity import Proofs, TokenFault
from gateway.identity.proof import LONGEST_PROOF, SECONDS_AFTER, SECONDS_BEFORE, digest_of
from tests.gateway.identity.tokens import (
    KEY,
    URL,
    a_verifier,
    claims,
    issuer_settings,
    jwks,
    seconds,
    sign,
    trusted,
)

HOLDER, THIEF = (ECKey.generate_key("P-256") for _ in range(2))
BOUND = sign(claims(cnf={"jkt": HOLDER.thumbprint()}))
OTHER = sign(claims(cnf={"jkt": HOLDER.thumbprint()}, jti="another"))
_USED = iter(range(10_000))


def a_proof(key=HOLDER, *, header=None, **changed):
    """A good proof of the bound token; a claim of None is left out."""
    said = {
        "jti": f"proof-number-{next(_USED)}",
        "htm": "POST",
        "htu": URL,
        "iat": seconds(),
        "ath": digest_of(BOUND),
    }
    said = {name: value for name, value in (said | changed).items() if value is not None}
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return jws.serialize_compact(head | (header or {}), json.dumps(said), key)


def _encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def asked(verifier, proof, token=BOUND, scheme="DPoP"):
    return await verifier.requester_of(f"{scheme} {token}", proof)


async def refused(verifier, faults, proof, **given):
    with pytest.raises(UnauthenticatedError) as raised:
        await asked(verifier, proof, **given)
    assert raised.value.__context__ is None
    assert faults[-1] is TokenFault.PROOF


async def test_a_bound_token_with_its_proof_is_believed(verifier):
    """Whoever has the key may use the token, with a new proof each time."""
    first = await asked(verifier, a_proof())
    assert first.subject == "subject-1"
    assert await asked(verifier, a_proof()) is first


@pytest.mark.parametrize("remembered", [False, True])
async def test_a_proof_is_asked_for_each_time(verifier, faults, remembered):
    """A token that is remembered is worth no more without a proof than a new one."""
    if remembered:
        await asked(verifier, a_proof())
    await refused(verifier, faults, None)
    await refused(verifier, faults, a_proof(), scheme="Bearer")
    await refused(verifier, faults, None, scheme="Bearer")
    await refused(verifier, faults, a_proof(THIEF))


async def test_a_proof_is_good_once(verifier, faults, clock):
    """The same proof again is refused for as long as it would be good, and then for its age."""
    proof = a_proof()
    await asked(verifier, proof)
    for _ in range(2):
        await refused(verifier, faults, proof)
        clock.move(SECONDS_BEFORE)
    await refused(verifier, faults, proof)


@pytest.mark.parametrize(
    ("offset", "good"),
    [
        (-SECONDS_BEFORE - 1, False),
        (-SECONDS_BEFORE, True),
        (SECONDS_AFTER, True),
        (SECONDS_AFTER + 1, False),
    ],
)
async def test_a_proof_is_of_just_now(verifier, faults, offset, good):
    """Old proofs, and those of clocks too far ahead, are refused."""
    proof = a_proof(iat=seconds(offset))
    if good:
        assert await asked(verifier, proof)
    else:
        await refused(verifier, faults, proof)


@pytest.mark.parametrize(
    "htu",
    [
        "https://GATEWAY.example/graphql",
        f"{URL}?query=1#part",
        "https://gateway.example:443/graphql",
    ],
)
async def test_addresses_are_compared_as_addresses(verifier, htu):
    """Host names know no capitals, the usual port goes without saying, a query is no address."""
    assert await asked(verifier, a_proof(htu=htu))


WRONG = [
    ("of another token", a_proof(ath=digest_of(OTHER))),
    ("of no token", a_proof(ath=None)),
    ("for reading", a_proof(htm="GET")),
    ("for another place", a_proof(htu="https://other.example/graphql")),
    ("for another path", a_proof(htu="https://gateway.example/launch")),
    ("without TLS", a_proof(htu="http://gateway.example/graphql")),
    ("for no address", a_proof(htu="https://[/graphql")),
    ("for no port", a_proof(htu="https://gateway.example:port/graphql")),
    ("of no time", a_proof(iat=None)),
    ("of a time that is a text", a_proof(iat=str(seconds()))),
    ("without an id", a_proof(jti=None)),
    ("with a short id", a_proof(jti="1")),
    ("with an endless id", a_proof(jti="1" * 257)),
    ("an ordinary token", a_proof(header={"typ": "JWT"})),
    ("brings a private key", a_proof(header={"jwk": HOLDER.as_dict(private=True)})),
    ("brings another's key", a_proof(THIEF, header={"jwk": HOLDER.as_dict(private=False)})),
    ("brings no key", a_proof(header={"jwk": {}})),
    ("brings a text", f"{_encoded({'typ': 'dpop+jwt', 'alg': 'ES256', 'jwk': 'key'})}.e30.e30"),
    ("signed by a thief", a_proof(THIEF)),
    ("not signed", f"{a_proof().rpartition('.')[0]}."),
    ("too large", a_proof(padding="x" * LONGEST_PROOF)),
    ("not a proof", "nonsense"),
    ("not ascii", "é.é.é"),
    ("empty", ""),
    (
        "with a shared secret",
        jws.serialize_compact(
            {"typ": "dpop+jwt", "alg": "HS256", "jwk": HOLDER.as_dict(private=False)},
            b"{}",
            OctKey.generate_key(256),
        ),
    ),
]


@pytest.mark.parametrize("proof", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_any_other_proof_is_refused(verifier, faults, proof):
    """What does not prove just this, by just this key, proves nothing."""
    await refused(verifier, faults, proof)


async def test_a_token_that_is_bound_to_no_key_needs_no_proof(verifier, faults):
    """An ordinary token is brought as one; with the other scheme it is refused."""
    token = sign(claims())
    assert await verifier.requester_of(f"Bearer {token}", None)
    assert await verifier.requester_of(f"Bearer {token}", "whatever")
    await refused(verifier, faults, a_proof(ath=digest_of(token)), token=token)


@pytest.mark.parametrize("confirmation", [{}, {"jkt": ""}, {"jkt": 7}, {"x5t#S256": "x"}, "key", 7])
async def test_a_token_that_is_bound_in_another_way_is_refused(verifier, faults, confirmation):
    """What nobody here understands is not taken for nothing."""
    token = sign(claims(cnf=confirmation))
    for scheme in ("Bearer", "DPoP"):
        proof = a_proof(ath=digest_of(token))
        await refused(verifier, faults, proof, token=token, scheme=scheme)


async def test_an_issuer_may_have_to_bind_its_tokens(tmp_path, clock, faults):
    """Where the settings ask for it, a token that is bound to no key is refused."""
    settings = issuer_settings(jwks(tmp_path, KEY.as_dict(private=False)), proof_required=True)
    verifier = a_verifier([trusted(settings)], clock, refused=faults.append)
    assert await asked(verifier, a_proof())
    await refused(verifier, faults, None, token=sign(claims()), scheme="Bearer")


async def test_without_an_address_there_is_no_proof(issuer, clock, faults):
    """A gateway that does not know its own address takes no bound token."""
    verifier = a_verifier([issuer], clock, refused=faults.append, proofs=Proofs(None))
    await refused(verifier, faults, a_proof())


async def test_a_full_memory_refuses_and_empties_itself(issuer, clock, faults):
    """Of proofs that could be brought again none is forgotten; old ones make room."""
    proofs = Proofs(URL, remembered=2)
    verifier = a_verifier([issuer], clock, refused=faults.append, proofs=proofs)
    for _ in range(2):
        await asked(verifier, a_proof())
    await refused(verifier, faults, a_proof())
    clock.move(SECONDS_BEFORE + SECONDS_AFTER + 1)
    now = seconds(SECONDS_BEFORE + SECONDS_AFTER + 1)
    assert await asked(verifier, a_proof(iat=now))
    assert len(proofs._seen) == 1


async def test_one_key_cannot_fill_the_memory(issuer, clock, faults):
    """Whoever brings too many is refused alone, until their own are old; others go on."""
    proofs = Proofs(URL, of_one_key=2)
    verifier = a_verifier([issuer], clock, refused=faults.append, proofs=proofs)
    other = sign(claims(cnf={"jkt": THIEF.thumbprint()}))
    for _ in range(2):
        await asked(verifier, a_proof())
    await refused(verifier, faults, a_proof())
    assert await asked(verifier, a_proof(THIEF, ath=digest_of(other)), token=other)
    later = SECONDS_BEFORE + SECONDS_AFTER + 1
    clock.move(later)
    for _ in range(2):
        assert await asked(verifier, a_proof(iat=seconds(later)))
    await refused(verifier, faults, a_proof(iat=seconds(later)))
