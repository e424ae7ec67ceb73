"""Why a node could not be checked, or what was brought of a check is not taken: a closed list.

A code stands first in the evidence of a check, or in what a command says, followed by its words;
`docs/errors.md` has a row for each.
"""

from __future__ import annotations

from enum import StrEnum

from federation.errors import SettingsError


class ConformanceCode(StrEnum):
    """What stood in the way."""

    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    PEOPLE_NOT_SENT = "PEOPLE_NOT_SENT"
    CREDENTIAL_MISSING = "CREDENTIAL_MISSING"
    REPORT_UNREADABLE = "REPORT_UNREADABLE"
    REPORT_NOT_SIGNED = "REPORT_NOT_SIGNED"
    REPORT_SIGNER_UNKNOWN = "REPORT_SIGNER_UNKNOWN"
    REPORT_OF_ANOTHER = "REPORT_OF_ANOTHER"
    REPORT_INCOMPLETE = "REPORT_INCOMPLETE"
    REPORT_TOO_OLD = "REPORT_TOO_OLD"
    WAIVER_NOT_HELD = "WAIVER_NOT_HELD"


WORDS: dict[ConformanceCode, str] = {
    ConformanceCode.ADDRESS_NOT_ALLOWED: (
        "the address is outside the networks that its region was enrolled with, and nothing was"
        " sent there"
    ),
    ConformanceCode.PEOPLE_NOT_SENT: "the test people were not sent with the descriptor",
    ConformanceCode.CREDENTIAL_MISSING: (
        "what the gateway proves itself with, as the descriptor asks, cannot be had"
    ),
    ConformanceCode.REPORT_UNREADABLE: "is no report of conformance checks",
    ConformanceCode.REPORT_NOT_SIGNED: "is not signed: `watling node check --signed` does that",
    ConformanceCode.REPORT_SIGNER_UNKNOWN: (
        "is signed by nobody whose word counts here, or by a key that is over"
    ),
    ConformanceCode.REPORT_OF_ANOTHER: "is of another node, or of another descriptor of it",
    ConformanceCode.REPORT_INCOMPLETE: "has not every check",
    ConformanceCode.REPORT_TOO_OLD: "is older than a report may be, or of a day that is to come",
    ConformanceCode.WAIVER_NOT_HELD: (
        "counts on a waiver that nobody signed whose word counts here, or that is over"
    ),
}


class ConformanceError(SettingsError):
    """Something of a check is not taken; the text is the code, and its words."""

    def __init__(self, code: ConformanceCode, more: str | None = None) -> None:
        super().__init__(told(code) + (f" ({more})" if more else ""))
        self.code = code


def told(code: ConformanceCode) -> str:
    """The code and its words, as a report and a command say them."""
    return f"{code}: {WORDS[code]}"
