"""The docs are true: whatever a person can receive or set has a row, and links lead somewhere."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from graphql import build_schema, parse, validate

from federation.audit.export.table import HEADER
from federation.conformance import ConformanceCode
from federation.errors import ErrorCode, RefusedError
from federation.flow import CoverageState, WarningCode
from federation.model import Assertion, BackendServices, BearerToken, Category, NodeProtocol
from federation.records import CATEGORIES
from federation.records.base import PartialDateTime
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.unread_types import UNREAD_TYPES
from federation.registry.network import NodeRow
from federation.registry.organisations_file import (
    AssuredRow,
    BelongsRow,
    OrganisationRow,
    SuspendedRow,
)
from federation.sharing import CedarRules
from federation.sharing.obligations import ObligationCode
from federation.sharing.sensitivity import Sensitivity
from federation.sharing.sheet.rows import AgreementRow, Head, RuleRow
from federation.sharing.sheet.templates import TEMPLATES
from federation.status import FaultOrigin, SourceCode, SourceState
from gateway.cli import main
from gateway.cli.audit_export import export_log
from gateway.joining.elsewhere import GatewayCode
from gateway.settings import (
    ClientRow,
    IssuerRow,
    LaunchHostRow,
    LimitSettings,
    RoleTableRow,
    Settings,
)
from tests.builders import LONDON
from tests.federation.sharing.given import SENSITIVE, held, released_from, verified_of
from tests.filled import Filling
from tests.items import an_item

ROOT = Path(__file__).parents[1]
DOCS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))


def _text(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def _rows(name: str) -> set[str]:
    """Every word in backticks in the first column of a table."""
    firsts = re.findall(r"^\|([^|]*)\|", _text(name), re.MULTILINE)
    return {word for first in firsts for word in re.findall(r"`([^`]+)`", first)}


CLOSED_SETS = [
    ErrorCode,
    SourceState,
    SourceCode,
    FaultOrigin,
    CoverageState,
    WarningCode,
    ConformanceCode,
    GatewayCode,
]


@pytest.mark.parametrize("closed", CLOSED_SETS, ids=lambda one: one.__name__)
def test_every_code_has_a_row(closed) -> None:
    """A code or state that somebody can receive is documented."""
    assert {member.value for member in closed} - _rows("errors.md") == set()


def test_no_row_is_about_a_code_that_is_gone() -> None:
    """A documented code exists."""
    known = {member.value for closed in CLOSED_SETS for member in closed}
    codes = {word for word in _rows("errors.md") if re.fullmatch(r"[A-Z_]{3,}", word)}
    assert codes - known == set()


def test_every_refusal_carries_a_code_of_the_closed_list() -> None:
    """Each refusal of the tree has its own code, and a text without a full stop."""
    refusals = RefusedError.__subclasses__()
    assert len({refusal.code for refusal in refusals}) == len(refusals) > 10
    assert [one for one in refusals if one.public.endswith(".") or not one.public] == []


@pytest.mark.parametrize(
    "struct", [Settings, IssuerRow, RoleTableRow, ClientRow, LaunchHostRow, LimitSettings]
)
def test_every_setting_has_a_row(struct) -> None:
    """What an operator can set is documented."""
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert names - _rows("settings.md") == set()


_KEYS = [
    NodeRow,
    BearerToken,
    BackendServices,
    OrganisationRow,
    BelongsRow,
    AssuredRow,
    SuspendedRow,
]


@pytest.mark.parametrize("struct", _KEYS)
def test_every_key_of_a_file_is_named(struct) -> None:
    """What a row of the network or of an organisation can say is documented."""
    text = _text("settings.md")
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert {name for name in names if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("struct", [Head, RuleRow, AgreementRow])
def test_every_column_of_the_rule_sheet_is_named(struct) -> None:
    """What a row of a bundle can say is documented."""
    text = _text("sharing.md")
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_every_template_and_obligation_has_a_row() -> None:
    """Whoever writes a rule finds what there is."""
    assert {*TEMPLATES, *ObligationCode} - _rows("sharing.md") == set()


def test_every_decision_is_listed() -> None:
    """The list of decisions has each page under its number and its title, in order."""
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    titles = [page.read_text().splitlines()[0].removeprefix("# ").split(". ", 1) for page in pages]
    rows = [
        f"| {number} | [{title}]({page.name}) |"
        for (number, title), page in zip(titles, pages, strict=True)
    ]
    assert re.findall(r"^\| \d+ .*$", _text("decisions/README.md"), re.MULTILINE) == rows
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))


def test_every_protocol_has_a_row() -> None:
    """How a node can be spoken to is documented."""
    assert {protocol.value for protocol in NodeProtocol} <= _rows("nodes.md")


def test_every_obligation_has_a_row() -> None:
    """What a client must do because of how somebody was let in is documented."""
    assert {code.value for code in ObligationCode} <= _rows("clients.md")


def test_every_column_and_option_of_an_export_is_named() -> None:
    """Whoever reads an export, or asks for one, finds what there is."""
    text = _text("audit.md")
    options = {one.opts[0] for one in export_log.params} - {"--settings"}
    assert {*HEADER} - set(re.findall(r"`(\w+)`", text)) == set()
    assert {option for option in options if option not in text} == set()


def test_every_assertion_has_a_row() -> None:
    """What an empty section means is documented."""
    assert {assertion.value for assertion in Assertion} <= _rows("categories.md")


def test_the_table_of_categories_says_what_the_code_does() -> None:
    """Field and shape stand in the table as the definitions have them."""
    lines = _text("categories.md").splitlines()
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:3] == "| `"
    ]
    documented = {row[0]: tuple(row[1:3]) for row in cells if len(row) == 4}
    expected = {
        f"`{definition.category}`": (
            f"`{definition.field_name}`",
            definition.shape.value,
        )
        for definition in CATEGORIES
    }
    demographics = {f"`{Category.DEMOGRAPHICS}`": ("`demographics`", "one person")}
    assert documented == expected | demographics


def _second_table() -> dict[str, list[str]]:
    """The other cells of each row of the table with five columns."""
    lines = [line for line in _text("categories.md").splitlines() if line[:3] == "| `"]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows if len(row) == 5}


def _words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("definition", CATEGORIES, ids=lambda definition: definition.category)
def test_entries_are_dated_as_the_table_says(definition) -> None:
    """The first date of a row that an item has sorts it, and no other does."""
    days = iter(f"20{number}" for number in range(10, 60))
    own = {PartialDateTime: lambda _path: PartialDateTime(next(days))}
    item = msgspec.to_builtins(Filling(own=own).item(definition.category))
    for dated in _words(_second_table()[definition.category][0]):
        *way, last = dated.split(".")
        holder = item[way[0]] if way else item
        assert definition.clinical_date(_converted(item, definition)) == holder.pop(last), dated
    assert definition.clinical_date(_converted(item, definition)) is None


def _converted(item, definition):
    return msgspec.convert({k: v for k, v in item.items() if k != "source"}, definition.item)


def test_categories_are_read_from_the_types_that_the_table_says() -> None:
    """A row names just the FHIR types that its category has readers for."""
    documented = {name: set(_words(cells[1])) for name, cells in _second_table().items()}
    read = {definition.category.value: set() for definition in CATEGORIES}
    read |= {category.value: set(reading.readers) for category, reading in FHIR_READERS.items()}
    assert documented == read


@pytest.mark.parametrize("definition", CATEGORIES, ids=lambda definition: definition.category)
def test_what_is_kept_back_is_what_the_table_says(definition) -> None:
    """Sensitive items, and those of a restricted person, are shown or withheld as it says."""
    category = definition.category
    _, _, sensitive, restricted = _second_table()[category]
    assert sensitive.startswith("shown") is _is_shown(category, security_labels=(SENSITIVE,))
    assert (restricted == "shown") is _is_shown(category, restricted=True)


def _is_shown(category, *, restricted: bool = False, **given) -> bool:
    given["custodian"] = None  # what is kept by their own organisation is shown to them
    item = an_item(category, **given)
    if category is Category.CARE_PLANS:
        item = an_item(category, decision="DO_NOT_ATTEMPT_CPR", **given)
    answer = verified_of(LONDON, held(**{category.lower(): [item]}))
    (released,) = released_from(CedarRules.shipped(), answer, restricted=restricted)
    return category in released.items


def test_the_table_of_types_that_are_not_read_says_what_the_code_does() -> None:
    """Every FHIR type that no category is read from stands beside its reason."""
    lines = [line.split("|")[1:-1] for line in _text("fhir.md").splitlines() if line[:2] == "| "]
    rows = {row[0].strip(): re.findall(r"`(\w+)`", row[1]) for row in lines if len(row) == 2}
    documented = {kind: why for why, kinds in rows.items() for kind in kinds}
    assert documented.items() >= UNREAD_TYPES.items()
    reasons = set(UNREAD_TYPES.values())
    assert {kind for kind, why in documented.items() if why in reasons} == set(UNREAD_TYPES)


def test_every_link_leads_somewhere() -> None:
    """A link to a file of this repository resolves, and so does its heading."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in DOCS
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text())
        if not _resolves(page, target)
    ]
    assert broken == []


def _resolves(page: Path, target: str) -> bool:
    name, _, heading = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.exists():
        return False
    return not heading or heading in {_slug(title) for title in _headings(file)}


def _headings(file: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)


def _slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_the_readme_gives_the_two_commands_first() -> None:
    """Both commands stand on the README's first screen, and are there to be run."""
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:50])
    for command in ("scripts/demo", "scripts/test"):
        assert command in first_screen
        assert (ROOT / command).stat().st_mode & 0o111


def _queries() -> Iterator[tuple[str, str]]:
    """Every GraphQL operation that the docs show, by the page that it stands on."""
    for page in DOCS:
        text = page.read_text()
        for block in re.findall(r"^```graphql\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield page.name, block
        for body in re.findall(r"<<'END'\n(.*?)\nEND\n", text, re.DOTALL):
            yield page.name, json.loads(body)["query"]


def test_every_query_of_the_docs_is_valid() -> None:
    """What a reader copies from a page is a question that the gateway, or a node, answers."""
    public = build_schema((ROOT / "schema.graphql").read_text())
    node = build_schema((ROOT / "federation/protocols/graphql/node.graphql").read_text())
    queries = list(_queries())
    assert {page for page, _ in queries} >= {"README.md", "tutorial.md", "nodes.md"}
    for page, query in queries:
        schema = node if page == "nodes.md" else public
        assert validate(schema, parse(query)) == [], page


_COMMAND = re.compile(r"(?:`|^|\$\()watling ([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", re.MULTILINE)


def test_every_command_of_the_docs_is_there() -> None:
    """A command that a page names can be run."""
    named = {words for page in DOCS for words in _COMMAND.findall(page.read_text())}
    assert len(named) > 5
    assert {words for words in named if not _is_command(words.split())} == set()


_BLOCK = re.compile(r"^```(?:console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^(?:\$ )?(?:\S*/)?(watling (?:.*\\\n)*.*)$", re.MULTILINE)
_ENDS = re.compile(r"[|<>&;]+")


def _lines(page: Path) -> Iterator[list[str]]:
    """The words of every command line that the page has people type, but for the shell's own."""
    for block in _BLOCK.findall(page.read_text()):
        for line in _LINE.findall(block):
            words = shlex.split(line.replace("\\\n", " "), comments=True)
            yield list(takewhile(lambda word: not _ENDS.fullmatch(word), words))


LINES = [
    pytest.param(page, words, id=f"{page.stem}: {' '.join(words)[:60]}")
    for page in DOCS
    for words in _lines(page)
]
TYPED_AS_THEY_STAND = {"join-the-network.md", "build-a-node.md"}
"""Pages whose lines a newcomer types one after the other, with nothing but what they say."""


@pytest.mark.parametrize(("page", "words"), LINES)
def test_every_command_line_of_the_docs_is_taken(page, words) -> None:
    """The command is there, so is each option, and nothing that it needs is left out."""
    assert _faults(words[1:], whole=page.name in TYPED_AS_THEY_STAND) == []


def test_the_lines_that_a_newcomer_types_are_found() -> None:
    """The table above is not empty for want of finding them."""
    counted = Counter(param.values[0].name for param in LINES)
    assert counted["join-the-network.md"] > 25
    assert counted["build-a-node.md"] > 5


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("node status --settings watling.toml", None),
        ("node nothing", "no such command"),
        ("node status --setting watling.toml x y", "No such option"),
        ("node approve chiltern --settings watling.toml", "needs --digest"),
        ("node approve --digest 6f1c --settings watling.toml", "needs node"),
        ("node live chiltern more --settings watling.toml", "takes no more"),
        ("node suspend x --reason y --category NOTHING --settings s", "is not one of"),
        ("region list", "says of no settings"),
        ("node status --gateway https://gateway.example", "says of no settings"),
        ("node status --settings s --gateway g --token-file t", "both ways"),
        ("node sign descriptor.toml --key", "requires an argument"),
    ],
)
def test_a_line_that_would_not_be_taken_is_seen(line, fault) -> None:
    """What the test above would say of each mistake."""
    found = _faults(line.split(), whole=True)
    assert any(fault in one for one in found) if fault else found == []


def _faults(words: list[str], *, whole: bool) -> list[str]:
    """Why the tool would not take this line; `whole`: nor without being told its settings."""
    command, context = main, click.Context(main)
    while isinstance(command, click.Group):
        following = command.get_command(context, words[0]) if words else None
        if following is None:
            # `watling audit` alone stands for its group, where somebody asks for its help.
            return [] if words[:1] == ["--help"] else [f"no such command: {' '.join(words)}"]
        words, command = words[1:], following
        context = click.Context(command, parent=context)
    if "--help" in words:
        return []
    try:
        given, more, _ = command.make_parser(context).parse_args(list(words))
        for param in command.params:
            if isinstance(param.type, click.Choice) and given.get(param.name):
                param.type_cast_value(context, given[param.name])
    except click.UsageError as fault:
        return [fault.format_message()]
    faults = [f"takes no more: {more}"] if more else []
    names = {param.name for param in command.params}
    missing = (one for one in command.params if one.required and _is_missing(one, given))
    faults += [f"needs {one.opts[0]}" for one in missing]
    if whole and "settings" in names:
        elsewhere = bool(given.get("gateway") and given.get("token_file"))
        if not (given.get("settings") or elsewhere):
            faults.append("says of no settings")
        if given.get("settings") and given.get("gateway"):
            faults.append("says both ways")
    return faults


def _is_missing(param: click.Parameter, given: Mapping[str, Any]) -> bool:
    value = given.get(param.name)
    return value is None or param.value_is_missing(value)


def _is_command(words: list[str]) -> bool:
    found: click.Command | None = main
    context = click.Context(main)
    for word in words:
        if not isinstance(found, click.Group):
            break  # an argument
        found = found.get_command(context, word)
    return found is not None


def test_every_class_of_sensitive_things_has_a_row() -> None:
    """Nobody can be kept from a thing for a reason that is not written down."""
    rows = [line for line in _text("sensitivity.md").splitlines() if line.startswith("| `")]
    named = {name for line in rows for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named == set(Sensitivity)
