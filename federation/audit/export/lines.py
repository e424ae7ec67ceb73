"""Our own form: one JSON object a line, with everything that the names allow.

    {"writer": "gateway-1", "sequence": 7, "writtenAt": "2026-11-02T09:00:01Z",
     "who": {"system": "urn:watling:pseudonym:requester", "value": "5f1c..."},
     "whom": {"system": "urn:watling:pseudonym:person", "value": "90ab..."},
     "plain": {"kind": "VIEW", "at": "2026-11-02T09:00:00Z", ...}}

`plain` is `event.Plain`, every field by its name; with identities `sealed` is `event.Sealed`.
What is None or empty is left out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from federation.audit.chain import Opened
from federation.audit.export.names import Names
from federation.audit.form import named


class Lines:
    """JSON lines."""

    head = b""

    def __init__(self, names: Names) -> None:
        self._names = names

    def line(self, event: Opened) -> bytes:
        said: dict[str, Any] = {
            "writer": event.writer,
            "sequence": event.sequence,
            "writtenAt": event.written_at,
            "who": named(self._names.who(event)),
            "whom": named(self._names.whom(event)),
            "plain": named(event.plain),
        }
        if self._names.identities:
            said["sealed"] = named(event.sealed)
        kept = {name: value for name, value in said.items() if value is not None}
        return msgspec.json.encode(kept) + b"\n"
