"""What the sharing rules cost: one view's decisions, and loading a network's worth of rules.

    python -m benchmarks.sharing                              # 10,000 agreements, 42 bundles
    python -m benchmarks.sharing --agreements 420 --rounds 1

A view asks four nodes for everything and gets 600 items. `warm`: rules that have decided such a
view before; `cold`: the same rules loaded anew. `decisions` is what of `warm` is spent on
deciding, `classes` the look at every item that release has to take, cases or not; the rest of
`warm` is items and rows. `shadow` is what one node's bundle in the shadow adds to such a view,
after the answer: its things decided again and compared. CPU of this process,
the least of the rounds; on a shared machine read how the rows compare. Loading
is timed in the same process (`publications`: from TOML with two signatures each), its memory by the
largest size that the process has had.
"""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import click
from joserfc.jwk import ECKey

from benchmarks.whole_record import ALL, RECORDED, Held, items_of
from federation.authority import EvidenceSource, Relationship, RelationshipKind
from federation.authority import Held as Known
from federation.flow import Part, Question, Reference, Verified, Window
from federation.locate import locate
from federation.model import (
    Agreement,
    IdentityBasis,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    OdsCode,
    Organisation,
    Purpose,
    RegionId,
    Requester,
    RequesterKind,
    RequestId,
    ViewId,
)
from federation.nhs_number import parse_nhs_number
from federation.registry import Network
from federation.sharing import (
    Bundle,
    CedarRules,
    InShadow,
    Layer,
    RuleBook,
    Viewed,
    load_facts,
    release,
    screen,
)
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.decisions import Decisions
from federation.sharing.in_shadow import compare, deciding
from federation.sharing.item_class import class_of
from federation.sharing.sheet import read_sheet
from federation.sharing.signatures import Signer, digest_of, sign
from federation.storage.base import BundleRow

AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
NUMBER = parse_nhs_number("9990000018")
NAMES = ("north", "middle", "south", "west")
ITEMS, REGIONS, RULES = 600, 42, 20
HOSPITAL = OdsCode("RRV")
_MIB = 1 << 10
_HEAD = """[bundle]
owner = "{owner}"
version = "1"
effective_from = 2024-01-01T00:00:00Z
title = "A region's sharing rules"
contact = "Service desk"
"""
_RULE = """[[rule]]
id = "closed-{number}"
template = "rule"
categories = ["DOCUMENTS"]
organisations = ["X{number:04}"]
reason = "the region keeps this back from the organisation"
"""
_AGREEMENT = """[[agreement]]
id = "region-{number}-{count}"
version = "1"
requester_region = "region-{count}"
organisation_kinds = ["acute", "gp"]
roles = ["R0050", "R0260"]
categories = ["ALLERGIES", "MEDICATIONS", "PROBLEMS", "ALERTS", "RESULTS", "DOCUMENTS"]
purposes = ["DIRECT_CARE"]
valid_from = 2024-01-01
signatories = ["One Person, a region", "Another, their neighbour"]
"""
_NODES = tuple(
    Node(
        id=NodeId(name),
        name=name.title(),
        region=name.title(),
        region_id=RegionId(name),
        state=NodeState.LIVE,
        protocol=NodeProtocol.GRAPHQL,
        endpoint=f"http://127.0.0.1:1/{name}",
        categories=ALL,
    )
    for name in NAMES
)
_QUESTION = Question(
    view_id=ViewId("view"),
    request_id=RequestId("request"),
    requester=Requester(
        subject="benchmark",
        kind=RequesterKind.PROFESSIONAL,
        role="R0050",
        organisation=Organisation(ods_code=HOSPITAL, name="A", kind="acute", region="north"),
    ),
    purpose=Purpose.DIRECT_CARE,
    nhs_number=NUMBER,
    confirm=None,
    categories=frozenset(ALL),
    windows={category: (Window(),) for category in RECORDED},
    asked_at=AT,
    deadline=float("inf"),
)
_REFERENCE = Reference(
    number=NUMBER,
    numbers=frozenset((NUMBER,)),
    birth_date=None,
    basis=IdentityBasis.CONFIRMED,
    message="",
)
_TIE = Relationship(
    id="tie",
    kind=RelationshipKind.REFERRAL,
    source=EvidenceSource.FEED,
    organisation=HOSPITAL,
    begins_at=AT - timedelta(days=30),
)


def agreement(source: str, region: str, count: int = 0) -> Agreement:
    """One that opens everything of a node to a region's consultants."""
    return Agreement(
        id=f"{source}-to-{region}-{count}",
        version="1",
        source=NodeId(source),
        requester_region=RegionId(region),
        organisation_kinds=frozenset(("acute",)),
        roles=frozenset(("R0050",)),
        categories=frozenset(ALL),
        purposes=frozenset((Purpose.DIRECT_CARE,)),
        valid_from=date(2024, 1, 1),
    )


def bundles() -> Iterator[Bundle]:
    """The rules of every region's node, none of which speaks of this benchmark's requester."""
    for region in (*NAMES, *(f"region-{count}" for count in range(REGIONS - len(NAMES)))):
        text = "\n".join(
            f"""@id("node:{region}/{count}")
@reason("the region keeps this back from the organisation")
forbid (principal is Requester, action == Action::"see", resource is Holding)
when {{ principal.organisation == "X{count:04}" && resource.category == "DOCUMENTS" }};"""
            for count in range(RULES)
        )
        yield Bundle(layer=Layer.NODE, owner=region, file=f"{region}.cedar", text=text)


def loaded() -> CedarRules:
    """The rules of the whole network, compiled anew."""
    return CedarRules((*shipped_bundles(), *bundles()), shipped_schema())


class Publications:
    """The whole network's bundles as they lie in the store: TOML, each signed by two."""

    def __init__(self, agreements: int) -> None:
        keys = {name: ECKey.generate_key("P-256") for name in ("one", "other")}
        regions = frozenset(f"node:region-{number}" for number in range(1, REGIONS + 1))
        self._signers = {
            name: Signer(id=name, name=name, owners=regions, key=key) for name, key in keys.items()
        }
        self._rows = [
            self._row(number, agreements // REGIONS, keys) for number in range(1, REGIONS + 1)
        ]

    def _row(self, number: int, agreements: int, keys: dict[str, ECKey]) -> BundleRow:
        owner = f"node:region-{number}"
        body = "\n".join(
            (
                _HEAD.format(owner=owner),
                *(_RULE.format(number=rule) for rule in range(RULES)),
                *(_AGREEMENT.format(number=number, count=count) for count in range(agreements)),
            )
        ).encode()
        return BundleRow(
            sequence=number,
            owner=owner,
            version="1",
            digest=digest_of(body),
            body=body,
            signatures=tuple(sign(body, name, key) for name, key in keys.items()),
            effective_from=AT,
            published_at=AT,
            published_by="benchmark",
        )

    def load(self) -> None:
        """Read, check and compile all of them."""
        book = RuleBook(lambda _owner: self._signers, 0.0)
        refused = book.hear(self._rows, AT, 0.0)
        assert not refused, refused[0]


class View:
    """One view's facts and what its nodes hold; `agreements` are the whole network's."""

    def __init__(self, agreements: Sequence[Agreement]) -> None:
        self._network = Network(nodes=_NODES, agreements=tuple(agreements), version="1")
        held = {name: items_of(name, NAMES, ITEMS // len(NAMES)) for name in NAMES}
        self.items = [item for one in held.values() for items in one.values() for item in items]
        self._verified = tuple(
            Verified(node=node, parts=_parts(held[node.id]), retrieved_at=AT) for node in _NODES
        )
        self._kinds = {
            (node, category, class_of(item, HOSPITAL, frozenset()))
            for node, one in held.items()
            for category, items in one.items()
            for item in items
        }
        self.facts = self.load()

    def load(self) -> object:
        """The facts of the view, as the pipeline has them."""
        facts = load_facts(self._network, _QUESTION, Known(relationships=(_TIE,)))
        self.facts = facts
        return facts

    def decide(self, rules: CedarRules) -> None:
        """Screen and release."""
        screened = screen(_QUESTION, _REFERENCE, self.facts, locate(_QUESTION, self.facts), rules)
        given = release(_QUESTION, _REFERENCE, self.facts, screened, self._verified, rules)
        assert all(one.items for one in given)

    def viewed(self, rules: CedarRules) -> Viewed:
        """The view as these rules decide it."""
        candidates = locate(_QUESTION, self.facts)
        screened = screen(_QUESTION, _REFERENCE, self.facts, candidates, rules)
        return Viewed(
            question=_QUESTION,
            before=_REFERENCE,
            reference=_REFERENCE,
            facts=self.facts,
            candidates=candidates,
            screened=screened,
            verified=self._verified,
            released=release(_QUESTION, _REFERENCE, self.facts, screened, self._verified, rules),
            rules=rules,
            version=rules.version,
        )

    def decide_alone(self, rules: CedarRules) -> None:
        """Every decision of the view, made for the screen and made again for the release."""
        for kinds in ((), self._kinds):
            decisions = Decisions(_QUESTION, _REFERENCE, self.facts, rules)
            for node in _NODES:
                for category in ALL:
                    decisions.asks(node.id, category)
            for place in kinds:
                decisions.of(*place)

    def classify(self) -> None:
        """Only what release looks up of every item."""
        for item in self.items:
            class_of(item, HOSPITAL, frozenset())


def try_beside(shadow: InShadow, viewed: Viewed) -> None:
    """What is done of a view for one bundle in the shadow."""
    for again in deciding(shadow, viewed):
        assert not any(one.more or one.fewer for one in compare(viewed, again))


def in_the_shadow(rules: CedarRules) -> InShadow:
    """One node's bundle, made ready beside these rules."""
    text = _HEAD.format(owner=f"node:{NAMES[0]}") + "".join(
        _RULE.format(number=number) for number in range(RULES)
    )
    sheet = read_sheet(text.encode(), "shadow.toml")
    others = (one for one in bundles() if one.owner != NAMES[0])
    there = CedarRules((*shipped_bundles(), *others, sheet.bundle()), shipped_schema())
    return InShadow(
        sheet=sheet,
        rules=there,
        agreements=(agreement(NAMES[0], "north"),),
        beside=rules.version,
    )


def _parts(held: Held) -> tuple[Part, ...]:
    return tuple(Part(category=category, items=items) for category, items in held.items())


def least(step: Callable[[], object], rounds: int, turns: int = 1) -> float:
    """The least CPU milliseconds of one turn in any round."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(turns):
            step()
        found.append((time.process_time() - begun) / turns * 1000)
    return min(found)


def measure(agreements: int, rounds: int) -> dict[str, float]:
    """Milliseconds of every step, and mebibytes that loading took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    rules = loaded()
    others = [
        agreement(f"region-{count % REGIONS}", f"region-{count // REGIONS}", count)
        for count in range(agreements)
    ]
    loading = (time.process_time() - begun) * 1000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / _MIB
    view = View((*others, *(agreement(name, "north") for name in NAMES)))
    fresh = [loaded() for _ in range(rounds)]
    publications = Publications(agreements)
    cold = least(lambda: view.decide(fresh.pop()), rounds)
    view.decide(rules)
    warm = least(lambda: view.decide(rules), rounds, 5)
    decisions = least(lambda: view.decide_alone(rules), rounds, 5)
    classes = least(view.classify, rounds, 5)
    shadow, viewed = in_the_shadow(rules), view.viewed(rules)
    try_beside(shadow, viewed)
    beside = least(lambda: try_beside(shadow, viewed), rounds, 5)
    return {
        "rules loaded": loading,
        "publications": least(publications.load, min(rounds, 2)),
        "facts": least(view.load, rounds, 5),
        "cold": cold - classes,
        "warm": warm - classes,
        "decisions": decisions,
        "shadow": beside,
        "classes": classes,
        "rules, MiB": grown,
    }


@click.command(help=re.split(r"\n\n", __doc__ or "")[0])
@click.option("--agreements", default=10_000)
@click.option("--rounds", default=7)
def main(agreements: int, rounds: int) -> None:
    """Print one line a step."""
    print(f"CPU ms, {len(NAMES)} nodes, {ITEMS} items, {agreements} agreements")
    for name, spent in measure(agreements, rounds).items():
        print(f"{name:14} {spent:9.2f}")


if __name__ == "__main__":
    main()
