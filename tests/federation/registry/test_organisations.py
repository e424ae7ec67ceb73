"""The directory of organisations: what it says of a code on a day, and what a file may not say."""

from datetime import date
from pathlib import Path

import pytest

from federation.errors import SettingsError
from federation.model import Organisation, Standing
from federation.registry import Organisations, load_organisations

HARLOW = """
[[organisation]]
code = "RQW"
name = "Princess Alexandra Hospital"
phone = "01632 960000"
belongs = [
    { kind = "acute", region = "essex", from = 2026-04-01 },
    { kind = "acute", region = "hertfordshire-west-essex", until = 2026-04-01 },
]
"""
HOME = """
[[organisation]]
code = "Z99160"
name = "Elder Court"
belongs = [{ kind = "care-home", region = "london", from = 2024-01-01, until = 2027-01-01 }]
assured = [
    { from = 2024-06-30, until = 2025-06-30, grace_until = 2025-08-31 },
    { from = 2025-10-01, until = 2026-06-30, grace_until = 2026-08-31 },
]
suspended = [{ from = 2026-07-10, until = 2026-07-20, by = "Oriel Banks, privacy officer" }]
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "organisations.toml"
    path.write_text(text)
    return path


@pytest.fixture
def directory(tmp_path) -> Organisations:
    return load_organisations(_written(tmp_path, HARLOW + HOME))


@pytest.mark.parametrize(
    ("day", "region"),
    [
        (date(2026, 3, 31), "hertfordshire-west-essex"),
        (date(2026, 4, 1), "essex"),
        (date(2030, 1, 1), "essex"),
    ],
)
def test_boundaries_change_on_their_day(directory, day, region):
    """From 1 April 2026 a hospital in Harlow is of another region, in the same directory."""
    assert directory.at("RQW", day).organisation == Organisation(
        ods_code="RQW",
        name="Princess Alexandra Hospital",
        kind="acute",
        region=region,
        phone="01632 960000",
    )


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2024, 6, 29), Standing.UNKNOWN),  # nothing was ever said yet
        (date(2024, 6, 30), Standing.MET),
        (date(2025, 6, 29), Standing.MET),
        (date(2025, 6, 30), Standing.GRACE),
        (date(2025, 8, 30), Standing.GRACE),
        (date(2025, 8, 31), Standing.LAPSED),
        (date(2025, 10, 1), Standing.MET),  # renewed
        (date(2026, 7, 9), Standing.GRACE),
        (date(2026, 7, 10), Standing.LAPSED),  # a named person suspended it
        (date(2026, 7, 20), Standing.GRACE),
        (date(2026, 8, 31), Standing.LAPSED),
    ],
)
def test_standing_follows_the_dates(directory, day, standing):
    """Met, then a dated time to renew, then lapsed; a suspension outweighs all of it."""
    assert directory.at("Z99160", day).standing is standing


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("RRV", date(2026, 5, 1), "RRV"),
        ("Z99160", date(2027, 1, 1), "Elder Court"),  # closed
        ("Z99160", date(2023, 12, 31), "Elder Court"),  # not open yet
    ],
)
def test_of_an_organisation_that_is_not_there_nothing_is_known(directory, code, day, name):
    """Without kind, region and standing no rule opens anything."""
    listed = directory.at(code, day)
    assert listed.organisation == Organisation(ods_code=code, name=name)
    assert listed.standing is Standing.UNKNOWN


def test_an_assurance_without_time_to_renew_lapses_at_once(tmp_path):
    """Grace is a written day and is never assumed."""
    text = HOME.replace(", grace_until = 2026-08-31", "").split("suspended")[0]
    directory = load_organisations(_written(tmp_path, text))
    assert directory.at("Z99160", date(2026, 6, 30)).standing is Standing.LAPSED


def _row(**changed: str) -> str:
    rows = {
        "code": '"RRV"',
        "name": '"A hospital"',
        "belongs": '[{ kind = "acute", region = "london" }]',
    } | changed
    return "[[organisation]]\n" + "\n".join(f"{key} = {value}" for key, value in rows.items())


BELONGS = '{ kind = "acute", region = "london"'
WRONG = [
    ("code in small letters", _row(code='"rrv"'), "code"),
    ("no name", _row(name='""'), "name"),
    ("unknown key", _row(colour='"red"'), "colour"),
    ("nowhere", _row(belongs="[]"), "belongs"),
    ("region in capitals", _row(belongs='[{ kind = "acute", region = "London" }]'), "region"),
    (
        "ends before it begins",
        _row(belongs=f"[{BELONGS}, from = 2026-04-01, until = 2026-04-01 }}]"),
        "`until` is not after `from`",
    ),
    ("twice at once", _row(belongs=f"[{BELONGS} }}, {BELONGS} }}]"), "hold on one day"),
    (
        "overlapping",
        _row(belongs=f"[{BELONGS}, until = 2026-04-02 }}, {BELONGS}, from = 2026-04-01 }}]"),
        "hold on one day",
    ),
    (
        "grace without a lapse",
        _row(assured="[{ from = 2026-01-01, grace_until = 2026-04-01 }]"),
        "grace_until",
    ),
    (
        "grace ends before the lapse",
        _row(assured="[{ until = 2026-04-01, grace_until = 2026-03-01 }]"),
        "grace_until",
    ),
    ("suspended by nobody", _row(suspended="[{ from = 2026-01-01 }]"), "by"),
    ("a day that is a text", _row(assured='[{ until = "soon" }]'), "until"),
]


@pytest.mark.parametrize(
    ("text", "named"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_row_with_a_fault_stops_the_start(tmp_path, text, named):
    """A fault is named with the file, the row and what is wrong; nothing of the file is used."""
    path = _written(tmp_path, f"{HOME}\n{text}")
    with pytest.raises(SettingsError) as raised:
        load_organisations(path)
    said = str(raised.value)
    assert said.startswith(f"{path}: organisation 2 (`")
    assert named in said


def test_a_code_stands_once(tmp_path):
    """Which of two rows counts would hang on their order."""
    with pytest.raises(SettingsError, match="same code"):
        load_organisations(_written(tmp_path, HOME + HOME))


@pytest.mark.parametrize("text", ["nonsense", "organisation = 7", "[[node]]\nid = 1"])
def test_what_is_no_file_of_organisations_is_refused_by_name(tmp_path, text):
    """What cannot be read at all is named."""
    with pytest.raises(SettingsError, match=r"organisations\.toml"):
        load_organisations(_written(tmp_path, text))
    with pytest.raises(SettingsError, match="cannot be read"):
        load_organisations(tmp_path / "nowhere" / "organisations.toml")
