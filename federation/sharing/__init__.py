"""Sharing rules: may this be asked, may this node be asked for it, may this be shown?

`admit` refuses whole requests, `screen` decides before anything is fetched, `as_unheld` makes what
is hidden read as if it were not held, `release` decides again for what arrived, and `conceal` keeps
a protected person's sources apart from their names. Rules are text in `policies/`; `rules.py` is
the interface to what evaluates them, `engine.py` the one that ships. Start with
`policies/network.cedar`.
"""

from federation.sharing.admit import (
    admit,
    admit_about,
    admit_deed,
    admit_last_known,
    need_role,
)
from federation.sharing.bundle import Bundle
from federation.sharing.conceal import SERVICE_DESK, UNNAMED_SOURCE, conceal
from federation.sharing.engine import CedarRules
from federation.sharing.facts import load_facts, marks_on
from federation.sharing.in_shadow import InShadow, Viewed
from federation.sharing.layers import Layer
from federation.sharing.notice import notice_for
from federation.sharing.release import release, releasing
from federation.sharing.rulebook import RuleBook, RulesNow
from federation.sharing.rules import Rules
from federation.sharing.screen import screen
from federation.sharing.traced_ties import traced_ties
from federation.sharing.unheld import as_unheld

__all__ = [
    "SERVICE_DESK",
    "UNNAMED_SOURCE",
    "Bundle",
    "CedarRules",
    "InShadow",
    "Layer",
    "RuleBook",
    "Rules",
    "RulesNow",
    "Viewed",
    "admit",
    "admit_about",
    "admit_deed",
    "admit_last_known",
    "as_unheld",
    "conceal",
    "load_facts",
    "marks_on",
    "need_role",
    "notice_for",
    "release",
    "releasing",
    "screen",
    "traced_ties",
]
