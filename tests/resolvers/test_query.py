"""The root fields: what `patient` asks, and what needs no asking."""

from __future__ import annotations

from datetime import date

from federation.flow import Confirmation
from federation.model import AvailableRole, Category, Purpose
from federation.status import SourceState
from tests.builders import NETWORK, NOW, NUMBER, a_requester
from tests.resolvers.asking import Asked, ask, patient


async def test_the_question() -> None:
    """Arguments and selection become one question, with its time and its deadline."""
    asked = Asked()
    query = """query($n: NHSNumber!, $c: ConfirmIdentityInput) { patient(nhsNumber: $n, confirm: $c,
        purpose: EMERGENCY, answerWithinMs: 1200) { allergies { id } } }"""
    confirm = {"birthDate": "1952-05-17", "familyName": "Fernsby"}
    await ask(query, {"n": "999 000 0018", "c": confirm}, asked=asked)
    (question,) = asked.questions
    assert question.nhs_number == NUMBER
    assert question.purpose is Purpose.EMERGENCY
    assert question.confirm == Confirmation(birth_date=date(1952, 5, 17), family_name="Fernsby")
    assert question.categories == {Category.ALLERGIES}
    assert (question.asked_at, question.deadline) == (NOW, 101.2)
    assert (question.view_id, question.request_id) == ("view-1", "request-1")
    assert question.requester is asked.context.requester


async def test_the_answer_is_read() -> None:
    """What the schema shows of a record is what the answer says."""
    result = await ask(
        patient(
            "nhsNumber viewId asOf notice emergencyGrant { id } identity { basis message }"
            " obligations { code }"
            " demographics { category person { name { text } birthDate phones deceased } }"
            " coverage { state asked answered"
            " sources(onlyProblems: true) { source { id } state contactRoute } }"
            " allergies { category assertion asOf entries { title basis conflicts { severity } } }"
        )
    )
    assert result.errors is None
    shown = result.data["patient"]
    assert (shown["nhsNumber"], shown["viewId"]) == (NUMBER, "view-1")
    assert shown["asOf"] == NOW.isoformat()
    assert shown["emergencyGrant"] is None
    assert shown["identity"] == {"basis": "TRACED", "message": "traced"}
    assert shown["demographics"]["category"] == "DEMOGRAPHICS"
    assert shown["demographics"]["person"]["name"] == {"text": "Odette FERNSBY"}
    assert [row["state"] for row in shown["coverage"]["sources"]] == [SourceState.TIMED_OUT]
    assert shown["allergies"]["entries"][0] == {
        "title": "Amoxicillin",
        "basis": "SAME_CONCEPT",
        "conflicts": [{"severity": "SAFETY"}],
    }


async def test_only_problems_leaves_out_fresh_rows() -> None:
    """`onlyProblems` keeps every row that is not FRESH or FRESH_EMPTY, whatever it is."""
    everything = await ask(patient("coverage { sources { state } }"))
    assert len(everything.data["patient"]["coverage"]["sources"]) == 3


async def test_observed_values_are_shown_by_type() -> None:
    """A value that may be of several types says which it is."""
    result = await ask(
        patient(
            "observations { entries { items { value { __typename ... on Quantity { value unit }"
            " ... on CodedValue { concept { display } } ... on TextValue { text } } } } }"
        )
    )
    entries = result.data["patient"]["observations"]["entries"]
    assert [item["value"]["__typename"] for entry in entries for item in entry["items"]] == [
        "Quantity",
        "CodedValue",
        "Quantity",
        "TextValue",
    ]


async def test_me() -> None:
    """The caller sees who they are, and which roles they could choose while none is selected."""
    requester = a_requester(role=None, available_roles=(AvailableRole(id="7", role="R8000"),))
    result = await ask(
        "{ me { subject role roleName organisation { odsCode } availableRoles { id role } } }",
        asked=Asked(requester=requester),
    )
    assert result.data["me"] == {
        "subject": "consultant-london",
        "role": "",
        "roleName": "Consultant",
        "organisation": {"odsCode": "RRV"},
        "availableRoles": [{"id": "7", "role": "R8000"}],
    }


async def test_nodes() -> None:
    """The network is shown, all of it or one node, and null for an unknown one."""
    result = await ask(
        "{ recordNodes { id name region state protocol categories contactRoute }"
        ' one: recordNode(id: "milton-keynes") { name } none: recordNode(id: "nowhere") { name } }'
    )
    assert result.errors is None
    assert [node["id"] for node in result.data["recordNodes"]] == [node.id for node in NETWORK]
    assert result.data["recordNodes"][3]["categories"] == ["CARE_PLANS"]
    assert (result.data["one"], result.data["none"]) == ({"name": "Milton Keynes"}, None)
