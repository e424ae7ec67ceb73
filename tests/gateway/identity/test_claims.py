"""Claims: the requester that a verified token speaks of."""

import pytest

from federation.model import AvailableRole, Organisation, RequesterKind
from gateway.identity.claims import ClaimsError, requester_from
from tests.builders import NUMBER
from tests.gateway.identity.tokens import CONSULTANT, HOSPITAL, PRACTITIONER, claims

AT_HOSPITAL = Organisation(ods_code="RRV", name="A hospital", kind="acute", region="london")
AT_PRACTICE = Organisation(ods_code="F83004", name="A practice", kind="gp", region="london")


def test_the_only_role_is_the_one_acted_in():
    """Who holds one role acts in it."""
    requester = requester_from(claims())
    assert (requester.role, requester.role_name) == ("R0050", "Consultant")
    assert requester.organisation == AT_HOSPITAL
    assert requester.name == "Doctor Ada Example"
    assert requester.person is None


@pytest.mark.parametrize(
    ("selected", "role", "organisation"),
    [
        ("1", "R0050", AT_HOSPITAL),
        ("2", "R0260", AT_PRACTICE),
        (None, None, None),  # several and none selected: no role, and never several at once
    ],
)
def test_of_several_roles_the_selected_one_counts(selected, role, organisation):
    """Role and organisation are those of the selected role; unselected, there is neither."""
    said = claims(roles=[CONSULTANT, PRACTITIONER], selected_role=selected)
    requester = requester_from(said)
    assert (requester.role, requester.organisation) == (role, organisation)
    assert requester.available_roles == (
        AvailableRole(id="1", role="R0050", organisation=AT_HOSPITAL),
        AvailableRole(id="2", role="R0260", organisation=AT_PRACTICE),
    )


def test_a_citizen_brings_their_own_number():
    """A citizen has the number that their identity provider verified, and no role."""
    requester = requester_from(claims(kind="citizen", roles=None, nhs_number=NUMBER))
    assert (requester.kind, requester.person, requester.role) == (
        RequesterKind.CITIZEN,
        NUMBER,
        None,
    )


@pytest.mark.parametrize("kind", ["professional", "operator"])
def test_only_a_citizen_s_number_means_anything(kind):
    """A number in anybody else's token is left out."""
    assert requester_from(claims(kind=kind, nhs_number=NUMBER)).person is None


def test_a_role_may_have_no_organisation():
    """Without an organisation there is nothing that an agreement could match."""
    role = {"id": "1", "role": "OPERATOR"}
    requester = requester_from(claims(kind="operator", roles=[role]))
    assert (requester.role, requester.organisation) == ("OPERATOR", None)


WRONG = [
    ("no kind", {"kind": None}),
    ("a kind that nobody knows", {"kind": "robot"}),
    ("a kind in other letters", {"kind": "PROFESSIONAL"}),
    ("roles are no list", {"roles": "R0050"}),
    ("a role without a code", {"roles": [{"id": "1"}]}),
    ("a role without an id", {"roles": [{"role": "R0050"}]}),
    ("an empty role", {"roles": [CONSULTANT | {"role": ""}]}),
    ("two roles of one id", {"roles": [CONSULTANT, PRACTITIONER | {"id": "1"}]}),
    ("too many roles", {"roles": [CONSULTANT | {"id": str(n)} for n in range(65)]}),
    ("selected is none of the roles", {"selected_role": "9"}),
    ("selected is empty", {"selected_role": ""}),
    ("selected, with no roles", {"roles": [], "selected_role": "1"}),
    ("organisation without region", {"roles": [CONSULTANT | {"organisation": {"odsCode": "R"}}]}),
    (
        "a kind of organisation that is no text",
        {"roles": [CONSULTANT | {"organisation": HOSPITAL | {"kind": ["acute", "gp"]}}]},
    ),
    ("a separator in the subject", {"sub": "subject\x1fR0050"}),
    ("a line break in the name", {"name": "Ada\nExample"}),
    ("half a character in the name", {"name": "Ada \ud800"}),
    ("a name without end", {"name": "A" * 201}),
    ("a citizen without a number", {"kind": "citizen"}),
    ("a citizen with a wrong number", {"kind": "citizen", "nhs_number": "9990000019"}),
    ("a citizen whose number is a number", {"kind": "citizen", "nhs_number": 9990000018}),
]


@pytest.mark.parametrize("changed", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_claims_that_describe_nobody_clearly_are_refused(changed):
    """What is missing, ambiguous or of another shape is refused, without repeating it."""
    with pytest.raises(ClaimsError) as raised:
        requester_from(claims(**changed))
    said = [str(value) for name, value in changed.items() if name != "kind" and value]
    assert not any(value in str(raised.value) for value in said)
