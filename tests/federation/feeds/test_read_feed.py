"""Reading feeds: what each kind of row says, and that a faulty file tells where and never what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.authority import (
    Consent,
    EvidenceSource,
    Mark,
    MarkKind,
    Proxy,
    ProxyBasis,
    Relationship,
    RelationshipKind,
)
from federation.errors import SettingsError
from federation.feeds import ROWS, read_feed
from federation.nhs_number import NhsNumber
from federation.storage import PersonKeys

KEYS = PersonKeys(bytes(32))
NUMBER = NhsNumber("9990000018")
OTHER = NhsNumber("9990000026")
SHORT = "number,kind,organisation,from\n"


def written(folder: Path, text: str, name: str = "feed.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def facts(folder: Path, kind: str, text: str, name: str = "feed.csv"):
    return read_feed(kind, "homes", written(folder, text, name), KEYS).rows


def faults(folder: Path, kind: str, text: str, name: str = "feed.csv") -> list[str]:
    path = written(folder, text, name)
    with pytest.raises(SettingsError) as caught:
        read_feed(kind, "homes", path, KEYS)
    return [line.removeprefix(f"`{path}`, ") for line in str(caught.value).splitlines()]


def test_a_relationship(tmp_path: Path):
    """Every column, a day as its local midnight, an instant as it is, and what may be left out."""
    text = (
        "number,kind,organisation,issuer,subject,from,until,grace_hours,evidence\n"
        "999 000 0018,RESIDENCE,Z99160,,,2026-06-01,2026-12-01,,room-12\n"
        '"9990000026", CASELOAD ,Z99250,cis2,555000000124,2026-06-01T08:00:00+01:00,,48,\n'
    )
    (first, one), (second, two) = facts(tmp_path, "relationship", text)

    assert (first, second) == (KEYS.of(NUMBER), KEYS.of(OTHER))
    assert one == Relationship(
        id=one.id,
        kind=RelationshipKind.RESIDENCE,
        source=EvidenceSource.FEED,
        organisation="Z99160",
        begins_at=datetime(2026, 5, 31, 23, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1, tzinfo=UTC),
        evidence="room-12",
    )
    assert two == Relationship(
        id=two.id,
        kind=RelationshipKind.CASELOAD,
        source=EvidenceSource.FEED,
        organisation="Z99250",
        subject="cis2\x1f555000000124",
        begins_at=datetime(2026, 6, 1, 7, tzinfo=UTC),
        grace=timedelta(hours=48),
    )


def test_a_consent_a_proxy_and_marks(tmp_path: Path):
    """The other kinds of feed, each with its own columns."""
    ((_, consent),) = facts(
        tmp_path, "consent", f"number,releases,from\n{NUMBER},FERTILITY,2026-01-01\n"
    )
    ((_, proxy),) = facts(
        tmp_path,
        "proxy",
        "number,id,issuer,subject,basis,from,until,review\n"
        f"{NUMBER},p-1,nhs-login,parent,PARENT,2026-01-01,2027-01-01,2026-07-01\n",
    )
    (_, watched), (_, own) = facts(
        tmp_path,
        "mark",
        f"number,kind,issuer,subject\n{NUMBER},WATCHED,,\n{NUMBER},OWN_RECORD,cis2,17\n",
    )

    january = datetime(2026, 1, 1, tzinfo=UTC)
    assert consent == Consent(id=consent.id, releases="FERTILITY", recorded_at=january)
    assert proxy == Proxy(
        id="p-1",
        subject="nhs-login\x1fparent",
        basis=ProxyBasis.PARENT,
        begins_at=january,
        review_at=datetime(2026, 6, 30, 23, tzinfo=UTC),
        ended_at=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert watched == Mark(id=watched.id, kind=MarkKind.WATCHED)
    assert own == Mark(id=own.id, kind=MarkKind.OWN_RECORD, subject="cis2\x1f17")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "feed.toml",
            (
                f'[[relationship]]\nnumber = "{NUMBER}"\nkind = "RESIDENCE"\n'
                'organisation = "Z99160"\nfrom = 2026-06-01\n'
            ),
        ),
        (
            "feed.json",
            (
                f'[{{"number": "{NUMBER}", "kind": "RESIDENCE", "organisation": "Z99160",'
                ' "from": "2026-06-01", "until": null}]'
            ),
        ),
        (
            "feed.CSV",
            f"\ufeffnumber,kind,organisation,from\r\n{NUMBER},RESIDENCE,Z99160,2026-06-01",
        ),
    ],
)
def test_one_row_is_the_same_in_every_form(tmp_path: Path, name: str, text: str):
    """CSV, TOML and JSON say the same, under the same id."""
    line = f"{NUMBER},RESIDENCE,Z99160,2026-06-01\n"

    assert facts(tmp_path, "relationship", text, name) == facts(
        tmp_path, "relationship", SHORT + line
    )


def test_a_feed_is_named_with_its_kind(tmp_path: Path):
    """Two kinds of feed may share a name, and neither replaces the other."""
    empty = written(tmp_path, "number\n")

    assert [read_feed(kind, "homes", empty, KEYS).name for kind in ROWS] == [
        "relationship:homes",
        "consent:homes",
        "proxy:homes",
        "mark:homes",
    ]


def test_an_id_says_the_same_for_the_same_row_alone(tmp_path: Path):
    """Sent again in another place a row keeps its id; any other word makes it another."""
    lines = [
        f"{NUMBER},RESIDENCE,Z99160,2026-06-01",
        f"{NUMBER},RESIDENCE,Z99160,2026-06-02",
        f"{NUMBER},RESIDENCE,Z99161,2026-06-01",
        f"{NUMBER},CASELOAD,Z99160,2026-06-01",
        f"{OTHER},RESIDENCE,Z99160,2026-06-01",
    ]
    once = facts(tmp_path, "relationship", SHORT + "\n".join(lines))
    again = facts(tmp_path, "relationship", SHORT + "\n\n".join([*reversed(lines), *lines]))

    assert len({fact.id for _, fact in once}) == len(lines)
    assert set(again) == set(once)
    assert len(again) == len(lines)


BAD = [
    ("relationship", "number", "not-one", "`number` must be an NHS number"),
    ("relationship", "number", "9990000019", "`number` must be an NHS number"),
    ("relationship", "number", "", "`number` is missing"),
    ("relationship", "kind", "LODGER", "`kind` is none of the kinds that there are"),
    ("relationship", "kind", OTHER, "`kind` is none of the kinds that there are"),
    ("relationship", "kind", "REGISTERED", "`kind` is not for a feed to say"),
    ("relationship", "kind", "SELF_DECLARED", "`kind` is not for a feed to say"),
    ("relationship", "organisation", "z99", "`organisation` must be an ODS code"),
    ("relationship", "organisation", OTHER, "`organisation` is an NHS number"),
    ("relationship", "from", "", "`from` is missing"),
    ("relationship", "from", "yesterday", "`from` must be a day"),
    ("relationship", "from", "2026-02-30", "`from` must be a day"),
    ("relationship", "from", "2026-03-01T08:00:00", "`from` must be a day"),
    ("relationship", "until", "2026-01-01", "`until` is not after `from`"),
    ("relationship", "until", "2025-01-01", "`until` is not after `from`"),
    ("relationship", "issuer", "cis2", "`issuer` and `subject` go together"),
    ("relationship", "subject", "17", "`issuer` and `subject` go together"),
    ("relationship", "grace_hours", "-1", "`grace_hours` must be a number of hours"),
    ("relationship", "grace_hours", "soon", "`grace_hours` must be a number of hours"),
    ("relationship", "grace_hours", "9000", "`grace_hours` must be a number of hours"),
    ("relationship", "evidence", "999 000 0026", "`evidence` is an NHS number"),
    ("relationship", "evidence", "a\x1fb", "`evidence` is not as it must be"),
    ("consent", "releases", "fertility", "`releases` must be a class"),
    ("proxy", "basis", "FRIEND", "`basis` must be one of PARENT, "),
    ("proxy", "subject", "", "`subject` is missing"),
    ("proxy", "id", OTHER, "`id` is an NHS number"),
    ("proxy", "review", "soon", "`review` must be a day"),
    ("mark", "kind", "OWN_RECORD", "a mark of this kind needs `issuer` and `subject`"),
    ("mark", "kind", "FAMILY", "a mark of this kind needs `issuer` and `subject`"),
]
RIGHT = {
    "relationship": {
        "number": NUMBER,
        "kind": "RESIDENCE",
        "organisation": "Z99160",
        "from": "2026-01-01",
    },
    "consent": {"number": NUMBER, "releases": "FERTILITY", "from": "2026-01-01"},
    "proxy": {
        "number": NUMBER,
        "id": "p-1",
        "issuer": "nhs-login",
        "subject": "parent",
        "basis": "PARENT",
        "from": "2026-01-01",
    },
    "mark": {"number": NUMBER, "kind": "WATCHED"},
}


@pytest.mark.parametrize(("kind", "column", "value", "told"), BAD)
def test_a_fault_is_named_by_its_line_and_field(
    tmp_path: Path, kind: str, column: str, value: str, told: str
):
    """One cell that is wrong: what is expected is told, and what stands there is not."""
    row = RIGHT[kind] | {column: value}
    right = RIGHT[kind] | {column: RIGHT[kind].get(column, "")}
    text = "\n".join(",".join(line) for line in (row, right.values(), row.values()))

    (fault,) = faults(tmp_path, kind, text)

    assert fault.startswith(f"line 3: {told}")
    if value:
        assert value not in fault.removeprefix("line 3: ").replace(told, "")


def test_a_mark_of_everybody_names_nobody(tmp_path: Path):
    """A watch list is about a person; a subject in it is a mistake."""
    text = f"number,kind,issuer,subject\n{NUMBER},WATCHED,cis2,17\n"

    assert faults(tmp_path, "mark", text) == ["line 2: a mark of this kind has no `subject`"]


def test_a_mark_that_keeps_looks_out_may_name_whose(tmp_path: Path):
    """One member of staff, or nobody for all of social care; half a name is a mistake."""
    head = "number,kind,issuer,subject\n"
    named, unnamed = facts(
        tmp_path, "mark", f"{head}{NUMBER},UNLISTED,cis2,17\n{NUMBER},UNLISTED,,\n"
    )
    assert [mark.subject for _, mark in (named, unnamed)] == ["cis2\x1f17", None]
    assert faults(tmp_path, "mark", f"{head}{NUMBER},UNLISTED,cis2,\n") == [
        "line 2: `issuer` and `subject` go together"
    ]


def test_every_faulty_line_is_named(tmp_path: Path):
    """All of them at once, by the line in the file; nothing of a faulty file is taken."""
    text = SHORT + (
        f"{NUMBER},RESIDENCE,Z99160,2026-06-01\n"
        f"{NUMBER},LODGER,Z99160,2026-06-01\n"
        "\n"
        f'{NUMBER},RESIDENCE,"Z99\n160",2026-06-01\n'
        f"{NUMBER},RESIDENCE,Z99160,2026-06-01,{OTHER}\n"
        f"{NUMBER},RESIDENCE\n"
    )

    assert faults(tmp_path, "relationship", text) == [
        "line 3: `kind` is none of the kinds that there are",
        "line 6: `organisation` must be an ODS code",
        "line 7: has more in it than there are columns",
        "line 8: `from` is missing",
    ]


def test_rows_of_a_table_are_named_by_their_count(tmp_path: Path):
    """In TOML and JSON, which have no lines to speak of."""
    text = f'[{{"number": "{NUMBER}", "releases": "F", "from": 17}}, {{"number": 9990000018}}]'

    assert faults(tmp_path, "consent", text, "feed.json") == [
        "row 1: `from` must be a day (2026-11-25) or an instant with its offset",
        "row 2: `number` must be an NHS number",
    ]


def test_one_id_says_one_thing(tmp_path: Path):
    """Two proxies of one id that differ are a fault; the same twice is none."""
    header, line = ",".join(RIGHT["proxy"]), ",".join(RIGHT["proxy"].values())
    other = line.replace("PARENT", "GUARDIAN")

    assert len(facts(tmp_path, "proxy", f"{header}\n{line}\n{line}\n")) == 1
    assert faults(tmp_path, "proxy", f"{header}\n{line}\n{other}\n{line}\n") == [
        "line 3: has the `id` of line 2, and says something else"
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{NUMBER},RESIDENCE,Z99160,2026-06-01\n",
        "",
        "kind,organisation,from\n",
        "number,number,kind,organisation,from\n",
        f"number,kind,{OTHER},from\n",
    ],
)
def test_a_file_without_its_columns_is_refused(tmp_path: Path, text: str):
    """The first line may be a person's; nothing of it is repeated."""
    (fault,) = faults(tmp_path, "relationship", text)

    assert fault == (
        "line 1: must name the columns, of number, from, until, kind, organisation, issuer,"
        " subject, grace_hours, evidence"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("feed.csv", SHORT + f'{NUMBER},"RESIDENCE,Z99160,2026-06-01\n'),
        ("feed.csv", b"number\n\xff\xfe\n"),
        ("feed.toml", f"[[residence]]\nnumber = '{NUMBER}'\n"),
        ("feed.toml", f"{NUMBER}"),
        ("feed.toml", f"relationship = ['{NUMBER}']"),
        ("feed.json", f'{{"number": "{NUMBER}"}}'),
        ("feed.json", f'["{NUMBER}"]'),
        ("feed.json", "["),
    ],
)
def test_a_file_of_no_such_form_is_refused(tmp_path: Path, name: str, text: str):
    """What cannot be read at all is one sentence, without a word of the file."""
    path = written(tmp_path, text, name)
    with pytest.raises(SettingsError) as caught:
        read_feed("relationship", "homes", path, KEYS)

    assert "must be CSV" in str(caught.value)
    assert NUMBER not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path):
    """Said in one sentence."""
    with pytest.raises(SettingsError, match="cannot be read"):
        read_feed("mark", "homes", tmp_path / "none.csv", KEYS)


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [NUMBER, "RESIDENCE", "Z99160", "2026-06-01", "", '"', ",", "\n", "\x00", " ", "é"]
            ),
            max_size=6,
        ),
        max_size=4,
    ),
    st.sampled_from(sorted(ROWS)),
)
def test_no_fault_repeats_a_number(tmp_path_factory, lines: list[list[str]], kind: str):
    """Whatever is in the file: it is read, or refused without a number in the words."""
    folder = tmp_path_factory.getbasetemp()
    text = "number,kind,from\n" + "\n".join(",".join(cells) for cells in lines)
    try:
        read_feed(kind, "homes", written(folder, text), KEYS)
    except SettingsError as error:
        assert NUMBER not in str(error)  # noqa: PT017 - that it is raised is not what is held
