"""Bundle files: what is read, that CSV and TOML are equal, and what is refused, naming the row."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import PolicyInvalidError
from federation.flow import Disclosure
from federation.model import Agreement, Category, NodeId, Purpose, RequesterKind
from federation.sharing import CedarRules
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.sheet import pack, read_sheet
from federation.sharing.sheet.rows import AgreementRow, RuleRow
from federation.sharing.sheet.spreadsheet import write_table
from tests.federation.sharing.sheet.given import HEAD, a_body, a_sheet


def test_an_agreement_becomes_the_node_s():
    """Its source is the node whose bundle it stands in; what is left out opens nothing."""
    (agreement,) = a_sheet(agreements=({"custodians": ["RRV"]},)).given()
    assert agreement == Agreement(
        id="to-london",
        version="1",
        source=NodeId("london-care-record"),
        requester_region="london",
        organisation_kinds=frozenset(("gp", "acute")),
        roles=frozenset(("R0260", "R0050")),
        categories=frozenset((Category.ALLERGIES, Category.RESULTS)),
        purposes=frozenset((Purpose.DIRECT_CARE,)),
        valid_from=date(2026, 4, 1),
        custodians=frozenset(("RRV",)),
    )


FAULTS = [
    # rule row, what the refusal says
    ({"template": "role-sees-onyl"}, "did you mean `role-sees-only`"),
    ({"template": "role-sees-only", "roles": ["R8009"]}, "needs `categories`"),
    ({"template": "mobile-no-download", "disclosure": "HIDE"}, "has no column `disclosure`"),
    ({"template": "older-than"}, "needs `before` or `older_than_days`"),
    ({"colour": "red"}, "colour"),
    ({"categories": ["ALERGIES"]}, "ALERGIES"),
    ({"roles": ["receptionist"]}, "roles"),
    ({"kinds": ["ROBOT"]}, "ROBOT"),
    ({"purposes": ["RESEARCH"]}, "RESEARCH"),
    ({"from": "2026-04-01", "until": "2026-04-01"}, "`until` is not after `from`"),
    ({"from": "soon"}, "from"),
    ({"disclosure": "FULL"}, "`disclosure` is"),
    ({"disclosure": "WHISPER"}, "WHISPER"),
    ({"template": "redact", "redact": ["shoe_size"]}, "no field that is called"),
    ({"template": "oblige", "obligations": ["BOW"]}, "BOW"),
    ({"template": "only-with-relationship", "relationships": ["COUSIN"]}, "`COUSIN` is no kind"),
    ({"classes": ["SEXUAL_HELTH"]}, "no class of sensitive things; did you mean `SEXUAL_HEALTH`?"),
    ({"classes": ["HIV", "GOUT"]}, "`GOUT` is no class of sensitive things"),
    ({"disclosure": "HIDE", "categories": ["ALLERGIES"]}, "redact `origin` instead"),
    ({"roles": ["R0050", "R0050"]}, "names one twice"),
    ({"reason": ""}, "reason"),
    ({"reason": None}, "reason"),
    ({"reason": "two\nlines"}, "reason"),
    ({"id": "One"}, "id"),
    ({"id": None}, "id"),
    ({"labels": ['urn:"x|y']}, "labels"),
    ({"older_than_days": 0}, "older_than_days"),
]


@pytest.mark.parametrize(("row", "says"), FAULTS)
def test_a_faulty_rule_is_refused_naming_its_row(row, says):
    """Each fault is named with file, row and reason."""
    body = a_body({"id": "fine", "template": "mobile-no-download"}, row)
    with pytest.raises(PolicyInvalidError, match=r"^london\.toml: rule 2 \(`") as raised:
        read_sheet(body, "london.toml")
    assert says.replace("no field that is called", "no record has a field") in str(raised.value)


AGREEMENT_FAULTS = [
    ({"valid_until": "2026-04-01"}, "`valid_until` is not after `valid_from`"),
    ({"roles": []}, "needs `roles`"),
    ({"organisation_kinds": []}, "needs `organisation_kinds`"),
    ({"requester_kinds": ["CITIZEN"]}, "has no `roles`"),
    ({"requester_kinds": []}, "names nobody"),
    ({"requester_kinds": ["OPERATOR"]}, "no party"),
    ({"categories": []}, "categories"),
    ({"purposes": ["RESEARCH"]}, "RESEARCH"),
    ({"status": "MAYBE"}, "MAYBE"),
    ({"source": "milton-keynes"}, "source"),
]


@pytest.mark.parametrize(("row", "says"), AGREEMENT_FAULTS)
def test_a_faulty_agreement_is_refused_naming_its_row(row, says):
    """An agreement that lacks one of its conditions is refused, and never read as open."""
    with pytest.raises(PolicyInvalidError, match=r"^london\.toml: agreement 1 \(`to-london`\)") as (
        raised
    ):
        read_sheet(a_body(agreements=(row,)), "london.toml")
    assert says in str(raised.value)


WHOLE = [
    # body, what the refusal says
    (b"", "bundle"),
    (b"\xff\xfe", "not UTF-8"),
    (b"[[rule", "not TOML"),
    (b"{", "neither TOML nor"),
    (b"{}", "neither TOML nor"),
    (b'{"files": {}}', "no `bundle.toml`"),
    (a_body(more="colour = 1"), "colour"),
    (a_body(owner="region:london"), "owner"),
    (a_body(owner="node:"), "owner"),
    (a_body().replace(b'"3"', b'"three"'), "version"),
    (a_body().replace(b"T00:00:00Z", b""), "effective_from"),
    (a_body().replace(b"00Z", b"00"), "effective_from"),
    (a_body({}, {}), "another row has the same id"),
    (a_body(owner="organisation:RRV", agreements=({},)), "only a node has agreements"),
    (b"a = " + b"[" * 100_000, "not TOML"),
    (b" " * 5_000_000, "larger than"),
]


@pytest.mark.parametrize(("body", "says"), WHOLE)
def test_what_is_no_bundle_is_refused_naming_the_file(body, says):
    """Whatever the bytes are, what is wrong is one plain sentence."""
    with pytest.raises(PolicyInvalidError, match=r"^london\.toml: ") as raised:
        read_sheet(body, "london.toml")
    assert says in str(raised.value)


def test_every_fault_is_told_at_once():
    """Whoever mends a sheet sees all that is wrong with it."""
    body = a_body(
        {"template": "nope"}, {"id": "two", "kinds": ["ROBOT"]}, agreements=({"status": "NO"},)
    )
    with pytest.raises(PolicyInvalidError) as raised:
        read_sheet(body, "london.toml")
    assert len(str(raised.value).splitlines()) == 3


# ── the same as a spreadsheet ─────────────────────────────────────────────────────────────────

CODES = st.text("ABC019", min_size=3, max_size=5).filter(lambda text: text[0].isalpha())
SLUGS = st.text("ab09", min_size=1, max_size=6) | st.just("care-home")
WORDS = st.text("abc ,\"';é☃|=", min_size=1, max_size=20).map(str.strip).filter(bool)


def some(values):
    return st.lists(values, max_size=3, unique=True).map(tuple)


RULE_ROWS = st.builds(
    RuleRow,
    id=SLUGS,
    reason=WORDS,
    roles=some(CODES),
    organisation_kinds=some(SLUGS),
    kinds=some(st.sampled_from(RequesterKind)),
    purposes=some(st.sampled_from(Purpose)),
    categories=some(st.sampled_from(Category)),
    custodians=some(CODES),
    older_than_days=st.none() | st.integers(1, 36_500),
    before=st.none() | st.dates(),
    starts=st.none() | st.dates(max_value=date(2026, 1, 1)),
    until=st.none() | st.dates(min_value=date(2026, 1, 2)),
    liftable=st.none() | st.booleans(),
    disclosure=st.none()
    | st.sampled_from((Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE)),
)
AGREEMENT_ROWS = st.builds(
    AgreementRow,
    id=SLUGS,
    version=WORDS,
    requester_region=SLUGS,
    organisation_kinds=some(SLUGS).filter(bool),
    roles=some(CODES).filter(bool),
    categories=some(st.sampled_from(Category)).filter(bool),
    purposes=some(st.sampled_from(Purpose)).filter(bool),
    valid_from=st.dates(max_value=date(2026, 1, 1)),
    valid_until=st.none() | st.dates(min_value=date(2026, 1, 2)),
    signatories=some(WORDS.filter(lambda text: ";" not in text)),
    onward_sharing=st.booleans(),
    retention_days=st.none() | st.integers(0, 36_500),
)


def unique(rows):
    return st.lists(rows, max_size=4, unique_by=lambda row: row.id)


@given(unique(RULE_ROWS), unique(AGREEMENT_ROWS))
def test_a_spreadsheet_reads_to_the_same_rows(rules, agreements):
    """Law: rows written as CSV are read to what they were, whatever they say."""
    body = pack(
        {
            "bundle.toml": HEAD.format(owner="node:london-care-record").encode(),
            "rules.csv": write_table(rules, RuleRow).encode(),
            "agreements.csv": write_table(agreements, AgreementRow).encode(),
        }
    )
    sheet = read_sheet(body, "london")
    assert sheet.rules == tuple(rules)
    assert sheet.agreements == tuple(agreements)


def test_a_spreadsheet_and_toml_are_one_sheet():
    """The same rows, written either way, are the same values and the same Cedar."""
    row = {"template": "role-sees-only", "roles": ["R8009", "R8015"], "categories": ["RESULTS"]}
    table = (
        "id,reason,template,roles,categories\n"
        "one,because,role-sees-only, R8009 ; R8015,RESULTS\n,,\n"
    )
    toml = a_sheet(row)
    folder = {"bundle.toml": a_body(), "rules.csv": b"\xef\xbb\xbf" + table.encode()}
    sheet = read_sheet(pack(folder), "london.toml")
    assert sheet.rules == toml.rules
    assert sheet.bundle() == toml.bundle()


TABLES = [
    # rules.csv, what the refusal says
    ("", "no row of column names"),
    ("id,reason,id\n", "named twice"),
    ("id,reason\none,because,more\n", "line 2: has more cells"),
    ("id,reason,liftable\none,because,perhaps\n", "line 2: `liftable` is `true` or `false`"),
    ("id,reason,older_than_days\none,because,1.5\n", "is a whole number"),
    ("id,reason,colour\none,because,red\n", "colour"),
    ('id,reason\none,"because\n', "not CSV"),
    ("id,reason,from\none,because,01/04/2026\n", "from"),
]


@pytest.mark.parametrize(("table", "says"), TABLES)
def test_a_faulty_spreadsheet_is_refused(table, says):
    """A table that cannot be read says where and why."""
    with pytest.raises(PolicyInvalidError, match=r"^london") as raised:
        read_sheet(pack({"bundle.toml": a_body(), "rules.csv": table.encode()}), "london")
    assert says in str(raised.value)


def test_a_folder_holds_nothing_else():
    """A file that nobody reads would be a rule that nobody applies."""
    with pytest.raises(PolicyInvalidError, match=r"`rules\.xlsx` is none of"):
        read_sheet(pack({"bundle.toml": a_body(), "rules.xlsx": b""}), "london")
    with pytest.raises(PolicyInvalidError, match="rule rows in both"):
        read_sheet(pack({"bundle.toml": a_body({}), "rules.csv": b"id,reason\n"}), "london")


def test_an_expert_s_text_stands_beside_the_rows():
    """Cedar of the file, and of a folder's own file, decides with the rows."""
    text = '@id("node:london-care-record/x") @reason("y") forbid (principal, action, resource);'
    body = pack({"bundle.toml": a_body({}), "rules.cedar": text.encode()})
    assert read_sheet(body, "london").bundle().text.endswith(text)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_crash(body):
    """Whatever is sent, it is read or refused."""
    with suppress(PolicyInvalidError):
        read_sheet(body, "london.toml")


@given(
    st.dictionaries(
        st.sampled_from([*RuleRow.__struct_encode_fields__, "colour"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=20)
        | st.lists(st.text(max_size=8), max_size=3),
    )
)
def test_no_row_makes_it_crash(row):
    """Whatever a row says, it is read into rules that decide, or refused."""
    with suppress(PolicyInvalidError):
        CedarRules((*shipped_bundles(), a_sheet(row).bundle()), shipped_schema())
