"""What is counted of nodes: how calls ended, how whole answers were; probes apart from people."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

import pytest
from msgspec.structs import replace

from federation.flow import Failure, HeldRecord, NodeCall, Part, Reply
from federation.model import Category, Maintenance, NodeState, Purpose, RequestId, Weekday
from federation.protocols.failures import HELD_BACK, failure
from federation.status import FaultOrigin, SourceCode, SourceState
from federation.watching import CountingClient, Health, Probing
from federation.watching.probing import PROBE
from tests.builders import LONDON, NOW, NUMBER, OTHER_NUMBER, a_node, a_person, a_requester
from tests.virtual_time import run

LATE = NOW + timedelta(minutes=3)


def a_reply(*states: SourceState, nhs_number=NUMBER, node=LONDON, current_to=None) -> Reply:
    """One held record with a part in each of these states."""
    parts = {
        category: Part(category=category, state=state, data_current_to=current_to)
        for category, state in zip(Category, states, strict=False)
    }
    record = HeldRecord(person=a_person(nhs_number), parts=parts)
    return Reply(node=node, records=(record,) if states else (), retrieved_at=NOW)


def a_failure(state=SourceState.UNAVAILABLE, code=SourceCode.NODE_ERROR, node=LONDON) -> Failure:
    return Failure(node=node, state=state, code=code, origin=FaultOrigin.NODE)


def a_call(answer_by: float | None = 8.0) -> NodeCall:
    return NodeCall(
        node=LONDON,
        numbers=(NUMBER,),
        categories=(Category.ALLERGIES,),
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("r"),
        answer_by=answer_by,
    )


@pytest.mark.parametrize(
    ("outcome", "answered", "refused", "late", "complete"),
    [
        (a_reply(SourceState.FRESH, SourceState.FRESH_EMPTY), 1.0, 0.0, 0.0, 1.0),
        (a_reply(SourceState.FRESH, SourceState.PARTIAL), 1.0, 0.0, 0.0, 0.5),
        (a_reply(), 1.0, 0.0, 0.0, None),
        (a_reply(SourceState.WITHHELD), 1.0, 1.0, 0.0, None),
        (a_failure(SourceState.WITHHELD, SourceCode.OBJECTION), 1.0, 1.0, 0.0, None),
        (a_failure(SourceState.TIMED_OUT), 0.0, 0.0, 1.0, None),
        (a_failure(), 0.0, 0.0, 0.0, None),
        (a_failure(SourceState.INVALID_RESPONSE), 0.0, 0.0, 0.0, None),
    ],
)
def test_how_an_outcome_is_counted(outcome, answered, refused, late, complete):
    """A refusal is an answer, a record that is not held is one, and what lacks something shows."""
    health = Health(NOW)
    health.answered(LONDON.id, outcome, 0.2, NOW)
    window = health.traffic_of(LONDON.id, NOW)
    assert (window.answered, window.refused, window.late, window.complete) == (
        answered,
        refused,
        late,
        complete,
    )


MONDAYS = Maintenance(days=(Weekday.MONDAY,), begins=time(10), ends=time(11))
"""NOW is half past ten on a Monday."""
PLANNED = a_node(probe_person=NUMBER, maintenance=(MONDAYS,))
AFTER = NOW + timedelta(minutes=30)


def test_what_is_down_as_it_announced_is_no_outage():
    """It is counted apart, and against nothing: not in answers, lateness or times."""
    health = Health(NOW)
    health.probed(PLANNED.id, PLANNED.categories, a_reply(node=PLANNED), 0.1, NOW)
    for state in (SourceState.UNAVAILABLE, SourceState.TIMED_OUT, SourceState.TIMED_OUT):
        health.probed(PLANNED.id, (), a_failure(state, node=PLANNED), 7.0, NOW)
        health.answered(PLANNED.id, a_failure(state, node=PLANNED), 7.0, NOW)
    seen = health.of(PLANNED.id, NOW)
    assert (seen.answers, seen.is_planned, seen.failing_since) == (False, True, None)
    assert (seen.hour.calls, seen.hour.planned) == (4, 0.75)
    assert (seen.hour.answered, seen.hour.late, seen.hour.p99_seconds) == (1.0, 0.0, 0.1)
    traffic = health.traffic_of(PLANNED.id, NOW)
    assert (traffic.calls, traffic.planned, traffic.answered) == (3, 1.0, None)


@pytest.mark.parametrize(
    ("outcome", "at"),
    [
        (a_failure(node=PLANNED), AFTER),
        (a_failure(), NOW),
        (a_failure(SourceState.UNAVAILABLE, SourceCode.TLS_FAILED, PLANNED), NOW),
        (a_failure(SourceState.INVALID_RESPONSE, SourceCode.MALFORMED, PLANNED), NOW),
    ],
    ids=["when it is over", "without an announcement", "a certificate", "nonsense"],
)
def test_what_it_did_not_announce_is_an_outage(outcome, at):
    """From the first probe on that no maintenance explains."""
    health = Health(NOW)
    health.probed(PLANNED.id, (), outcome, 0.1, at)
    seen = health.of(PLANNED.id, at)
    assert (seen.answers, seen.is_planned, seen.failing_since) == (False, False, at)
    assert (seen.hour.answered, seen.hour.planned) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("steps", "heard"),
    [
        # minutes after ten, whether it answers
        (((30, True), (31, False), (32, False), (33, True)), []),
        (((31, False), (32, False)), []),
        (((59, False), (60, False)), ["does not answer"]),
        (((59, False), (60, False), (61, True)), ["does not answer", "answers again"]),
        (
            ((-1, False), (1, False), (2, False), (3, True)),
            ["does not answer", "answers again"],
        ),
    ],
)
def test_no_alarm_is_raised_for_what_was_announced(steps, heard):
    """Operators hear of what is wrong when no maintenance explains it, and of its end."""

    async def work():
        said = []
        for minutes, answers in steps:
            at = NOW.replace(minute=0) + timedelta(minutes=minutes)
            outcome = a_reply(node=PLANNED) if answers else a_failure(node=PLANNED)
            probes = Probing(
                lambda: (PLANNED,),
                lambda outcome=outcome: {PLANNED.id: _Client(outcome)},
                health,
                lambda at=at: at,
                asyncio.get_running_loop().time,
                lambda _node, what: said.append(what),
            )
            await probes.probe_all()
        assert said == heard

    health = Health(NOW)
    run(work())


def test_a_feed_that_lags_is_not_whole():
    """What a probe finds of it says so, as a row would, and it counts as a part that is wanting."""
    health, fed = Health(NOW), a_node(current_within=((Category.ALLERGIES, 60),))
    for minutes, state, code, complete in (
        (61, SourceState.FRESH, None, 1.0),
        (62, SourceState.PARTIAL, SourceCode.AWAITING_FILING, 0.75),
    ):
        reply = a_reply(
            SourceState.FRESH,
            SourceState.FRESH,
            node=fed,
            current_to=NOW - timedelta(minutes=minutes),
        )
        health.probed(fed.id, fed.categories, reply, 0.1, NOW)
        found = {one.category: one for one in health.of(fed.id, NOW).categories}
        allergies = found[Category.ALLERGIES]
        assert (allergies.state, allergies.code) == (state, code)
        assert found[Category.DEMOGRAPHICS].state is SourceState.FRESH
        assert health.of(fed.id, NOW).hour.complete == complete


def test_what_anybody_may_know_moves_by_no_look_at_anybody():
    """A node's answers about people, and answers for somebody else, leave its probes untouched."""
    health = Health(NOW)
    before = health.of(LONDON.id, LATE)
    health.answered(LONDON.id, a_failure(SourceState.WITHHELD), 0.2, LATE)
    health.answered(LONDON.id, a_reply(SourceState.FRESH), 0.2, LATE)
    health.mismatched(LONDON.id, LATE)
    after = health.of(LONDON.id, LATE)
    assert after == before
    assert health.traffic_of(LONDON.id, LATE).mismatched == 0.5


def test_a_node_fails_from_its_first_failed_probe_until_it_answers():
    """So that it can be said since when."""
    health = Health(NOW)
    health.probed(LONDON.id, LONDON.categories, a_reply(), 0.1, NOW)
    health.probed(LONDON.id, LONDON.categories, a_failure(), 0.1, NOW + timedelta(minutes=1))
    health.probed(LONDON.id, LONDON.categories, a_failure(), 0.1, NOW + timedelta(minutes=2))
    seen = health.of(LONDON.id, LATE)
    assert (seen.answers, seen.failing_since) == (False, NOW + timedelta(minutes=1))
    assert seen.last_answer_at == NOW
    health.probed(LONDON.id, LONDON.categories, a_reply(), 0.1, LATE)
    assert (health.of(LONDON.id, LATE).answers, health.of(LONDON.id, LATE).failing_since) == (
        True,
        None,
    )


def test_a_probe_says_of_each_category_how_it_is_and_how_old():
    """The state of each, and up to when its data goes."""
    health = Health(NOW)
    reply = a_reply(SourceState.FRESH, SourceState.PARTIAL, current_to=NOW - timedelta(days=2))
    health.probed(LONDON.id, LONDON.categories, reply, 0.1, NOW)
    found = health.of(LONDON.id, LATE).categories
    assert [one.state for one in found if one.category is Category.DEMOGRAPHICS] == [
        SourceState.FRESH
    ]
    assert {one.state for one in found} == {SourceState.FRESH, SourceState.PARTIAL}
    assert {one.data_current_to for one in found} == {NOW - timedelta(days=2)}


def test_a_node_that_was_never_probed_is_neither_up_nor_down():
    """What nobody looked at is unknown."""
    assert Health(NOW).of(LONDON.id, LATE).answers is None


class _Client:
    """Answers this, after so many seconds."""

    def __init__(self, *outcomes, seconds: float = 0.0) -> None:
        self.outcomes = list(outcomes)
        self.seconds = seconds
        self.calls: list[NodeCall] = []

    async def fetch(self, call: NodeCall):
        self.calls.append(call)
        await asyncio.sleep(self.seconds)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        pass


def counting(client: _Client) -> tuple[CountingClient, Health]:
    health = Health(NOW)
    loop = asyncio.get_running_loop()
    return CountingClient(client, health, lambda: NOW, loop.time), health


def test_a_call_is_counted_with_how_long_it_took():
    """The client's answer is handed on as it is."""

    async def work():
        reply = a_reply(SourceState.FRESH)
        client, health = counting(_Client(reply, seconds=0.7))
        assert await client.fetch(a_call()) is reply
        assert health.traffic_of(LONDON.id, NOW).p50_seconds == 0.75

    run(work())


@pytest.mark.parametrize(("seconds", "calls"), [(8.0, 1), (3.0, 0)])
def test_a_call_that_is_cut_off_is_late_only_once_its_time_is_over(seconds, calls):
    """Before that, whoever asked went away: the node has done nothing wrong."""

    async def work():
        client, health = counting(_Client(a_reply(), seconds=60.0))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await client.fetch(a_call())
        window = health.traffic_of(LONDON.id, NOW)
        assert (window.calls, window.late) == (calls, 1.0 if calls else None)

    run(work())


def probing(nodes, clients, health=None) -> tuple[Probing, Health, list[tuple[str, str]]]:
    health, heard = health or Health(NOW), []
    loop = asyncio.get_running_loop()
    found = Probing(
        lambda: nodes,
        lambda: clients,
        health,
        lambda: NOW,
        loop.time,
        lambda node, what: heard.append((node, what)),
        chance=lambda: 0.5,
    )
    return found, health, heard


PROBED = a_node(probe_person=NUMBER)


def test_a_probe_asks_for_nobody_by_name_and_for_every_category():
    """As it would for anybody, as the gateway's own probe."""

    async def work():
        client = _Client(a_reply(SourceState.FRESH))
        probes, health, heard = probing((PROBED,), {PROBED.id: client})
        await probes.probe_all()
        (call,) = client.calls
        assert call.numbers == (NUMBER,)
        assert call.categories == PROBED.categories
        assert call.requester is PROBE
        assert health.of(PROBED.id, NOW).answers
        assert health.traffic_of(PROBED.id, NOW).calls == 0
        assert heard == []

    run(work())


@pytest.mark.parametrize(
    "node",
    [
        LONDON,
        *(
            a_node(probe_person=NUMBER, state=state)
            for state in NodeState
            if state not in {NodeState.SHADOW, NodeState.SAFETY_ONLY, NodeState.LIVE}
        ),
    ],
    ids=lambda node: node.state,
)
def test_who_is_not_probed(node):
    """A node that names nobody, one that is not in the network yet, and one that is suspended."""

    async def work():
        client = _Client(a_reply())
        probes, _, _ = probing((node,), {node.id: client})
        await probes.probe_all()
        assert client.calls == []

    run(work())


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (a_reply(SourceState.FRESH, nhs_number=OTHER_NUMBER), SourceState.IDENTITY_MISMATCH),
        (RuntimeError("a defect of ours"), SourceState.UNAVAILABLE),
        (a_failure(), SourceState.UNAVAILABLE),
    ],
)
def test_a_probe_that_fails(outcome, state):
    """Somebody else's data is no answer, and a client's defect ends no probing."""

    async def work():
        other = a_node("milton-keynes", probe_person=NUMBER)
        good = _Client(a_reply())
        clients = {PROBED.id: _Client(outcome), other.id: good}
        probes, health, _ = probing((PROBED, other), clients)
        await probes.probe_all()
        seen = health.of(PROBED.id, NOW)
        assert seen.answers is False
        assert {one.state for one in seen.categories} == {state}
        assert health.of(other.id, NOW).answers

    run(work())


def test_a_probe_waits_no_longer_than_a_look_does():
    """A node that hangs is late, and nobody else waits for it."""

    async def work():
        loop = asyncio.get_running_loop()
        probes, health, _ = probing((PROBED,), {PROBED.id: _Client(a_reply(), seconds=3600)})
        await probes.probe_all()
        assert loop.time() == PROBED.timeout_seconds
        assert health.of(PROBED.id, NOW).hour.late == 1.0

    run(work())


def test_operators_hear_when_a_node_stops_answering_and_when_it_answers_again():
    """Once for each, not once a minute."""

    async def work():
        client = _Client(a_reply(), a_failure(), a_failure(), a_reply(), a_reply())
        probes, _, heard = probing((PROBED,), {PROBED.id: client})
        async with probes:
            await asyncio.sleep(60 * 4 + 1)
        assert len(client.calls) == 5
        assert heard == [(PROBED.id, "does not answer"), (PROBED.id, "answers again")]

    run(work())


def test_a_probe_that_was_not_made_found_nothing():
    """A node that is asked by people as often as it bears is not said to be down for that."""

    async def work():
        held_back = failure(PROBED, HELD_BACK)
        client = _Client(a_reply(), held_back, held_back, a_failure())
        probes, health, heard = probing((PROBED,), {PROBED.id: client})
        await probes.probe_all()
        before = health.of(PROBED.id, NOW)
        await probes.probe_all()
        await probes.probe_all()
        assert health.of(PROBED.id, NOW) == before
        assert all(call.gives_way for call in client.calls)
        assert heard == []
        await probes.probe_all()
        assert heard == [(PROBED.id, "does not answer")]

    run(work())


def test_since_when_a_node_is_watched_hangs_on_no_look():
    """One that joins is watched from then on; when somebody first looked through it is untold."""
    health = Health(NOW)
    health.watch([LONDON.id], NOW + timedelta(seconds=1))
    health.answered("kent", a_reply(), 0.2, NOW + timedelta(minutes=1))
    health.watch([LONDON.id, "kent"], NOW + timedelta(minutes=2))
    health.answered("kent", a_reply(), 0.2, LATE)
    assert health.of(LONDON.id, LATE).since == NOW
    assert health.of("kent", LATE).since == NOW + timedelta(minutes=2)


def test_what_nobody_probes_any_more_is_unknown():
    """A node that was well when probing ended is not said to be well for ever."""
    health = Health(NOW)
    health.probed(LONDON.id, LONDON.categories, a_failure(), 0.1, NOW)
    seen = health.of(LONDON.id, NOW + timedelta(minutes=7))
    assert (seen.answers, seen.failing_since, seen.categories) == (None, None, ())
    assert seen.last_probe_at == NOW


def test_a_certificate_is_told_as_a_probe_found_it():
    """One that a look brought to light comes with the next probe, and not with the look."""

    async def work():
        loop, health = asyncio.get_running_loop(), Health(NOW)
        probes = Probing(
            *(lambda: (PROBED,), lambda: {PROBED.id: _Client(a_reply())}, health, lambda: NOW),
            *(loop.time, lambda _node, _what: None),
            certificate_expires={PROBED.id: LATE}.get,
        )
        assert health.of(PROBED.id, NOW).certificate_expires_at is None
        await probes.probe_all()
        assert health.of(PROBED.id, NOW).certificate_expires_at == LATE

    run(work())


def test_a_category_that_is_suspended_is_not_probed():
    """And a node of which all are is asked nothing at all."""

    async def work():
        some, *others = LONDON.categories
        client = _Client(a_reply())
        for suspended in ({some}, {some, *others}):
            node = a_node(probe_person=NUMBER, suspended_categories=frozenset(suspended))
            await probing((node,), {node.id: client})[0].probe_all()
        assert [call.categories for call in client.calls] == [tuple(others)]

    run(work())


def test_a_node_that_is_suspended_while_its_probe_waits_is_not_probed():
    """Eight are probed at once: the ninth may wait for as long as the eight hang."""

    async def work():
        hang = [a_node(f"node-{number}", probe_person=NUMBER) for number in range(8)]
        nodes, last = [*hang, PROBED], _Client(a_reply())
        clients = {node.id: _Client(a_reply(), seconds=3600) for node in hang} | {PROBED.id: last}
        probes, _, _ = probing(nodes, clients)
        asyncio.get_running_loop().call_later(
            1.0, nodes.__setitem__, 8, replace(PROBED, state=NodeState.SUSPENDED)
        )
        await probes.probe_all()
        assert last.calls == []

    run(work())


class _Cancelling(_Client):
    """Breaks itself off, as a library does that closes what it waits on."""

    async def fetch(self, call: NodeCall):
        self.calls.append(call)
        raise asyncio.CancelledError


def test_a_client_that_breaks_itself_off_ends_no_probing():
    """It counts as a failed probe, and the next round comes."""

    async def work():
        client = _Cancelling()
        probes, health, _ = probing((PROBED,), {PROBED.id: client})
        async with probes:
            await asyncio.sleep(61)
        assert len(client.calls) == 2
        assert health.of(PROBED.id, NOW).answers is False

    run(work())


def test_a_log_that_cannot_be_written_ends_no_probing():
    """Whoever is told of a change may fail, on a full disk say."""

    async def work():
        loop, client = asyncio.get_running_loop(), _Client(a_failure(), a_reply())

        def fail(_node, _what):
            raise OSError("no space left")

        probes = Probing(
            *(lambda: (PROBED,), lambda: {PROBED.id: client}, Health(NOW), lambda: NOW),
            *(loop.time, fail),
            chance=lambda: 0.5,
        )
        async with probes:
            await asyncio.sleep(121)
        assert len(client.calls) == 3

    run(work())


def test_a_node_that_left_the_network_is_forgotten():
    """Nothing is said of it any more, and it takes no room."""

    async def work():
        client = _Client(a_reply())
        probes, health, _ = probing((PROBED,), {PROBED.id: client})
        await probes.probe_all()
        left, _, _ = probing((), {}, health)
        await left.probe_all()
        assert health.totals() == {}

    run(work())
