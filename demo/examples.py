"""The questions that the demo offers: one for each curated person, and the one to paste."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from demo.place import CuratedPerson

QUERY = """\
query Record($number: NHSNumber!, $born: Date!) {
  patient(nhsNumber: $number, purpose: DIRECT_CARE, confirm: { birthDate: $born }) {
    viewId
    identity { basis message }
    coverage { state headline sources { source { name } state code message } }
    demographics { person { name { text } birthDate } }
    allergies {
      assertion
      warnings { code message }
      entries { title subtitle conflicts { severity message } items { source { name } recordedAt } }
    }
    medications {
      warnings { code message }
      entries { title subtitle conflicts { severity message } items { source { name } recordedAt } }
    }
    carePlans {
      warnings { code message }
      entries { title subtitle conflicts { severity message } items { source { name } recordedAt } }
    }
    observations(first: 10) { edges { node { title subtitle date } } }
  }
}
"""
PASTED = (
    "query($n:NHSNumber!,$b:Date!){patient(nhsNumber:$n,purpose:DIRECT_CARE,confirm:{birthDate:$b})"
    "{coverage{headline sources{source{name}state message}}"
    "allergies{assertion entries{title subtitle conflicts{message}items{source{name}}}}"
    "medications{entries{title subtitle conflicts{message}items{source{name}}}}"
    "carePlans{entries{title subtitle conflicts{message}items{source{name}}}}}}"
)


def question_about(person: CuratedPerson) -> str:
    """The question, named after what it shows: a page tells its tabs apart by that name."""
    return QUERY.replace("query Record", f"query {person.slug.title().replace('-', '')}", 1)


def curl_line(url: str, token: str, person: CuratedPerson) -> str:
    """One line that asks for a person's record when it is pasted into a shell."""
    variables = {"n": person.nhs_number, "b": person.birth_date}
    body = json.dumps({"query": PASTED, "variables": variables}, separators=(",", ":"))
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
