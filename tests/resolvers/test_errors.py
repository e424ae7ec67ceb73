"""Every error has a code of the closed list, and nothing that the caller typed."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, Source

from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    IdentityChangedError,
    InvalidCursorError,
    RefusedError,
)
from federation.flow import Answer, Question
from federation.model import Requester, RequesterKind
from resolvers.errors import INTERNAL, Unexpected, masked, public_error, report_nothing
from resolvers.schema import build_schema
from tests.builders import NUMBER, a_requester
from tests.resolvers.asking import COMPILED, PLAIN, Asked, ask, codes, patient

TYPED = "Odette Fernsby"
WRONG = "9990000019"

ARGUMENTS = 'purpose: DIRECT_CARE, confirm: {birthDate: "1952-05-17"}'
ONE = f'patient(nhsNumber: "{NUMBER}", {ARGUMENTS}'


def purposeless(rest: str) -> str:
    """The person of the builders, with these other arguments."""
    return f'patient(nhsNumber: "{NUMBER}", {rest}) {{ id }}'


def numbered(number: str) -> str:
    """A person of this number."""
    return f"patient(nhsNumber: {number}, {ARGUMENTS}) {{ id }}"


BORN = 'confirm: {birthDate: "1952-05-17"'
DOCUMENTS: list[tuple[str, str, dict[str, Any] | None, str]] = [
    ("no query", "", None, "BAD_USER_INPUT"),
    ("not GraphQL", f'{{ me {{ "{TYPED}" }} }}', None, "GRAPHQL_PARSE_FAILED"),
    ("an unfinished text", f'{{ me(x: "{TYPED}', None, "GRAPHQL_PARSE_FAILED"),
    ("an unknown field", "{ nobody }", None, "GRAPHQL_VALIDATION_FAILED"),
    ("a number in a name", f"{{ x{NUMBER} }}", None, "GRAPHQL_VALIDATION_FAILED"),
    (
        "a literal of a wrong type",
        f'{{ {ONE}, answerWithinMs: "{TYPED}") {{ id }} }}',
        None,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "an unknown input field",
        "{ " + purposeless(f'purpose: DIRECT_CARE, {BORN}, surname: "{TYPED}"}}') + " }",
        None,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a date that is none",
        "{ " + purposeless(f'purpose: DIRECT_CARE, confirm: {{birthDate: "{TYPED}"}}') + " }",
        None,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a date that is none, in a variable",
        "query($d: Date!) { "
        + purposeless("purpose: DIRECT_CARE, confirm: {birthDate: $d}")
        + " }",
        {"d": TYPED},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a day that no calendar has, in a variable",
        "query($d: Date!) { "
        + purposeless("purpose: DIRECT_CARE, confirm: {birthDate: $d}")
        + " }",
        {"d": "1948-02-31"},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a default of a wrong type",
        f'query($ms: Int = "{TYPED}") {{ {ONE}, answerWithinMs: $ms) {{ id }} }}',
        None,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a variable of a wrong type",
        f"query($ms: Int!) {{ {ONE}, answerWithinMs: $ms) {{ id }} }}",
        {"ms": TYPED},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a variable with an unknown field",
        "query($c: ConfirmIdentityInput) { "
        + purposeless("purpose: DIRECT_CARE, confirm: $c")
        + " }",
        {"c": {"birthDate": "1952-05-17", TYPED: TYPED}},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "a variable that is missing",
        f"query($n: NHSNumber!) {{ {numbered('$n')} }}",
        {},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    (
        "null where there must be a value",
        f"query($ms: Int) {{ {ONE}, answerWithinMs: $ms) {{ id }} }}",
        {"ms": None},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    ("a wrong number", "{ " + numbered(f'"{WRONG}"') + " }", None, "INVALID_NHS_NUMBER"),
    ("a text", "{ " + numbered(f'"{TYPED}"') + " }", None, "INVALID_NHS_NUMBER"),
    ("a number that is not quoted", f"{{ {numbered(NUMBER)} }}", None, "INVALID_NHS_NUMBER"),
    (
        "a wrong number in a variable",
        f"query($n: NHSNumber!) {{ {numbered('$n')} }}",
        {"n": WRONG},
        "INVALID_NHS_NUMBER",
    ),
    (
        "a wrong number as a default",
        f'query($n: NHSNumber = "{WRONG}") {{ {numbered("$n")} }}',
        None,
        "INVALID_NHS_NUMBER",
    ),
    (
        "a wrong number in an input",
        "mutation($i: DeclareRelationshipInput!) { declareRelationship(input: $i) { id } }",
        {"i": {"nhsNumber": WRONG, "reason": TYPED}},
        "INVALID_NHS_NUMBER",
    ),
    (
        "another purpose",
        f"{{ {purposeless('purpose: RESEARCH')} }}",
        None,
        "PURPOSE_NOT_SUPPORTED",
    ),
    (
        "another purpose in a variable",
        f"query($p: Purpose!) {{ {purposeless('purpose: $p')} }}",
        {"p": "RESEARCH"},
        "PURPOSE_NOT_SUPPORTED",
    ),
    (
        "a purpose that is not even a name",
        f"query($p: Purpose!) {{ {purposeless('purpose: $p')} }}",
        {"p": {TYPED: 1}},
        "PURPOSE_NOT_SUPPORTED",
    ),
    (
        "another purpose in another field",
        f'{{ explainAccess(nhsNumber: "{NUMBER}", purpose: PLANNING) {{ purpose }} }}',
        None,
        "PURPOSE_NOT_SUPPORTED",
    ),
]


@pytest.mark.parametrize("schema", [COMPILED, PLAIN], ids=["compiled", "plain"])
@pytest.mark.parametrize(
    ("query", "variables", "code"), [d[1:] for d in DOCUMENTS], ids=[d[0] for d in DOCUMENTS]
)
async def test_what_is_wrong_with_a_request(
    schema: Any, query: str, variables: dict[str, Any] | None, code: str
) -> None:
    """A wrong request has one error with its code, nothing of what it said, and asks nothing."""
    asked = Asked()
    result = await ask(query, variables, asked=asked, schema=schema)
    assert codes(result) == [code]
    assert not any((result.data or {}).values())
    assert asked.questions == []
    for text in (json.dumps([e.formatted for e in result.errors]), repr(result.errors)):
        assert all(typed not in text for typed in (TYPED, NUMBER, WRONG, "RESEARCH"))


async def test_the_place_of_a_wrong_date_is_given() -> None:
    """A date that is none, written into the document, is answered with its place."""
    confirm = 'confirm: {birthDate: "1948-02-31"}'
    result = await ask("{ " + purposeless(f"purpose: DIRECT_CARE, {confirm}") + " }", {})
    assert [error.formatted["locations"][0]["line"] for error in result.errors] == [1]


async def test_a_wrong_variable_is_said_before_execution() -> None:
    """A variable that does not fit is an error of the request, not of a field."""
    result = await ask(
        "query($id: ID!) { recordNode(id: $id) { id } }", {"id": {"x": 1}}, schema=COMPILED
    )
    assert type(result).__name__ == "PreExecutionError"


TWO = "query A { me { subject } } query B { recordNodes { id } }"


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        (TWO, None, "BAD_USER_INPUT"),
        (TWO, "C", "BAD_USER_INPUT"),
        ("fragment F on Query { __typename }", None, "BAD_USER_INPUT"),
        (TWO, "B", None),
    ],
)
async def test_the_operation_must_be_named(query: str, name: str | None, code: str | None) -> None:
    """Where a document has several operations, or none, the request must say which one."""
    result = await ask(query, operation_name=name)
    if code is None:
        assert list(result.data) == ["recordNodes"]
    else:
        assert (codes(result)[0], result.data) in (
            (code, None),
            ("GRAPHQL_VALIDATION_FAILED", None),
        )


@pytest.mark.parametrize(
    "refused", [IdentityChangedError, AuditUnavailableError, InvalidCursorError]
)
async def test_refusals_keep_their_code_and_text(refused: type[RefusedError]) -> None:
    """What the pipeline refuses reaches the caller with its code and text, unreported."""

    def refuse(_question: Question) -> Answer:
        raise refused

    asked = Asked(refuse)
    result = await ask(patient("id allergies { id }"), asked=asked)
    assert result.data == {"patient": None}
    assert [error.formatted for error in result.errors] == [
        {
            "message": refused.public,
            "locations": [{"line": 1, "column": 3}],
            "path": ["patient"],
            "extensions": {"code": refused.code},
        }
    ]


class OddError(Exception):
    """Something that nobody expected."""


async def test_the_unexpected_says_nothing_and_is_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unexpected exception is INTERNAL; its type and field are reported, and nothing else."""

    def fail(_question: Question) -> Answer:
        raise OddError(TYPED, NUMBER)

    reported: list[Unexpected] = []
    schema = build_schema(report=reported.append)
    with caplog.at_level(logging.DEBUG):
        result = await ask(
            f"query {TYPED.partition(' ')[0]} {patient('id')}", asked=Asked(fail), schema=schema
        )
    assert [error.message for error in result.errors] == [INTERNAL]
    assert codes(result) == ["INTERNAL"]
    assert reported == [Unexpected(exception=f"{__name__}.OddError", field="patient")]
    assert all(TYPED not in record.getMessage() for record in caplog.records)
    assert all(NUMBER not in record.getMessage() for record in caplog.records)


def test_public_errors_hold_nothing_else() -> None:
    """An error that leaves the gateway has no node, source or cause that could print the query."""
    found = GraphQLSyntaxError(Source(f'{{ "{TYPED}" }}'), 2, TYPED)
    shown = public_error(found, report_nothing)
    assert (shown.nodes, shown.source, shown.original_error) == (None, None, None)
    assert shown.locations == found.locations
    assert TYPED not in f"{shown!r} {shown}"


def test_an_error_of_any_kind_is_public() -> None:
    """Every class of refusal comes out with its code, and any other exception as INTERNAL."""
    for refusal in RefusedError.__subclasses__():
        wrapped = GraphQLError("Variable said 9990000018", original_error=refusal())
        assert public_error(wrapped, report_nothing).extensions == {"code": refusal.code}
    other = GraphQLError("no", original_error=ValueError("x"))
    assert public_error(other, report_nothing).extensions == {"code": ErrorCode.INTERNAL}


def test_long_numbers_are_masked() -> None:
    """A run of six digits or more is masked, shorter ones are left."""
    assert masked("x9990000018 y12345") == "x###### y12345"


async def test_the_subscription_is_not_available_yet() -> None:
    """The subscription answers one frame with NOT_AVAILABLE, whose error is public too."""
    frames = await COMPILED.stream(
        f'subscription {{ patient(nhsNumber: "{NUMBER}", purpose: DIRECT_CARE) {{ id }} }}',
        context_value=Asked().context,
    )
    assert [codes(frame) async for frame in frames] == [["NOT_AVAILABLE"]]


async def test_streamed_queries_have_public_errors_only() -> None:
    """A query over a streaming transport is masked like any other."""
    frames = await COMPILED.stream(
        f'{{ me(x: "{TYPED}") {{ y{NUMBER} }} }}', context_value=Asked().context
    )
    shown = [
        error.formatted
        for frame in [f async for f in frames]
        for error in getattr(frame, "errors", None) or ()
    ]
    assert {error["extensions"]["code"] for error in shown} == {"GRAPHQL_VALIDATION_FAILED"}
    assert TYPED not in json.dumps(shown)
    assert NUMBER not in json.dumps(shown)


def a_citizen() -> Requester:
    return a_requester(kind=RequesterKind.CITIZEN, person=NUMBER, role=None)


RANGES: list[tuple[str, str, str]] = [
    ("", ", answerWithinMs: 99", "BAD_USER_INPUT"),
    ("", ", answerWithinMs: 8001", "BAD_USER_INPUT"),
    ("", ", answerWithinMs: -1", "BAD_USER_INPUT"),
    ("results(first: 0) { id }", "", "BAD_USER_INPUT"),
    ("results(first: -5) { id }", "", "BAD_USER_INPUT"),
    ("results(first: 501) { id }", "", "BAD_USER_INPUT"),
    ("results(first: 2147483647) { id }", "", "BAD_USER_INPUT"),
    ('documents(since: "2026-02-01", until: "2026-01-31") { id }', "", "BAD_USER_INPUT"),
    ('observations(codes: "no bar") { id }', "", "BAD_USER_INPUT"),
    ('observations(codes: "|") { id }', "", "BAD_USER_INPUT"),
    ('observations(codes: "s|") { id }', "", "BAD_USER_INPUT"),
    ('observations(codes: "s|c|d") { id }', "", "BAD_USER_INPUT"),
    (f'observations(codes: "s|{"c" * 300}") {{ id }}', "", "BAD_USER_INPUT"),
    ("observations(codes: [" + '"s|c",' * 51 + "]) { id }", "", "BAD_USER_INPUT"),
    ('observations(after: "' + "a" * 4097 + '") { id }', "", "BAD_USER_INPUT"),
    ("results(first: 1) { id }", ", answerWithinMs: 100", ""),
    ("results(first: 500) { id }", ", answerWithinMs: 8000", ""),
    ('documents(since: "2026-02-01", until: "2026-02-01") { id }', "", ""),
    ("observations(codes: [" + '"s|c",' * 50 + "]) { id }", "", ""),
    ("results(first: 0) @skip(if: true) { id }", "", ""),
]


@pytest.mark.parametrize(("selection", "more", "code"), RANGES)
async def test_ranges(selection: str, more: str, code: str) -> None:
    """An argument out of range is refused before anything is asked; the ends are allowed."""
    asked = Asked()
    result = await ask(patient(f"id {selection}", more), asked=asked)
    assert codes(result) == ([code] if code else [])
    assert len(asked.questions) == (0 if code else 1)


async def test_a_launch_is_handed_on_as_it_came() -> None:
    """What a handle is worth is for the pipeline to say, whose refusals are on the record."""
    asked = Asked()
    await ask(
        f'{{ patient(nhsNumber: "{NUMBER}", purpose: EMERGENCY, launch: "x") {{ id }} }}',
        asked=asked,
    )
    assert [(one.launch, one.confirm) for one in asked.questions] == [("x", None)]


async def test_whether_to_confirm_is_for_the_pipeline_to_say() -> None:
    """What is not confirmed is handed on as such, so that its refusal is on the record."""
    query = f'{{ patient(nhsNumber: "{NUMBER}", purpose: DIRECT_CARE) {{ id }} }}'
    asked = Asked()
    await ask(query, asked=asked)
    assert [question.confirm for question in asked.questions] == [None]


PEOPLE: list[tuple[str, dict[str, Any] | None, bool]] = [
    ("{ a: ONE { id } b: OTHER { id } }", None, True),
    ("{ a: ONE { id } b: ONE { id } }", None, True),
    ("{ ONE { id } b: ONE { id } }", None, True),
    ("{ ONE { id } ...F } fragment F on Query { other: OTHER { id } }", None, True),
    ("{ ... { x: ONE { id } } ... on Query { y: OTHER { id } } }", None, True),
    ("query($s: Boolean!) { a: ONE { id } b: OTHER @skip(if: $s) { id } }", {"s": False}, True),
    ("query($s: Boolean!) { a: ONE { id } b: OTHER @skip(if: $s) { id } }", {"s": True}, False),
    ("query($s: Boolean = true) { a: ONE { id } b: OTHER @skip(if: $s) { id } }", None, False),
    ("{ ONE { id } ONE { notice } }", None, False),
    ("{ ONE { id } ...F } fragment F on Query { ONE { notice } }", None, False),
]


@pytest.mark.parametrize(("query", "variables", "refused"), PEOPLE)
async def test_one_person_per_request(
    query: str, variables: dict[str, Any] | None, refused: bool
) -> None:
    """An operation that would answer `patient` twice gets no data at all, and asks nothing."""
    one = f'patient(nhsNumber: "{NUMBER}", {ARGUMENTS})'
    other = f'patient(nhsNumber: "9990000026", {ARGUMENTS})'
    asked = Asked()
    result = await ask(query.replace("ONE", one).replace("OTHER", other), variables, asked=asked)
    if refused:
        assert (codes(result), result.data) == (["ONE_PERSON_PER_REQUEST"], None)
        assert asked.questions == []
    else:
        assert codes(result) == []
        assert len(asked.questions) == 1


async def test_one_person_per_request_over_several_operations() -> None:
    """A second operation in the same HTTP request cannot ask for a person again."""
    asked = Asked()
    assert codes(await ask(patient("id"), asked=asked)) == []
    assert codes(await ask(patient("id"), asked=asked)) == ["ONE_PERSON_PER_REQUEST"]
    assert len(asked.questions) == 1
