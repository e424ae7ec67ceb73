"""Values with defaults, so that a test shows only what matters.

Every builder takes keyword arguments of the struct it makes; items are made in `items.py`. Nobody
here is real: numbers begin with 999, names are invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from federation.authority import Launch, RelationshipKind
from federation.flow import Confirmation, Question, Reference, Released, Window
from federation.model import (
    AvailableRole,
    Category,
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
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.records import CATEGORIES
from federation.records.base import Item
from federation.records.person import Address, HumanName, Person
from federation.status import SourceCode, SourceState, SourceStatus, row

NOW = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
NUMBER = parse_nhs_number("9990000018")
OTHER_NUMBER = parse_nhs_number("9990000026")
SNOMED = "http://snomed.info/sct"
KEY = bytes(range(32))


def a_node(id: str = "london-care-record", **given: Any) -> Node:  # noqa: A002 - the struct's own name for it
    """A live node that offers everything; its name is made from its id."""
    defaults: dict[str, Any] = {
        "name": id.replace("-", " ").title(),
        "region": "London",
        "region_id": RegionId("london"),
        "state": NodeState.LIVE,
        "protocol": NodeProtocol.GRAPHQL,
        "endpoint": f"http://127.0.0.1:1/{id}/graphql",
        "categories": tuple(Category),
        "contact_route": "020 7946 0000",
    }
    return Node(id=NodeId(id), **(defaults | given))


LONDON = a_node("london-care-record", name="London Care Record")
HERTS = a_node(
    "herts-west-essex",
    name="Hertfordshire and West Essex",
    region="Hertfordshire and West Essex",
    region_id=RegionId("hertfordshire-west-essex"),
    protocol=NodeProtocol.FHIR_R4,
    contact_route="01632 960001",
)
MILTON_KEYNES = a_node(
    "milton-keynes",
    name="Milton Keynes",
    region="Milton Keynes",
    region_id=RegionId("milton-keynes"),
    contact_route="01632 960002",
)
CARE_PLAN_NODE = a_node(
    "universal-care-plan",
    name="Universal Care Plan",
    protocol=NodeProtocol.FHIR_R4,
    categories=(Category.CARE_PLANS,),
    contact_route="020 7946 0999",
)
NETWORK = (LONDON, HERTS, MILTON_KEYNES, CARE_PLAN_NODE)


def an_organisation(ods_code: str | None = "RRV", **given: Any) -> Organisation:
    """A hospital."""
    return Organisation(
        ods_code=ods_code, **({"name": f"Organisation {ods_code}", "kind": "acute"} | given)
    )


GP_PRACTICE = an_organisation("F83004", name="Archway Road Surgery", kind="gp")


def a_requester(**given: Any) -> Requester:
    """A consultant of a London hospital."""
    defaults: dict[str, Any] = {
        "subject": "consultant-london",
        "kind": RequesterKind.PROFESSIONAL,
        "name": "Doctor Ada Example",
        "role": "R0050",
        "role_name": "Consultant",
        "organisation": an_organisation(region="london"),
        "available_roles": (AvailableRole(id="1", role="R0050"),),
    }
    return Requester(**(defaults | given))


def a_question(
    *categories: Category,
    windows: Mapping[Category, tuple[Window, ...]] | None = None,
    **given: Any,
) -> Question:
    """A question for these categories (none: all); each timeline gets one default window."""
    asked = frozenset(categories or Category)
    defaults: dict[str, Any] = {
        "view_id": ViewId("view-1"),
        "request_id": RequestId("request-1"),
        "requester": a_requester(),
        "purpose": Purpose.DIRECT_CARE,
        "nhs_number": NUMBER,
        "confirm": Confirmation(birth_date=date(1952, 5, 17)),
        "asked_at": NOW,
        "deadline": 3.5,
    }
    timelines = {
        definition.category: (Window(),)
        for definition in CATEGORIES
        if definition.category in asked and definition.shape.name == "TIMELINE"
    }
    return Question(categories=asked, windows=timelines | dict(windows or {}), **(defaults | given))


def a_launch(**given: Any) -> Launch:
    """A host system of the London hospital opened the person's record on admission."""
    defaults: dict[str, Any] = {
        "id": "message-1",
        "host": "https://epr.example",
        "launched_at": NOW,
        "number": NUMBER,
        "birth_date": date(1952, 5, 17),
        "kind": RelationshipKind.ADMISSION,
        "evidence": "admission-1",
        "organisation": OdsCode("RRV"),
        "begins_at": NOW,
    }
    return Launch(**(defaults | given))


def a_name(family: str = "Fernsby", *given_names: str, **given: Any) -> HumanName:
    """A name in use."""
    names = given_names or ("Odette",)
    return HumanName(
        family=family, given=names, **({"text": f"{' '.join(names)} {family.upper()}"} | given)
    )


def a_person(nhs_number: Any = NUMBER, **given: Any) -> Person:
    """The echo of one source."""
    defaults: dict[str, Any] = {"name": a_name(), "birth_date": "1952-05-17"}
    return Person(nhs_number=nhs_number, **(defaults | given))


def an_address(postcode: str = "N19 5QT", line: str = "4 Example Road") -> Address:
    """An address of one line."""
    return Address(text=f"{line}, London, {postcode}", lines=(line, "London"), postcode=postcode)


def a_reference(number: NhsNumber = NUMBER, **given: Any) -> Reference:
    """A person who was traced and confirmed."""
    person = given.get("person", a_person(number))
    defaults: dict[str, Any] = {
        "numbers": frozenset((number,)),
        "birth_date": person.birth_date if person else None,
        "names": (person.name,) if person and person.name else (),
        "person": person,
        "basis": IdentityBasis.TRACED_AND_CONFIRMED,
        "message": "traced, and confirmed by what you gave",
    }
    return Reference(number=number, **(defaults | given))


def a_row(
    node: Node = LONDON,
    category: Category | None = Category.ALLERGIES,
    state: SourceState = SourceState.FRESH,
    code: SourceCode | None = None,
    **given: Any,
) -> SourceStatus:
    """One row with its sentence."""
    if state in (
        SourceState.FRESH,
        SourceState.FRESH_EMPTY,
        SourceState.PARTIAL,
        SourceState.NO_RECORD_HELD,
    ):
        given.setdefault("retrieved_at", NOW)
    return row(node, category, state, code, **given)


def a_released(
    node: Node = LONDON,
    items: Mapping[Category, Iterable[Item]] | None = None,
    *,
    rows: Iterable[SourceStatus] = (),
    categories: Iterable[Category] = tuple(Category),
    **given: Any,
) -> Released:
    """What one node may show; a category without a row is FRESH, or FRESH_EMPTY without items."""
    held = {category: tuple(some) for category, some in (items or {}).items()}
    special = {one.category: one for one in rows}
    every = {
        category: special.get(category)
        or a_row(
            node, category, SourceState.FRESH if held.get(category) else SourceState.FRESH_EMPTY
        )
        for category in categories
    }
    return Released(node=node, items=held, rows=every, **given)
