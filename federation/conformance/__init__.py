"""Conformance: what a node must do before it may answer for people, checked one by one.

`run.py` runs the checks of `checks/` (one a file) against a `Target` and makes a `Report`. Useful
on its own, before any gateway exists: `watling node check`. What each check asks for, and for which
protocol it is mandatory, is in `docs/conformance.md`.
"""

from federation.conformance.check import Check, Finding, Outcome
from federation.conformance.checks import CHECKS
from federation.conformance.codes import ConformanceCode, ConformanceError, told
from federation.conformance.filing import Signatory, filed, made_after, report_in
from federation.conformance.junit import junit
from federation.conformance.page import page
from federation.conformance.people import People, Situation, TestPerson, read_people
from federation.conformance.report import Report, Result, canonical, waived
from federation.conformance.run import run
from federation.conformance.target import Target, Tools
from federation.conformance.waivers import SignedWaiver, Waiver, read_waiver, sign_waiver

__all__ = [
    "CHECKS",
    "Check",
    "ConformanceCode",
    "ConformanceError",
    "Finding",
    "Outcome",
    "People",
    "Report",
    "Result",
    "Signatory",
    "SignedWaiver",
    "Situation",
    "Target",
    "TestPerson",
    "Tools",
    "Waiver",
    "canonical",
    "filed",
    "junit",
    "made_after",
    "page",
    "read_people",
    "read_waiver",
    "report_in",
    "run",
    "sign_waiver",
    "told",
    "waived",
]
