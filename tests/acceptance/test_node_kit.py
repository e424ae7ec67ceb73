"""A node that `watling node new` wrote joins the network: its data stands in the merged record."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demo.model import GATEWAY
from tests.acceptance.asking import As
from tests.scaffolding import a_project, replace_in, run_in, served, set_node
from tests.scenarios.network import System

LONDON, MILTON_KEYNES = "london-care-record", "milton-keynes"
WHO = "everywhere"
EXAMPLES = [
    # example, a category, what a line of it is called
    ("sql", "ALLERGIES", "Latex"),
    ("sql", "DOCUMENTS", "Clinic letter 449"),
    ("documents", "DOCUMENTS", "Discharge from the stroke unit"),
    ("extract", "MEDICATIONS", "Paracetamol 500mg tablets"),
]


def about(system: System, project: Path) -> None:
    """Let the example's first person be somebody whom the network knows."""
    story = system.people.stories[WHO]
    person = story.resident.traced[0].person
    assert person
    assert person.name
    text = (project / "make_example.py").read_text()
    born = date.fromisoformat(story.birth_date)
    words = {
        '"9990000018"': f'"{story.nhs_number}"',
        '"Example"': f'"{person.name.family}"',
        '"Ada"': f'"{person.name.given[0]}"',
        "date(1952, 5, 17)": f"date({born.year}, {born.month}, {born.day})",
        '"1952-05-17"': f'"{story.birth_date}"',
    }
    found = {old: new for old, new in words.items() if old in text}
    assert len(found) == len(words) - 1
    replace_in(project / "make_example.py", found)


def in_the_place_of(node: str, endpoint: str) -> Callable[[dict[str, Any]], None]:
    """The same node at another address, believed only for the request that it says."""

    def change(network: dict[str, Any]) -> None:
        (row,) = [row for row in network["node"] if row["id"] == node]
        row["endpoint"] = endpoint
        row["echoes_request"] = True

    return change


@pytest.mark.parametrize(("example", "category", "line"), EXAMPLES)
async def test_its_data_stands_in_the_merged_record(
    example: str, category: str, line: str, as_: As, system: System, tmp_path: Path
) -> None:
    """Beside what the other nodes hold of the same person; who looked is in the node's own log."""
    project = a_project(tmp_path / "node", "--example", example)
    about(system, project)
    made = run_in(project, "make_example.py")
    assert made.returncode == 0, made.stderr
    set_node(project, node=MILTON_KEYNES, gateway=GATEWAY, gateway_keys=str(system.public_keys))
    with served(project) as told:
        change = in_the_place_of(MILTON_KEYNES, told["url"])
        gateway = system.gateway_of(f"{example}-{category}", change)
        answer = await as_("gp-milton-keynes", gateway).asks(
            about=WHO, categories=("DEMOGRAPHICS", category, "REFERRALS"), first=100
        )
    items = [one for one in answer.items(category) if one["source"]["id"] == MILTON_KEYNES]
    assert items
    assert line in answer.titles(category)
    assert answer.row(MILTON_KEYNES, category).state == "FRESH"
    assert answer.row(LONDON, category).state.startswith("FRESH")
    assert answer.row(MILTON_KEYNES, "REFERRALS").code == "NOT_OFFERED"
    looks = (project / "looks.jsonl").read_text()
    look = json.loads(looks.splitlines()[-1])
    assert {category, "REFERRALS"} <= set(look["categories"])
    assert (look["role"], look["purpose"], look["outcome"]) == ("R0260", "DIRECT_CARE", "ANSWERED")
    assert system.people.stories[WHO].nhs_number not in looks
