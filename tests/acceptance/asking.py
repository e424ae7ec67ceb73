"""How a scenario asks: as whom, about whom, why, for what.

    answer = await as_("ed-doctor-watford").asks(
        about="seen-in-watford", categories=("ALLERGIES",), launch=admission
    )
    assert answer.states("ALLERGIES")["london-care-record"] == "FRESH"

People are the curated ones, callers the demo's personas; both by their slugs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.personas import personas
from federation.model import Category
from tests.acceptance.answer import FIELDS, Answer
from tests.scenarios.audit_log import events_after
from tests.scenarios.network import Exchange, RunningGateway, System

WHOLE_LISTS = (
    "ALLERGIES", "MEDICATIONS", "PROBLEMS", "ALERTS", "CARE_PLANS", "CONTACTS", "SOCIAL_CARE",
    "ABOUT_ME",
)  # fmt: skip
SUMMARY = ("ALLERGIES", "MEDICATIONS", "PROBLEMS", "ALERTS", "CARE_PLANS")
CLINICAL = tuple(one.value for one in Category if one is not Category.DEMOGRAPHICS)
EVERYTHING = tuple(one.value for one in Category)

_SECTION = """
    coverage { state headline asked answered sources {
        source { id } category state assertion origin code message retryable retryAfterSeconds
        liftableByBreakGlass contactRoute } }
    assertion
    warnings { code message }
"""
_ENTRIES = """
    entries { title subtitle date basis conflicts { field message } items {
        source { id } sourceSystem custodian { odsCode name }
        author { name organisation { odsCode } }
        securityLabels { code } redactions { field code } %s } }
"""
_PAGE = "edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor }"
_MORE = {
    Category.MEDICATIONS: "indication dosage",
    Category.ALERTS: "text action",
    Category.CARE_PLANS: "status cpr { decision }",
    Category.CONTACTS: "phones",
    Category.ENCOUNTERS: "reason specialty dischargedTo end place { name }",
    Category.APPOINTMENTS: "start place { name }",
    Category.SOCIAL_CARE: "text",
}
_LOG = """query ($n: NHSNumber!, $first: Int!, $after: String) {
    accessLog(nhsNumber: $n, first: $first, after: $after) {
        edges { cursor node { id kind at name role organisation { odsCode name } purpose categories
            emergency emergencyReason regions } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
_PERSON = """person { name { text } birthDate gender address { text } phones gpPractice { name }
    deceased restricted redactions { field code } }"""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody to ask as, at one gateway."""

    system: System
    persona: str
    gateway: RunningGateway

    async def asks(
        self,
        *,
        about: str,
        categories: Iterable[str] = SUMMARY,
        purpose: str = "DIRECT_CARE",
        launch: str | None = None,
        confirm: str | None = "",
        number: str | None = None,
        first: int = 50,
        after: str | None = None,
        lasts: float | None = None,
    ) -> Answer:
        """One person's record. Birth date and number are the person's own when left out.

        `lasts`: for so many seconds the token holds, for a gateway whose clock is ahead.
        """
        story = self.system.people.stories[about]
        born = story.birth_date if confirm == "" else confirm
        page = f"first: {first}" + (f', after: "{after}"' if after else "")
        variables = {
            "nhsNumber": number or story.nhs_number,
            "purpose": purpose,
            "confirm": {"birthDate": born} if born else None,
            "launch": launch,
        }
        return await self.sends(_query(tuple(map(Category, categories)), page), variables, lasts)

    async def does(self, mutation: str, fields: str, about: str, **given: Any) -> Answer:
        """A mutation with one input about one person, such as `breakGlass`."""
        number = self.system.people.stories[about].nhs_number
        kind = {"recordObjection": "Objection"}.get(mutation, mutation[0].upper() + mutation[1:])
        query = f"mutation ($input: {kind}Input!) {{ {mutation}(input: $input) {{ {fields} }} }}"
        return await self.sends(query, {"input": {"nhsNumber": number} | given})

    async def log_of(self, about: str, *, first: int = 50, after: str | None = None) -> Answer:
        """Who looked at this person's record."""
        number = self.system.people.stories[about].nhs_number
        return await self.sends(_LOG, {"n": number, "first": first, "after": after})

    async def events(self, kind: str) -> list[Any]:
        """Every event of this kind that this caller's looks and deeds have left, seals opened."""
        principal = personas()[self.persona].subject
        events = await events_after(self.gateway, 0)
        return [
            {**event["plain"], "sealed": event["sealed"]}
            for event in events
            if event["plain"]["kind"] == kind and principal in json.dumps(event["sealed"])
        ]

    async def alerts(self, kind: str) -> list[Any]:
        """Those of them that tell privacy officers."""
        return [event for event in await self.events(kind) if event.get("alerts")]

    async def sends(
        self, query: str, variables: Mapping[str, Any], lasts: float | None = None
    ) -> Answer:
        """Any operation."""
        tokens = self.system.tokens
        token = tokens.lasting(self.persona, lasts) if lasts else tokens.token(self.persona)
        response = await self.system.client.post(
            f"{self.gateway.url}/graphql",
            content=json.dumps({"query": query, "variables": variables}).encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Authorization": f"Bearer {token}",
            },
        )
        self.system.exchanges.append(Exchange.of(response))
        return Answer(response.status_code, response.json())


As = Callable[..., Caller]
"""`as_("gp-london")`, at another gateway with `at`."""


def _query(categories: tuple[Category, ...], page: str) -> str:
    sections = "\n".join(_section(category, page) for category in categories)
    return f"""
query (
  $nhsNumber: NHSNumber!, $purpose: Purpose!, $confirm: ConfirmIdentityInput, $launch: String
) {{
  patient(nhsNumber: $nhsNumber, purpose: $purpose, confirm: $confirm, launch: $launch) {{
    nhsNumber notice identity {{ basis message }} obligations {{ code message }}
    coverage {{ state headline asked answered sources {{
        source {{ id }} state origin code message liftableByBreakGlass contactRoute }} }}
    {sections}
  }}
}}"""


def _section(category: Category, page: str) -> str:
    if category is Category.DEMOGRAPHICS:
        return f"demographics {{ {_SECTION} {_PERSON} }}"
    entries = _ENTRIES % _MORE.get(category, "")
    if category.value in WHOLE_LISTS:
        return f"{FIELDS[category]} {{ {_SECTION} {entries} }}"
    return f"{FIELDS[category]}({page}) {{ {_SECTION} {entries} {_PAGE} }}"
