"""The questions that the demo offers: one for each curated person, and the one to paste."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from demo.place import CuratedPerson
from federation.model import Purpose
from federation.records import CATEGORIES
from federation.records.base import Shape

_WHOLE_LIST = " { ...Part entries { ...Line } }"
_TIMELINE = "(first: 10) { ...Part entries { ...Line } pageInfo { hasNextPage endCursor } }"


def _sections() -> str:
    """Every category of the record, a line each, in the record's order."""
    shown = {Shape.WHOLE_LIST: _WHOLE_LIST, Shape.TIMELINE: _TIMELINE}
    return "\n".join(f"    {one.field_name}{shown[one.shape]}" for one in CATEGORIES)


QUERY = f"""\
query Record($number: NHSNumber!, $born: Date!) {{
  patient(nhsNumber: $number, purpose: DIRECT_CARE, confirm: {{ birthDate: $born }}) {{
    viewId
    identity {{ basis message }}
    coverage {{ state headline sources {{ source {{ name }} state code message }} }}
    demographics {{ person {{ name {{ text }} birthDate }} }}
{_sections()}
  }}
}}

fragment Part on Section {{ assertion warnings {{ code message }} }}

fragment Line on Entry {{
  title subtitle date
  conflicts {{ severity message }}
  items {{ source {{ name }} recordedAt }}
}}
"""
_LISTS = (
    "{coverage{headline sources{source{name}state message}}"
    "allergies{assertion entries{title subtitle conflicts{message}items{source{name}}}}"
    "medications{entries{title subtitle conflicts{message}items{source{name}}}}"
    "carePlans{entries{title subtitle conflicts{message}items{source{name}}}}}}"
)
PASTED = (
    "query($n:NHSNumber!,$b:Date!)"
    "{patient(nhsNumber:$n,purpose:DIRECT_CARE,confirm:{birthDate:$b})" + _LISTS
)
PASTED_LAUNCH = (
    "query($n:NHSNumber!,$p:Purpose!,$l:String!){patient(nhsNumber:$n,purpose:$p,launch:$l)"
    + _LISTS
)


def question_about(person: CuratedPerson) -> str:
    """The question, named after what it shows: a page tells its tabs apart by that name."""
    return QUERY.replace("query Record", f"query {person.slug.title().replace('-', '')}", 1)


def curl_line(url: str, token: str, person: CuratedPerson) -> str:
    """One line that asks for a person's record when it is pasted into a shell."""
    return _curl(url, token, PASTED, {"n": person.nhs_number, "b": person.birth_date})


def launched_curl_line(
    url: str, token: str, person: CuratedPerson, launch: str, purpose: Purpose
) -> str:
    """One line that asks for a person's record by a launch."""
    return _curl(url, token, PASTED_LAUNCH, {"n": person.nhs_number, "p": purpose, "l": launch})


def _curl(url: str, token: str, query: str, variables: Mapping[str, str]) -> str:
    body = json.dumps({"query": query, "variables": variables}, separators=(",", ":"))
    return (
        f"curl -sS {url} -H 'Authorization: Bearer {token}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )


def examples(people: Iterable[CuratedPerson]) -> list[dict[str, Any]]:
    """A tab for each curated person, and one for the network."""
    network = {
        "title": "The network",
        "story": "which nodes there are and what they offer",
        "query": "{ recordNodes { id name region state categories } me { role } }\n",
        "variables": {},
    }
    return [
        *(
            {
                "title": person.name,
                "story": person.story,
                "query": question_about(person),
                "variables": {"number": person.nhs_number, "born": person.birth_date},
            }
            for person in people
        ),
        network,
    ]
