"""`/status` for people, `/metrics` for who has the token, and who may know what of a node."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, time, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from federation.errors import SettingsError
from federation.flow import Incident
from federation.model import Maintenance, NodeState, RegionId, Weekday
from federation.status import SourceCode, SourceState
from federation.watching import History
from federation.watching.health import counted
from gateway.access import AccessLog
from gateway.health import livez
from gateway.limits.in_flight import InFlight
from gateway.settings import load_settings
from gateway.watching import Watching
from gateway.watching.chart import bars
from gateway.watching.metrics import NodeCollector
from gateway.watching.status import KEPT, OnItsWay, StatusPage
from tests.builders import NOW, a_node
from tests.federation.sharing.given import an_agreement
from tests.federation.watching.test_health import a_call, a_failure, a_reply
from tests.gateway.test_settings import FILE

HOUR = timedelta(hours=1)
TOKEN = "ab" * 32
NODES = (a_node("london-care-record"), a_node("milton-keynes", state=NodeState.SUSPENDED))
LONDON = NODES[0].id


class _Tags(HTMLParser):
    """Every tag of a page, with its attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.words += data


class _Clock:
    """Stands, until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def watching(tmp_path: Path, clock: _Clock) -> Watching:
    (tmp_path / "metrics.key").write_text(TOKEN)
    (tmp_path / "watling.toml").write_text(f'metrics_token_file = "metrics.key"\n{FILE}')
    settings = load_settings(tmp_path / "watling.toml", {})
    return Watching(settings, lambda: NODES, InFlight(5), clock)


@pytest.fixture
def client(watching: Watching) -> httpx.AsyncClient:
    app = Starlette(
        routes=[*watching.routes(), Route("/livez", livez)],
        middleware=[Middleware(AccessLog, ended=watching.requests.ended)],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


def page_of(watching: Watching, nodes, joining=()) -> str:
    page = StatusPage(lambda: nodes, watching.health_of, lambda: NOW, lambda: joining)
    return page._template.render(page.values())


async def test_the_page_says_which_nodes_answer(watching: Watching, client, clock: _Clock):
    """The headline counts, each node has a word, and nothing may be kept or framed."""
    watching.health.probed(LONDON, NODES[0].categories, a_reply(SourceState.FRESH), 0.1, NOW)
    answer = await client.get("/status")
    words = _Tags(answer.text).words
    assert "No source is known to be down" in words
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    watching.health.probed(LONDON, NODES[0].categories, a_failure(), 0.1, NOW)
    clock.now += KEPT
    words = _Tags((await client.get("/status")).text).words
    assert "1 of 2 sources does not answer." in words
    assert "no answer since" in words


async def test_a_page_is_made_once_for_all_who_ask_at_once(watching: Watching, clock: _Clock):
    """Whoever asks again and again, or for a wall of screens, takes nothing from looks."""
    asked: list[bool] = []
    status = StatusPage(lambda: asked.append(True) or NODES, watching.health_of, clock)
    app = Starlette(routes=[Route("/status", status.page)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        for seconds, made in ((0, 1), (9, 1), (1, 2), (-3600, 3)):
            clock.now += timedelta(seconds=seconds)
            both = (client.get("http://gateway/status") for _ in range(20))
            pages = {answer.text for answer in await asyncio.gather(*both)}
            assert (len(pages), len(asked)) == (1, made)


async def test_the_page_needs_no_script_and_takes_no_markup_from_a_node(watching: Watching):
    """What a node calls itself is text."""
    bad = a_node("bad", name='<script>alert(1)</script>"><b onclick=x', region="<img src=x>")
    tags = _Tags(page_of(watching, (bad,), (a_joining(name="<i>Kent</i>"),)))
    assert not {"script", "b", "img", "i"} & set(tags.tags)
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in tags.words


def test_no_look_at_anybody_moves_the_page(watching: Watching):
    """What nodes answer about people, their refusals and mix-ups leave it as it was."""
    watching.health.probed(LONDON, NODES[0].categories, a_reply(), 0.1, NOW)
    before = page_of(watching, NODES)
    for outcome in (a_reply(SourceState.FRESH), a_failure(), a_failure(SourceState.WITHHELD)):
        watching.health.answered(LONDON, outcome, 3.0, NOW)
    watching.heard(Incident(node=LONDON, code=SourceCode.WRONG_PERSON, detail="another number"))
    assert page_of(watching, NODES) == before


def a_joining(**given) -> OnItsWay:
    defaults = {
        "name": "Kent",
        "region": "Kent",
        "state": NodeState.SHADOW,
        "submitted_at": NOW - timedelta(days=3, hours=2),
    }
    return OnItsWay(**(defaults | given))


@pytest.mark.parametrize(
    ("given", "to_report", "to_live"),
    [
        ({}, "3 d 2 h, running", "3 d 2 h, running"),
        ({"reported_at": NOW - timedelta(days=3)}, "2 h 0 min", "3 d 2 h, running"),
        (
            {"reported_at": NOW - timedelta(days=3), "live_at": NOW - timedelta(days=1)},
            "2 h 0 min",
            "2 d 2 h",
        ),
    ],
)
def test_the_two_clocks_of_a_joining_region(watching: Watching, given, to_report, to_live):
    """From its submission to its report, and to being live; a clock that runs says so."""
    page = page_of(watching, NODES, (a_joining(**given),))
    cells = [" ".join(cell.split()) for cell in re.findall(r"<td>([^<]*)</td>", page)]
    assert cells[-2:] == [to_report, to_live]


def test_what_ends_soon_and_what_is_old_is_said(watching: Watching):
    """A certificate, and up to when the data goes of the category that lags most."""
    old = a_reply(SourceState.FRESH, current_to=NOW - timedelta(days=2))
    ends = NOW + timedelta(days=20)
    watching.health.probed(LONDON, NODES[0].categories, old, 0.1, NOW, ends)
    words = " ".join(_Tags(page_of(watching, NODES)).words.split())
    assert "3 Oct 2026, 10:30 (demographics)" in words
    assert "25 Oct 2026, 09:30: soon" in words


def test_nodes_that_readers_are_not_told_of_are_not_on_the_page(watching: Watching):
    """An application, and a node that left."""
    hidden = [a_node("kent", state=state) for state in (NodeState.SUBMITTED, NodeState.RETIRED)]
    assert "Kent" not in page_of(watching, hidden)


def test_the_chart_has_a_bar_for_five_minutes(watching: Watching):
    """Older on the left; red where nothing was answered."""
    for minutes in range(20):
        outcome = a_failure() if minutes < 5 else a_reply()
        at = NOW - timedelta(minutes=19 - minutes)
        watching.health.probed(LONDON, NODES[0].categories, outcome, 0.1, at)
    found = re.findall(r'<rect class="(\w+)" x="(\d+)" width="(\d+)"', page_of(watching, NODES[:1]))
    assert found[0][0] in {"bad", "poor"}
    assert found[-1] == ("good", "285", "3")
    assert [int(x) for _, x, _ in found] == sorted(int(x) for _, x, _ in found)


MONDAYS = Maintenance(days=(Weekday.MONDAY,), begins=time(10), ends=time(11))
"""NOW is half past ten on a Monday."""
PLANNED = a_node("london-care-record", maintenance=(MONDAYS,))


def test_planned_maintenance_is_shown_and_is_no_outage(watching: Watching):
    """With until when; the day counts it apart, and its bars are grey, not red."""
    for minutes in range(20):
        outcome = a_reply(node=PLANNED) if minutes < 10 else a_failure(node=PLANNED)
        at = NOW - timedelta(minutes=19 - minutes)
        watching.health.probed(PLANNED.id, PLANNED.categories, outcome, 0.1, at)
    page = page_of(watching, (PLANNED,))
    words = " ".join(_Tags(page).words.split())
    assert "planned maintenance until 11:00" in words
    assert "but for planned maintenance: London Care Record." in words
    assert "not answer" not in words
    assert "no answer since" not in words
    assert "100 % in the last day, without 50.0 % in planned maintenance" in words
    assert {how for how, _ in re.findall(r'<rect class="(\w+)" x="(\d+)"', page)} == {"good", "off"}
    health = watching.health_of(PLANNED)
    assert (health.answers, health.failing_since) == (False, None)
    assert health.maintenance_until == NOW + timedelta(minutes=30)


def test_an_hour_of_maintenance_says_nothing_of_how_quick_a_node_is(watching: Watching):
    """Nobody answered, and nobody was to: no time is made of that."""
    watching.health.probed(PLANNED.id, PLANNED.categories, a_failure(node=PLANNED), 8.0, NOW)
    words = " ".join(_Tags(page_of(watching, (PLANNED,))).words.split())
    assert "not known in the last day, without 100 % in planned maintenance" in words
    assert "more than 8 s" not in words
    assert "last hour" not in words


def test_a_node_that_answers_in_its_maintenance_is_as_ever(watching: Watching):
    """The page says that it may be down, and that it is not."""
    watching.health.probed(PLANNED.id, PLANNED.categories, a_reply(node=PLANNED), 0.1, NOW)
    words = " ".join(_Tags(page_of(watching, (PLANNED,))).words.split())
    assert "All 1 sources answer." in words
    assert "may be down until" in words
    assert "5 Oct 2026, 11:00, as planned" in words


@pytest.mark.parametrize(
    ("node", "answers", "up", "maintenance"),
    [
        (PLANNED, True, 1, 1),
        (PLANNED, False, None, 1),
        (NODES[0], False, 0, None),
        (a_node(maintenance=(replace(MONDAYS, begins=time(12), ends=time(13)),)), False, 0, 0),
    ],
)
async def test_metrics_say_of_maintenance_that_it_is_no_outage(
    watching: Watching, node, answers, up, maintenance
):
    """An alarm on a node that is not up stays silent; that it is in maintenance has its own."""
    outcome = a_reply(node=node) if answers else a_failure(node=node)
    watching.health.probed(node.id, node.categories, outcome, 0.1, NOW)
    found = NodeCollector(watching.health, lambda: (node,), watching.health_of).collect()
    samples = {one.name: one.value for family in found for one in family.samples}
    assert samples.get("watling_node_up") == up
    assert samples.get("watling_node_in_maintenance") == maintenance


def test_agreements_that_end_soon_are_shown(watching: Watching):
    """Those of the node itself, from 90 days before, and red in the last week."""
    until = {"soon": 7, "later": 90, "much-later": 91, "over": 0, "theirs": 3}
    agreements = [
        an_agreement(
            id=name,
            source=NODES[name == "theirs"],
            requester_region=RegionId("essex"),
            valid_until=NOW.date() + timedelta(days=days),
        )
        for name, days in until.items()
    ]
    seen = Watching(
        watching._settings, lambda: NODES, InFlight(5), lambda: NOW, agreements=lambda: agreements
    )
    ending = seen.health_of(NODES[0]).agreements_ending
    assert [(one.agreement, one.days) for one in ending] == [("soon", 7), ("later", 90)]
    page = page_of(seen, NODES[:1])
    words = " ".join(_Tags(page).words.split())
    assert "12 Oct 2026, with essex: in 7 days" in words
    assert "3 Jan 2027, with essex: in 90 days" in words
    assert '<dd class="bad">12 Oct 2026' in page
    assert '<dd class="bad">3 Jan 2027' not in page


async def test_metrics_are_for_who_has_the_token(client: httpx.AsyncClient):
    """Nobody else, with whatever they show."""
    for shown in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN[:-1]}"}):
        answer = await client.get("/metrics", headers=shown)
        assert (answer.status_code, answer.content) == (401, b"")


async def test_metrics_count_calls_by_how_they_ended(watching: Watching, client: httpx.AsyncClient):
    """Probes apart from people; times in steps; the page parses as Prometheus does it."""
    watching.health.probed(LONDON, NODES[0].categories, a_reply(SourceState.FRESH), 0.1, NOW)
    watching.health.answered(LONDON, a_reply(SourceState.PARTIAL), 0.3, NOW)
    watching.health.answered(LONDON, a_failure(SourceState.WITHHELD), 0.3, NOW)
    watching.heard(Incident(node=LONDON, code=SourceCode.WRONG_PERSON, detail="another number"))
    watching.heard(Incident(node=LONDON, code=SourceCode.MALFORMED, detail="no number"))
    call = a_call()
    watching.held_back(call)
    watching.held_back(replace(call, gives_way=True))
    watching.held_back(replace(call, gives_way=True))
    await client.get("/livez")
    answer = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["watling_node_calls_total", "answered", LONDON, "people"] == 1
    assert samples["watling_node_calls_total", LONDON, "people", "refused"] == 1
    assert samples["watling_node_calls_total", "answered", LONDON, "probes"] == 1
    assert samples["watling_node_mismatches_total", LONDON] == 1
    assert samples["watling_node_calls_held_back_total", LONDON, "people"] == 1
    assert samples["watling_node_calls_held_back_total", LONDON, "others"] == 2
    assert samples["watling_node_parts_total", LONDON, "no", "people"] == 1
    assert samples["watling_node_call_seconds_bucket", "0.2", LONDON, "people"] == 0
    assert samples["watling_node_call_seconds_bucket", "0.3", LONDON, "people"] == 2
    assert samples["watling_node_up", LONDON] == 1
    assert samples["watling_node_state", "SUSPENDED", "milton-keynes"] == 1
    assert samples["watling_requests_total", "/livez", "200", "GET"] == 1


def test_without_a_token_there_are_no_metrics(watching: Watching):
    """And no page where the operator wants none."""
    plain = replace(watching._settings, metrics_token_file=None, status_page=False)
    assert Watching(plain, lambda: NODES, InFlight(5), lambda: NOW).routes() == []


def test_a_token_file_that_is_none_stops_the_start(watching: Watching, tmp_path: Path):
    """A token of a few letters would be guessed."""
    (tmp_path / "metrics.key").write_text("letmein")
    with pytest.raises(SettingsError, match="64 hexadecimal digits"):
        Watching(watching._settings, lambda: NODES, InFlight(5), lambda: NOW)


def test_when_a_nodes_certificate_ends(watching: Watching):
    """How a node is doing has the end of the certificate that it showed its transport."""
    ends = NOW + timedelta(days=20)
    seen = Watching(watching._settings, lambda: NODES, InFlight(5), lambda: NOW, lambda _node: ends)
    assert seen.told_operators(NODES[0]).certificate_expires_at == ends
    assert seen.health_of(NODES[0]).certificate_expires_at is None
    seen.health.probed(LONDON, NODES[0].categories, a_reply(), 0.1, NOW, ends)
    assert seen.health_of(NODES[0]).certificate_expires_at == ends


@pytest.mark.parametrize(
    ("current_to", "words"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "1 Jan 0001, 00:00"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-5 * HOUR)), "31 Dec 9999, 23:59"),
    ],
)
def test_a_time_at_the_end_of_the_calendar_takes_no_page_away(watching, current_to, words):
    """Whatever a node says of its data, the page of all nodes is there."""
    reply = a_reply(SourceState.FRESH, current_to=current_to)
    watching.health.probed(LONDON, NODES[0].categories, reply, 0.1, NOW)
    assert words in " ".join(_Tags(page_of(watching, NODES)).words.split())


def test_an_hour_without_probes_is_not_called_slow(watching: Watching):
    """What was probed earlier in the day has no times of the last hour."""
    watching.health.probed(LONDON, NODES[0].categories, a_reply(), 0.1, NOW - 3 * HOUR)
    words = _Tags(page_of(watching, NODES[:1])).words
    assert "100 % in the last day" in words
    assert "more than 8 s" not in words
    assert "in the last hour" not in words


def test_the_chart_says_times_as_the_page_does():
    """By the clocks of the United Kingdom, in summer too."""
    summer = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    history = History()
    history.add(counted(a_reply(), 0.1, summer), summer)
    (bar,) = bars(tuple(history.slots(summer)), summer)
    assert bar.words.startswith("12:00 to 12:05: 100 %")


def test_bars_that_say_the_same_are_one():
    """Side by side; where nobody probed there is a gap, and another time is another bar."""
    history = History()
    for minutes, seconds in ((0, 0.1), (5, 0.1), (10, 0.1), (20, 0.1), (25, 0.1), (30, 0.3)):
        at = NOW + timedelta(minutes=minutes)
        history.add(counted(a_reply(), seconds, at), at)
    now = NOW + timedelta(minutes=32)
    found = tuple(bars(tuple(history.slots(now)), now))
    assert [(bar.x, bar.width) for bar in found] == [(281, 3), (285, 2), (287, 1)]
    assert found[0].words.startswith("10:30 to 10:45: 100 %")


async def test_a_node_that_is_suspended_is_neither_up_nor_down(watching, client):
    """Nobody probes it: an alarm would tell of a day long past."""
    suspended = NODES[1]
    watching.health.probed(suspended.id, suspended.categories, a_failure(), 0.1, NOW)
    answer = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert f'watling_node_up{{node="{suspended.id}"}}' not in answer.text


def test_a_table_says_what_its_rows_and_columns_are(watching: Watching):
    """So that it can be heard as well as seen; headings leave out no level."""
    page = page_of(watching, NODES, (a_joining(),))
    assert page.count('<th scope="col">') == 4
    assert '<th scope="row">Kent' in page
    assert [tag for tag in _Tags(page).tags if tag in {"h1", "h2", "h3"}] == ["h1", *3 * ["h2"]]
