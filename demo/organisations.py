"""The demo's organisations, read from `organisations.toml`, with its days counted from one day."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

_COUNTED = re.compile(r"today(?: ([+-]) (\d+))?")


def organisation_rows(today: date) -> list[dict[str, Any]]:
    """The rows of the file of organisations, as the directory reads them."""
    text = files("demo").joinpath("organisations.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = counted(tomllib.loads(text)["organisation"], today)
    return rows


def counted(value: Any, today: date) -> Any:
    """A template with its days in place of `today`, `today - 30` and the like."""
    match value:
        case dict():
            return {key: counted(inner, today) for key, inner in value.items()}
        case list():
            return [counted(inner, today) for inner in value]
        case str() if found := _COUNTED.fullmatch(value):
            days = int(found[2] or 0)
            return today + timedelta(days=-days if found[1] == "-" else days)
    return value
