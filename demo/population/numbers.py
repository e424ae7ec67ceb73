"""Unique NHS numbers from the 999 range, which is kept for tests and never issued.

The numbers whose fourth to sixth digits are 000 are kept for the curated people; everybody else's
come from a walk through the rest of the range that meets each number once, whatever the seed.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.nhs_number import NhsNumber, check_digit

BODIES = 1_000_000
RESERVED = 1_000
"""Bodies below this belong to the curated people."""
STRIDE = 380_117
"""Has no factor in common with BODIES, so that stepping by it visits every body once."""


def numbered(body: int) -> NhsNumber | None:
    """The number with this body, or None where the check digit would need two digits.

    >>> numbered(1)
    '9990000018'
    """
    nine = f"999{body:06d}"
    digit = check_digit(nine)
    return None if digit is None else NhsNumber(f"{nine}{digit}")


def numbers(seed: int) -> Iterator[NhsNumber]:
    """Every number that is not reserved, once, in an order that the seed decides."""
    start = seed * 104_729 % BODIES
    for step in range(BODIES):
        body = (start + step * STRIDE) % BODIES
        if body >= RESERVED and (number := numbered(body)):
            yield number
