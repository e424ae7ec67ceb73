"""What a reader is told of a test person, for the author's eyes: `python node.py --ask NUMBER`.

Of synthetic people alone: nobody looks at a record by way of a command, past the gateway.
"""

from __future__ import annotations

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from federation.errors import InvalidNhsNumberError
from federation.flow import HeldRecord, Part
from federation.nhs_number import parse_nhs_number
from federation.node_kit.author.node import RegionNode
from federation.node_kit.settings import TEST_NUMBERS
from federation.node_kit.testing import Asking
from federation.records import DEFINITIONS

_MOST_TITLES = 3


def preview(node: RegionNode, text: str) -> int:
    """Print it; the exit code is 1 where a function made a mistake or no answer is given."""
    console = Console(soft_wrap=True)
    try:
        number = parse_nhs_number(text)
    except InvalidNhsNumberError:
        console.print("that is no NHS number")
        return 1
    if not number.startswith(TEST_NUMBERS):
        console.print("only synthetic people, whose numbers begin with 999, can be looked at so")
        return 1
    asking = Asking(node, strict=False)
    told = asking(number)
    if told.failure is not None:
        failed = told.failure
        console.print(f"no answer: {failed.state}, {failed.code}")
    elif told.is_not_held:
        console.print("no record held")
    for record in told.records:
        console.print(_table(record))
    for mistake in asking.mistakes:
        console.print(f"mistake: {mistake}", markup=False)
    return 1 if asking.mistakes or told.failure is not None else 0


def _table(record: HeldRecord) -> Table:
    name = record.person.name.text if record.person.name else "nobody"
    table = Table(title=f"{name}, born {record.person.birth_date}", box=SIMPLE)
    for column in ("category", "state", "why", "of an empty list", "items", "up to"):
        table.add_column(column)
    for category, part in record.parts.items():
        table.add_row(
            category,
            part.state,
            part.code or "",
            part.assertion or "",
            _titles(part),
            f"{part.data_current_to:%Y-%m-%d %H:%M}" if part.data_current_to else "",
        )
    return table


def _titles(part: Part) -> str:
    title = DEFINITIONS[part.category].title
    shown = "; ".join(title(item) for item in part.items[:_MOST_TITLES])
    return f"{len(part.items)}: {shown}" if part.items else "0"
