"""Desks outside practices and hospitals: councils, community nursing, care homes, pharmacies.

All are invented; codes that begin with Z99 belong to no real organisation.
"""

from __future__ import annotations

from demo.model import HERTS, LONDON, MILTON_KEYNES, Desk
from demo.population.world import REGION_NAMES
from federation.model import NodeId, Organisation, Practitioner


def _desk(
    node: NodeId, code: str, name: str, kind: str, phone: str, system: str, **staff: str
) -> Desk:
    organisation = Organisation(
        ods_code=code, name=name, kind=kind, region=REGION_NAMES[node], phone=phone
    )
    people = tuple(
        Practitioner(name=who, role=role.replace("_", " ").capitalize(), organisation=organisation)
        for role, who in staff.items()
    )
    return Desk(node=node, organisation=organisation, staff=people, system=system)


def _council(node: NodeId, code: str, name: str, phone: str, **staff: str) -> Desk:
    return _desk(node, code, name, "local-authority", phone, "Social care record", **staff)


def _community(node: NodeId, code: str, name: str, phone: str, **staff: str) -> Desk:
    return _desk(node, code, name, "community", phone, "Community record", **staff)


def _care_home(node: NodeId, code: str, name: str, phone: str, **staff: str) -> Desk:
    return _desk(node, code, name, "care-home", phone, "Care home record", **staff)


COUNCILS: dict[NodeId, Desk] = {
    LONDON: _council(
        LONDON,
        "Z99141",
        "Fleetbrook Council adult social care",
        "020 7946 0141",
        social_worker="Marguerite Sowande",
    ),
    HERTS: _council(
        HERTS,
        "Z99241",
        "Gadeside Council adult social care",
        "01632 960241",
        social_worker="Alastair Kemble",
    ),
    MILTON_KEYNES: _council(
        MILTON_KEYNES,
        "Z99341",
        "Loughton Valley Council adult social care",
        "01632 960341",
        social_worker="Renuka Dissanayake",
    ),
}
CHILDREN: dict[NodeId, Desk] = {
    HERTS: _council(
        HERTS,
        "Z99242",
        "Gadeside Council children's services",
        "01632 960242",
        social_worker="Corinne Ashby",
    ),
}
COMMUNITY: dict[NodeId, Desk] = {
    LONDON: _community(
        LONDON,
        "Z99151",
        "Wharfside Community Health",
        "020 7946 0151",
        district_nurse="Opeyemi Lawal",
    ),
    HERTS: _community(
        HERTS,
        "Z99251",
        "Verulam Community Health",
        "01632 960251",
        district_nurse="Heather Strand",
    ),
    MILTON_KEYNES: _community(
        MILTON_KEYNES,
        "Z99351",
        "Ouzel Community Health",
        "01632 960351",
        district_nurse="Magda Zielinska",
    ),
}
CARE_HOMES: dict[NodeId, Desk] = {
    LONDON: _care_home(
        LONDON, "Z99161", "Mulberry Court", "020 7946 0161", registered_nurse="Jocelyn Abad"
    ),
    HERTS: _care_home(
        HERTS, "Z99261", "Ashgrove House", "01632 960261", registered_nurse="Denise Tully"
    ),
    MILTON_KEYNES: _care_home(
        MILTON_KEYNES, "Z99361", "Willen View", "01632 960361", registered_nurse="Bozena Kral"
    ),
}
HOME_CARE: dict[NodeId, Organisation] = {
    node: Organisation(
        ods_code=code, name=name, kind="home-care", region=REGION_NAMES[node], phone=phone
    )
    for node, code, name, phone in (
        (LONDON, "Z99171", "Lanternlight Home Care", "020 7946 0171"),
        (HERTS, "Z99271", "Chequers Home Care", "01632 960271"),
        (MILTON_KEYNES, "Z99371", "Balancing Lake Home Care", "01632 960371"),
    )
}
PHARMACIES: dict[NodeId, Organisation] = {
    node: Organisation(
        ods_code=code, name=name, kind="pharmacy", region=REGION_NAMES[node], phone=phone
    )
    for node, code, name, phone in (
        (LONDON, "Z99181", "Copperbeech Pharmacy", "020 7946 0181"),
        (HERTS, "Z99281", "Saltbox Pharmacy", "01632 960281"),
        (MILTON_KEYNES, "Z99381", "Hopkiln Pharmacy", "01632 960381"),
    )
}
SEXUAL_HEALTH_CLINIC = _desk(
    LONDON,
    "Z99131",
    "Lamplight Sexual Health Clinic",
    "sexual-health",
    "020 7946 0131",
    "Clinic record",
    consultant="Dr Yusuf Calder",
)
FERTILITY_CLINIC = _desk(
    LONDON,
    "Z99153",
    "Marlpit Fertility Centre",
    "fertility",
    "020 7946 0153",
    "Clinic record",
    consultant="Dr Anneke Vos",
)
ELDER_COURT = _care_home(
    LONDON, "Z99160", "Elder Court Care Home", "020 7946 0160", registered_nurse="Blessing Adomako"
)
OXFORD_PRACTICE = Organisation(
    ods_code="Z99601",
    name="Isis Meadow Surgery",
    kind="gp",
    region="oxfordshire",
    phone="01632 960601",
)
"""In a region that no node of the demo speaks for."""
