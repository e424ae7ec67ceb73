"""NHS numbers: ten digits whose last is a modulus-11 check digit.

The rule is the NHS Data Dictionary's: the first nine digits weighted 10 to 2, summed; 11 minus the
remainder modulo 11 is the check digit, 11 counts as 0, and a number that would need 10 is never
issued.
"""

from __future__ import annotations

from typing import NewType

from federation.errors import InvalidNhsNumberError

NhsNumber = NewType("NhsNumber", str)
"""Ten digits, checked."""

LENGTH = 10
NOBODYS = "999"
"""Numbers that begin so are for test and never issued."""

NHS_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"


def check_digit(nine: str) -> int | None:
    """The check digit for nine digits, or None where no such number is issued.

    >>> check_digit("999000001")
    8
    """
    remainder = (
        sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    )
    return {0: 0, 1: None}.get(remainder, 11 - remainder)


def parse_nhs_number(text: str) -> NhsNumber:
    """Ten digits with spaces removed; raises `InvalidNhsNumberError`, which never repeats the text.

    >>> parse_nhs_number("999 000 0018")
    '9990000018'
    """
    digits = text.replace(" ", "")
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise InvalidNhsNumberError
    if check_digit(digits[:9]) != int(digits[9]):
        raise InvalidNhsNumberError
    return NhsNumber(digits)
