"""The layers of the sharing rules: who speaks, and by that for what."""

from __future__ import annotations

from enum import Enum


class Layer(Enum):
    """Who speaks. L0 is the network's board, L1 both controllers, L2 a source, L3 who asks."""

    NETWORK = "L0"
    AGREEMENT = "L1"
    NODE = "L2"
    ORGANISATION = "L3"
