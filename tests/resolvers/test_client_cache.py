"""A client that keeps objects by type and id never shows one role what another was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from graphql import GraphQLObjectType

from federation.flow import Answer, Question
from federation.merge import merge
from federation.model import Category, Node, Requester
from federation.records import CATEGORIES
from federation.records.base import Item, Shape
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    a_reference,
    a_released,
    a_requester,
    an_organisation,
)
from tests.filled import Filling, the_way
from tests.items import an_allergy, an_item, an_observation
from tests.resolvers.asking import COMPILED, Asked, ask, patient
from tests.resolvers.client_cache import ClientCache, with_typenames
from tests.resolvers.everything import parts_of_the_record

DOCTOR = a_requester()
OTHERS = {
    "another role": a_requester(role="R1290"),
    "another organisation": a_requester(organisation=an_organisation("RAL", region="london")),
    "another person": a_requester(subject="consultant-herts"),
}
PARTS = parts_of_the_record(COMPILED._schema)
CATEGORY_NAMES = [definition.category for definition in CATEGORIES]

Held = dict[Node, dict[Category, Iterable[Item]]]


def merged(held: Held) -> Callable[[Question], Answer]:
    """An answer as the merge makes it of what the nodes hold."""

    def answer(question: Question) -> Answer:
        released = [
            a_released(
                node,
                {name: some for name, some in items.items() if name in question.categories},
                categories=question.categories,
            )
            for node, items in held.items()
        ]
        record = merge(question, a_reference(), released, notice="", obligations=(), cursor_key=KEY)
        return Answer(question=question, record=record)

    return answer


def all_filled(said: str) -> Held:
    """Two items of every category at two nodes, every field of which ends with these words."""
    filling = Filling(say=lambda path: f"{the_way(path)} {said}")
    return {
        node: {
            category: [filling.item(category, f"i{number}", node) for number in range(2)]
            for category in CATEGORY_NAMES
        }
        for node in (LONDON, HERTS)
    }


async def look(cache: ClientCache, query: str, held: Held, requester: Requester = DOCTOR) -> Any:
    """Ask as a client does that keeps what it is told."""
    query = with_typenames(query)
    result = await ask(query, asked=Asked(merged(held), requester))
    assert result.errors is None
    cache.write(query, result.data)
    return result.data["patient"]


async def look_at_everything(
    cache: ClientCache, held: Held, requester: Requester = DOCTOR
) -> dict[str, Any]:
    """Every part of the record, by the query for it from the record's own key."""
    shown = {}
    for part in PARTS.values():
        answer = await look(cache, patient(f"id {part}"), held, requester)
        shown[with_typenames(f"{{ __typename id {part} }}")] = answer
    return shown


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
async def test_two_requesters_on_one_machine_never_mix(other: Requester) -> None:
    """Each finds in the shared cache exactly what it was given, whoever asked last."""
    cache, second = ClientCache(), ClientCache()
    ours = await look_at_everything(cache, all_filled("for the first"))
    alone = set(cache.objects)
    theirs = await look_at_everything(cache, all_filled("for the second"), other)
    for shown in (ours, theirs):
        for query, record in shown.items():
            assert cache.read(query, f"PatientRecord:{record['id']}") == record
    await look_at_everything(second, all_filled("for the second"), other)
    shared = {key.partition(":")[0] for key in alone & set(second.objects)}
    assert shared == {"Query", "RecordNode"}


async def test_a_node_is_the_same_for_everybody() -> None:
    """What roles do share, the network's nodes, says nothing of who asks or of the person."""
    told = []
    for requester in (DOCTOR, *OTHERS.values()):
        cache = ClientCache()
        await look_at_everything(cache, all_filled(requester.subject), requester)
        told.append({k: v for k, v in cache.objects.items() if k.startswith("RecordNode:")})
    assert all(one == told[0] for one in told)


IDENTIFIED = {
    "PatientRecord": "authority and person",
    "DemographicsSection": "authority and person",
    "RecordNode": "the network, the same for everybody",
    "NodeSubmission": "the network, for those who approve its nodes",
    "AvailableRole": "the caller, as their identity provider names it",
    "AccessLogEntry": "the log",
    "NodeAccessLogEntry": "the log, the node and the authority of its reader",
    "AccessReview": "the log, the queue and the authority of its reader",
    "FollowUp": "the viewer it is told to, in the role they looked in",
    "Recall": "the network, the same for every officer who may read it",
    "DeclaredRelationship": "the gateway",
    "EmergencyGrant": "the gateway",
    "Objection": "the gateway",
}
"""What has an id beside the sections, entries and items of each category, and whose it is."""


def test_only_what_has_an_id_of_its_own_is_kept_by_one() -> None:
    """Sections, entries and items have ids of one authority; no part of them has an id."""
    kinds = [
        kind for kind in COMPILED._schema.type_map.values() if isinstance(kind, GraphQLObjectType)
    ]
    identified = {kind.name for kind in kinds if "id" in kind.fields}
    interfaces = {
        kind.name
        for kind in kinds
        if {one.name for one in kind.interfaces} & {"Section", "Entry", "Item"}
    }
    assert identified == interfaces | set(IDENTIFIED)
    assert "DemographicsSection" in interfaces


TIMELINES = [one for one in CATEGORIES if one.shape is Shape.TIMELINE]


def _days(category: Category) -> list[Item]:
    return [
        an_item(category, f"i{day}", LONDON, effective_at=f"2026-09-0{day}") for day in range(1, 6)
    ]


@pytest.mark.parametrize("definition", TIMELINES, ids=lambda one: one.category)
async def test_two_pages_stand_beside_each_other(definition: Any) -> None:
    """A page, or a window, overwrites no other; an entry in both is one object."""
    cache, held = ClientCache(), {LONDON: {definition.category: _days(definition.category)}}
    page = (
        "{ id entries { id title date lead { id sourceId effectiveAt } } pageInfo { endCursor } }"
    )
    name = definition.field_name
    queries, answers = [], []
    cursor = ""
    for arguments in ("first: 2", "first: 2, after: CURSOR", 'since: "2026-09-02"', "first: 5"):
        given = arguments.replace("CURSOR", f'"{cursor}"')
        queries.append(with_typenames(patient(f"id {name}({given}) {page}")))
        answers.append(await look(cache, queries[-1], held))
        cursor = cursor or answers[0][name]["pageInfo"]["endCursor"]
    assert len({answer[name]["id"] for answer in answers}) == len(answers)
    for query, answer in zip(queries, answers, strict=True):
        assert cache.read(query)["patient"] == answer
    entries = {entry["id"] for answer in answers for entry in answer[name]["entries"]}
    assert len(entries) == 5


async def test_a_later_look_renews_what_an_earlier_one_showed() -> None:
    """The same fact seen again, in another operation, is the same line, brought up to date."""
    cache, fields = (
        ClientCache(),
        "id allergies { id entries { id title lead { id criticality } } }",
    )
    first = await look(cache, patient(fields), {LONDON: {Category.ALLERGIES: [an_allergy()]}})
    worse = {LONDON: {Category.ALLERGIES: [an_allergy(criticality="HIGH")]}}
    await look(
        cache, patient("id list: allergies { id entries { id items { id criticality } } }"), worse
    )
    (entry,) = cache.read(with_typenames(patient(fields)))["patient"]["allergies"]["entries"]
    assert entry["id"] == first["allergies"]["entries"][0]["id"]
    assert entry["lead"]["criticality"] == "HIGH"


async def test_a_line_keeps_its_id_whoever_holds_it() -> None:
    """An entry's id comes from the fact: it is the same from one source, another, or both."""
    seen = []
    for nodes in ((LONDON,), (HERTS,), (LONDON, HERTS, MILTON_KEYNES)):
        held: Held = {
            node: {Category.ALLERGIES: [an_allergy(f"at-{node.id}", node)]} for node in nodes
        }
        answer = await look(ClientCache(), patient("id allergies { id entries { id } }"), held)
        seen.append([entry["id"] for entry in answer["allergies"]["entries"]])
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 1


async def test_two_things_under_one_id_of_their_source_stay_two() -> None:
    """A source that uses one id for two things is told apart: no object is half of each."""
    held: Held = {
        LONDON: {
            Category.OBSERVATIONS: [
                an_observation("same", effective_at="2026-09-01", note="one"),
                an_observation("same", effective_at="2026-09-02", note="other"),
                an_observation("own", effective_at="2026-09-03"),
            ]
        }
    }
    fields = "id observations { id entries { id items { id sourceId note } } }"
    shown = []
    for some in (
        held,
        {LONDON: {Category.OBSERVATIONS: reversed([*held[LONDON][Category.OBSERVATIONS]])}},
    ):
        answer = await look(ClientCache(), patient(fields), some)
        shown.append(
            [item for entry in answer["observations"]["entries"] for item in entry["items"]]
        )
    assert shown[0] == shown[1]
    assert len({item["id"] for item in shown[0]}) == 3
    alone = {LONDON: {Category.OBSERVATIONS: [an_observation("own", effective_at="2026-09-03")]}}
    answer = await look(ClientCache(), patient(fields), alone)
    assert answer["observations"]["entries"][0]["items"][0]["id"] == shown[0][0]["id"]
