"""Public examples, broken in every place: read or refused, and never a crash."""

import json
from collections.abc import Iterator
from itertools import groupby

import msgspec
import pytest

from federation.records.fhir.survey import read_types, survey
from tests.real_data import DATA, NEEDS_DATA, files, loaded

MARK = "Zebedee"
GONE = object()
WRONG = (
    GONE,
    None,
    "",
    0,
    -1e300,
    MARK,
    True,
    [],
    {},
    [None],
    [{}],
    [""],
    {"coding": [{}]},
    "2024-02-30",
    "9999-12-31T23:59:60+14:00",
)
PATTERNS = ("ukcore/*.json", "nhs/imms/*.json", "nhs/pds/*/*9000000009.json")
EXAMPLES = sorted(
    (one for one in (loaded(*files(*PATTERNS)) if DATA.is_dir() else ())),
    key=lambda one: one["resourceType"],
)
BY_TYPE = {
    kind: list(some)
    for kind, some in groupby(EXAMPLES, lambda one: one["resourceType"])
    if kind in read_types()
}


def places(element, path=()) -> Iterator[tuple]:
    """Every place in a resource, of lists the first two."""
    pairs = element.items() if isinstance(element, dict) else enumerate(element[:2])
    for key, value in pairs:
        if key == "text" and not path:
            continue
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def broken(resource, path, wrong):
    """The resource with something wrong in one place."""
    copy = json.loads(json.dumps(resource))
    parent = copy
    for key in path[:-1]:
        parent = parent[key]
    if wrong is GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = wrong
    return copy


@NEEDS_DATA
@pytest.mark.parametrize("kind", BY_TYPE)
def test_whatever_is_wrong_with_an_element(kind):
    """A resource is read or refused in fixed words, whatever stands in whichever of its places."""
    seen = set()
    for resource in BY_TYPE[kind]:
        for path in places(resource):
            named = tuple(key for key in path if isinstance(key, str))
            if named in seen:
                continue
            seen.add(named)
            bodies = [msgspec.json.encode(broken(resource, path, wrong)) for wrong in WRONG]
            for found in survey(bodies):
                assert found is not None
                assert [fate for fate in found.fates if MARK in fate.why or MARK in fate.kind] == []
    assert len(seen) > 5
