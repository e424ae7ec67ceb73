"""A case as Cedar sees it: entities and context in its JSON, as the schema says.

`policies/watling.cedarschema` explains every attribute; nothing else is shown to a rule.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from federation.case import About, Asking, Authority, Case, Errand, Footing
from federation.model import Agreement

REQUESTER = {"type": "Requester", "id": "requester"}
GATEWAY = {"type": "Gateway", "id": "gateway"}
HOLDING = {"type": "Holding", "id": "holding"}
_PERSON = {"type": "About", "id": "person"}
_AUTHORITY = {"type": "Authority", "id": "authority"}
_AGREEMENT = {"type": "Agreement", "id": "agreement"}


def requester(asking: Asking) -> dict[str, Any]:
    """Who asks."""
    return _entity(
        REQUESTER,
        kind=asking.kind,
        role=asking.role,
        treating=asking.treating,
        organisation=asking.organisation,
        organisationKind=asking.organisation_kind,
        region=asking.region,
        standing=asking.standing,
        assurance=asking.assurance,
        device=asking.device,
    )


def gateway() -> dict[str, Any]:
    """The gateway as a whole."""
    return _entity(GATEWAY)


def holding(case: Case) -> dict[str, Any]:
    """A class of things of one node."""
    kind = case.kind
    known = {
        "sourceKind": kind.source_kind,
        "custodian": kind.custodian,
        "authorRole": kind.author_role,
    }
    return _entity(
        HOLDING,
        node=case.node,
        category=case.category,
        labels=sorted(kind.labels),
        classes=sorted(kind.classes),
        carriesCpr=kind.carries_cpr,
        ownOrganisation=kind.own_organisation,
        emergencyPath=kind.emergency_path,
        unreleased=kind.unreleased,
        **{name: value for name, value in known.items() if value is not None},
        **({"day": _day(kind.day)} if kind.day else {}),
    )


def agreement(agreement: Agreement) -> dict[str, Any]:
    """Two controllers' permission."""
    end, custodians = agreement.valid_until, agreement.custodians
    return _entity(
        _AGREEMENT,
        source=agreement.source,
        requesterRegion=agreement.requester_region,
        requesterKinds=sorted(agreement.requester_kinds),
        organisationKinds=sorted(agreement.organisation_kinds),
        roles=sorted(agreement.roles),
        categories=sorted(agreement.categories),
        purposes=sorted(agreement.purposes),
        status=agreement.status,
        validFrom=_day(agreement.valid_from),
        **({"custodians": sorted(custodians)} if custodians is not None else {}),
        **({"validUntil": _day(end)} if end else {}),
    )


def parties(footing: Footing) -> list[dict[str, Any]]:
    """Who asks, about whom, and by what right: the same for everything in a view."""
    return [
        requester(footing.asking),
        _about(footing.about),
        _authority(footing.authority),
    ]


def ask_context(asking: Asking) -> dict[str, Any]:
    """Of `ask`."""
    return {"purpose": asking.purpose, "rules": asking.rules}


def about_context(errand: Errand) -> dict[str, Any]:
    """Of `ask-about`."""
    return {
        **ask_context(errand.footing.asking),
        **_BETWEEN,
        "granted": errand.granted,
    }


def see_context(case: Case) -> dict[str, Any]:
    """Of `see` and `see-whole`."""
    footing = case.footing
    return {
        **ask_context(footing.asking),
        "day": _day(footing.day),
        **_BETWEEN,
        "granted": case.granted,
        "objected": case.objected,
        "objectedInEmergency": case.objected_in_emergency,
        "agreement": {"__entity": _AGREEMENT},
    }


_BETWEEN = {"person": {"__entity": _PERSON}, "authority": {"__entity": _AUTHORITY}}
"""Entities and not parts of the context: the context is read again for every question."""


def _about(about: About) -> dict[str, Any]:
    return _entity(
        _PERSON,
        restricted=about.restricted,
        deceased=about.deceased,
        watched=about.watched,
        coerced=about.coerced,
        own=about.own,
        family=about.family,
        **({"age": about.age} if about.age is not None else {}),
    )


def _authority(authority: Authority) -> dict[str, Any]:
    return _entity(
        _AUTHORITY,
        relationships=sorted(authority.relationships),
        incident=authority.incident,
        subject=authority.subject,
        proxy=authority.proxy,
        consents=sorted(authority.consents),
    )


def _entity(uid: dict[str, str], **attributes: Any) -> dict[str, Any]:
    return {"uid": uid, "attrs": attributes, "parents": []}


def _day(day: date) -> dict[str, Any]:
    return {"__extn": {"fn": "datetime", "arg": day.isoformat()}}
