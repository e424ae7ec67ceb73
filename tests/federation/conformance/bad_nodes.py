"""A deliberately bad node for each check: a good one, with one fault in front of it.

Each entry of `BAD` says which node, how its target differs, and what is done to requests and
answers on the way. A fault is as small as it can be, so that one check alone can see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from joserfc import jws

from demo.model import HERTS, LONDON
from federation.model import NodeId
from federation.protocols.requester_token import ANSWER_HEADER, REQUESTER_HEADER
from tests.federation.conformance.given import ORIGIN, Watch

Json = Any
UNKNOWN = "9990009139"
_ECHO = ANSWER_HEADER.lower().encode()
IN_BODY = re.compile(r"999\d{7}")


class Asked:
    """A request on its way to a node."""

    def __init__(self, request: httpx.Request, body: bytes, seen: int) -> None:
        self.request = request
        self.body = body.decode("utf-8", "replace")
        self.seen = seen
        """How often the very same body came before."""

    @property
    def rehearses(self) -> bool:
        return self.request.url.path.endswith("/rehearsal")

    def about(self, *numbers: str) -> bool:
        return bool(set(IN_BODY.findall(self.body)) & set(numbers))


class Faulty(httpx.AsyncBaseTransport):
    """Stands in front of a node."""

    def __init__(self, node: httpx.AsyncBaseTransport, bad: Bad, watch: Watch) -> None:
        self._node = node
        self._bad = bad
        self._watch = watch
        self._seen: dict[bytes, int] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        asked = Asked(request, body, self._seen.get(body, 0))
        self._seen[body] = asked.seen + 1
        self._watch.seconds += self._bad.slow_seconds
        instead = self._bad.instead(asked)
        if instead is not None:
            return instead
        answer = await self._node.handle_async_request(request)
        whole = await answer.aread()
        answer.headers.pop("content-length", None)
        try:
            said = msgspec.json.decode(whole)
        except msgspec.DecodeError:
            said = None
        if said is not None:
            said = self._bad.change(asked, said)
            whole = msgspec.json.encode(said)
        headers = [
            (name, value) for name, value in answer.headers.raw if name not in self._bad.drops
        ]
        if self._bad.echoes is not None and asked.about("9990000018"):
            headers = [(name, value) for name, value in headers if name != _ECHO]
            headers.append((_ECHO, self._bad.echoes.encode()))
        return httpx.Response(answer.status_code, headers=headers, content=whole)


def _nothing(_asked: Asked) -> httpx.Response | None:
    return None


def _as_it_is(_asked: Asked, said: Json) -> Json:
    return said


@dataclass(frozen=True)
class Bad:
    """What is wrong with a node."""

    what: str
    node: NodeId = LONDON
    change: Callable[[Asked, Json], Json] = _as_it_is
    instead: Callable[[Asked], httpx.Response | None] = _nothing
    drops: tuple[bytes, ...] = ()
    echoes: str | None = None
    slow_seconds: float = 0.0
    target: dict[str, Any] = field(default_factory=dict)


def records(said: Json) -> list[Json]:
    data = said.get("data") if isinstance(said, dict) else None
    return (data or {}).get("records", []) if isinstance(data, dict) else []


def parts(said: Json, name: str | None = None) -> list[Json]:
    return [
        part
        for one in records(said)
        for key, part in one.items()
        if key != "person" and name in {None, key}
    ]


def answered(said: Json) -> httpx.Response:
    return httpx.Response(
        200, headers={"content-type": "application/json"}, content=msgspec.json.encode(said)
    )


def resources(said: Json, kind: str) -> list[Json]:
    entries = said.get("entry", []) if isinstance(said, dict) else []
    return [one["resource"] for one in entries if one["resource"]["resourceType"] == kind]


# ── what is done to an answer ────────────────────────────────────────────────────────────────────


def _empty_record_of_nobody(asked: Asked, said: Json) -> Json:
    if asked.about(UNKNOWN) and records(said) == [] and "data" in said:
        said["data"] = {"records": [{"person": {"nhsNumber": UNKNOWN}}]}
    return said


def _patient_of_nobody(asked: Asked, said: Json) -> Json:
    if asked.about("9990000077") and asked.request.url.path.endswith("Patient/_search"):
        said["entry"] = [{"resource": {"resourceType": "Patient", "id": "x"}}]
    return said


def _without_marker(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "carePlans"):
        part["assertion"] = None
    return said


def _none_known_where_nothing_is_recorded(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "allergies"):
        if part["assertion"] == "NO_CONTENT_RECORDED":
            part["assertion"] = "NONE_KNOWN"
    return said


def _allergy_lists_without_a_reason(_asked: Asked, said: Json) -> Json:
    for one in resources(said, "List"):
        one.pop("emptyReason", None)
    return said


def _procedures_unavailable(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "procedures"):
        part.update(state="UNAVAILABLE", code="NODE_ERROR", assertion=None, items=[])
    return said


def _refuses_procedures(asked: Asked) -> httpx.Response | None:
    return httpx.Response(403) if asked.request.url.path.endswith("Procedure/_search") else None


def _alive(_asked: Asked, said: Json) -> Json:
    for one in records(said):
        one["person"] = one["person"] | {"deceased": False, "deceasedAt": None}
    return said


def _address_of_the_protected(_asked: Asked, said: Json) -> Json:
    for one in resources(said, "Patient"):
        if "security" in one.get("meta", {}):
            one["telecom"] = [{"system": "phone", "value": "07700 900123"}]
    return said


def _another_birth_date(asked: Asked, said: Json) -> Json:
    for one in records(said):
        if asked.about("9990000018"):
            one["person"]["birthDate"] = "1948-03-15"
    return said


def _another_when_busy(asked: Asked, said: Json) -> Json:
    """Only the fifth asking of one and the same thing is answered with somebody else."""
    for one in records(said):
        if asked.seen == 5 and "allergies" not in asked.body and not asked.rehearses:
            one["person"]["nhsNumber"] = "9990000026"
    return said


def _whole_where_withheld(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "documents"):
        if part["state"] == "WITHHELD":
            part |= {"state": "COMPLETE", "code": None}
            part["assertion"] = "NO_CONTENT_RECORDED"
    return said


def _topic_of_the_withheld(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "documents"):
        if part["state"] == "WITHHELD":
            said["extensions"] |= {"why": "a letter of sexual health"}
    return said


def _whole_where_waiting(_asked: Asked, said: Json) -> Json:
    for part in parts(said):
        if part["code"] == "AWAITING_FILING":
            part |= {"state": "COMPLETE", "code": None}
    return said


def _dissent_as_not_held(asked: Asked, said: Json) -> Json:
    codes = [one["extensions"]["code"] for one in said.get("errors", ()) or ()]
    if codes == ["NO_PATIENT_CONSENT"] and asked.about("9990009007"):
        return {"data": {"records": []}}
    return said


def _what_is_kept_in(asked: Asked, said: Json) -> Json:
    for part in parts(said, "documents"):
        if asked.about("9990009090"):
            part["items"][0]["description"] = "Seen for Urinary tract infection."
    return said


def _believes(*wanted: str) -> Callable[[Asked], httpx.Response | None]:
    """Answers whoever shows a token in which these claims are missing or wrong."""

    def instead(asked: Asked) -> httpx.Response | None:
        if asked.rehearses or not asked.body.startswith('{"query"'):
            return None
        token = asked.request.headers.get(REQUESTER_HEADER)
        if token is None and "no token" in wanted:
            return answered({"data": {"records": [{"person": {"nhsNumber": "9990000018"}}]}})
        if token is None or "no role" not in wanted:
            return None
        claims = _claims(token)
        if "role" not in claims:
            return answered({"data": {"records": [{"person": {"nhsNumber": "9990000018"}}]}})
        return None

    return instead


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = msgspec.json.decode(jws.extract_compact(token.encode()).payload)
    return claims


def _errors_for_bad_tokens(_asked: Asked, said: Json) -> Json:
    """Says that it failed, where it should say that who asks is not believed."""
    for one in said.get("errors", ()) or ():
        if one["extensions"]["code"] == "UNAUTHENTICATED":
            one["extensions"]["code"] = "INTERNAL"
    return said


def _log(change: Callable[[Json], Json]) -> Callable[[Asked, Json], Json]:
    def changed(asked: Asked, said: Json) -> Json:
        if asked.rehearses and "lines" in said:
            said["lines"] = [change(one) for one in said["lines"]]
        return said

    return changed


def _look(**changed: Any) -> Callable[[Asked, Json], Json]:
    def change(_asked: Asked, said: Json) -> Json:
        look = said.get("extensions", {}).get("look")
        if look is not None:
            look |= changed
        return said

    return change


def _ids_anew(asked: Asked, said: Json) -> Json:
    for part in parts(said, "problems"):
        for one in part["items"]:
            one["sourceId"] += f"-{asked.seen}"
    return said


def _versions_lost(_asked: Asked, said: Json) -> Json:
    for one in resources(said, "Condition"):
        one["meta"].pop("versionId", None)
    return said


def _words_lost(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "medications"):
        for one in part["items"]:
            one["medicine"] |= {"display": "Medicine", "originalText": None}
            for coding in one["medicine"]["codings"]:
                coding["display"] = None
    return said


def _codes_mistyped(_asked: Asked, said: Json) -> Json:
    for one in resources(said, "Condition"):
        for coding in one.get("code", {}).get("coding", ()):
            coding["code"] = coding["code"].replace("49436004", "49436005")
    return said


def _no_last_update(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "observations"):
        for one in part["items"]:
            one["lastUpdatedAt"] = None
    return said


def _no_current_to(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "results"):
        part["dataCurrentTo"] = None
    return said


def _last_is_lost(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "observations"):
        if len(part["items"]) == 200:
            part["items"].pop()
    return said


def _page_begins_late(asked: Asked, said: Json) -> Json:
    """The first of every further page is lost, and no page says how many there are."""
    said.pop("total", None)
    if "/_page/" in str(asked.request.url) and said.get("entry"):
        said["entry"] = said["entry"][1:]
    return said


def _total_too_large(_asked: Asked, said: Json) -> Json:
    if resources(said, "Immunization"):
        said["total"] += 1
    return said


def _any_body(asked: Asked) -> httpx.Response | None:
    if asked.body == "[]":
        return answered({"data": {"records": []}})
    return None


def _breaks_at_nonsense(asked: Asked) -> httpx.Response | None:
    if asked.request.url.path.endswith("Nothing/_search"):
        return httpx.Response(500, content=b"oops")
    return None


def _slow_behind_is_internal(_asked: Asked, said: Json) -> Json:
    for one in said.get("errors", ()) or ():
        if one["extensions"]["code"] == "UPSTREAM_TIMEOUT":
            one["extensions"]["code"] = "INTERNAL"
    return said


def _passes_over(asked: Asked) -> httpx.Response | None:
    if "onlyRecent" in asked.body:
        return answered({"data": {"records": []}})
    return None


def _no_offset(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "observations"):
        for one in part["items"]:
            if one["effectiveAt"]:
                one["effectiveAt"] = one["effectiveAt"].replace("+00:00", "")
    return said


def _made_precise(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "problems"):
        for one in part["items"]:
            if one["onset"] and len(one["onset"]) == 4:
                one["onset"] += "-01-01"
    return said


def _labels_lost(_asked: Asked, said: Json) -> Json:
    for part in parts(said, "problems"):
        for one in part["items"]:
            one["securityLabels"] = [
                label for label in one["securityLabels"] if label["code"] != "STD"
            ]
    return said


def _silent_merge(asked: Asked, said: Json) -> Json:
    if asked.rehearses and "notices" in said:
        said["notices"] = []
    return said


def _deaf(asked: Asked) -> httpx.Response | None:
    if asked.rehearses and '"object"' in asked.body:
        return answered({"done": True})
    return None


def _takes_mutations(asked: Asked) -> httpx.Response | None:
    if asked.body.startswith('{"query":"mutation'):
        return answered({"data": {"records": []}})
    return None


def _takes_resources(asked: Asked) -> httpx.Response | None:
    if asked.request.method == "PUT":
        return httpx.Response(200, content=b'{"resourceType": "Basic"}')
    return None


def _number_in_a_link(asked: Asked, said: Json) -> Json:
    for link in said.get("link", ()) if isinstance(said, dict) else ():
        if link["relation"] == "self" and asked.about("9990000018"):
            link["url"] += "?identifier=9990000018"
    return said


BAD: dict[str, tuple[Bad, ...]] = {
    "a": (
        Bad("an empty record of nobody", change=_empty_record_of_nobody),
        Bad("a Patient of nobody", HERTS, change=_patient_of_nobody),
    ),
    "b": (Bad("no marker where nothing is recorded", change=_without_marker),),
    "c": (
        Bad("none known, though nobody said so", change=_none_known_where_nothing_is_recorded),
        Bad("an empty list without its reason", HERTS, change=_allergy_lists_without_a_reason),
    ),
    "d": (
        Bad("the dead are alive", change=_alive),
        Bad("a protected telephone", HERTS, change=_address_of_the_protected),
    ),
    "e": (
        Bad("another birth date", change=_another_birth_date),
        Bad("another person when many ask", change=_another_when_busy),
        Bad("an answer to another request", echoes="made-up"),
    ),
    "f": (
        Bad("whole where withheld", change=_whole_where_withheld),
        Bad("the topic of what is withheld", change=_topic_of_the_withheld),
    ),
    "g": (Bad("whole where something waits", change=_whole_where_waiting),),
    "h": (Bad("dissent as not held", change=_dissent_as_not_held),),
    "i": (Bad("a letter names what is kept in", change=_what_is_kept_in),),
    "j": (
        Bad("believes whoever shows nothing", instead=_believes("no token")),
        Bad("believes who has no role", instead=_believes("no role")),
        Bad("an error for a bad token", change=_errors_for_bad_tokens),
    ),
    "k": (
        Bad("the log does not say who", change=_look(subject=None)),
        Bad("the log has other ids", change=_look(requestId="another")),
    ),
    "l": (
        Bad("ids that change", change=_ids_anew),
        Bad("no versions", HERTS, change=_versions_lost),
    ),
    "m": (
        Bad("the words are lost", change=_words_lost),
        Bad("a code with a digit wrong", HERTS, change=_codes_mistyped),
    ),
    "n": (
        Bad("no last update", change=_no_last_update),
        Bad("no data-current-to", change=_no_current_to),
    ),
    "o": (
        Bad("the last of two hundred is lost", change=_last_is_lost),
        Bad("an entry falls between two pages", HERTS, change=_page_begins_late),
        Bad("a total that is too large", HERTS, change=_total_too_large),
        Bad("does not answer what it offers", change=_procedures_unavailable),
        Bad("refuses a search for what it offers", HERTS, instead=_refuses_procedures),
    ),
    "p": (
        Bad("answers what is no question", instead=_any_body),
        Bad("breaks at nonsense", HERTS, instead=_breaks_at_nonsense),
        Bad("hides that a system behind it is slow", change=_slow_behind_is_internal),
    ),
    "q": (Bad("does not say when to come again", drops=(b"retry-after",)),),
    "r": (Bad("passes over what it does not know", instead=_passes_over),),
    "s": (
        Bad("instants without their offset", change=_no_offset),
        Bad("a year made into a day", change=_made_precise),
    ),
    "t": (Bad("a label is lost", change=_labels_lost),),
    "u": (Bad("tells nobody of a merge", change=_silent_merge),),
    "v": (Bad("an objection has no effect", instead=_deaf),),
    "w": (
        Bad("takes mutations", instead=_takes_mutations),
        Bad("takes resources", HERTS, instead=_takes_resources),
    ),
    "x": (Bad("plain HTTP from elsewhere", target={"endpoint": "http://node.example/graphql"}),),
    "y": (
        Bad("a number in the log", change=_log(lambda one: one | {"url": "/x?n=9990000018"})),
        Bad("a number in groups", change=_log(lambda one: one | {"told": "of 999 000 0018"})),
        Bad("a name in the log", change=_log(lambda one: one | {"told": "of Achebe"})),
        Bad("a number in a link", HERTS, change=_number_in_a_link),
    ),
    "z": (Bad("slower than declared", slow_seconds=5.0),),
}
"""By the letter of the check that must find it."""

__all__ = ["BAD", "ORIGIN", "Bad", "Faulty"]
