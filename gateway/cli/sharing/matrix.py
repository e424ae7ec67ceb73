"""`watling sharing matrix`: role by category for a node and a region, to read or to print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

import click
from rich.text import Text

from federation.model import Category, NodeId, Purpose
from federation.sharing.matrix import Line, lines
from federation.sharing.sheet import Sheet
from federation.sharing.sheet.words import ROLES
from federation.sharing.trial import Expected, rules_of_sheets
from gateway.cli.sharing.terminal import BUNDLE, plain_errors, show, table, today
from gateway.sharing import read_bundle

LETTERS = {
    Expected.PERMIT: ("P", "shown", "#cfe8cf", "green"),
    Expected.REDACT: ("R", "shown without some fields", "#fff0b8", "yellow"),
    Expected.WITHHOLD: ("W", "withheld, and said so", "#f6d3c4", "red"),
    Expected.HIDE: ("H", "hidden", "#d9cfe8", "magenta"),
    Expected.NOT_ASKED: ("-", "not asked: no agreement", "#ffffff", "dim"),
    Expected.REFUSE: ("X", "the whole request is refused", "#e0e0e0", "dim"),
}
"""A letter, its meaning, and a colour each for paper and for a terminal."""


@click.command()
@BUNDLE
@click.argument("region")
@click.option(
    "--purpose",
    type=click.Choice([one.value for one in Purpose]),
    default=Purpose.DIRECT_CARE.value,
    show_default=True,
)
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page instead."
)
def matrix(bundle: Path, region: str, purpose: str, html: Path | None) -> None:
    """Who in REGION sees what of the node whose BUNDLE it is, role by category.

    Of ordinary things, for somebody with every relationship: what narrows further is in the rules.
    """
    day = today()
    with plain_errors():
        sheet = read_bundle(bundle).sheet
        rules = rules_of_sheets((sheet,))
    found = lines(
        NodeId(sheet.owner), region, rules, sheet.given(), purpose=Purpose(purpose), today=day
    )
    if html:
        html.write_text(page(sheet, region, purpose, found, day), "utf-8")
        click.echo(f"wrote {html}")
        return
    made = table("at", "role", *(_short(category) for category in Category))
    for line in found:
        made.add_row(line.organisation_kind, line.role, *(_cell(line, one) for one in Category))
    show(made)
    click.echo("\n".join(f"{letter}  {what}" for letter, what, _, _ in LETTERS.values()))


def _short(category: Category) -> str:
    return category[:4].lower()


def _cell(line: Line, category: Category) -> Text:
    letter, _, _, colour = LETTERS[line.cells[category]]
    return Text(letter, colour)


def page(sheet: Sheet, region: str, purpose: str, found: Sequence[Line], day: date) -> str:
    """A page that needs nothing else: no script, no font, no picture; letters beside colours."""
    names = "".join(f"<th>{escape(_name(category))}</th>" for category in Category)
    rows = "".join(_html_row(line) for line in found)
    legend = "".join(
        f'<li><b style="background:{colour}">{letter}</b> {escape(what)}</li>'
        for letter, what, colour, _ in LETTERS.values()
    )
    title = f"Who in {region} sees what of {sheet.owner}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>
body {{ font: 14px/1.4 sans-serif; margin: 2em; color: #111 }}
table {{ border-collapse: collapse }}
td, th {{ border: 1px solid #999; padding: .25em .4em; text-align: center }}
th[scope=row], th.left {{ text-align: left; font-weight: normal }}
thead th:not(.left) {{ writing-mode: vertical-rl; transform: rotate(180deg); text-align: left }}
ul {{ list-style: none; padding: 0 }} li b {{ display: inline-block; width: 1.6em; \
text-align: center; border: 1px solid #999 }}
* {{ print-color-adjust: exact; -webkit-print-color-adjust: exact }}
@page {{ size: A4 landscape; margin: 1cm }}
</style></head><body>
<h1>{escape(title)}</h1>
<p>For {escape(purpose.lower().replace("_", " "))}, on {day:%d %B %Y}, by\
 {escape(sheet.head.title)},\
 version {sheet.head.version} (SHA-256 {sheet.digest[:16]}). Of ordinary things, for somebody with\
 every relationship with the person; what narrows further is in the rules.</p>
<table><thead><tr><th class="left">at</th><th class="left">role</th>{names}</tr></thead>
<tbody>{rows}</tbody></table>
<ul>{legend}</ul>
</body></html>
"""


def _html_row(line: Line) -> str:
    cells = "".join(
        f'<td style="background:{LETTERS[line.cells[one]][2]}">{LETTERS[line.cells[one]][0]}</td>'
        for one in Category
    )
    role = f"{ROLES.get(line.role, '')} {line.role}".strip()
    kind = escape(line.organisation_kind)
    return f'<tr><th scope="row">{kind}</th><th scope="row">{escape(role)}</th>{cells}</tr>\n'


def _name(category: Category) -> str:
    return category.capitalize().replace("_", " ")
