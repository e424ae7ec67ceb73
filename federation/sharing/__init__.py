"""Sharing rules: may this be asked, may this node be asked for it, may this be shown?

`admit` refuses whole requests, `screen` decides before anything is fetched, `release` decides again
for what arrived. Rules are text in `policies/`; `rules.py` is the interface to what evaluates them,
`engine.py` the one that ships. Start with `policies/network.cedar`.
"""

from federation.sharing.admit import admit, admit_about, admit_deed
from federation.sharing.bundle import Bundle
from federation.sharing.conceal import conceal
from federation.sharing.engine import CedarRules
from federation.sharing.facts import load_facts
from federation.sharing.layers import Layer
from federation.sharing.notice import notice_for
from federation.sharing.release import release
from federation.sharing.rules import Rules
from federation.sharing.screen import screen
from federation.sharing.traced_ties import traced_ties

__all__ = [
    "Bundle",
    "CedarRules",
    "Layer",
    "Rules",
    "admit",
    "admit_about",
    "admit_deed",
    "conceal",
    "load_facts",
    "notice_for",
    "release",
    "screen",
    "traced_ties",
]
