"""Launches: sealed, given out once, and to whom they were meant for alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from federation.authority import EvidenceSource, RelationshipKind
from federation.errors import ErrorCode, IdentityNotConfirmedError, OverloadedError, StorageError
from federation.launches import HANDLE_LIVES, NOT_ACCEPTED, Launches
from federation.storage.subkeys import subkeys
from tests.builders import KEY, NOW, a_launch, a_question, a_requester, an_organisation

LATER = NOW + timedelta(days=3)
COLLEAGUE = a_requester(subject="colleague")
ELSEWHERE = a_requester(organisation=an_organisation("RWG", region="hertfordshire-west-essex"))
CITIZEN = a_requester(organisation=None)


class Kept:
    """A launch store whose content a test can read, and change."""

    def __init__(self) -> None:
        self.rows = []
        self.taken = set()

    async def put(self, launch, at) -> bool:
        if any(row.message_digest == launch.message_digest for row in self.rows):
            return False
        self.rows.append(launch)
        return True

    async def take(self, handle_digest, at):
        if handle_digest in self.taken:
            return None
        self.taken.add(handle_digest)
        return next((row for row in self.rows if row.handle_digest == handle_digest), None)


class Lost:
    """A store that cannot be reached."""

    async def put(self, launch, at) -> bool:
        raise StorageError("the launch could not be kept")

    async def take(self, handle_digest, at):
        raise StorageError("the launch could not be taken")


def _asking(handle, **given):
    return a_question(**({"launch": handle, "confirm": None} | given))


async def test_a_launch_comes_back_as_it_was_kept() -> None:
    """Every field survives, and the handle is a secret of 256 bits that lives ten minutes."""
    launches = Launches(Kept(), (KEY,))
    launch = a_launch(family_name="Ó Néill", subject=a_requester().principal, ends_at=LATER)
    handle = await launches.keep(launch, NOW)
    assert len(handle.text) == 43
    assert handle.expires_at == NOW + HANDLE_LIVES <= NOW + timedelta(minutes=10)
    assert handle.text not in repr(handle)
    assert await launches.redeem(_asking(handle.text)) == launch


async def test_no_handle_is_no_launch() -> None:
    """A question without a handle asks the store nothing."""
    assert await Launches(Lost(), (KEY,)).redeem(_asking(None)) is None


async def _kept(**given):
    store = Kept()
    launches = Launches(store, (KEY,))
    return store, launches, await launches.keep(a_launch(**given), NOW)


async def _refused(launches, question) -> IdentityNotConfirmedError:
    with pytest.raises(IdentityNotConfirmedError) as refused:
        await launches.redeem(question)
    assert (refused.value.code, refused.value.text) == (
        ErrorCode.IDENTITY_NOT_CONFIRMED,
        NOT_ACCEPTED,
    )


@pytest.mark.parametrize(
    "handle", ["", "x", "x" * 43, "ä" * 43, "x" * 42 + "\n", "x" * 43 + "\n", "x" * 100_000, "0\0"]
)
async def test_what_is_no_handle_is_refused_in_the_same_words(handle) -> None:
    """Whatever a caller sends in place of a handle is one refusal."""
    _, launches, _ = await _kept()
    await _refused(launches, _asking(handle))


# how the launch was made, who redeems it
STRANGERS = {
    "another organisation": ({}, ELSEWHERE),
    "nobody's organisation": ({}, CITIZEN),
    "a namesake at another provider": ({"subject": "x\x1fconsultant-london"}, a_requester()),
    "another member of staff": ({"subject": COLLEAGUE.principal}, a_requester()),
}


@pytest.mark.parametrize(("given", "requester"), STRANGERS.values(), ids=STRANGERS)
async def test_a_handle_in_other_hands_is_refused_and_spent(given, requester) -> None:
    """Whoever it was not meant for gets nothing, and then nobody does."""
    _, launches, handle = await _kept(**given)
    await _refused(launches, _asking(handle.text, requester=requester))
    rightful = COLLEAGUE if given.get("subject") == COLLEAGUE.principal else a_requester()
    await _refused(launches, _asking(handle.text, requester=rightful))


async def test_one_use_is_one_use() -> None:
    """Of two who redeem it at the same time one gets it, and nobody after them."""
    _, launches, handle = await _kept()
    first, second = await asyncio.gather(
        *(launches.redeem(_asking(handle.text)) for _ in range(2)), return_exceptions=True
    )
    assert first == a_launch()
    assert isinstance(second, IdentityNotConfirmedError)


async def test_a_handle_expires() -> None:
    """At the tenth minute there is nothing to redeem, whatever the store gives out."""
    for late, accepted in ((HANDLE_LIVES - timedelta(seconds=1), True), (HANDLE_LIVES, False)):
        _, launches, handle = await _kept()
        question = _asking(handle.text, asked_at=NOW + late)
        if accepted:
            assert await launches.redeem(question)
        else:
            await _refused(launches, question)


async def test_a_message_makes_one_handle() -> None:
    """The same message of the same host is refused, taken or not; another host's id is its own."""
    store, launches, handle = await _kept()
    assert await launches.keep(a_launch(evidence="other"), NOW) is None
    await launches.redeem(_asking(handle.text))
    assert await launches.keep(a_launch(), NOW) is None
    assert await launches.keep(a_launch(host="https://cad.example"), NOW)
    assert await launches.keep(a_launch(id="message-2"), NOW)
    assert len(store.rows) == 3


async def test_the_store_tells_nothing() -> None:
    """What lies in the store has neither the handle nor anything of the person in it."""
    store, _, handle = await _kept(family_name="Fernsby")
    (row,) = store.rows
    lies = b"".join((row.handle_digest, row.message_digest, row.sealed))
    for secret in (handle.text, "9990000018", "1952", "Fernsby", "RRV", "admission", "message-1"):
        assert secret.encode() not in lies


async def test_the_gateways_key_alone_opens_nothing() -> None:
    """Both the handle and the key are needed, and a seal stands for its own handle alone."""
    store, launches, handle = await _kept()
    _, _, other = await _kept(id="message-2", number="9990000026")
    await _refused(Launches(store, (bytes(32),)), _asking(handle.text))
    other = await launches.keep(a_launch(id="message-2"), NOW)
    ours, theirs = store.rows
    nonce, text = ours.sealed[:12], ours.sealed[12:]
    for key in (KEY, *subkeys((KEY,), "launch")):
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(nonce, text, ours.handle_digest)
    store.taken.clear()
    store.rows = [type(ours)(**{**_fields(ours), "sealed": theirs.sealed})]
    await _refused(launches, _asking(handle.text))
    store.taken.clear()
    store.rows = [type(ours)(**{**_fields(ours), "sealed": b""})]
    await _refused(launches, _asking(handle.text))
    assert other


async def test_a_key_is_changed_without_losing_a_launch() -> None:
    """What was sealed under the earlier key is redeemed while that key is still in the file."""
    store, _, handle = await _kept()
    assert await Launches(store, (bytes(32), KEY)).redeem(_asking(handle.text)) == a_launch()


def _fields(row):
    return {name: getattr(row, name) for name in row.__struct_fields__}


async def test_a_lost_store_refuses_and_says_so() -> None:
    """Nothing can be kept, and nothing be redeemed, while the store cannot be reached."""
    launches = Launches(Lost(), (KEY,))
    with pytest.raises(StorageError):
        await launches.keep(a_launch(), NOW)
    with pytest.raises(OverloadedError):
        await launches.redeem(_asking("x" * 43))


EVIDENCE = [
    # kind, begins, ends, whether it carries a look at these times after the launch
    (RelationshipKind.INCIDENT, 0, None, {0: True, 24: True, 47: True, 49: False}),
    (RelationshipKind.INCIDENT, 0, 2, {1: True, 25: True, 27: False}),
    (RelationshipKind.INCIDENT, 0, 24 * 365, {47: True, 49: False}),
    (RelationshipKind.ADMISSION, -24 * 30, None, {0: True, 24 * 14 - 1: True, 24 * 14: False}),
    (RelationshipKind.APPOINTMENT, 24 * 6, 24 * 6 + 1, {0: True}),
    (RelationshipKind.APPOINTMENT, 24 * 8, 24 * 8 + 1, {0: False}),
    (RelationshipKind.REFERRAL, 1, None, {0: False, 1: True}),
]


@pytest.mark.parametrize(("kind", "begins", "ends", "holds"), EVIDENCE)
def test_a_launch_is_evidence_for_as_long_as_it_is_believed(kind, begins, ends, holds) -> None:
    """An end that the host did not give, or gave far ahead, is not believed for ever."""
    launch = a_launch(
        kind=kind,
        begins_at=NOW + timedelta(hours=begins),
        ends_at=None if ends is None else NOW + timedelta(hours=ends),
    )
    found = Launches(Kept(), (KEY,)).relationship_of(launch, a_requester())
    assert {hour: found.holds(NOW + timedelta(hours=hour)) for hour in holds} == holds


def test_evidence_is_the_redeemers_alone() -> None:
    """It names the source, the reason and whom it binds: nobody else of the organisation."""
    found = Launches(Kept(), (KEY,)).relationship_of(a_launch(), a_requester())
    assert (found.kind, found.source, found.evidence) == (
        RelationshipKind.ADMISSION,
        EvidenceSource.LAUNCH,
        "admission-1",
    )
    bound = [found.binds(who) for who in (a_requester(), COLLEAGUE, ELSEWHERE, CITIZEN)]
    assert bound == [True, False, False, False]


def test_what_begins_now_has_begun() -> None:
    """A host system whose clock is a little ahead is no reason to keep a crew waiting."""
    ahead = a_launch(kind=RelationshipKind.INCIDENT, begins_at=NOW + timedelta(seconds=50))
    assert Launches(Kept(), (KEY,)).relationship_of(ahead, a_requester()).holds(NOW)


def test_opening_again_renews_the_same_relationship() -> None:
    """One id for one reason of one person; another in anything is another, and tells no number."""
    launches = Launches(Kept(), (KEY,))
    first = launches.relationship_of(a_launch(), a_requester()).id
    again = a_launch(id="message-2", launched_at=LATER, ends_at=LATER)
    assert launches.relationship_of(again, a_requester()).id == first
    others = [
        a_launch(number="9990000026"),
        a_launch(evidence="admission-2"),
        a_launch(kind=RelationshipKind.REFERRAL),
        a_launch(host="https://cad.example"),
        a_launch(organisation="RWG"),
    ]
    ids = {first, *(launches.relationship_of(one, a_requester()).id for one in others)}
    ids |= {launches.relationship_of(a_launch(), COLLEAGUE).id}
    ids |= {Launches(Kept(), (bytes(32),)).relationship_of(a_launch(), a_requester()).id}
    assert len(ids) == 8
    assert "9990000018" not in first
