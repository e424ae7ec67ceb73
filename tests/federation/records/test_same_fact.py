"""The other categories: a table of pairs, and whether they are one fact."""

from __future__ import annotations

import pytest

from federation.merge.link import link
from federation.model import Category
from federation.records import DEFINITIONS
from federation.records.base import Basis, Severity
from federation.records.clinical import ObservationComponent, Quantity, TextValue
from tests.builders import HERTS, LONDON, an_organisation
from tests.items import a_concept, an_item

ID = {"identifiers": [("https://example/id", "1")]}
PULSE = {"code": a_concept("364075005", "Heart rate")}
NINE = "2026-09-01T08:00:00Z"
ACUTE, PRACTICE = an_organisation("RRV"), an_organisation("F83004", kind="gp")
HB = a_concept("1022431000000105", "Haemoglobin")
FLU = a_concept("3", "Influenza vaccine")
MMR = a_concept("38598009", "MMR vaccine")

OBS, PROB, RES = Category.OBSERVATIONS, Category.PROBLEMS, Category.RESULTS
PRO, APP, REF = Category.PROCEDURES, Category.APPOINTMENTS, Category.REFERRALS
IMM, ENC, DOC = Category.IMMUNISATIONS, Category.ENCOUNTERS, Category.DOCUMENTS
GIVEN = {"vaccine": MMR, "effective_at": "2020-04-02"}
VISIT = {"kind": "emergency", "start": NINE, "place": ACUTE}
LAB = {**ID, "code": HB, "effective_at": NINE}
ADULT = a_concept("822851000000102", "Influenza vaccination")
CHILD = a_concept("884861000000100", "Intranasal influenza vaccination")
JAB = {**GIVEN, "procedure": ADULT}
OF_TWO = [("https://example/id", "1"), ("https://example/other", "2")]
UUID = "0A1B2C3D-0000-4000-8000-00000000ABCD"
OID_SNOMED = "urn:oid:2.16.840.1.113883.6.96"
LOINC = "http://loinc.org"


def _identified(value, system="https://example/id"):
    return {"identifiers": [(system, value)]}


def _parts(systolic):
    code = a_concept("271649006", "Systolic")
    return (ObservationComponent(code=code, value=Quantity(value=systolic, unit="mmHg")),)


@pytest.mark.parametrize(
    ("category", "both", "other", "same", "why"),
    [
        (OBS, {}, {}, True, "code, value, unit, instant and custodian"),
        (OBS, {}, {"effective_at": "2026-09-01T07:00:00Z"}, True, "the same instant, in UTC"),
        (OBS, {}, {"effective_at": "2026-09-01T08:00:01+01:00"}, False, "a second later"),
        (OBS, {"effective_at": "2026-09-01"}, {}, False, "a day is no instant"),
        (OBS, {}, {"custodian": PRACTICE}, False, "another custodian"),
        (OBS, {"custodian": None}, {}, False, "no custodian"),
        (OBS, {}, {"value": Quantity(value=73.0, unit="/min")}, False, "another value"),
        (
            OBS,
            {"value": Quantity(value=1_234_567.0)},
            {"value": Quantity(value=1_234_568.0)},
            False,
            "the last digit counts",
        ),
        (OBS, {}, {"value": Quantity(value=72.0, unit="/h")}, False, "another unit"),
        (OBS, {}, {"value": Quantity(value=72.0, unit="/min", comparator=">")}, False, "more than"),
        (OBS, {"value": None}, {}, False, "no value is no equal value"),
        (OBS, {"value": TextValue(text="regular")}, {}, True, "the same words"),
        (OBS, {"value": None, "components": _parts(120.0)}, {}, True, "the same parts"),
        (
            OBS,
            {"value": None, "components": _parts(120.0)},
            {"components": _parts(121.0)},
            False,
            "a part differs",
        ),
        (OBS, {}, {"code": a_concept("8867-4", "Heart rate")}, False, "another code"),
        (
            OBS,
            {},
            {"code": a_concept("364075005", "Pulse", system=OID_SNOMED)},
            True,
            "SNOMED CT by its OID",
        ),
        (OBS, {"code": a_concept("8867-4", "Heart rate", system=LOINC)}, {}, True, "one LOINC"),
        (
            OBS,
            {"code": a_concept("8867-4", "Heart rate", system=LOINC)},
            {"code": a_concept("8867-4", "Heart rate", system="https://local.example")},
            False,
            "one code of two systems",
        ),
        (OBS, {}, {"custodian": an_organisation("rrv")}, True, "an ODS code in small letters"),
        (
            OBS,
            {},
            {"value": Quantity(value=72.0, unit="beats/min", ucum="/min")},
            True,
            "one unit by its code",
        ),
        (
            OBS,
            {"value": Quantity(value=72.0, unit="mm")},
            {"value": Quantity(value=72.0, unit="Mm")},
            False,
            "units differ in case",
        ),
        (
            OBS,
            {"value": TextValue(text="Regular.")},
            {"value": TextValue(text="regular")},
            True,
            "words differ in case",
        ),
        (
            OBS,
            {"value": TextValue(text="72 /min")},
            {"value": Quantity(value=72.0, unit="/min")},
            False,
            "words are no amount",
        ),
        (OBS, {}, {"device": "cuff 2"}, False, "another device"),
        (OBS, {**ID, "device": "cuff 1"}, {"device": "cuff 2"}, False, "never two devices"),
        (
            OBS,
            {"value": None, "components": (*_parts(120.0), *_parts(70.0))},
            {"components": (*_parts(70.0), *_parts(120.0))},
            True,
            "the same parts in another order",
        ),
        (
            OBS,
            {"value": None, "components": (*_parts(120.0), *_parts(70.0))},
            {"components": _parts(120.0)},
            False,
            "a part is missing",
        ),
        (OBS, {"code": a_concept(None, "Pulse")}, {}, False, "free text"),
        (OBS, {}, {"method": "by device"}, False, "another method"),
        (OBS, {"method": "by device"}, {"method": "by hand"}, False, "two methods"),
        (OBS, {}, {"body_site": "left wrist"}, False, "another site"),
        (OBS, ID, {"effective_at": "2026-09-01"}, True, "one identifier"),
        (OBS, ID, {"effective_at": "2026-09-02"}, False, "one chart, another day"),
        (OBS, ID, {"code": a_concept("271649006", "Systolic")}, False, "an identifier used twice"),
        (OBS, {**ID, "method": "by device"}, {"method": "by hand"}, False, "never two methods"),
        (PROB, {}, {}, True, "the same concept"),
        (PROB, {"onset": "2019-04"}, {"onset": "2019-04-17"}, True, "in the same month"),
        (PROB, {"onset": "2019-04"}, {"onset": "2019-05"}, False, "in another month"),
        (PROB, {"onset": "2019"}, {"onset": "2019-05"}, True, "a year is compared as a year"),
        (PROB, {"onset": "2019"}, {"onset": None}, True, "only one says when"),
        (PROB, {}, {"condition": a_concept("73211009", "Diabetes")}, False, "another concept"),
        (PROB, {"condition": a_concept(None, "Diabetes")}, {}, False, "free text"),
        (PROB, {"body_site": "left"}, {"body_site": "right"}, False, "another side"),
        (PROB, {"body_site": "left"}, {"body_site": None}, False, "a side that is not known"),
        (PROB, {}, {"verification_status": "PROVISIONAL"}, False, "suspected is not confirmed"),
        (PROB, {}, {"verification_status": "REFUTED"}, False, "refuted is neither"),
        (PROB, ID, {"verification_status": "DIFFERENTIAL"}, False, "whatever its identifier"),
        (PROB, ID, {"onset": "2001"}, True, "one identifier, one of them undated"),
        (PROB, {**ID, "onset": "2001"}, {"onset": "2002"}, False, "an identifier for two episodes"),
        (
            PROB,
            {"onset": "2024-03-31T23:30:00Z"},
            {"onset": "2024-04-01"},
            True,
            "after midnight here, in summer time",
        ),
        (
            PROB,
            {},
            {"condition": a_concept("44054006", "DM2", system=OID_SNOMED)},
            True,
            "by its OID",
        ),
        (
            PROB,
            {
                "condition": a_concept(
                    "239873007", "Osteoarthritis of knee", original_text="OA left knee"
                )
            },
            {
                "condition": a_concept(
                    "239873007", "Osteoarthritis of knee", original_text="OA R knee"
                )
            },
            False,
            "another side, in the recorded words",
        ),
        (
            PROB,
            {},
            {"condition": a_concept("44054006", "DM2", original_text="FH: diabetes")},
            False,
            "a relative's",
        ),
        (PROB, {}, {"recorded_as": "family history"}, False, "listed as a relative's"),
        (
            PROB,
            {},
            {"condition": a_concept("44054006", "DM2", original_text="see L5 and FHx notes")},
            True,
            "no side and no relative in these letters",
        ),
        (PROB, {"condition": a_concept("196421000000109", "Degraded")}, {}, False, "degraded"),
        (RES, LAB, {}, True, "report, analyte and time"),
        (RES, LAB, {"value": Quantity(value=99.0)}, True, "an amended value"),
        (RES, LAB, {"code": a_concept("767002", "White cells")}, False, "another analyte"),
        (RES, LAB, {"effective_at": "2026-09-02T08:00:00Z"}, False, "another time"),
        (RES, {**LAB, "code": a_concept(None, "Hb")}, {}, False, "free text"),
        (RES, LAB, {"effective_at": "2026-09-01T09:00:00+01:00"}, True, "with another offset"),
        (RES, LAB, {"effective_at": "2026-09-01T08:00Z"}, True, "without seconds"),
        (RES, LAB, {"effective_at": "2026-09-01"}, False, "only the day"),
        (RES, {**LAB, "effective_at": "2026-09-01"}, {}, True, "the day, from both"),
        (RES, {**LAB, "effective_at": None}, {}, False, "no time"),
        (RES, LAB, {"identifiers": [("https://example/id", "2")]}, False, "another report"),
        (RES, LAB, {"identifiers": OF_TWO}, True, "one of two identifiers"),
        (RES, {**LAB, "code": a_concept("718-7", "Hb", system=LOINC)}, {}, True, "one LOINC code"),
        (
            RES,
            {**LAB, "code": a_concept("718-7", "Hb", system=LOINC)},
            {"code": a_concept("718-7", "Hb", system="urn:oid:2.16.840.1.113883.6.1")},
            True,
            "LOINC by its OID",
        ),
        (
            RES,
            {**LAB, "code": a_concept("718-7", "Hb", system=LOINC)},
            {"code": a_concept("718-7", "Hb", system="https://local.example")},
            False,
            "one code of two systems",
        ),
        (
            RES,
            {**LAB, "identifiers": (), "value": Quantity(value=9.0)},
            {},
            False,
            "only the value",
        ),
        (IMM, GIVEN, {}, True, "vaccine and day"),
        (IMM, GIVEN, {"effective_at": "2020-04-02T09:00:00+01:00"}, True, "the same local day"),
        (IMM, GIVEN, {"effective_at": "2020-04-01T23:30:00Z"}, True, "after midnight here"),
        (IMM, GIVEN, {"effective_at": "2020-04-03"}, False, "another day"),
        (IMM, {**GIVEN, "effective_at": "2020-04"}, {}, False, "no day"),
        (IMM, {**GIVEN, "effective_at": None}, {}, False, "no date"),
        (IMM, GIVEN, {"vaccine": FLU}, False, "another vaccine"),
        (IMM, {**GIVEN, "vaccine": a_concept(None, "jab")}, {}, False, "free text"),
        (IMM, {**GIVEN, "lot_number": "A1"}, {"lot_number": "B2"}, False, "another batch"),
        (
            IMM,
            {**GIVEN, "lot_number": "A1"},
            {"lot_number": None},
            True,
            "only one knows the batch",
        ),
        (IMM, {**GIVEN, "dose_number": "1"}, {"dose_number": "2"}, False, "another dose"),
        (IMM, GIVEN, {"dose_number": "2"}, True, "only one counts the doses"),
        (IMM, {**ID, **JAB}, {"procedure": CHILD}, False, "another, whatever its identifier"),
        (IMM, {**GIVEN, "procedure": a_concept(None, "jab")}, {}, True, "the same vaccine"),
        (IMM, GIVEN, {"given": False}, False, "given and not given are both shown"),
        (IMM, JAB, {}, True, "vaccination and day"),
        (IMM, JAB, {"procedure": CHILD}, False, "another vaccination with one vaccine"),
        (IMM, JAB, {"procedure": None}, True, "only one codes the vaccination"),
        (IMM, JAB, {"vaccine": a_concept(None, "jab")}, True, "only one codes the vaccine"),
        (IMM, JAB, {"vaccine": FLU}, False, "one vaccination with two vaccines"),
        (IMM, {**JAB, "lot_number": "A1"}, {"vaccine": FLU}, True, "two vaccines, one batch"),
        (
            IMM,
            {**JAB, "lot_number": "A1"},
            {"vaccine": FLU, "lot_number": "B2"},
            False,
            "two vaccines, two batches",
        ),
        (IMM, {**GIVEN, "lot_number": "ab1"}, {"lot_number": "AB1"}, True, "a batch in capitals"),
        (IMM, {**ID, **GIVEN}, {"dose_number": "2"}, True, "only one numbers the dose"),
        (
            IMM,
            {**ID, **GIVEN, "dose_number": "1"},
            {"dose_number": "2"},
            False,
            "another dose, whatever its identifier",
        ),
        (IMM, {**ID, **GIVEN}, {"given": False}, False, "whatever its identifier"),
        (ENC, VISIT, {}, True, "provider, kind and start"),
        (ENC, VISIT, {"start": "2026-09-01T08:15:00Z"}, True, "a quarter of an hour later"),
        (ENC, VISIT, {"start": "2026-09-01T08:15:01Z"}, False, "a second more"),
        (ENC, {**VISIT, "start": "2026-09-01"}, {}, False, "only the day"),
        (ENC, {**VISIT, "start": None}, {}, False, "no start"),
        (ENC, VISIT, {"kind": "inpatient"}, False, "another kind"),
        (ENC, VISIT, {"kind": "Emergency"}, True, "a kind in capitals"),
        (ENC, VISIT, {"place": an_organisation("rrv")}, True, "an ODS code in small letters"),
        (ENC, VISIT, {"start": "2026-09-01T09:05:00+01:00"}, True, "with another offset"),
        (
            ENC,
            {**VISIT, "start": "2026-09-01T23:55:00Z"},
            {"start": "2026-09-02T00:05:00Z"},
            True,
            "around midnight",
        ),
        (
            ENC,
            {**VISIT, "start": "2026-09-01T23:55:00Z"},
            {"start": "2026-09-02T00:15:00Z"},
            False,
            "too long around midnight",
        ),
        (ENC, {**ID, **VISIT}, {"kind": "inpatient"}, True, "one number, admitted meanwhile"),
        (ENC, {**VISIT, "kind": None}, {}, False, "no kind"),
        (ENC, VISIT, {"place": PRACTICE}, False, "another provider"),
        (ENC, {**VISIT, "place": None}, {}, False, "no provider"),
        (ENC, {**VISIT, "place": None, "custodian": ACUTE}, {}, True, "the custodian provides"),
        (ENC, {**ID, **VISIT}, {"start": "2026-09"}, True, "the provider's own number"),
        (ENC, {**ID, **VISIT}, {"start": "2026-08-01"}, False, "one pathway, another day"),
        (RES, LAB, {"specimen": "left swab"}, True, "a specimen that one source names"),
        (RES, {**LAB, "specimen": "left swab"}, {"specimen": "right swab"}, False, "two swabs"),
        (IMM, {**ID, **GIVEN}, {"effective_at": "2020-05-02"}, False, "one course, another day"),
        (DOC, {**ID, "type": HB}, {"type": FLU}, False, "one visit's number for two letters"),
        (PRO, {**ID, "code": HB, "body_site": "left"}, {"body_site": "right"}, False, "two sides"),
        (PRO, {**ID, "effective_at": "2026-01-01"}, {"effective_at": "2026-01-03"}, False, "again"),
        (APP, {**ID, "start": NINE}, {"start": NINE}, True, "one appointment"),
        (
            APP,
            {**ID, "start": NINE},
            {"start": "2026-09-08T08:00:00Z"},
            False,
            "moved to a new day",
        ),
        (ENC, {**ID, **VISIT}, {"place": PRACTICE}, False, "one number at two providers"),
        (DOC, {**ID, "version": "1"}, {}, True, "set and version"),
        (DOC, {**ID, "version": "1"}, {"version": "2"}, False, "another version"),
        (DOC, {"effective_at": "2020-01-01"}, {}, False, "title and date say nothing"),
        (DOC, {**ID, "version": None}, {"version": "2"}, True, "only one says the version"),
        *(
            (DOC, _identified(ours), _identified(theirs), same, why)
            for ours, theirs, same, why in (
                (UUID, UUID.lower(), True, "a UUID in another case"),
                (UUID, f"urn:uuid:{UUID.lower()}", True, "a UUID with its prefix"),
                (UUID, UUID[:-1] + "E", False, "another UUID"),
                ("AB-1", "ab-1", False, "another case of what is no UUID"),
                ("1", " 1", False, "a blank more"),
                ("1", "01", False, "a zero more"),
                ("", "", False, "an empty value"),
            )
        ),
        *(
            (DOC, _identified("9990000018", system), {}, False, "of a person or an organisation")
            for system in (
                "https://fhir.nhs.uk/Id/nhs-number",
                "urn:oid:2.16.840.1.113883.2.1.4.1",
                "https://fhir.nhs.uk/Id/ods-organization-code",
                "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.48",
            )
        ),
        (Category.PROCEDURES, ID, {"code": HB}, False, "an identifier for two procedures"),
        (
            Category.PROCEDURES,
            ID,
            {"code": a_concept("X1", "Hip", system="https://local.example")},
            True,
            "another system's code is not compared",
        ),
        (Category.REFERRALS, ID, {"service": HB}, False, "an identifier for two referrals"),
        *(
            (category, given, {}, linked, "by identifier only")
            for category in (
                Category.PROCEDURES,
                Category.APPOINTMENTS,
                Category.REFERRALS,
                Category.CONTACTS,
                Category.ABOUT_ME,
            )
            for given, linked in (({}, False), (ID, True))
        ),
        *(
            (category, ID, {}, False, "never")
            for category in (Category.ALERTS, Category.SOCIAL_CARE, Category.CARE_PLANS)
        ),
    ],
)
def test_when_two_items_are_one_fact(category, both, other, same, why):
    """The table of what may stand on one line, with its near misses."""
    definition = DEFINITIONS[category]
    ours, theirs = (
        an_item(category, "a", LONDON, **both),
        an_item(category, "b", HERTS, **both | other),
    )
    assert (len(link(definition, [[ours], [theirs]])) == 1) is same, why
    assert definition.may_link(ours, theirs) is definition.may_link(theirs, ours)


@pytest.mark.parametrize("category", [OBS, IMM, ENC])
def test_what_happened_once_is_one_event(category):
    """Items of one happening say so as the reason for which they stand on one line."""
    assert DEFINITIONS[category].same_fact_basis is Basis.SAME_EVENT


@pytest.mark.parametrize(
    ("statuses", "leads"),
    [
        (("FINAL", "AMENDED"), "b"),
        (("CORRECTED", "FINAL"), "a"),
        (("FINAL", "CORRECTED"), "b"),
        (("PRELIMINARY", "FINAL"), "b"),
        (("FINAL", "PRELIMINARY"), "a"),
        (("REGISTERED", "UNKNOWN"), "b"),
        (("FINAL", "FINAL"), "a"),
    ],
)
def test_the_result_that_has_come_furthest_leads(statuses, leads):
    """Amended before final before preliminary; among equals the first, which is the newest."""
    pair = [
        an_item(RES, source_id, **LAB, status=status)
        for source_id, status in zip("ab", statuses, strict=True)
    ]
    assert DEFINITIONS[RES].lead(pair).source_id == leads


def test_an_amended_result_leads_and_its_value_is_shown_as_a_conflict():
    """The correction stands for the line; both values are in the conflict."""
    lead, conflicts = DEFINITIONS[RES].lead, DEFINITIONS[RES].conflicts
    first = an_item(RES, "a", **LAB, value=Quantity(value=9.0), status="FINAL")
    amended = an_item(RES, "b", HERTS, **LAB, value=Quantity(value=12.0), status="AMENDED")
    assert lead([first, amended]) is amended
    assert lead([first, first]) is first
    (conflict,) = conflicts([first, amended])
    assert [said.value for said in conflict.values] == ["12", "9"]
    assert conflicts([first, an_item(RES, "c", HERTS, **LAB)]) == ()


@pytest.mark.parametrize(
    ("given", "ended"),
    [
        ({}, False),
        ({"clinical_status": "RESOLVED"}, True),
        ({"clinical_status": "INACTIVE"}, True),
        ({"clinical_status": "REMISSION"}, False),
        ({"verification_status": "REFUTED"}, True),
    ],
)
def test_a_problem_is_over_when_resolved_inactive_or_refuted(given, ended):
    """A remission may come to an end."""
    assert DEFINITIONS[PROB].ended(an_item(PROB, **given)) is ended


@pytest.mark.parametrize(
    ("category", "given", "why"),
    [
        (RES, {**LAB, "report_id": "r1"}, "an analyte twice in one report"),
        (ENC, VISIT, "a nurse, then a doctor"),
        (IMM, {**GIVEN, "custodian": PRACTICE}, "one in each arm"),
        (DOC, ID, "a number that a source gave to two letters"),
    ],
)
def test_what_one_source_lists_twice_is_two(category, given, why):
    """Where no name of its own says otherwise, a source that lists two things means two."""
    given = {"custodian": PRACTICE} | given
    items = [an_item(category, one, LONDON, **given) for one in "ab"]
    assert len(link(DEFINITIONS[category], [items])) == 2, why


def _fields(category, *items):
    return {conflict.field: conflict for conflict in DEFINITIONS[category].conflicts(items)}


@pytest.mark.parametrize(
    ("category", "one", "other", "fields", "why"),
    [
        (
            RES,
            {"value": Quantity(value=9.0, unit="g/L", ucum="g/L")},
            {"value": Quantity(value=9.0, unit="g/l", ucum="g/L")},
            set(),
            "one unit",
        ),
        (RES, {"components": _parts(120.0)}, {"components": _parts(121.0)}, {"value"}, "a part"),
        (RES, {"status": "CANCELLED"}, {"status": "FINAL"}, {"status"}, "cancelled there"),
        (RES, {"status": "CANCELLED"}, {"status": "CANCELLED"}, set(), "cancelled by both"),
        (OBS, {}, {}, set(), "the same"),
        (OBS, {}, {"value": Quantity(value=73.0, unit="/min")}, {"value"}, "another value"),
        (OBS, {"value": None}, {}, set(), "only one has a value"),
        (
            PROB,
            {"clinical_status": "ACTIVE"},
            {"clinical_status": "RESOLVED"},
            {"clinicalStatus"},
            "over there",
        ),
        (
            PROB,
            {"clinical_status": "ACTIVE"},
            {"clinical_status": "UNKNOWN"},
            set(),
            "not known there",
        ),
        (
            PROB,
            {"clinical_status": "ACTIVE"},
            {"clinical_status": "REMISSION"},
            set(),
            "both go on",
        ),
        (APP, {"status": "booked"}, {"status": "cancelled"}, {"status"}, "cancelled there"),
        (APP, {"status": "booked"}, {"status": "Booked"}, set(), "booked in both"),
        (PRO, {"status": "completed"}, {"status": "not done"}, {"status"}, "not done there"),
        (PRO, {"status": "completed"}, {}, set(), "said by one"),
        (REF, {"status": "active"}, {"status": "revoked"}, {"status"}, "revoked there"),
        (ENC, {"status": "finished"}, {"status": "cancelled"}, {"status"}, "cancelled there"),
        (DOC, {"superseded_by": "d2"}, {}, {"supersededBy"}, "superseded here"),
        (DOC, {"superseded_by": "d2"}, {"superseded_by": "x9"}, set(), "superseded by both"),
    ],
)
def test_what_the_items_of_a_line_disagree_about(category, one, other, fields, why):
    """Each category's own disagreements within a line, from both sides."""
    pair = an_item(category, "a", LONDON, **one), an_item(category, "b", HERTS, **other)
    assert set(_fields(category, *pair)) == fields, why
    assert _fields(category, *pair) == _fields(category, *reversed(pair))


def test_both_statuses_of_a_problem_are_said_with_source_and_date():
    """The date is that of its end where it is over, else that of its record."""
    found = _fields(
        PROB,
        an_item(PROB, "a", LONDON, clinical_status="ACTIVE", recorded_at="2024-01-05"),
        an_item(PROB, "b", HERTS, clinical_status="RESOLVED", abated="2023-11"),
    )
    said = [(value.source.id, value.value) for value in found["clinicalStatus"].values]
    assert said == [
        ("herts-west-essex", "resolved (2023-11)"),
        ("london-care-record", "active (2024-01-05)"),
    ]


def _between(category, *items):
    definition = DEFINITIONS[category]
    common = set.intersection(*(set(definition.related(item)) for item in items))
    return definition.related_conflicts(items) if common else ()


@pytest.mark.parametrize(
    ("category", "one", "other", "field", "why"),
    [
        (IMM, GIVEN, {**GIVEN, "given": False}, "given", "one vaccine, one day"),
        (IMM, JAB, {**JAB, "vaccine": FLU, "given": False}, "given", "one vaccination, one day"),
        (IMM, GIVEN, {**GIVEN, "given": False, "effective_at": "2020-04-03"}, None, "another day"),
        (IMM, GIVEN, {**GIVEN, "given": False, "vaccine": FLU}, None, "another vaccine"),
        (IMM, GIVEN, GIVEN, None, "given by both"),
        (PROB, {}, {"verification_status": "REFUTED"}, "verificationStatus", "refuted there"),
        (PROB, {}, {"verification_status": "DIFFERENTIAL"}, None, "suspected there"),
        (PROB, {"clinical_status": "RESOLVED"}, {"verification_status": "REFUTED"}, None, "over"),
        (
            PROB,
            {"recorded_as": "family history"},
            {"verification_status": "REFUTED"},
            None,
            "a relative's is not the person's",
        ),
    ],
)
def test_what_related_lines_disagree_about(category, one, other, field, why):
    """Each category's own disagreements between lines, shown on all that they concern."""
    pair = an_item(category, "a", LONDON, **one), an_item(category, "b", HERTS, **other)
    found = _between(category, *pair)
    assert [disagreement.conflict.field for disagreement in found] == ([field] if field else []), (
        why
    )
    if field:
        assert found[0].conflict.severity is Severity.SAFETY
        assert {item.source_id for item in found[0].between} == {"a", "b"}
        assert len(found[0].conflict.values) == 2


def test_why_it_was_not_given_is_said():
    """The reason stands in the conflict."""
    refused = {**GIVEN, "given": False, "not_given_reason": "unwell"}
    pair = an_item(IMM, "a", LONDON, **GIVEN), an_item(IMM, "b", HERTS, **refused)
    (found,) = _between(IMM, *pair)
    assert [said.value for said in found.conflict.values] == ["not given: unwell", "given"]


def test_a_part_without_a_value_is_said_beside_others():
    """A blood pressure without its diastolic part does not read as a whole one."""
    lone = ObservationComponent(code=a_concept("271650006", "Diastolic"))
    subtitle = DEFINITIONS[OBS].subtitle
    whole = an_item(OBS, value=None, components=(*_parts(120.0), lone))
    assert subtitle(whole) == "Systolic 120 mmHg; Diastolic not recorded"
    assert subtitle(an_item(OBS, value=None, components=(lone,))) is None


def test_one_source_that_writes_two_readings_alike_disputes_nothing():
    """A conflict has two sides: what reads the same from one source has none."""
    ours = an_item(Category.RESULTS, "a", value=None, components=(_part("1", "Sodium"),))
    theirs = an_item(Category.RESULTS, "b", value=None, components=(_part("2", "Sodium"),))
    assert DEFINITIONS[Category.RESULTS].conflicts((ours, theirs)) == ()


def _part(code, display):
    return ObservationComponent(
        code=a_concept(code, display), value=Quantity(value=140.0, unit="mmol/L")
    )
