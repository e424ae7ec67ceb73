"""How a structured dose reads, in words that say neither more nor less."""

import msgspec
import pytest

from federation.records.fhir import dosage
from federation.records.fhir.structs.medicines import Dosage

FIVE, TEN = {"value": 5, "unit": "mg"}, {"value": 10, "unit": "mg"}
HOUR, DAYS = {"value": 1, "unit": "h", "code": "h"}, {"value": 7, "unit": "day", "code": "d"}


A_DAY = {"value": 1, "code": "d"}


def a_dosage(**given):
    return msgspec.json.decode(msgspec.json.encode(given), type=Dosage)


def repeating(**repeat):
    return a_dosage(timing={"repeat": repeat})


def amounts(**given):
    return a_dosage(doseAndRate=[given])


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (a_dosage(), None),
        (amounts(doseQuantity=FIVE), "5 mg"),
        (amounts(doseQuantity=FIVE | {"value": 0}), "0 mg"),
        (amounts(doseRange={"low": FIVE, "high": TEN}), "5 mg to 10 mg"),
        (amounts(rateQuantity={"value": 0, "unit": "mL/h"}), "at 0 mL/h"),
        (amounts(rateRange={"low": FIVE}), "at at least 5 mg"),
        (amounts(rateRatio={"numerator": TEN, "denominator": HOUR}), "at 10 mg in 1 hour"),
        (a_dosage(dose=TEN), "10 mg"),
        (a_dosage(rateQuantity={"value": 2, "unit": "mL/h"}), "at 2 mL/h"),
        (repeating(frequency=1, period=1, periodUnit="d"), "once every day"),
        (repeating(frequency=3, period=1, periodUnit="d"), "3 times every day"),
        (repeating(frequency=1, period=12, periodUnit="h"), "once every 12 hours"),
        (
            repeating(frequency=1, frequencyMax=2, period=4, periodMax=6, periodUnit="h"),
            "1 to 2 times every 4 to 6 hours",
        ),
        (repeating(period=1.5, periodUnit="wk"), "every 1.5 weeks"),
        (repeating(frequency=2), "2 times"),
        (repeating(frequencyMax=4, period=1, periodUnit="d"), "at most 4 times every day"),
        (repeating(period=1, periodUnit="fortnight"), "every fortnight"),
        (repeating(dayOfWeek=["mon", "thu"]), "on Monday and Thursday"),
        (repeating(dayOfWeek=["funday"]), "on funday"),
        (repeating(timeOfDay=["08:00:00"]), "at 08:00:00"),
        (repeating(when=["HS"]), "before going to sleep"),
        (repeating(when=["PC"], offset=30), "30 minutes after a meal"),
        (repeating(when=["XX"]), "XX"),
        (repeating(duration=30, durationUnit="min"), "over 30 minutes"),
        (repeating(duration=30, durationMax=60, durationUnit="min"), "over 30 to 60 minutes"),
        (repeating(count=5), "5 times in all"),
        (repeating(count=1), "once in all"),
        (repeating(boundsDuration=DAYS), "for 7 days"),
        (
            repeating(boundsRange={"low": DAYS, "high": DAYS | {"value": 10}}),
            "for 7 days to 10 days",
        ),
        (repeating(boundsPeriod={"start": "2024"}), None),
        (a_dosage(timing={"code": {"text": "BD"}}), "BD"),
        (a_dosage(timing={"event": ["2024-01-02", "2024-01-09"]}), "on 2024-01-02 and 2024-01-09"),
        (a_dosage(asNeededBoolean=True), "as needed"),
        (a_dosage(asNeededBoolean=False), None),
        (a_dosage(asNeededCodeableConcept={"text": "pain"}), "as needed for pain"),
        (
            a_dosage(
                doseAndRate=[{"doseQuantity": FIVE}],
                timing={"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                asNeededBoolean=True,
            ),
            "5 mg, 2 times every day, as needed",
        ),
    ],
)
def test_figures(one, expected):
    """Each element has its words, and what is not known stands as it is."""
    assert dosage.figures(one) == expected


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        ([], None),
        ([a_dosage(text="one a day", dose=TEN)], "one a day"),
        ([a_dosage(patientInstruction="with food", dose=TEN)], "with food"),
        ([a_dosage(text="200 mg today"), a_dosage(dose=TEN)], "200 mg today; 10 mg"),
    ],
)
def test_the_source_s_own_words_are_the_dose(doses, expected):
    """Figures are the dose only where there are no words."""
    assert dosage.dose_in_words(doses) == expected


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        ([], []),
        ([a_dosage(dose=TEN)], []),
        ([a_dosage(text="one", dose=TEN)], ["In figures: 10 mg"]),
        ([a_dosage(text="one", asNeededBoolean=True)], []),
        (
            [a_dosage(text="one", asNeededCodeableConcept={"text": "pain"})],
            ["In figures: as needed for pain"],
        ),
        ([a_dosage(text="one", patientInstruction="with food")], ["For the person: with food"]),
        ([a_dosage(patientInstruction="with food")], []),
        ([a_dosage(additionalInstruction=[{"text": "warning"}])], ["Instruction: warning"]),
        ([a_dosage(method={"text": "swallow"})] * 2, ["Method: swallow"]),
        (
            [a_dosage(maxDosePerPeriod={"numerator": TEN, "denominator": A_DAY})],
            ["At most: 10 mg in 1 day"],
        ),
        (
            [a_dosage(maxDosePerAdministration=FIVE, maxDosePerLifetime=TEN)],
            ["At most: 5 mg at a time, 10 mg in a lifetime"],
        ),
        (
            [a_dosage(text="one", asNeededBoolean=True), a_dosage(text="two")],
            ["Each dose: as needed, two"],
        ),
    ],
)
def test_what_stands_in_the_note(doses, expected):
    """Whatever a dose says beside its words is told."""
    assert [line for line in dosage.rest(doses) if line] == expected


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        ([], None),
        ([a_dosage()], None),
        ([a_dosage(asNeededBoolean=True)], True),
        ([a_dosage(asNeededBoolean=False)] * 2, False),
        ([a_dosage(asNeededCodeableConcept={"text": "pain"})], True),
        ([a_dosage(asNeededBoolean=True), a_dosage(asNeededBoolean=False)], None),
        ([a_dosage(asNeededBoolean=True), a_dosage()], None),
    ],
)
def test_whether_it_is_taken_only_when_needed(doses, expected):
    """One word for several doses only where they agree."""
    assert dosage.as_needed(doses) is expected


def test_doses_follow_each_other_as_they_are_numbered():
    """The order that a source numbers is the order in which doses read."""
    doses = [a_dosage(text="then", sequence=2), a_dosage(text="first", sequence=1)]
    assert dosage.dose_in_words(dosage.in_order(doses)) == "first; then"
