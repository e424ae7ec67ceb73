"""What may be wrong with one FHIR searchset while all else is well: pure functions of its text.

A person's own resource is left alone: who they are must be known before anything is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

OUTCOME = json.dumps(
    {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "not-found", "diagnostics": "not here any more"}],
    }
).encode()
_ABOUT = ("subject", "patient", "beneficiary", "for")


def with_an_unreadable_resource(body: bytes) -> bytes:
    """One more match about the person, of which no reader can make anything."""
    return _with_one_more(body, lambda resource: resource | {"identifier": 7, "meta": 7})


def with_somebody_elses_resource(body: bytes) -> bytes:
    """One more match, which is about somebody else and can be read well."""

    def turned(resource: Any) -> Any:
        somebody = {"reference": "Patient/somebody-else", "display": "Somebody Else"}
        return resource | {name: somebody for name in _ABOUT if name in resource}

    return _with_one_more(body, turned)


def in_small_pages(form: bytes) -> bytes:
    """A search for so few at a time that there are further pages."""
    return re.sub(rb"(^|&)_count=\d+", rb"\1_count=50", form)


def without_further_pages(body: bytes) -> bytes:
    """The first page alone, though the total says that there is more."""
    bundle = json.loads(body)
    if bundle.get("type") != "searchset":
        return body
    bundle["link"] = [link for link in bundle["link"] if link["relation"] != "next"]
    return json.dumps(bundle).encode()


def _with_one_more(body: bytes, change: Callable[[Any], Any]) -> bytes:
    bundle = json.loads(body)
    matches = [one for one in bundle.get("entry", ()) if one["search"]["mode"] == "match"]
    if not matches or matches[0]["resource"]["resourceType"] == "Patient":
        return body
    resource = matches[0]["resource"] | {"id": "one-more"}
    bundle["entry"].append({"resource": change(resource), "search": {"mode": "match"}})
    bundle["total"] += 1
    return json.dumps(bundle).encode()
