"""The scalars: NHS numbers, dates, instants, and dates kept at the precision of their source.

What a scalar refuses, it refuses without repeating it: the text may be a number or a name. It does
so by an error of its own, so that the caller is told of the value and not that the gateway failed.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import strawberry
from strawberry.types.scalar import ScalarDefinition

from federation.errors import InvalidNhsNumberError
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.records.base import PartialDateTime
from federation.records.partial_date import is_date

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class UnreadableValueError(ValueError):
    """A value that its scalar cannot take; the text says what it is not, and repeats nothing."""


def parse_number(value: object) -> NhsNumber:
    """An NHS number as a client may write it; one that is not quoted is refused."""
    if not isinstance(value, str):
        raise InvalidNhsNumberError
    return parse_nhs_number(value)


def parse_day(value: object) -> date:
    """A day written as 2019-04-02."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise UnreadableValueError("not a date")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UnreadableValueError("not a date") from None


def parse_instant(value: object) -> datetime:
    """An instant with its offset."""
    if not isinstance(value, str):
        raise UnreadableValueError("not an instant")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise UnreadableValueError("not an instant") from None
    if instant.tzinfo is None:
        raise UnreadableValueError("no offset")
    return instant


def parse_partial(value: object) -> PartialDateTime:
    """A date at any of its precisions."""
    if not isinstance(value, str) or not is_date(value):
        raise UnreadableValueError("not a date")
    return PartialDateTime(value)


def as_text(value: str) -> str:
    """A scalar that is a text already."""
    return value


SCALARS: dict[object, ScalarDefinition] = {
    NhsNumber: strawberry.scalar(
        name="NHSNumber",
        description=(
            "Ten digits with a valid modulus-11 check digit, e.g. 9990000018. Spaces are accepted"
            " on input and removed."
        ),
        serialize=as_text,
        parse_value=parse_number,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar date, ISO 8601.",
        serialize=date.isoformat,
        parse_value=parse_day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant with its offset, ISO 8601.",
        serialize=datetime.isoformat,
        parse_value=parse_instant,
    ),
    PartialDateTime: strawberry.scalar(
        name="PartialDateTime",
        description=(
            "A date or instant kept at the precision its source gave: 2019, 2019-04, 2019-04-02"
            " or a full DateTime."
        ),
        serialize=as_text,
        parse_value=parse_partial,
    ),
}
"""The type of a field to its scalar; given to the schema's configuration."""
