"""Networks that differ from the demo's in one thing."""

from __future__ import annotations

from typing import Any


def with_oxford(network: dict[str, Any]) -> None:
    """A fifth node, which no agreement opens; nothing listens at its address."""
    network["node"].append(
        {
            **network["node"][2],
            "id": "oxfordshire",
            "name": "Oxfordshire",
            "region": "Oxfordshire",
            "region_id": "oxfordshire",
            "endpoint": "http://127.0.0.1:9/graphql",
            "contact_route": "Oxfordshire service desk, 01632 960600",
        }
    )


def in_state(state: str, node: str, **more: Any) -> Any:
    """One node in another state of its life, with more of its row."""

    def change(network: dict[str, Any]) -> None:
        (row,) = [row for row in network["node"] if row["id"] == node]
        row.update(state=state, **more)

    return change
