"""Why nothing permits: no agreement, one that has ended, or one that leaves this role out.

Explains a refusal that the rules have made; it never permits. `may_permit` says the permit of
`policies/agreements.cedar` again, so that the rules are not asked about agreements that it would
turn down: what it lets through, that permit still decides.
"""

from __future__ import annotations

from federation.case import CITIZENS, Case
from federation.model import Agreement
from federation.status import SourceCode


def shortfall(case: Case) -> SourceCode:
    """The code of a case that was not permitted.

    An agreement "speaks of" a case when it covers the organisation, the category and the purpose;
    whether it also names the role is the difference between the region and the reader.
    """
    speaking = [agreement for agreement in case.agreements if _speaks_of(agreement, case)]
    if any(agreement.in_force(case.footing.day) for agreement in speaking):
        return SourceCode.NOT_PERMITTED
    if any(_ended(agreement, case) for agreement in speaking):
        return SourceCode.AGREEMENT_EXPIRED
    return SourceCode.NO_AGREEMENT


def may_permit(agreement: Agreement, case: Case) -> bool:
    """Whether the permit of agreements could hold under this one."""
    asking = case.footing.asking
    return (
        _speaks_of(agreement, case)
        and (asking.kind in CITIZENS or asking.role in agreement.roles)
        and agreement.in_force(case.footing.day)
    )


def _speaks_of(agreement: Agreement, case: Case) -> bool:
    return (
        agreement.source == case.node
        and case.footing.asking.kind in agreement.requester_kinds
        and (case.footing.asking.kind in CITIZENS or _speaks_to(agreement, case))
        and case.category in agreement.categories
        and case.footing.asking.purpose in agreement.purposes
        and (agreement.custodians is None or case.kind.custodian in agreement.custodians)
    )


def _speaks_to(agreement: Agreement, case: Case) -> bool:
    return (
        agreement.requester_region == case.footing.asking.region
        and case.footing.asking.organisation_kind in agreement.organisation_kinds
    )


def _ended(agreement: Agreement, case: Case) -> bool:
    return agreement.valid_until is not None and agreement.valid_until <= case.footing.day
