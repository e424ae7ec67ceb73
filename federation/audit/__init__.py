"""Every look is on the record before anything is shown, and so is every deed that changes access.

`event.py` is what an event says; `account.py` and `manifest.py` make events from what the pipeline
carried, `deeds.py` from what changes access. `seal.py` keeps identifiers from whoever merely holds
the file, `chain.py` makes changes show, `trail.py` writes, `view.py` reads a view back. `clues.py`
says by what else events are found, `find.py` finds them. `checkpoint.py` is where a chain stood,
signed (`signing.py`) on a schedule (`checkpointer.py`); `proof.py` holds the log against that.
`archive.py` is a file of events that left the store, `retention.py` moves and deletes them,
`holds.py` keeps them from it.
"""

from federation.audit.account import (
    abandoned_event,
    refusal_event,
    second_look_events,
    shadow_events,
    shadow_rules_event,
    unread_event,
    view_events,
)
from federation.audit.chain import Opened, Position, verify
from federation.audit.clues import Clue
from federation.audit.event import AuditEvent, EventKind
from federation.audit.find import find, place_of, reindex
from federation.audit.seal import AuditKeys, Sealer
from federation.audit.trail import AuditTrail, TrailLimits
from federation.audit.view import events_of_view

__all__ = [
    "AuditEvent",
    "AuditKeys",
    "AuditTrail",
    "Clue",
    "EventKind",
    "Opened",
    "Position",
    "Sealer",
    "TrailLimits",
    "abandoned_event",
    "events_of_view",
    "find",
    "place_of",
    "refusal_event",
    "reindex",
    "second_look_events",
    "shadow_events",
    "shadow_rules_event",
    "unread_event",
    "verify",
    "view_events",
]
