"""What a person sees of a run: how it goes, and a table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from federation.conformance import CHECKS, Check, Outcome, Report, Result
from gateway.cli.audit_parts import printable

_WIDTH_OF_A_FILE = 120
_MOST_LINES = 4
_STYLES = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.NOT_TESTABLE: "yellow"}
_WORDS = {Outcome.PASS: "PASS", Outcome.FAIL: "FAIL", Outcome.NOT_TESTABLE: "NOT TESTABLE"}


def _console() -> Console:
    made = Console()
    return made if made.is_terminal else Console(width=_WIDTH_OF_A_FILE)


@contextmanager
def screen() -> Iterator[Screen]:
    """A screen while a run goes on."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=26),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_console(),
        transient=True,
    )
    with bar:
        yield Screen(bar)


class Screen:
    """How it goes: the check that runs now, and each that is done as a line."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=len(CHECKS))

    def progress(self, check: Check, result: Result | None) -> None:
        """A check begins, or is done."""
        if result is None:
            self._bar.update(self._task, description=f"({check.letter}) {check.title}")
            return
        self._bar.advance(self._task)
        self._bar.console.print(f"({check.letter}) {check.title}: {_outcome(result)}")


def print_report(report: Report) -> None:
    """The table, and what stands in the way."""
    console = _console()
    console.print(_table(report))
    counts = ", ".join(f"{report.count(one)} {word}" for one, word in _WORDS.items())
    console.print(f"{_plain(report.name)}: {counts}")
    stand = [one for one in report.results if one.stands_in_the_way]
    if not stand:
        console.print(
            "[bold green]passed[/]: every mandatory check is passed, not testable by its"
            " nature, or waived"
        )
        return
    letters = ", ".join(f"({one.letter})" for one in stand)
    console.print(f"[bold red]not passed[/]: {letters} in the way")


def _table(report: Report) -> Table:
    table = Table(box=SIMPLE)
    for column in ("", "check", "outcome", "evidence"):
        table.add_column(column, overflow="fold")
    for one in report.results:
        title = one.title if one.mandatory else f"{one.title}\n[dim]not mandatory here[/]"
        table.add_row(one.letter, title, _outcome(one), _evidence(one))
    return table


def _outcome(one: Result) -> str:
    told = f"[{_STYLES[one.outcome]}]{_WORDS[one.outcome]}[/]"
    return f"{told}, waived" if one.waiver else told


def _evidence(one: Result) -> str:
    lines = [_plain(line) for line in one.evidence[:_MOST_LINES]]
    if len(one.evidence) > _MOST_LINES:
        lines.append(f"and {len(one.evidence) - _MOST_LINES} more, in the report")
    if one.waiver:
        lines.append(_plain(f"waived by {one.waiver.by} until {one.waiver.until}"))
    return "\n".join(lines)


def _plain(text: str) -> str:
    """What a node or its region says: no markup, and nothing that a terminal would obey."""
    return escape(printable(text))
