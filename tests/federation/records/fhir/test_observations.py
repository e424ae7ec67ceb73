"""Observations: values of every kind, what is usual, questionnaires, and what is a result."""

import msgspec
import pytest

from federation.model import Category
from federation.records.clinical import value_text
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, UnreadableError
from tests.federation.records.fhir.reading import SELF, changed, coded, known, parse, read

UCUM = "http://unitsofmeasure.org"
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "subject": SELF,
    "code": coded("75367002", "Blood pressure"),
}
PRESSURE = {"value": 142, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
LAB = {"category": [coded("laboratory", "Laboratory")]}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "status": "final",
    "subject": SELF,
    "code": {"text": "Report"},
}
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "status": "completed",
    "subject": SELF,
    "authored": "2024-01-02T10:00:00Z",
    "author": {"reference": "Practitioner/x", "display": "Nurse Ada"},
    "item": [{"text": "Falls risk", "item": [{"text": "Falls", "answer": [{"valueInteger": 2}]}]}],
}


def observation(*along, **changes):
    return read(Category.OBSERVATIONS, OBSERVATION, *along, **changes)


def gathered(*resources, along=()):
    """What becomes of resources that were found together."""
    reading = FHIR_READERS[Category.OBSERVATIONS]
    parsed = [parse(one) for one in resources]
    named = [one for one in (*resources, *along) if "id" in one]
    return reading.gather(reading.readers, parsed, known(*named))


def quantity(value, unit=None):
    return {"value": value} | ({"unit": unit} if unit else {})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"valueQuantity": PRESSURE}, "142 mmHg"),
        ({"valueQuantity": {"value": 5, "comparator": "<"}}, "< 5"),
        ({"valueInteger": 3}, "3"),
        ({"valueString": "pale"}, "pale"),
        ({"valueBoolean": False}, "no"),
        ({"valueBoolean": True}, "yes"),
        ({"valueCodeableConcept": {"text": "alert"}}, "alert"),
        ({"valueRange": {"low": PRESSURE, "high": PRESSURE}}, "142 mmHg to 142 mmHg"),
        ({"valueRange": {"low": PRESSURE}}, "at least 142 mmHg"),
        ({"valueRange": {"high": PRESSURE}}, "at most 142 mmHg"),
        ({"valueRange": {}}, None),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1 : 128"),
        ({"valueTime": "10:00:00"}, "10:00:00"),
        ({"valueDateTime": "2024-01"}, "2024-01"),
        ({"valuePeriod": {"start": "2024", "end": "2025"}}, "2024 to 2025"),
        ({"valuePeriod": {"start": "2024"}}, "from 2024"),
        ({"valuePeriod": {"end": "2025"}}, "until 2025"),
        ({"valuePeriod": {}}, None),
        # Why there is no value, where there is none.
        ({"dataAbsentReason": {"text": "refused"}}, "refused"),
        ({"dataAbsentReason": {"coding": [{"code": "masked"}]}}, "masked"),
        ({"valueQuantity": {}, "dataAbsentReason": {"text": "refused"}}, "refused"),
        ({}, None),
    ],
)
def test_values(changes, expected):
    """Each kind of value that R4 knows is read, of an observation and of a part of one."""
    part = {"code": {"text": "part"}} | changes
    whole = observation(**changes)
    assert value_text(whole.value) == expected
    assert value_text(observation(component=[part]).components[0].value) == expected


@pytest.mark.parametrize(
    ("given", "ucum"), [(PRESSURE, "mm[Hg]"), (PRESSURE | {"system": "urn:x"}, None)]
)
def test_units(given, ucum):
    """A unit's code is UCUM's only where the source says so."""
    assert observation(valueQuantity=given).value.ucum == ucum


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"effectiveDateTime": "2024-01"}, "effective_at", "2024-01"),
        ({"effectiveInstant": "2024-01-02T10:00:00Z"}, "effective_at", "2024-01-02T10:00:00Z"),
        ({"effectivePeriod": {"start": "2024", "end": "2025"}}, "effective_at", "2024"),
        ({"effectivePeriod": {"end": "2025"}}, "effective_at", "2025"),
        ({"effectiveTiming": {"event": ["2024-02", "2024-01"]}}, "effective_at", "2024-01"),
        ({"issued": "2024-01-02T10:00:00Z"}, "recorded_at", "2024-01-02T10:00:00Z"),
        ({"status": "amended"}, "status", "amended"),
        ({"category": [coded("exam", "Exam"), {"text": "Ward round"}]}, "area", "Exam, Ward round"),
        ({"note": [{"text": "after rest"}, {"text": "standing"}]}, "note", "after rest\nstanding"),
        ({"interpretation": [{"text": "high"}]}, "interpretation", "high"),
        # HL7's codes are sent without words.
        (
            {"interpretation": [coded("HH"), coded("A")]},
            "interpretation",
            "Critical high, Abnormal",
        ),
        ({"interpretation": [coded("local")]}, "interpretation", "local"),
        ({"interpretation": [{}]}, "interpretation", None),
        ({"bodySite": {"text": "left arm"}}, "body_site", "left arm"),
        ({"method": coded("x")}, "method", "x"),
        ({"device": {"display": "Cuff 7"}}, "device", "Cuff 7"),
        ({"device": {"reference": "Device/d"}}, "device", "Cuff, Example Ltd, 7"),
        ({"device": {"reference": "Device/plain", "display": "A cuff"}}, "device", "A cuff"),
        ({"device": {"reference": "Device/none"}}, "device", None),
    ],
)
def test_elements(changes, field, expected):
    """Each element of an observation has its place."""
    device = {"resourceType": "Device", "id": "d", "deviceName": [{"name": "Cuff"}]}
    device |= {"type": {"text": "a cuff"}, "manufacturer": "Example Ltd", "modelNumber": "7"}
    plain = {"resourceType": "Device", "id": "plain"}
    assert getattr(observation(device, plain, **changes), field) == expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([{"low": quantity(1), "high": quantity(2)}], {"low": 1.0, "high": 2.0}),
        ([{"low": quantity(0)}], {"low": 0.0}),
        ([{"text": "negative"}], {"text": "negative"}),
        ([{"type": coded("normal"), "high": quantity(2)}], {"high": 2.0}),
        (
            [{"high": quantity(2), "appliesTo": [{"text": "women"}], "age": {"low": quantity(18)}}],
            {"high": 2.0, "text": "women: age at least 18"},
        ),
        # Not what is usual, or not in the value's unit: no number that could be compared with it.
        (
            [{"type": {"text": "target"}, "high": quantity(2, "mmHg")}],
            {"text": "target: at most 2 mmHg"},
        ),
        ([{"low": quantity(1, "kPa")}], {"text": "at least 1 kPa"}),
        ([{"low": quantity(1) | {"code": "kPa"}}], {"text": "at least 1 kPa"}),
        # Which of several applies is not guessed.
        (
            [
                {"text": "men", "low": quantity(1), "high": quantity(2)},
                {"appliesTo": [{"text": "women"}], "high": quantity(3)},
                {},
            ],
            {"text": "men: 1 to 2; women: at most 3"},
        ),
        ([{}], None),
        ([], None),
    ],
)
def test_what_is_usual(ranges, expected):
    """One range has its limits, several are all told in words, and none is lost."""
    part = {"code": {"text": "x"}, "valueQuantity": PRESSURE, "referenceRange": ranges}
    item = observation(valueQuantity=PRESSURE, referenceRange=ranges, component=[part])
    assert msgspec.to_builtins(item.reference_range) == expected
    assert msgspec.to_builtins(item.components[0].reference_range) == expected


def test_components():
    """A blood pressure is one observation with two parts, each with what is said of it."""
    parts = [
        {"code": {"text": name}, "valueQuantity": PRESSURE, "interpretation": [coded("H")]}
        for name in ("systolic", "diastolic")
    ]
    item = observation(component=parts)
    assert [part.code.display for part in item.components] == ["systolic", "diastolic"]
    assert {part.interpretation for part in item.components} == {"High"}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_observations_never_made(status):
    """What was entered in error or never made is nothing."""
    assert observation(status=status) is None
    assert gathered(OBSERVATION | {"status": status}).items == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"valueSampledData": {"data": "1 2"}}, "a value of samples"),
        ({"valueAttachment": {}}, "a value of a kind that R4 does not have"),
        ({"valueReference": {}}, "a value of a kind that R4 does not have"),
        ({"code": ...}, "an element has another shape than R4's"),
        ({"code": {}}, "a concept without code or words"),
        ({"id": ...}, "a resource without an id"),
        ({"effectiveDateTime": "2024-02-30"}, "a date that is none"),
        (
            {"component": [{"code": {"text": "x"}, "modifierExtension": [{"url": "u"}]}]},
            "an extension that changes the meaning",
        ),
    ],
)
def test_what_cannot_be_read_safely(changes, reason):
    """An observation that would mislead is refused, counted, and takes no other with it."""
    with pytest.raises(UnreadableError, match=reason):
        observation(**changes)
    found = gathered(changed(OBSERVATION, **changes), OBSERVATION | {"id": "o2"})
    assert [item.source_id for item in found.items] == ["o2"]
    assert found.unreadable == {reason: 1}


def test_questionnaires():
    """A questionnaire is one observation, each answer a part of it by its question."""
    (item,) = gathered(RESPONSE).items
    assert (item.code.display, item.status, item.area) == (
        "Falls risk",
        "completed",
        "Questionnaire",
    )
    assert [(one.code.display, value_text(one.value)) for one in item.components] == [
        ("Falls", "2")
    ]
    assert (item.effective_at, item.author.name) == ("2024-01-02T10:00:00Z", "Nurse Ada")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "entered-in-error"},
        {"questionnaire": "https://x.example/Questionnaire/AboutMe"},
        {"questionnaire": "https://x.example/Questionnaire/ReSPECT"},
    ],
)
def test_questionnaires_of_other_categories(changes):
    """A plan of care and what matters to the person are read elsewhere."""
    assert gathered(RESPONSE | changes).items == []


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # No category, or any but an investigation's.
        ([OBSERVATION, OBSERVATION | {"id": "o2", "category": [coded("exam")]}], ["o1", "o2"]),
        ([OBSERVATION | LAB], []),
        ([OBSERVATION | {"category": [coded("imaging")]}], []),
        # Words alone cannot be searched for, so they part nothing.
        ([OBSERVATION | {"category": [{"text": "Laboratory"}]}], ["o1"]),
        # Listed by a report.
        ([OBSERVATION, REPORT | {"result": [{"reference": "Observation/o1"}]}], []),
        (
            [
                OBSERVATION,
                REPORT
                | {"status": "entered-in-error", "result": [{"reference": "Observation/o1"}]},
            ],
            ["o1"],
        ),
        # Grouped under a result.
        (
            [
                OBSERVATION | {"id": "group", "hasMember": [{"reference": "Observation/o1"}]} | LAB,
                OBSERVATION,
            ],
            [],
        ),
        # Sent twice, and the same id with other content.
        ([OBSERVATION, OBSERVATION], ["o1"]),
        ([OBSERVATION, OBSERVATION | {"status": "amended"}], ["o1", "o1"]),
    ],
)
def test_results_are_no_observations(resources, expected):
    """What an investigation found is read under results, and everything else here."""
    assert [item.source_id for item in gathered(*resources).items] == expected


def test_an_observation_of_a_report_that_cannot_be_read():
    """It is counted and not shown: the report may have said who may not see it."""
    closed = REPORT | {"code": 4, "result": [{"reference": "Observation/o1"}]}
    found = gathered(OBSERVATION, closed)
    assert found.items == []
    assert found.unreadable == {"a result of a report that cannot be read": 1}


def test_readers_by_themselves():
    """One resource alone is read as it is in company; a report is never an observation."""
    readers = FHIR_READERS[Category.OBSERVATIONS].readers
    assert readers["Observation"](parse(OBSERVATION | LAB), References.none()) is None
    assert readers["DiagnosticReport"](parse(REPORT), References.none()) is None
