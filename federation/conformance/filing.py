"""A report that is filed for a node: whose word it is, and of which node and descriptor.

It counts on the signature of somebody whose key is enrolled, and on no other; so does each waiver
in it. The verdict is made anew from what each check came to, by the checks as they are mandatory
now: nobody files a word that the report does not bear out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Struct
from msgspec.structs import replace

from federation.conformance.checks import CHECKS
from federation.conformance.codes import ConformanceCode, ConformanceError
from federation.conformance.report import Report, Result
from federation.conformance.waivers import Waiver, read_waiver
from federation.errors import SettingsError
from federation.joining.signing import ALGORITHM, REPORT, unverified
from federation.records.base import UNDECODABLE

OLDEST = timedelta(days=14)
"""How long before it is filed a run may have ended."""
_APART = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""


class Signatory(Struct, frozen=True, kw_only=True):
    """Whose word counts for one node, until when.

    `person` is who it is, as the operator enrolled them; None for a region's key, behind which
    nobody is named: it signs a report, and waives nothing.
    """

    key: ECKey
    until: datetime | None = None
    person: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the key is in use."""
        return self.until is None or at < self.until


def filed(
    signed: str, node: str, digest: str, known: Mapping[str, Signatory], at: datetime
) -> Report:
    """The report of this descriptor of the node; raises `ConformanceError` where it is not taken.

    `known` are those whose word counts, by the names of their keys; `at` is now.
    """
    report = report_in(_verified(signed.strip(), known, at))
    if report.node != node or report.descriptor_digest != digest:
        raise ConformanceError(ConformanceCode.REPORT_OF_ANOTHER)
    if not at - OLDEST <= report.finished_at <= at + _APART:
        raise ConformanceError(ConformanceCode.REPORT_TOO_OLD)
    for one in report.results:
        if one.waiver is not None:
            _check_waiver(one, one.waiver, node, known, at)
    return report


def report_in(body: bytes) -> Report:
    """A report as it was written, with its verdict made anew; raises `ConformanceError`."""
    try:
        report = msgspec.json.decode(body, type=Report)
    except UNDECODABLE:
        raise ConformanceError(ConformanceCode.REPORT_UNREADABLE) from None
    if [one.letter for one in report.results] != [check.letter for check in CHECKS]:
        raise ConformanceError(ConformanceCode.REPORT_INCOMPLETE)
    if not all(one.evidence for one in report.results):
        raise ConformanceError(ConformanceCode.REPORT_UNREADABLE)
    results = tuple(
        replace(one, title=check.title, why=check.why, mandatory=report.protocol in check.mandatory)
        for one, check in zip(report.results, CHECKS, strict=True)
    )
    return replace(report, results=results)


def made_after(signed: str | None, report: Report) -> bool:
    """Whether what was filed before is of a later run than this: then this is not news."""
    try:
        before = report_in(unverified(signed or ""))
    except SettingsError:
        return False
    return before.finished_at > report.finished_at


def _verified(signed: str, known: Mapping[str, Signatory], at: datetime) -> bytes:
    try:
        header = jws.extract_compact(signed.encode("ascii")).headers()
    except (JoseError, UnicodeEncodeError, ValueError):
        raise ConformanceError(ConformanceCode.REPORT_NOT_SIGNED) from None
    signatory = known.get(str(header.get("kid")))
    if header.get("typ") != REPORT:
        raise ConformanceError(ConformanceCode.REPORT_NOT_SIGNED)
    if signatory is None or not signatory.holds(at):
        raise ConformanceError(ConformanceCode.REPORT_SIGNER_UNKNOWN)
    try:
        return jws.deserialize_compact(signed, signatory.key, algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError):
        raise ConformanceError(ConformanceCode.REPORT_SIGNER_UNKNOWN) from None


def _check_waiver(
    result: Result, waiver: Waiver, node: str, known: Mapping[str, Signatory], at: datetime
) -> None:
    """Raise unless whoever is said to answer for it has signed just this, and it holds today."""
    named = [one.key for one in known.values() if one.holds(at) and _is_by(waiver, one.person)]
    try:
        read = read_waiver(result.waiver_signed or "", named).waiver
    except SettingsError:
        read = None
    meant = waiver.node == node and waiver.check == result.letter
    if read != waiver or not meant or at.date() > waiver.until:
        raise ConformanceError(ConformanceCode.WAIVER_NOT_HELD, f"check {result.letter}")


def _is_by(waiver: Waiver, person: str | None) -> bool:
    """Whether the name that a waiver begins with, before the office, is theirs."""
    name, by = (person or "").casefold(), waiver.by.casefold()
    return bool(name) and by.startswith(name) and not by[len(name) : len(name) + 1].isalnum()
