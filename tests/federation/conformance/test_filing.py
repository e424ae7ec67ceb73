"""Filing a report: signed by whose word counts, for its own node and descriptor alone, and new."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.conformance import (
    CHECKS,
    ConformanceError,
    Outcome,
    Signatory,
    Waiver,
    canonical,
    filed,
    made_after,
    read_waiver,
    sign_waiver,
    waived,
)
from federation.joining.signing import DESCRIPTOR, REPORT, sign
from tests.federation.conformance.test_report import report, result

DIGEST = "a" * 64
EVERY = tuple(result(letter=check.letter) for check in CHECKS)
WHOLE = replace(report(*EVERY), descriptor_digest=DIGEST)
NOW = WHOLE.finished_at + timedelta(hours=1)
SUE, REGION, GONE, STRANGER = (ECKey.generate_key("P-256") for _ in range(4))
KNOWN = {
    "sue": Signatory(key=SUE, person="Sue Wharram"),
    "region-1": Signatory(key=REGION),
    "gone": Signatory(key=GONE, person="Al Gone", until=NOW),
}


def told(one, kid="sue", key=SUE, kind=REPORT) -> str:
    return sign(canonical(one), kid, key, kind)


def taken(text, at=NOW):
    return filed(text, "a-node", DIGEST, KNOWN, at)


@pytest.mark.parametrize(("kid", "key"), [("sue", SUE), ("region-1", REGION)])
def test_a_whole_report_is_taken(kid, key) -> None:
    """By whoever is enrolled: it is the report that was written."""
    assert taken(told(WHOLE, kid, key) + "\n").passed


def test_the_verdict_is_made_anew() -> None:
    """What failed does not pass because the file says that it did, or that it need not."""
    failed = (result(Outcome.FAIL, letter="a", mandatory=False), *EVERY[1:])
    one = replace(WHOLE, results=failed)
    assert b'"passed":true' in canonical(one)
    assert not taken(told(one)).passed


def test_the_words_of_a_check_are_ours() -> None:
    """Whoever approves reads what was checked, and not what a region calls it."""
    called = replace(EVERY[0], title="All is well", why="Nothing to see.")
    found = taken(told(replace(WHOLE, results=(called, *EVERY[1:]))))
    assert [(one.title, one.why) for one in found.results] == [
        (check.title, check.why) for check in CHECKS
    ]


_HEAD, _, _MARK = told(WHOLE).split(".")
_OTHER = told(replace(WHOLE, rate_per_second=1)).split(".")[1]
REFUSED = [
    # what it is, its text, the code that says why
    ("not signed", canonical(WHOLE).decode(), "REPORT_NOT_SIGNED"),
    ("nothing", "", "REPORT_NOT_SIGNED"),
    ("signed as something else", told(WHOLE, kind=DESCRIPTOR), "REPORT_NOT_SIGNED"),
    ("nobody's key", told(WHOLE, "who", STRANGER), "REPORT_SIGNER_UNKNOWN"),
    ("under another's name", told(WHOLE, "sue", STRANGER), "REPORT_SIGNER_UNKNOWN"),
    ("under the region's name", told(WHOLE, "region-1", SUE), "REPORT_SIGNER_UNKNOWN"),
    ("a key that is over", told(WHOLE, "gone", GONE), "REPORT_SIGNER_UNKNOWN"),
    ("changed since", f"{_HEAD}.{_OTHER}.{_MARK}", "REPORT_SIGNER_UNKNOWN"),
    (
        "a check without evidence",
        told(replace(WHOLE, results=(replace(EVERY[0], evidence=()), *EVERY[1:]))),
        "REPORT_UNREADABLE",
    ),
    ("another node", told(replace(WHOLE, node="b-node")), "REPORT_OF_ANOTHER"),
    ("no descriptor", told(replace(WHOLE, descriptor_digest=None)), "REPORT_OF_ANOTHER"),
    ("another descriptor", told(replace(WHOLE, descriptor_digest="b" * 64)), "REPORT_OF_ANOTHER"),
    ("a check short", told(replace(WHOLE, results=EVERY[1:])), "REPORT_INCOMPLETE"),
    ("one check for all", told(replace(WHOLE, results=EVERY[:1] * 26)), "REPORT_INCOMPLETE"),
    ("no report", sign(b"{}", "sue", SUE, REPORT), "REPORT_UNREADABLE"),
    ("no JSON", sign(b"{", "sue", SUE, REPORT), "REPORT_UNREADABLE"),
]


@pytest.mark.parametrize(
    ("text", "code"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_another_report_is_refused(text, code) -> None:
    """Its code says why."""
    with pytest.raises(ConformanceError) as refused:
        taken(text)
    assert refused.value.code == code
    assert str(refused.value).startswith(f"{code}: ")


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        (timedelta(days=14), True),
        (timedelta(days=14, seconds=1), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-6), False),
    ],
)
def test_a_report_counts_for_two_weeks(later, counts) -> None:
    """What a node did last month, or will have done tomorrow, is no report of how it is."""
    at = WHOLE.finished_at + later
    if counts:
        assert taken(told(WHOLE), at).passed
        return
    with pytest.raises(ConformanceError, match="REPORT_TOO_OLD"):
        taken(told(WHOLE), at)


def test_a_later_run_is_not_overtaken() -> None:
    """Nobody puts an older run that passed before a newer one that did not."""
    later = told(replace(WHOLE, finished_at=NOW))
    assert made_after(later, WHOLE)
    assert not made_after(told(WHOLE), WHOLE)
    assert not made_after("no report", WHOLE)
    assert not made_after(None, WHOLE)


# ── waivers ───────────────────────────────────────────────────────────────────────────────────────

WAIVER = Waiver(
    node="a-node",
    check="a",
    reason="counted anew next week",
    by="Sue Wharram, clinical safety officer",
    until=date(2026, 10, 31),
)


def waiving(waiver=WAIVER, key=SUE, *, letter="a", signed=None, outcome=Outcome.FAIL) -> str:
    """A report in which this waiver lies over a check that failed."""
    over = {"waiver": waiver, "waiver_signed": signed or sign_waiver(waiver, key)}
    results = tuple(
        result(outcome, letter=check.letter, **over)
        if check.letter == letter
        else result(letter=check.letter)
        for check in CHECKS
    )
    return told(replace(WHOLE, results=results))


def test_a_waiver_of_a_person_who_is_known() -> None:
    """It is taken from whom it names, as long as it holds, and lets the node pass."""
    assert taken(waiving()).passed


def test_a_waiver_that_the_checker_took() -> None:
    """As it comes from the command: read, put over what it is for, and signed with the report."""
    failed = (result(Outcome.FAIL, letter="a"), *EVERY[1:])
    given = read_waiver(sign_waiver(WAIVER, SUE) + "\n", (SUE,))
    assert taken(told(waived(replace(WHOLE, results=failed), (given,)))).passed


CASES = [
    ("by nobody who is known", waiving(key=STRANGER)),
    ("by another than it names", waiving(replace(WAIVER, by="Al Gone, director"))),
    ("by somebody whose name begins so", waiving(replace(WAIVER, by="Sue Wharramson"))),
    ("by the region", waiving(replace(WAIVER, by="the region"), REGION)),
    ("by a key that is over", waiving(replace(WAIVER, by="Al Gone"), GONE)),
    ("for another node", waiving(replace(WAIVER, node="b-node"))),
    ("for another check", waiving(letter="b")),
    ("over", waiving(replace(WAIVER, until=date(2026, 10, 4)))),
    ("another than was signed", waiving(signed=sign_waiver(replace(WAIVER, check="b"), SUE))),
    ("not signed", waiving(signed="made up")),
]


@pytest.mark.parametrize("text", [one[1] for one in CASES], ids=[one[0] for one in CASES])
def test_a_waiver_that_does_not_count(text) -> None:
    """The whole report is refused: whoever signed it counted on something that is not so."""
    with pytest.raises(ConformanceError, match=r"WAIVER_NOT_HELD: .* \(check [ab]\)"):
        taken(text)
