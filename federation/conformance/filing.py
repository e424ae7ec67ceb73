"""A report that is filed for a node: read back, and held to the node and descriptor it is for.

The verdict is made anew from what each check came to, by the checks as they are mandatory now:
nobody files a word that the report does not bear out.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from federation.conformance.checks import CHECKS
from federation.conformance.report import Report
from federation.errors import SettingsError
from federation.joining.signing import unverified
from federation.records.base import UNDECODABLE


def filed(text: str, node: str, digest: str) -> Report:
    """The report, as `watling node check` wrote it, signed or as JSON; raises `SettingsError`."""
    body = text.encode() if text.lstrip().startswith("{") else unverified(text.strip())
    try:
        report = msgspec.json.decode(body, type=Report)
    except UNDECODABLE:
        raise SettingsError("is no report of conformance checks") from None
    if report.node != node:
        raise SettingsError("is of another node")
    if report.descriptor_digest != digest:
        raise SettingsError("is not of this descriptor: check the node by its descriptor")
    if [one.letter for one in report.results] != [check.letter for check in CHECKS]:
        raise SettingsError("has not every check")
    results = tuple(
        replace(one, mandatory=report.protocol in check.mandatory)
        for one, check in zip(report.results, CHECKS, strict=True)
    )
    return replace(report, results=results)
