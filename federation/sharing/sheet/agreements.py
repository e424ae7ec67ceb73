"""Agreements of a sheet: rows into `model.Agreement`, and each as a sentence that can be signed."""

from __future__ import annotations

from federation.model import Agreement, NodeId, RegionId, RequesterKind
from federation.sharing.sheet import words
from federation.sharing.sheet.rows import AgreementRow


def agreement_of(row: AgreementRow, source: NodeId) -> Agreement:
    """The agreement that a row of this node's bundle is."""
    return Agreement(
        id=row.id,
        version=row.version,
        source=source,
        requester_region=RegionId(row.requester_region),
        requester_kinds=frozenset(row.requester_kinds),
        organisation_kinds=frozenset(row.organisation_kinds),
        roles=frozenset(row.roles),
        categories=frozenset(row.categories),
        purposes=frozenset(row.purposes),
        custodians=frozenset(row.custodians) or None,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=row.status,
        obligations=tuple(row.obligations),
        signatories=row.signatories,
        onward_sharing=row.onward_sharing,
        retention_days=row.retention_days,
    )


def english_of(row: AgreementRow) -> str:
    """`Consultants at acute hospitals of the region london may see ...`."""
    what = f"{words.categories(row.categories)} for {words.purposes(row.purposes)}"
    told = [f"{_parties(row)} may see {what}{_of_custodians(row)}, {_days(row)}."]
    if row.obligations:
        told.append(f"They are told: {words.obligations(row.obligations)}.")
    told.append(_copies(row))
    if row.signatories:
        told.append(f"Signed for the controllers by {words.listed(row.signatories)}.")
    if row.status != "ACTIVE":
        told.append(f"It is {row.status.lower()}, and so opens nothing.")
    return " ".join(told)


def _parties(row: AgreementRow) -> str:
    citizens = [one for one in row.requester_kinds if one is not RequesterKind.PROFESSIONAL]
    parts = []
    if RequesterKind.PROFESSIONAL in row.requester_kinds:
        parts.append(
            f"anybody in the role of {words.roles(row.roles)} at"
            f" {words.organisation_kinds(row.organisation_kinds)} of the region"
            f" {row.requester_region}"
        )
    if citizens:
        parts.append(words.kinds(citizens))
    text = words.listed(parts)
    return text[:1].upper() + text[1:]


def _of_custodians(row: AgreementRow) -> str:
    return f", of what {words.listed(row.custodians, 'or')} keeps" if row.custodians else ""


def _days(row: AgreementRow) -> str:
    start = f"from {words.day(row.valid_from)}"
    return f"{start} until {words.day(row.valid_until)}" if row.valid_until else start


def _copies(row: AgreementRow) -> str:
    onward = "It may be passed on" if row.onward_sharing else "It may not be passed on"
    if row.retention_days is None:
        return f"{onward}; no copy is kept beyond the view."
    return f"{onward}; a copy may be kept for {row.retention_days} days."
