"""A node of the kit that holds nobody: `python -m tests.stubs.kit_node --settings node.toml`."""

from __future__ import annotations

from federation.node_kit import (
    NOT_HELD,
    Answer,
    Category,
    Held,
    NhsNumber,
    NotHeld,
    RegionNode,
    run,
)

node = RegionNode()


@node.person
async def person(_number: NhsNumber) -> Held[int] | NotHeld:
    """Nobody is held."""
    return NOT_HELD


@node.category(Category.ALLERGIES)
async def allergies(_held: Held[int]) -> Answer:
    """Never asked."""
    return []


if __name__ == "__main__":
    run(node)
