"""Every way in which a response can leave the gateway, and what it leaves in the audit log.

Whoever adds a field of the schema adds a row to `FIELDS` and names it in `docs/audit.md` ("Every
way out"). Its query is asked as `persona` and must be answered; as `refused_to` it must be refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from federation.audit import EventKind
from federation.errors import ErrorCode
from tests.gateway.places import NUMBER

MAX_BODY = 8192
OTHER = "9990000026"
JSON = {"content-type": "application/json"}
_WHOM = f'nhsNumber: "{NUMBER}"'
_A_DIGEST = f'{{ id: "x", descriptorDigest: "{"0" * 64}"'


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request; `{grant}`, `{follow_up}`, `{review}` in a body: an id that was given out."""

    body: bytes = b""
    method: str = "POST"
    path: str = "/graphql"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(frozen=True)
class Way:
    """One way out: its name in the documentation, and the kinds of events that it leaves.

    `persona` None: without a token; a text that names nobody is sent as the token itself.
    """

    name: str
    leaves: frozenset[EventKind]
    sent: Sent
    code: ErrorCode | None = None
    persona: str | None = "gp-london"
    refused_to: str | None = None


def asked(query: str) -> Sent:
    return Sent(body=json.dumps({"query": query}).encode())


def way(
    name: str,
    query: str,
    *leaves: EventKind,
    code: ErrorCode | None = None,
    persona: str = "gp-london",
    refused_to: str | None = "systems-support-london",
) -> Way:
    """A field of the schema; one that leaves nothing tells of nobody, and is refused to nobody."""
    refused = refused_to if leaves and code is None else None
    return Way(name, frozenset(leaves), asked(query), code, persona, refused)


def of_a_node(name: str, given: str) -> Way:
    """A mutation about a node, asked for by somebody who takes no part in that."""
    query = f"mutation {{ {name}(input: {given}) {{ id }} }}"
    return way(f"mutation.{name}", query, EventKind.REFUSAL, code=ErrorCode.FORBIDDEN)


FIELDS = (
    way(
        "query.patient",
        f"{{ patient({_WHOM}, purpose: DIRECT_CARE,"
        ' confirm: {birthDate: "1948-03-14"}, answerWithinMs: 100) { allergies { assertion } } }',
        EventKind.VIEW,
        EventKind.NODE_CALL,
    ),
    way(
        "query.nodeSubmissions",
        "{ nodeSubmissions { id } }",
        EventKind.REFUSAL,
        code=ErrorCode.FORBIDDEN,
    ),
    way("query.recordNodes", "{ recordNodes { id } }"),
    way("query.recordNode", '{ recordNode(id: "milton-keynes") { id } }'),
    way("query.me", "{ me { role } }"),
    way(
        "query.explainAccess",
        f"{{ explainAccess({_WHOM}, purpose: DIRECT_CARE) {{ purpose }} }}",
        EventKind.EXPLAIN_ACCESS,
        refused_to=None,  # which is what is explained
    ),
    way(
        "query.accessLog",
        f"{{ accessLog({_WHOM}) {{ edges {{ cursor }} }} }}",
        EventKind.ACCESS_LOG,
        persona="citizen",
    ),
    way(
        "query.nodeAccessLog",
        '{ nodeAccessLog(node: "herts-west-essex") { edges { cursor } } }',
        EventKind.READ_NODE_LOG,
        persona="privacy-officer-herts",
    ),
    way(
        "query.accessReviews",
        '{ accessReviews(node: "london-care-record") { edges { node { id } } } }',
        EventKind.READ_REVIEWS,
        persona="privacy-officer-london",
    ),
    way(
        "query.followUps",
        "{ followUps { edges { node { sentence } } } }",
        EventKind.FOLLOW_UPS,
        refused_to="citizen",
    ),
    way(
        "query.recalls",
        '{ recalls(node: "herts-west-essex") { edges { cursor } } }',
        EventKind.READ_RECALLS,
        persona="privacy-officer-herts",
    ),
    way(
        "mutation.recallItem",
        'mutation { recallItem(input: { node: "herts-west-essex", sourceId: "a-1",'
        " reason: WITHDRAWN }) { views } }",
        EventKind.RECALLED,
        persona="privacy-officer-herts",
    ),
    way(
        "mutation.breakGlass",
        f'mutation {{ breakGlass(input: {{ {_WHOM}, reasonCode: RISK_TO_LIFE, reason: "found" }})'
        " { id } }",
        EventKind.BREAK_GLASS,
    ),
    way(
        "mutation.endEmergencyAccess",
        'mutation { endEmergencyAccess(id: "{grant}") { id } }',
        EventKind.END_EMERGENCY_ACCESS,
        refused_to=None,
    ),
    way(
        "mutation.declareRelationship",
        f'mutation {{ declareRelationship(input: {{ {_WHOM}, reason: "walked in" }}) {{ id }} }}',
        EventKind.DECLARE_RELATIONSHIP,
    ),
    way(
        "mutation.recordObjection",
        f"mutation {{ recordObjection(input: {{ {_WHOM}, effect: OBJECT, category: ALERTS }})"
        " { id } }",
        EventKind.RECORD_OBJECTION,
    ),
    way(
        "mutation.acknowledgeFollowUp",
        'mutation { acknowledgeFollowUp(id: "{follow_up}") { sentence } }',
        EventKind.ACKNOWLEDGED,
        refused_to="citizen",
    ),
    way(
        "mutation.reviewAccess",
        'mutation { reviewAccess(input: { id: "{review}", outcome: JUSTIFIED, note: "on call" })'
        " { state } }",
        EventKind.REVIEWED,
        persona="privacy-officer-london",
    ),
    of_a_node("submitNode", '{ descriptor: "x" }'),
    of_a_node("approveNode", f"{_A_DIGEST} }}"),
    of_a_node("rejectNode", f'{_A_DIGEST}, reason: "x" }}'),
    of_a_node("promoteNode", '{ id: "x", to: LIVE }'),
    of_a_node("suspendNode", '{ id: "x", reason: "x" }'),
    of_a_node("resumeNode", '{ id: "x" }'),
    of_a_node("retireNode", '{ id: "x", reason: "x" }'),
    way(
        "subscription.patient",
        f"subscription {{ patient({_WHOM}, purpose: DIRECT_CARE) {{ id }} }}",
        EventKind.REFUSAL,
        code=ErrorCode.NOT_AVAILABLE,
    ),
)
"""Every root field, by the schema itself: `test_ways_out.py` finds one that is not here."""


def unread(name: str, body: bytes, code: ErrorCode, media: str = "application/json") -> Way:
    """A request of somebody who is signed in that never comes to be a question or a deed."""
    sent = Sent(body=body, headers={"content-type": media})
    return Way(name, frozenset((EventKind.REFUSAL,)), sent, code)


_PAIR = f"{_WHOM}, purpose: DIRECT_CARE"
UNREAD = (
    unread("no JSON", b"{", ErrorCode.BAD_USER_INPUT),
    unread("another content type", b"x", ErrorCode.BAD_USER_INPUT, "text/plain"),
    unread("a body that is too large", b" " * (MAX_BODY + 1), ErrorCode.TOO_COMPLEX),
    unread("a mistake of grammar", asked("{ patient(").body, ErrorCode.GRAPHQL_PARSE_FAILED),
    unread(
        "a field that is not there", asked("{ nobody }").body, ErrorCode.GRAPHQL_VALIDATION_FAILED
    ),
    unread(
        "a number that is none",
        asked('{ explainAccess(nhsNumber: "9990000019", purpose: DIRECT_CARE) { purpose } }').body,
        ErrorCode.INVALID_NHS_NUMBER,
    ),
    unread(
        "two people at once",
        asked(f"{{ a: patient({_PAIR}) {{ id }} b: patient({_PAIR}) {{ id }} }}").body,
        ErrorCode.ONE_PERSON_PER_REQUEST,
    ),
)

SECOND = Way(
    "a second deed in one request",
    frozenset((EventKind.ABANDONED, EventKind.REFUSAL)),
    asked(
        f"{{ explainAccess({_PAIR}) {{ purpose }}"
        f' other: explainAccess(nhsNumber: "{OTHER}", purpose: DIRECT_CARE) {{ purpose }} }}'
    ),
    ErrorCode.ONE_PERSON_PER_REQUEST,
)


def silent(name: str, path: str, status: str = "", method: str = "GET", accept: str = "*/*") -> Way:
    """What tells of nobody, and is asked by nobody known."""
    sent = Sent(method=method, path=path, headers={"accept": accept})
    return Way(name, frozenset(), sent, ErrorCode(status) if status else None, None)


SILENT = (
    silent("the page for people", "/graphql", accept="text/html"),
    silent("another method", "/graphql", "BAD_USER_INPUT", "PUT"),
    silent("another media type", "/graphql", "BAD_USER_INPUT", "POST", "text/csv"),
    silent("another address", "/nothing", "NOT_FOUND"),
    silent("/livez", "/livez"),
    silent("/readyz", "/readyz"),
    silent("the gateway's keys", "/.well-known/jwks.json"),
)


def counted(name: str, sent: Sent, code: ErrorCode, token: str | None = None) -> Way:
    """What is refused to nobody known."""
    return Way(name, frozenset((EventKind.SIGN_IN_FAILURE,)), sent, code, token)


_JWT = {"content-type": "application/jwt"}
COUNTED = (
    counted("no token", asked("{ me { role } }"), ErrorCode.UNAUTHENTICATED),
    counted(
        "a token that is not believed", asked("{ me { role } }"), ErrorCode.UNAUTHENTICATED, "no"
    ),
    counted(
        "/launch, signed by nobody known",
        Sent(body=b"e30.e30.e30", path="/launch", headers=_JWT),
        ErrorCode.BAD_USER_INPUT,
    ),
    counted("/launch, not readable", Sent(method="GET", path="/launch"), ErrorCode.BAD_USER_INPUT),
)

IN_A_STATE: Mapping[str, frozenset[EventKind]] = {
    "/launch, taken": frozenset((EventKind.LAUNCHED,)),
    "/launch, refused to a known host system": frozenset((EventKind.LAUNCH_REFUSED,)),
    "refused by rules": frozenset((EventKind.REFUSAL,)),
    "a subscription over a socket": frozenset((EventKind.REFUSAL,)),
    "a node is late": frozenset((EventKind.VIEW, EventKind.NODE_CALL)),
    "the caller goes away": frozenset((EventKind.ABANDONED,)),
    "something that nobody foresaw": frozenset((EventKind.ABANDONED,)),
    "POLICY_UNAVAILABLE": frozenset((EventKind.REFUSAL,)),
    "OVERLOADED": frozenset(),
    "AUDIT_UNAVAILABLE": frozenset(),
}
"""What depends on more than the request: each has a test of its own."""

ANSWERED = (*FIELDS, *UNREAD, SECOND, *SILENT)
DOCUMENTED = {one.name: one.leaves for one in (*ANSWERED, *COUNTED)} | IN_A_STATE
