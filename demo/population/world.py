"""The places of the demo: three regions with their general practices, hospitals and staff.

Hospitals and ambulance services carry their real ODS codes, because rules and agreements speak of
them; practices, streets and everybody who works anywhere are invented. Telephone numbers are from
the ranges that are kept for drama and never connected.
"""

from __future__ import annotations

from msgspec import Struct

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, MILTON_KEYNES, Desk
from federation.model import NodeId, Organisation, Practitioner

REGION_NAMES = {
    LONDON: "london",
    HERTS: "hertfordshire-west-essex",
    MILTON_KEYNES: "milton-keynes",
    CARE_PLAN_NODE: "london",
}


def _practice(code: str, name: str, phone: str, node: NodeId, *doctors: str) -> Desk:
    organisation = Organisation(
        ods_code=code, name=name, kind="gp", region=REGION_NAMES[node], phone=phone
    )
    staff = tuple(
        Practitioner(name=f"Dr {doctor}", role="General practitioner", organisation=organisation)
        for doctor in doctors
    )
    nurse = Practitioner(
        name=f"{doctors[-1].split()[-1]} practice nursing team",
        role="Practice nurse",
        organisation=organisation,
    )
    return Desk(
        node=node,
        organisation=organisation,
        staff=(*staff, nurse),
        system="General practice system",
    )


def _trust(code: str, name: str, kind: str, node: NodeId, **staff: str) -> Desk:
    organisation = Organisation(ods_code=code, name=name, kind=kind, region=REGION_NAMES[node])
    people = tuple(
        Practitioner(name=who, role=role.replace("_", " ").capitalize(), organisation=organisation)
        for role, who in staff.items()
    )
    system = "Ambulance record" if kind == "ambulance" else "Hospital record"
    return Desk(node=node, organisation=organisation, staff=people, system=system)


# Codes that begin with Z99 belong to no real practice.
PRACTICES: dict[NodeId, tuple[Desk, ...]] = {
    LONDON: (
        _practice(
            "Z99101",
            "Larkfield Road Surgery",
            "020 7946 0101",
            LONDON,
            "Ada Fenwick",
            "Imran Sattar",
        ),
        _practice(
            "Z99102",
            "Canal Basin Medical Centre",
            "020 7946 0102",
            LONDON,
            "Tola Akande",
            "Ruth Delaney",
        ),
        _practice(
            "Z99103",
            "Old Foundry Health Centre",
            "020 7946 0103",
            LONDON,
            "Karl Lindqvist",
            "Mina Rao",
        ),
        _practice(
            "Z99104", "Plane Tree Practice", "020 7946 0104", LONDON, "Gwen Pritchard", "Samir Aziz"
        ),
        _practice(
            "Z99105", "Tideway Surgery", "020 7946 0105", LONDON, "Hugo Marsh", "Ines Carvalho"
        ),
    ),
    HERTS: (
        _practice(
            "Z99201",
            "Chalk Stream Surgery",
            "01632 960201",
            HERTS,
            "Bridget Oakes",
            "Nadeem Qureshi",
        ),
        _practice(
            "Z99202",
            "Cassio Meadow Medical Centre",
            "01632 960202",
            HERTS,
            "Toby Ashworth",
            "Leena Pillai",
        ),
        _practice(
            "Z99203", "Straw Plait Practice", "01632 960203", HERTS, "Moira Kessell", "Femi Ogun"
        ),
        _practice(
            "Z99204",
            "Roding Valley Health Centre",
            "01632 960204",
            HERTS,
            "Anton Weiss",
            "Jo Penhale",
        ),
    ),
    MILTON_KEYNES: (
        _practice(
            "Z99301",
            "Grid Road Surgery",
            "01632 960301",
            MILTON_KEYNES,
            "Pippa Nunn",
            "Dev Banerjee",
        ),
        _practice(
            "Z99302",
            "Ouse Bank Medical Centre",
            "01632 960302",
            MILTON_KEYNES,
            "Colm Hanley",
            "Sara Lindh",
        ),
        _practice(
            "Z99303",
            "Concrete Cow Practice",
            "01632 960303",
            MILTON_KEYNES,
            "Wendy Tamm",
            "Ayo Bello",
        ),
    ),
}

UCLH = _trust(
    "RRV",
    "University College London Hospitals",
    "acute",
    LONDON,
    consultant="Dr Helena Brandt",
    registrar="Dr Kwesi Appiah",
    staff_nurse="Rosa Whitlock",
)
ROYAL_FREE = _trust(
    "RAL",
    "Royal Free London",
    "acute",
    LONDON,
    consultant="Dr Marcus Thorne",
    registrar="Dr Shreya Menon",
    staff_nurse="Patrick Dooley",
)
LONDON_AMBULANCE = _trust(
    "RRU", "London Ambulance Service", "ambulance", LONDON, paramedic="Jodie Farrow"
)
WATFORD = _trust(
    "RWG",
    "West Hertfordshire Teaching Hospitals",
    "acute",
    HERTS,
    consultant="Dr Owen Galbraith",
    registrar="Dr Tamsin Vale",
    staff_nurse="Chinedu Umeh",
)
LISTER = _trust(
    "RWH",
    "East and North Hertfordshire",
    "acute",
    HERTS,
    consultant="Dr Farah Siddiqui",
    staff_nurse="Beth Langley",
)
MILTON_KEYNES_HOSPITAL = _trust(
    "RD8",
    "Milton Keynes University Hospital",
    "acute",
    MILTON_KEYNES,
    consultant="Dr Ewan Petrie",
    registrar="Dr Lucia Moretti",
    staff_nurse="Grace Adomako",
)
MAUDSLEY = _trust(
    "RV5",
    "South London and Maudsley",
    "mental-health",
    LONDON,
    consultant_psychiatrist="Dr Ottilie Brandreth",
    community_psychiatric_nurse="Sefton Hale",
)
PLAN_TEAM = _trust(
    "Z99901",
    "Northside Community Palliative Care",
    "community",
    CARE_PLAN_NODE,
    palliative_care_consultant="Dr Judith Amory",
    clinical_nurse_specialist="Niall Corrigan",
)

PLAN_LINE = "020 7946 0455"
"""Where the palliative care team is reached, day and night."""

HOSPITALS: dict[NodeId, tuple[Desk, ...]] = {
    LONDON: (UCLH, ROYAL_FREE, LONDON_AMBULANCE),
    HERTS: (WATFORD, LISTER),
    MILTON_KEYNES: (MILTON_KEYNES_HOSPITAL,),
}


class Town(Struct, frozen=True, kw_only=True):
    """A town and the postcode districts that its invented streets lie in."""

    node: NodeId
    name: str
    districts: tuple[str, ...]


TOWNS: dict[NodeId, tuple[Town, ...]] = {
    LONDON: (
        Town(
            node=LONDON,
            name="London",
            districts=("NW1", "N7", "E3", "SE15", "W12", "SW9", "N19", "E8"),
        ),
        Town(node=LONDON, name="Harrow", districts=("HA1", "HA3")),
        Town(node=LONDON, name="Barnet", districts=("EN5",)),
    ),
    HERTS: (
        Town(node=HERTS, name="Watford", districts=("WD17", "WD18", "WD24", "WD25")),
        Town(node=HERTS, name="St Albans", districts=("AL1", "AL3")),
        Town(node=HERTS, name="Harlow", districts=("CM18", "CM20")),
    ),
    MILTON_KEYNES: (
        Town(node=MILTON_KEYNES, name="Milton Keynes", districts=("MK6", "MK9", "MK10", "MK14")),
        Town(node=MILTON_KEYNES, name="Bletchley", districts=("MK2", "MK3")),
    ),
}
STREETS = tuple(
    """
    Nettlecombe Harebell Quillfeather Osiermead Tannery Gantry Loxwood Weaverham Pollard Sedgebank
    Marlpit Kingfisher Fulling Rushlight Copperbeech Lanthorn Saltbox Thistledown Wainwright Foxbury
    Bellfounder Cordwainer Larkrise Milestone Hopkiln
    """.split()
)
STREET_KINDS = ("Road", "Street", "Avenue", "Close", "Lane", "Gardens", "Way", "Rise")
