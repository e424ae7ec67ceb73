"""NHS login: people about themselves, and those who act for somebody."""

from datetime import date

import pytest

from federation.model import RequesterKind
from gateway.identity.mappings import ClaimsError, read_nhs_login
from tests.builders import NUMBER

DAY = date(2026, 10, 5)
CITIZEN = {
    "sub": "person-1",
    "vot": "P9.Cp.Cd",
    "identity_proofing_level": "P9",
    "nhs_number": NUMBER,
    "given_name": "Odette",
    "family_name": "Fernsby",
    "sid": "session-1",
}
PROXY = CITIZEN | {
    "act": {"sub": "parent-1", "name": "Joyce Example"},
    "proxy": {"id": "proxy-1", "scope": ["health-record"], "review_date": "2027-01-01"},
}


def said(base=CITIZEN, **changed):
    return read_nhs_login({k: v for k, v in (base | changed).items() if v is not None}, DAY)


def test_a_citizen_asks_about_themselves():
    """A citizen has the number that their provider verified, a name, and no role."""
    read = said()
    assert (read.subject, read.kind, read.person) == ("person-1", RequesterKind.CITIZEN, NUMBER)
    assert (read.name, read.session) == ("Odette Fernsby", "session-1")
    assert (read.roles, read.selected, read.proxy_id, read.review) == ((), None, None, None)


@pytest.mark.parametrize(
    ("vector", "level", "assurance"),
    [
        ("P9.Cp.Cd", "P9", 3),
        ("P9.Cp.Ck", None, 3),
        ("P9.Cm", None, 3),
        ("P5.Cp.Cd", "P5", 2),
        ("P5.Cp.Ck", None, 2),
        ("P0.Cp.Cd", "P0", 0),
        ("P9.Cp", "P9", 1),  # a password alone, whoever it was given to
        ("P5.Cp", "P5", 1),
        ("P9.Cp.Cd", "P5", 2),  # the two ways of saying it differ: the weaker
        ("P5.Cp.Cd", "P9", 2),
    ],
)
def test_assurance_is_the_weakest_of_what_is_said(vector, level, assurance):
    """Proof of identity and how somebody signed in both count."""
    assert said(vot=vector, identity_proofing_level=level).assurance == assurance


def test_somebody_unproven_may_have_no_number():
    """Who has only shown an address of theirs is known by no number."""
    read = said(vot="P0.Cp.Cd", identity_proofing_level="P0", nhs_number=None)
    assert (read.person, read.assurance) == (None, 0)


def test_a_proxy_is_somebody_else_than_the_person():
    """The number is the person's; subject and name are of whoever acts."""
    read = said(PROXY)
    assert (read.subject, read.name) == ("parent-1", "Joyce Example")
    assert (read.kind, read.person) == (RequesterKind.PROXY, NUMBER)
    assert (read.proxy_id, read.review) == ("proxy-1", date(2027, 1, 1))


def _claim(**changed):
    return {"proxy": {k: v for k, v in (PROXY["proxy"] | changed).items() if v is not None}}


WRONG = [
    ("no vector of trust", {"vot": None}),
    ("a vector without proof", {"vot": "Cp.Cd"}),
    ("a vector without sign-in", {"vot": "P9"}),
    ("two proofs", {"vot": "P0.P9.Cp"}),
    ("a proof that nobody knows", {"vot": "P7.Cp.Cd"}),
    ("several vectors", {"vot": ["P9.Cp.Cd"]}),
    ("a level that nobody knows", {"identity_proofing_level": "P8"}),
    ("no number", {"nhs_number": None}),
    ("a wrong number", {"nhs_number": "9990000019"}),
    ("a number that is a number", {"nhs_number": 9990000018}),
    ("no subject", {"sub": None}),
    ("a separator in the subject", {"sub": "a\x1fb"}),
    ("acts by no relationship", {"proxy": None}),
    ("a relationship and nobody who acts", {"act": None}),
    ("acts for themselves", {"act": {"sub": "person-1"}}),
    ("acts without a name of an account", {"act": {"name": "Joyce"}}),
    ("a relationship without an id", _claim(id=None)),
    ("a relationship without a day of review", _claim(review_date=None)),
    ("a day of review that is no day", _claim(review_date="soon")),
    ("a relationship for something else", _claim(scope=["appointments"])),
    ("a relationship for nothing", _claim(scope=[])),
]


@pytest.mark.parametrize("changed", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_claims_that_describe_nobody_clearly_are_refused(changed):
    """Of a proxy as of a citizen, what is missing or ambiguous is refused and not repeated."""
    with pytest.raises(ClaimsError) as raised:
        said(PROXY, **changed)
    assert "999" not in str(raised.value)


def test_a_citizen_without_a_number_is_refused():
    """Only who is unproven may be without one."""
    with pytest.raises(ClaimsError):
        said(nhs_number=None)
