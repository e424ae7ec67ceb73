"""Watching: how the nodes are doing, by probes and by what they answer. Of no person.

`tally.py` counts and has the quantiles; `health.py` keeps a day of every node; `counting.py` counts
the calls of a view; `probing.py` asks each node once a minute for a person who does not exist.
"""

from __future__ import annotations

from federation.watching.counting import CountingClient
from federation.watching.health import AgreementEnding, Health, NodeHealth, NodeNow, Probed
from federation.watching.probing import Probing
from federation.watching.tally import SLOT, STEPS_SECONDS, Ended, History, Slot, Window

__all__ = [
    "SLOT",
    "STEPS_SECONDS",
    "AgreementEnding",
    "CountingClient",
    "Ended",
    "Health",
    "History",
    "NodeHealth",
    "NodeNow",
    "Probed",
    "Probing",
    "Slot",
    "Window",
]
