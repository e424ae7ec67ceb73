"""A plain provider: people by their subject, roles by the signed tables of their organisations."""

import json
from datetime import date

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from federation.errors import SettingsError
from federation.model import RequesterKind
from gateway.identity import RoleTableSettings
from gateway.identity.mappings import ClaimedRole, ClaimsError, OidcMapping
from gateway.identity.mappings.role_table import (
    MOST_BYTES,
    TYPE,
    load_role_table,
    sign_role_table,
)
from tests.gateway.identity.tokens import a_key

ISSUER = "https://sign-in.council.example"
DAY = date(2026, 10, 5)
LEAD, STRANGER = a_key("lead"), a_key("stranger")
TABLE = f"""
issuer = "{ISSUER}"
organisation = "Z99280"
version = "7"
valid_until = 2027-04-01

[[role]]
id = "social-work"
group = "Adult social workers"
role = "R1330"
role_name = "Social worker"

[[role]]
id = "duty"
subject = "staff-1"
role = "R9605"
from = 2026-10-05
until = 2026-11-01
"""
WORKER = ClaimedRole(
    id="Z99280/social-work", role="R1330", role_name="Social worker", organisation="Z99280"
)
DUTY = ClaimedRole(id="Z99280/duty", role="R9605", organisation="Z99280")
CLAIMS = {"sub": "staff-1", "name": "Carys Example", "amr": ["pwd", "mfa"], "sid": "session-1"}


class Folder:
    """A table's file and the settings that enrol it."""

    def __init__(self, path):
        self.path = path
        self.key = path / "key.json"
        self.key.write_text(json.dumps(LEAD.as_dict(private=False)))

    def load(self, text=TABLE, *, signed=None, issuer=ISSUER, **given):
        file = self.path / "table.jws"
        file.write_text(sign_role_table(text.encode(), LEAD) if signed is None else signed)
        defaults = {
            "issuer": "council",
            "organisation": "Z99280",
            "table_file": file,
            "key_file": self.key,
            "roles": ("R1330", "R9605"),
        }
        return load_role_table(RoleTableSettings(**(defaults | given)), issuer)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def read(table, day=DAY, **changed):
    said = {key: value for key, value in (CLAIMS | changed).items() if value is not None}
    mapping = OidcMapping(tables=(lambda: table,), multi_factor_acr=frozenset(("urn:two-factors",)))
    return mapping(said, day)


GROUPS = ["Somebody else", "Adult social workers"]


@pytest.mark.parametrize(
    ("day", "changed", "roles", "selected"),
    [
        (DAY, {}, (DUTY,), DUTY),
        (DAY, {"groups": GROUPS}, (WORKER, DUTY), None),
        (DAY, {"groups": GROUPS, "selected_role": DUTY.id}, (WORKER, DUTY), DUTY),
        (date(2026, 10, 4), {"groups": GROUPS}, (WORKER,), WORKER),  # not on duty yet
        (date(2026, 11, 1), {"groups": GROUPS}, (WORKER,), WORKER),  # no more
        (DAY, {"sub": "staff-2"}, (), None),  # in no row
        (DAY, {"sub": "staff-2", "groups": ["adult social workers"]}, (), None),
        (date(2027, 4, 1), {"groups": GROUPS}, (), None),  # the table's own end
        (DAY, {"sub": "staff-2", "role": "R1330", "roles": ["R1330"]}, (), None),
    ],
)
def test_roles_are_those_of_the_table(folder, day, changed, roles, selected):
    """By subject or group, on their days; whoever stands in no row has none, whatever they say."""
    said = read(folder.load(), day, **changed)
    assert (said.roles, said.selected) == (roles, selected)
    assert (said.kind, said.name) == (RequesterKind.PROFESSIONAL, "Carys Example")
    assert said.person is None


def test_groups_come_by_the_provider_s_own_claim(folder):
    """Which claim has the groups is set, and no other is looked at."""
    mapping = OidcMapping(tables=(folder.load,), groups_claim="memberOf")
    assert mapping(CLAIMS | {"memberOf": GROUPS, "sub": "staff-2"}, DAY).roles == (WORKER,)
    assert mapping(CLAIMS | {"groups": GROUPS, "sub": "staff-2"}, DAY).roles == ()


@pytest.mark.parametrize(
    ("changed", "assurance"),
    [
        ({}, 2),
        ({"amr": ["pwd"]}, 1),
        ({"amr": None}, 1),
        ({"amr": None, "acr": "urn:two-factors"}, 2),
        ({"amr": None, "acr": "urn:other"}, 1),
    ],
)
def test_assurance_is_never_more_than_medium(folder, changed, assurance):
    """A second factor makes it medium; nothing that the provider says makes it high."""
    assert read(folder.load(), **changed).assurance == assurance


def test_operators_are_a_kind_of_their_own(folder):
    """Who runs the gateway is no professional, and only where the settings let the table say so."""
    text = TABLE.replace("R9605", "OPERATOR")
    said = read(folder.load(text, roles=("R1330", "OPERATOR")))
    assert said.kind is RequesterKind.OPERATOR
    with pytest.raises(SettingsError, match="do not let it give: OPERATOR"):
        folder.load(text)


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": None},
        {"sub": "a\x1fb"},
        {"groups": "Adult social workers"},
        {"groups": [7]},
        {"amr": "mfa"},
        {"selected_role": "Z99280/other"},
        {"sub": "staff-2", "selected_role": DUTY.id},
    ],
)
def test_claims_that_describe_nobody_clearly_are_refused(folder, changed):
    """What is missing, of another shape, or not theirs is refused."""
    with pytest.raises(ClaimsError):
        read(folder.load(), **changed)


def test_a_table_may_be_json(folder):
    """The same as JSON is the same table."""
    table = {
        "issuer": ISSUER,
        "organisation": "Z99280",
        "version": "7",
        "valid_until": "2027-04-01",
        "role": [{"id": "duty", "subject": "staff-1", "role": "R9605", "until": "2026-11-01"}],
    }
    assert read(folder.load(json.dumps(table))).roles == (DUTY,)


def _resigned(header=None, key=STRANGER, payload=TABLE):
    return jws.serialize_compact({"alg": "ES256", "typ": TYPE} | (header or {}), payload, key)


def _altered():
    head, _, signature = sign_role_table(TABLE.encode(), LEAD).split(".")
    other = sign_role_table(TABLE.replace("staff-1", "staff-2").encode(), LEAD).split(".")[1]
    return f"{head}.{other}.{signature}"


UNBELIEVED = [
    ("a stranger's", _resigned()),
    ("for something else", _resigned({"typ": "JWT"}, LEAD)),
    ("of no type", jws.serialize_compact({"alg": "ES256"}, TABLE, LEAD)),
    ("a token of that key", jwt.encode({"alg": "ES256"}, {"role": []}, LEAD)),
    ("altered", _altered()),
    ("not signed", TABLE),
    ("nothing", ""),
    (
        "with a shared secret",
        jws.serialize_compact({"alg": "HS256", "typ": TYPE}, TABLE, OctKey.generate_key(256)),
    ),
]


@pytest.mark.parametrize(
    "signed", [case[1] for case in UNBELIEVED], ids=[case[0] for case in UNBELIEVED]
)
def test_nothing_is_believed_without_the_enrolled_signature(folder, signed):
    """A table that its lead did not sign, as a table and as it stands, stops the start."""
    with pytest.raises(SettingsError, match=r"table\.jws"):
        folder.load(signed=signed)


@pytest.mark.parametrize(
    ("text", "given", "named"),
    [
        (TABLE.replace("Z99280", "Z99281"), {}, "another organisation's"),
        (TABLE, {"issuer": "https://other.example"}, "another issuer's"),
        (TABLE, {"roles": ("R1330",)}, "R9605"),
        (TABLE.replace('group = "Adult social workers"\n', ""), {}, "either `subject` or `group`"),
        (TABLE.replace("subject =", 'group = "x"\nsubject ='), {}, "either `subject` or `group`"),
        (TABLE.replace('"duty"', '"social-work"'), {}, "same id"),
        (TABLE.replace("until = 2026-11-01", "until = 2026-10-05"), {}, "not after `from`"),
        (TABLE.replace("valid_until = 2027-04-01", ""), {}, "valid_until"),
        (TABLE.replace('role = "R1330"', 'role = "r1330"'), {}, "role"),
        (TABLE.replace("from =", "since ="), {}, "since"),
        ("nonsense", {}, "table"),
    ],
)
def test_a_table_reaches_no_further_than_it_may(folder, text, given, named):
    """Another organisation, issuer or role than it is enrolled for, or a faulty row, is refused."""
    with pytest.raises(SettingsError) as raised:
        folder.load(text, **given)
    assert "table.jws" in str(raised.value)
    assert named in str(raised.value)


def test_a_table_has_an_end(folder):
    """A file without end is not read to its end."""
    with pytest.raises(SettingsError, match="is too large"):
        folder.load(signed="x" * (MOST_BYTES + 1))


def test_the_enrolled_key_is_a_public_key(folder):
    """A private key, or none, is refused and not repeated."""
    folder.key.write_text(json.dumps(LEAD.as_dict(private=True)))
    with pytest.raises(SettingsError, match="private key"):
        folder.load()
    folder.key.write_text("[]")
    with pytest.raises(SettingsError, match="is not a key"):
        folder.load()
    folder.key.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        folder.load()
    assert isinstance(LEAD, ECKey)
