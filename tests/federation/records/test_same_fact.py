"""The other categories: a table of pairs, and whether they are one fact."""

from __future__ import annotations

import pytest

from federation.model import Category
from federation.records import DEFINITIONS
from federation.records.base import Basis
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

JAB = a_concept("822851000000102", "Seasonal influenza vaccination")

OBS, PROB, RES = Category.OBSERVATIONS, Category.PROBLEMS, Category.RESULTS
IMM, ENC, DOC = Category.IMMUNISATIONS, Category.ENCOUNTERS, Category.DOCUMENTS
GIVEN = {"vaccine": MMR, "effective_at": "2020-04-02"}
VISIT = {"kind": "emergency", "start": NINE, "place": ACUTE}
LAB = {**ID, "code": HB, "effective_at": NINE}


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
        (OBS, {"code": a_concept(None, "Pulse")}, {}, False, "free text"),
        (OBS, {}, {"method": "by device"}, False, "another method"),
        (OBS, {"method": "by device"}, {"method": "by hand"}, False, "two methods"),
        (OBS, {}, {"body_site": "left wrist"}, False, "another site"),
        (OBS, ID, {"effective_at": "2026-09-02"}, True, "one identifier"),
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
        (RES, LAB, {}, True, "report, analyte and time"),
        (RES, LAB, {"value": Quantity(value=99.0)}, True, "an amended value"),
        (RES, LAB, {"code": a_concept("767002", "White cells")}, False, "another analyte"),
        (RES, LAB, {"effective_at": "2026-09-02T08:00:00Z"}, False, "another time"),
        (RES, {**LAB, "code": a_concept(None, "Hb")}, {}, False, "free text"),
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
        (IMM, {**GIVEN, "procedure": JAB}, {"vaccine": FLU}, True, "the same procedure"),
        (IMM, {**GIVEN, "procedure": JAB}, {"procedure": None}, False, "only one codes it"),
        (IMM, {**ID, **GIVEN, "procedure": JAB}, {"procedure": None}, True, "but one number"),
        (IMM, {**ID, **GIVEN, "procedure": JAB}, {"procedure": MMR}, False, "another procedure"),
        (IMM, {**GIVEN, "procedure": a_concept(None, "jab")}, {}, True, "the same vaccine"),
        (IMM, GIVEN, {"given": False}, False, "given and not given are both shown"),
        (IMM, {**ID, **GIVEN}, {"given": False}, False, "whatever its identifier"),
        (ENC, VISIT, {}, True, "provider, kind and start"),
        (ENC, VISIT, {"start": "2026-09-01T08:15:00Z"}, True, "a quarter of an hour later"),
        (ENC, VISIT, {"start": "2026-09-01T08:15:01Z"}, False, "a second more"),
        (ENC, {**VISIT, "start": "2026-09-01"}, {}, False, "only the day"),
        (ENC, {**VISIT, "start": None}, {}, False, "no start"),
        (ENC, VISIT, {"kind": "inpatient"}, False, "another kind"),
        (ENC, {**VISIT, "kind": None}, {}, False, "no kind"),
        (ENC, VISIT, {"place": PRACTICE}, False, "another provider"),
        (ENC, {**VISIT, "place": None}, {}, False, "no provider"),
        (ENC, {**VISIT, "place": None, "custodian": ACUTE}, {}, True, "the custodian provides"),
        (ENC, {**ID, **VISIT}, {"start": "2026-08-01"}, True, "the provider's own number"),
        (ENC, {**ID, **VISIT}, {"place": PRACTICE}, False, "one number at two providers"),
        (DOC, {**ID, "version": "1"}, {}, True, "set and version"),
        (DOC, {**ID, "version": "1"}, {"version": "2"}, False, "another version"),
        (DOC, {"effective_at": "2020-01-01"}, {}, False, "title and date say nothing"),
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
    facts = definition.same_fact(ours), definition.same_fact(theirs)
    shared = definition.links_by_identifier and set(ours.identifiers) & set(theirs.identifiers)
    tied = bool(shared) or (facts[0] is not None and facts[0] == facts[1])
    allowed = definition.may_link(ours, theirs)
    assert allowed is definition.may_link(theirs, ours)
    assert (tied and allowed) is same, why


@pytest.mark.parametrize("category", [OBS, IMM, ENC])
def test_what_happened_once_is_one_event(category):
    """Items of one happening say so as the reason for which they stand on one line."""
    assert DEFINITIONS[category].same_fact_basis is Basis.SAME_EVENT


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


def test_a_vaccination_given_in_one_place_and_not_in_another_is_a_conflict():
    """Both lines are shown, and each says that the other contradicts it."""
    related, conflicts = DEFINITIONS[IMM].related, DEFINITIONS[IMM].related_conflicts
    given = an_item(IMM, "a", **GIVEN)
    refused = an_item(IMM, "b", HERTS, **GIVEN | {"given": False})
    assert related(given) == related(refused)
    assert related(an_item(IMM, "c", effective_at="2020")) is None
    (found,) = conflicts([given, refused])
    assert found.between == (given, refused)
    assert found.conflict.message == (
        "Given in London Care Record, not given in Hertfordshire and West Essex."
    )
    assert {said.value for said in found.conflict.values} == {"given", "not given"}
    assert conflicts([given, given]) == ()


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
