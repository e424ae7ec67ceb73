"""What R4 says of times and amounts, in words."""

import pytest

from federation.records.fhir.elements import Quantity
from federation.records.fhir.structs.resources import Range, Ratio
from federation.records.fhir.telling import between, counted, length, per

HOUR, TWO = Quantity(value=1, code="h", unit="h"), Quantity(value=2, code="h")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (length(None), None),
        (length(HOUR), "1 hour"),
        (length(TWO), "2 hours"),
        (length(Quantity(value=2, code="h", comparator=">")), "> 2 hours"),
        (length(Quantity(value=2, unit="tablet")), "2 tablet"),
        (length(Quantity(code="h")), None),
        (counted(1.5, "d"), "1.5 days"),
        (counted(2, "fortnight"), "2 fortnight"),
        (counted(2, None), "2"),
        (between(None), None),
        (between(Range()), None),
        (between(Range(low=HOUR, high=TWO)), "1 hour to 2 hours"),
        (per(None), None),
        (per(Ratio()), None),
        (per(Ratio(numerator=HOUR, denominator=TWO)), "1 hour in 2 hours"),
    ],
)
def test_amounts_of_time(said, expected):
    """Units of time are written out, all others as they stand."""
    assert said == expected
