"""Every public example of a category, field by field: shown, or listed as not shown."""

from functools import cache

import msgspec
import pytest

from federation.records.fhir.person import read_person
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource, UnreadableError
from tests.federation.records.fhir.leaves import Leaf, Shown, is_under, leaves
from tests.federation.records.fhir.not_shown import NOT_SHOWN
from tests.real_data import DATA, NEEDS_DATA, files, loaded

PATTERNS = (
    "ukcore/*.json",
    "synthea/*.json.gz",
    "nhs/imms/*.json",
    "nhs/pds/patientResponses/patient_*.json",
    "nhs/pds/relatedPersonResponses/*.json",
)
EXAMPLES = loaded(*files(*PATTERNS)) if DATA.is_dir() else []


def address(resource):
    return f"{resource['resourceType']}/{resource['id']}"


@cache
def parsed():
    return {address(one): Resource.parse(msgspec.json.encode(one)) for one in EXAMPLES}


def made_of(resource):
    """The items of every category, and the person, that this resource is read as."""
    references, own = References(parsed(), {}), parsed()[address(resource)]
    items = [
        item
        for reading in FHIR_READERS.values()
        if own.kind in reading.readers
        for item in reading.gather(reading.readers, [own], references).items
    ]
    if own.kind == "Patient":
        items += [read_person(own, references)]
    return items


def unshown(resource):
    """What it says and no item shows; None for one that is no item."""
    try:
        items = made_of(resource)
    except UnreadableError:
        return None
    shown = Shown(items)
    return [leaf for leaf in leaves(resource) if not shown.shows(leaf)] if items else None


@cache
def unshown_of(kind):
    """Where examples of a type say what no item shows, and the first that does."""
    found = {}
    for resource in EXAMPLES:
        for leaf in (unshown(resource) or []) if resource["resourceType"] == kind else []:
            found.setdefault(leaf.path, (resource["id"], leaf.value))
    return found


@NEEDS_DATA
@pytest.mark.parametrize("kind", NOT_SHOWN)
def test_every_value_is_shown_or_listed(kind):
    """What an example says stands in the record, or its path is listed with a reason."""
    listed = NOT_SHOWN[kind]
    missing = unshown_of(kind)
    rest = {path for path in missing if not any(is_under(path, one) for one in listed)}
    assert {path: missing[path] for path in rest} == {}


@NEEDS_DATA
@pytest.mark.parametrize("kind", NOT_SHOWN)
def test_every_listed_path_is_still_not_shown(kind):
    """A list that excuses nothing any more is cut."""
    missing = unshown_of(kind)
    listed = NOT_SHOWN[kind]
    assert [one for one in listed if not any(is_under(path, one) for path in missing)] == []


@NEEDS_DATA
def test_every_type_of_the_data_is_compared():
    """No type of which an example is an item is left out of the comparison."""
    items = {one["resourceType"] for one in EXAMPLES if unshown(one) is not None}
    assert items - set(NOT_SHOWN) == set()


class Drug(msgspec.Struct):
    """Something made of a resource."""

    name: str
    status: str = "ON_HOLD"
    dose: float = 2.5
    urgent: bool = True


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"name": "Ramipril"}, True),
        ({"name": "ramipril 5 mg"}, False),
        ({"name": "Rami"}, False),
        ({"status": "on-hold"}, True),
        ({"status": "on"}, True),
        ({"dose": 2.5}, True),
        ({"dose": 2}, False),
        ({"dose": 5}, False),
        ({"urgent": True}, False),
        ({"code": {"coding": [{"system": "s", "code": "1", "display": "Ramipril"}]}}, True),
        ({"code": {"coding": [{"system": "s", "code": "1", "display": "Insulin"}]}}, False),
        ({"code": {"coding": [{"system": "s", "code": "1"}]}}, False),
        ({"meta": {"source": "x"}, "text": {"div": "x"}, "id": "x"}, True),
        ({"subject": {"reference": "Patient/1"}}, True),
        ({"subject": {"display": "Somebody"}}, False),
        ({"contained": [{"resourceType": "Goal", "id": "g", "description": "x"}]}, False),
        ({"extension": [{"url": "x", "valueString": "Insulin"}]}, False),
    ],
)
def test_a_value_counts_as_shown_only_where_it_stands(said, shown):
    """The rule itself: whole words and numbers, codes by their words, closed sets by their name."""
    view = Shown([Drug("Ramipril")])
    assert all(view.shows(leaf) for leaf in leaves(said)) is shown


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ({"a": [{"b": "x"}]}, "a.b"),
        ({"extension": [{"url": "http://x/Y", "valueCode": "x"}]}, "extension(Y).valueCode"),
        ({"contained": [{"resourceType": "Goal", "a": "x"}]}, "contained(Goal).a"),
    ],
)
def test_paths(resource, path):
    """A path names where a value stands, without indices."""
    assert list(leaves(resource)) == [Leaf(path, "x")]
