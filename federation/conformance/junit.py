"""The report as JUnit XML, for build systems.

A check that stands in the way is a failure there; whatever else is not a pass is skipped.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from federation.conformance.check import Outcome
from federation.conformance.report import Report, Result


def junit(report: Report) -> bytes:
    """One test suite with a case for each check."""
    suite = Element(
        "testsuite",
        name=f"conformance of {report.node}",
        timestamp=report.started_at.isoformat(),
        tests=str(len(report.results)),
        failures=str(sum(one.stands_in_the_way for one in report.results)),
        errors="0",
        skipped=str(sum(_is_skipped(one) for one in report.results)),
        time=str(round(sum(one.seconds for one in report.results), 3)),
    )
    for one in report.results:
        _case(suite, one)
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _is_skipped(one: Result) -> bool:
    return one.outcome is not Outcome.PASS and not one.stands_in_the_way


def _case(suite: Element, one: Result) -> None:
    case = SubElement(
        suite,
        "testcase",
        classname="conformance",
        name=f"({one.letter}) {one.title}",
        time=str(one.seconds),
    )
    told = "\n".join(one.evidence)
    if one.stands_in_the_way:
        SubElement(case, "failure", message=one.evidence[0], type=one.outcome).text = told
    elif _is_skipped(one):
        SubElement(case, "skipped", message=one.evidence[0])
    else:
        SubElement(case, "system-out").text = told
