"""CIS2: which member of staff its claims speak of, and that unclear ones speak of nobody."""

from datetime import date

import pytest

from federation.model import RequesterKind
from gateway.identity.mappings import ClaimedRole, ClaimsError, read_cis2
from tests.gateway.identity.tokens import CONSULTANT, PRACTITIONER, claims

DAY = date(2026, 10, 5)
AT_HOSPITAL = ClaimedRole(id="1", role="R0050", role_name="Consultant", organisation="RRV")
AT_PRACTICE = ClaimedRole(
    id="2", role="R0260", role_name="General Medical Practitioner", organisation="Z99101"
)


def said(**changed):
    return read_cis2(claims(**changed), DAY)


def test_the_only_role_is_the_one_acted_in():
    """Who holds one role acts in it; its code is the last part of the triple."""
    read = said()
    assert (read.subject, read.kind, read.name) == (
        "subject-1",
        RequesterKind.PROFESSIONAL,
        "Doctor Ada Example",
    )
    assert (read.selected, read.roles) == (AT_HOSPITAL, (AT_HOSPITAL,))
    assert (read.session, read.person, read.proxy_id) == ("session-1", None, None)


@pytest.mark.parametrize(
    ("selected", "role"),
    [("1", AT_HOSPITAL), ("2", AT_PRACTICE), (None, None)],
)
def test_of_several_roles_the_selected_one_counts(selected, role):
    """With several and none selected there is none, and never several at once."""
    read = said(nhsid_nrbac_roles=[CONSULTANT, PRACTITIONER], selected_roleid=selected)
    assert read.selected == role
    assert read.roles == (AT_HOSPITAL, AT_PRACTICE)


@pytest.mark.parametrize("roles", [None, []])
def test_one_may_hold_no_role(roles):
    """Somebody without a role is known and may act in none."""
    read = said(nhsid_nrbac_roles=roles)
    assert (read.roles, read.selected) == ((), None)


@pytest.mark.parametrize(
    ("changed", "subject"),
    [
        ({"uid": "1", "nhsid_useruid": None}, "1"),
        ({"uid": None, "nhsid_useruid": "1"}, "1"),
        ({"uid": "1", "nhsid_useruid": "1", "sub": "other"}, "1"),
    ],
)
def test_the_subject_is_the_user_id(changed, subject):
    """The directory's user id names them, by whichever claim it comes."""
    assert said(**changed).subject == subject


@pytest.mark.parametrize(
    ("token", "info", "signed_in", "assurance"),
    [
        ("3", None, "3", 3),
        ("3", None, "2", 2),
        ("2", None, "3", 2),
        ("3", "3", "3", 3),
        ("3", "1", "3", 1),  # the two ways of saying it differ: the weaker
        (None, "3", "3", 3),
        (None, None, "3", 0),
        ("3", None, None, 0),
        ("0", "3", "3", 0),
        (3, None, 2, 2),
    ],
)
def test_the_weaker_assurance_counts(token, info, signed_in, assurance):
    """Sure of who registered and unsure of who signed in is unsure; unsaid is none."""
    read = said(
        id_assurance_level=token,
        idassurancelevel=info,
        authentication_assurance_level=signed_in,
    )
    assert read.assurance == assurance


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('"Clinical":"Clinical Provision":"Nurse Access Role"', "Nurse Access Role"),
        ("Nurse", "Nurse"),
        (None, None),
        ('"":""', None),
    ],
)
def test_a_role_s_name_is_its_last_part(name, shown):
    """People read the job and not its family."""
    assert said(nhsid_nrbac_roles=[CONSULTANT | {"role_name": name}]).roles[0].role_name == shown


def _role(**changed):
    role = {key: value for key, value in (CONSULTANT | changed).items() if value is not None}
    return {"nhsid_nrbac_roles": [role]}


WRONG = [
    ("no user id", {"uid": None}),
    ("two user ids", {"nhsid_useruid": "another"}),
    ("a separator in the user id", {"uid": "subject\x1fR0050"}),
    ("roles are no list", {"nhsid_nrbac_roles": "R0050"}),
    ("a role without an id", _role(person_roleid=None)),
    ("a role without a code", _role(role_code=None)),
    ("a code that is no triple", _role(role_code="R0050")),
    ("a triple without a job", _role(role_code="S0010:G0020:B0264")),
    ("a triple of four", _role(role_code="S0010:G0020:R0050:R0260")),
    ("a triple with a line break", _role(role_code="S0010:G0020:R0050\n")),
    ("a role nowhere", _role(org_code=None)),
    ("an organisation in small letters", _role(org_code="rrv")),
    ("two roles of one id", {"nhsid_nrbac_roles": [CONSULTANT, CONSULTANT]}),
    (
        "too many roles",
        {"nhsid_nrbac_roles": [CONSULTANT | {"person_roleid": str(n)} for n in range(65)]},
    ),
    ("selected is none of the roles", {"selected_roleid": "9"}),
    ("selected is empty", {"selected_roleid": ""}),
    ("selected, with no roles", {"nhsid_nrbac_roles": [], "selected_roleid": "1"}),
    ("a level that is none", {"id_assurance_level": "4"}),
    ("a level that is true", {"authentication_assurance_level": True}),
    ("a line break in the name", {"name": "Ada\nExample"}),
    ("half a character in the name", {"name": "Ada \ud800"}),
    ("a name without end", {"name": "A" * 201}),
]


@pytest.mark.parametrize("changed", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_claims_that_describe_nobody_clearly_are_refused(changed):
    """What is missing, ambiguous or of another shape is refused, without repeating it."""
    with pytest.raises(ClaimsError) as raised:
        said(**changed)
    values = [value for value in changed.values() if isinstance(value, str) and len(value) > 3]
    assert not any(value in str(raised.value) for value in values)
