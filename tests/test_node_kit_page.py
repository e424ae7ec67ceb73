"""The page of the node kit names every setting, every word and every refusal that there is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from federation import node_kit
from federation.node_kit.author import given
from federation.node_kit.settings import NodeSettings

PAGE = (Path(__file__).parents[1] / "docs" / "node-kit.md").read_text("utf-8")


def test_every_setting_of_a_node_has_a_row() -> None:
    """What a node's operators can set is documented."""
    names = {field.encode_name for field in msgspec.structs.fields(NodeSettings)}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_answer_has_a_row() -> None:
    """What a function can give is documented, and can be imported from the kit."""
    words = {
        name
        for name, one in vars(given).items()
        if callable(one) and name.islower() and one.__module__ == given.__name__
    }
    assert len(words) > 5
    assert {name for name in words if f"`{name}(" not in PAGE} == set()
    assert words <= set(node_kit.__all__)
