"""NHS numbers: the check digit, and what is refused without being repeated."""

from __future__ import annotations

import pytest

from federation.errors import InvalidNhsNumberError
from federation.nhs_number import check_digit, parse_nhs_number

VALID = [
    # Source: numbers of the Personal Demographics Service's public sandbox.
    ("9000000009", "9000000009"),
    ("9000000017", "9000000017"),
    ("9693632109", "9693632109"),
    ("999 000 0018", "9990000018"),
    (" 9990000018 ", "9990000018"),
]
INVALID = [
    ("9000000000", "another check digit"),
    ("9912003890", "published as an example, and wrong"),
    ("9990000019", "off by one"),
    ("999000001", "nine digits"),
    ("99900000180", "eleven digits"),
    ("999000001X", "a letter"),
    ("٩٩٩٠٠٠٠٠١٨", "digits of another script"),
    ("", "nothing"),
    ("9990000\u00a0018", "another kind of space"),
]


@pytest.mark.parametrize(("text", "number"), VALID)
def test_a_valid_number_is_ten_digits(text, number) -> None:
    """Spaces are taken out; the digits stay."""
    assert parse_nhs_number(text) == number


@pytest.mark.parametrize(("text", "why"), INVALID, ids=[why for _, why in INVALID])
def test_an_invalid_number_is_refused_and_not_repeated(text, why) -> None:
    """Whatever is not a number is refused in fixed words."""
    with pytest.raises(InvalidNhsNumberError) as refused:
        parse_nhs_number(text)
    assert str(refused.value) == InvalidNhsNumberError.public, why


def test_a_number_that_would_need_a_check_digit_of_ten_is_never_issued() -> None:
    """A remainder of one has no check digit, a remainder of nought has 0."""
    digits = {check_digit(f"99900{place:04}") for place in range(200)}
    assert digits == {None, *range(10)}
