"""Whether a text is an identifier of SNOMED CT, as codes of dm+d are too: Verhoeff's check digit.

https://confluence.ihtsdotools.org/display/DOCRELFMT/5.5+Check-digit+Computation
"""

from __future__ import annotations

_SHORTEST, _LONGEST = 6, 18
_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def is_identifier(code: str) -> bool:
    """Whether the last digit fits the others.

    >>> is_identifier("716186003"), is_identifier("716186004")
    (True, False)
    """
    if not (code.isascii() and code.isdigit() and _SHORTEST <= len(code) <= _LONGEST):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _combined(check, _moved(int(digit), place))
    return check == 0


def _moved(digit: int, times: int) -> int:
    for _ in range(times % 8):
        digit = _PERMUTED[digit]
    return digit


def _combined(one: int, other: int) -> int:
    """The product in the dihedral group of the pentagon."""
    half = 5
    if one < half:
        turned = (one + other) % half
        return turned if other < half else half + turned
    turned = (one - other) % half
    return half + turned if other < half else turned
