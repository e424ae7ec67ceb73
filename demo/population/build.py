"""Builds the demo's stores: one a node, one for tracing, and lists for people and the gateway.

| file                | what                                                                  |
|---------------------|-----------------------------------------------------------------------|
| `<node id>.sqlite3` | what that node holds                                                  |
| `tracing.sqlite3`   | what the tracing stand-in knows                                       |
| `people.json`       | the curated people: `slug`, `name`, `nhsNumber`, `birthDate`, `story` |
| `superseded.json`   | numbers that were replaced: `old`, `current`                          |
| `population.json`   | written last: what was built, so that the same is not built again     |

The curated people come first and are part of the count. Everything is written beside its place and
moved there whole, so that a build that was broken off leaves no half-made store behind.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import msgspec
from msgspec import Struct

from demo.directory import directory_of
from demo.model import CARE_PLAN_NODE, HERTS, NODES, Resident, Story
from demo.population.numbers import numbers
from demo.population.people import residents
from demo.population.stories import stories
from demo.store import NodeStoreWriter, TracingStoreWriter
from federation.model import NodeId
from federation.nhs_number import NhsNumber

VERSION = 9
"""Goes up whenever the same seed would make other people, or stores that are read otherwise."""
MARKER = "population.json"
REPORT_EVERY = 500
DIRECTORY_NODES = (HERTS, CARE_PLAN_NODE)
"""The nodes whose protocol names staff, organisations and medicines by reference."""

Progress = Callable[[int, int], None]


class Built(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in a directory."""

    people: int
    seed: int
    version: int


class ListedPerson(Struct, frozen=True, kw_only=True, rename="camel"):
    """A curated person as `people.json` shows them."""

    slug: str
    name: str
    nhs_number: str
    birth_date: str
    story: str


class ReplacedNumber(Struct, frozen=True, kw_only=True):
    """A number that was replaced, as `superseded.json` shows it."""

    old: str
    current: str


def build(directory: Path, people: int, seed: int = 1, progress: Progress | None = None) -> None:
    """Make the stores, unless the same were made already.

    `progress` hears how many people are done, of how many.
    """
    wanted = Built(people=people, seed=seed, version=VERSION)
    if built(directory) == wanted:
        return
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARKER).unlink(missing_ok=True)
    workshop = Path(tempfile.mkdtemp(dir=directory, prefix="building-"))
    try:
        _fill(workshop, wanted, progress or _silent)
        for made in workshop.iterdir():
            made.replace(directory / made.name)
        (directory / MARKER).write_bytes(msgspec.json.encode(wanted))
    finally:
        shutil.rmtree(workshop)


def built(directory: Path) -> Built | None:
    """What lies in the directory, None where nothing whole does."""
    try:
        return msgspec.json.decode((directory / MARKER).read_bytes(), type=Built)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def node_store(directory: Path, node: NodeId) -> Path:
    """Where a node's store lies."""
    return directory / f"{node}.sqlite3"


def tracing_store(directory: Path) -> Path:
    """Where the tracing stand-in's store lies."""
    return directory / "tracing.sqlite3"


def _fill(directory: Path, wanted: Built, progress: Progress) -> None:
    told = stories()
    replaced: list[ReplacedNumber] = []
    with ExitStack() as stack:
        nodes = {node: NodeStoreWriter(node_store(directory, node)) for node in NODES}
        tracing = TracingStoreWriter(tracing_store(directory))
        stack.callback(tracing.close)
        for store in nodes.values():
            stack.callback(store.close)
        for count, resident in enumerate(_everybody(told, wanted), 1):
            _keep(resident, nodes, tracing, wanted.seed)
            replaced += _replaced(resident)
            if count % REPORT_EVERY == 0:
                progress(count, wanted.people)
    progress(wanted.people, wanted.people)
    _write(directory / "people.json", [_listed(story) for story in told])
    _write(directory / "superseded.json", replaced)


def _everybody(told: tuple[Story, ...], wanted: Built) -> Iterator[Resident]:
    strangers = residents(wanted.seed, numbers(wanted.seed), max(0, wanted.people - len(told)))
    return chain((story.resident for story in told), strangers)


def _keep(
    resident: Resident,
    nodes: dict[NodeId, NodeStoreWriter],
    tracing: TracingStoreWriter,
    seed: int,
) -> None:
    for traced in resident.traced:
        tracing.add(traced)
    for holding in resident.holdings:
        store = nodes[holding.node]
        store.add(holding, _key(holding.node, holding.person.nhs_number, seed))
        if holding.node in DIRECTORY_NODES:
            store.list(directory_of(holding))


def _key(node: NodeId, number: NhsNumber, seed: int) -> str:
    """The node's own name for a person: the same in every build, and no number in it."""
    return blake2b(f"{seed}|{node}|{number}".encode(), digest_size=12).hexdigest()


def _replaced(resident: Resident) -> list[ReplacedNumber]:
    return [
        ReplacedNumber(old=traced.number, current=traced.person.nhs_number)
        for traced in resident.traced
        if traced.person and traced.person.nhs_number != traced.number
    ]


def _listed(story: Story) -> ListedPerson:
    return ListedPerson(
        slug=story.slug,
        name=story.name,
        nhs_number=story.nhs_number,
        birth_date=story.birth_date,
        story=story.story,
    )


def _write(path: Path, value: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def _silent(_done: int, _of: int) -> None:
    """Nobody wants to know."""
