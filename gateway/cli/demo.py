"""`watling demo`: the demo network on this machine: start it, look at it, stop it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

import click
import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from demo.personas import personas as all_personas
from demo.place import DEFAULT, DemoStatus, Place
from demo.processes import StartError, is_running
from gateway.cli.demo_launch import launch

if TYPE_CHECKING:
    from demo.launcher import Launcher

_DIRECTORY = click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT,
    show_default=True,
    help="Where the demo lies.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
_WHOLE_COLUMNS = 2
_WIDTH_OF_A_FILE = 140
_MOST_PEOPLE = 100_000
_NONE_YET = "no demo has been made here yet: `watling demo start` makes one"
_NONE_RUNNING = "no demo is running from here: `watling demo start` starts one"


@click.group()
def demo() -> None:
    """The demo network: synthetic people, region nodes, a tracing stand-in and the gateway."""


demo.add_command(launch)


@demo.command()
@click.option(
    "--people",
    type=click.IntRange(1, _MOST_PEOPLE),
    default=500,
    show_default=True,
    help="How many people to make.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@_DIRECTORY
def start(people: int, port: int, directory: Path) -> None:
    """Start everything, and stop it again with Ctrl-C."""
    from demo.launcher import Launcher  # noqa: PLC0415 - the other commands need no people

    place = Place(directory)
    with Terminal() as terminal:
        launcher = Launcher(place, port=port, people=people, audience=terminal, now=_now)
        with launcher.stopped_by_signals():
            code = _run(launcher, place, terminal)
    sys.exit(code)


def _run(launcher: Launcher, place: Place, terminal: Terminal) -> int:
    try:
        status = launcher.start()
        terminal.done()
        _welcome(place, status)
        return launcher.watch()
    except StartError as error:
        terminal.problem(str(error))
        return 1
    except OSError as error:
        terminal.problem(f"{error.filename or place.directory}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        terminal.done()
        launcher.stop()
        click.echo("stopped")


class Terminal:
    """Tells the person at the terminal how the start goes."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._people: TaskID | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End, whatever happened."""
        self.done()

    def step(self, text: str) -> None:
        click.echo(f"{text} ...", err=True)

    def progress(self, done: int, of: int) -> None:
        if not self._progress.console.is_terminal:
            return
        if self._people is None:
            self._progress.start()
            self._people = self._progress.add_task("people", total=of)
        self._progress.update(self._people, completed=done)
        if done >= of:
            self.done()

    def problem(self, text: str) -> None:
        click.echo(f"watling: {text}", err=True)

    def done(self) -> None:
        """Take the progress bar away."""
        if self._people is not None:
            self._progress.stop()


def _welcome(place: Place, status: DemoStatus) -> None:
    from demo.examples import curl_line  # noqa: PLC0415 - only here

    first = place.people()[0]
    token = place.token(all_personas()["gp-london"], _now())
    _show(_processes(status))
    click.echo(f"\nGraphiQL, with an example for each story:\n  {status.url}\n")
    click.echo(f"a token of the general practitioner in London, for twelve hours:\n{token}\n")
    click.echo(f"ask for {first.name}'s record ({first.story}):\n")
    click.echo(curl_line(status.url, token, first))
    watling = _command(place)
    click.echo(
        f"\nmore tokens: {watling('token PERSONA')}, whom there is: {watling('demo personas')}\n"
        f"more people: {watling('demo people')}\n"
        f"stop with Ctrl-C here, or from elsewhere: {watling('demo stop')}",
    )
    sys.stdout.flush()


def _command(place: Place) -> Callable[[str], str]:
    """How a command is typed here: with the folder of the environment, and of the demo."""
    beside = Path(sys.executable).with_name("watling")
    known = shutil.which("watling")
    name = "watling" if known and Path(known).samefile(beside) else os.path.relpath(beside)
    own = place.directory != DEFAULT.resolve()
    folder = f" --directory {shlex.quote(os.path.relpath(place.directory))}" if own else ""
    return lambda said: f"{name} {said}{folder if said != 'demo personas' else ''}"


@demo.command()
@_JSON
def personas(*, as_json: bool) -> None:
    """Whom one can ask as."""
    known = all_personas().values()
    if as_json:
        _print_json([{**msgspec.to_builtins(each), "principal": each.principal} for each in known])
        return
    table = _table("persona", "who", "role", "organisation")
    for each in known:
        table.add_row(each.slug, each.title, each.role, each.organisation)
    _show(table)


@demo.command()
@_DIRECTORY
@_JSON
def people(directory: Path, *, as_json: bool) -> None:
    """The curated people, each of whom shows one thing."""
    curated = Place(directory).people()
    if not curated:
        _stop(_NONE_YET)
    if as_json:
        _print_json(curated)
        return
    table = _table("NHS number", "born", "name", "what they show")
    for person in curated:
        table.add_row(person.nhs_number, person.birth_date, person.name, person.story)
    _show(table)


@demo.command()
@_DIRECTORY
@_JSON
def status(directory: Path, *, as_json: bool) -> None:
    """Which processes run, where, under which process id."""
    place = Place(directory)
    known = place.status()
    if known is None or not _launcher_runs(known):
        _stop(_NONE_RUNNING)
    if as_json:
        shown = [
            {**msgspec.to_builtins(each), "running": _runs(place, each.pid)}
            for each in known.processes
        ]
        _print_json({"pid": known.pid, "url": known.url, "processes": shown})
        return
    click.echo(f"the demo at {known.url}")
    _show(_processes(known, place))


@demo.command()
@_DIRECTORY
def stop(directory: Path) -> None:
    """Stop a demo that was started elsewhere, and everything that it started."""
    from demo.launcher import clear_away  # noqa: PLC0415 - the other commands need no people

    place = Place(directory)
    known = place.status()
    if known and _launcher_runs(known):
        os.kill(known.pid, signal.SIGTERM)
        while _launcher_runs(known):
            time.sleep(0.1)
    elif not clear_away(place, known):
        _stop(_NONE_RUNNING)
    click.echo("stopped")


def _launcher_runs(status: DemoStatus) -> bool:
    from demo.launcher import LAUNCHER_MARK  # noqa: PLC0415 - the other commands need no people

    return is_running(status.pid, LAUNCHER_MARK)


def _runs(place: Place, pid: int) -> bool:
    return is_running(pid, str(place.directory))


def _processes(status: DemoStatus, place: Place | None = None) -> Table:
    table = _table("id", "url", "pid", "what")
    for each in status.processes:
        gone = place is not None and not _runs(place, each.pid)
        table.add_row(each.id, each.url, "stopped" if gone else str(each.pid), each.name)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE)
    for number, column in enumerate(columns):
        # An id that is cut short is of no use; the last columns give way instead.
        table.add_column(column, no_wrap=number < _WHOLE_COLUMNS, overflow="fold")
    return table


def _show(table: Table) -> None:
    narrow = Console()
    console = narrow if narrow.is_terminal else Console(width=_WIDTH_OF_A_FILE)
    console.print(table)


def _print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a command is a composition root


def _stop(message: str) -> NoReturn:
    click.echo(f"watling: {message}", err=True)
    sys.exit(1)
