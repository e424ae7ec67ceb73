"""(k) The node writes down who asked, on whose behalf and in which request."""

from __future__ import annotations

from typing import Any

import msgspec

from federation.conformance.check import NATIVE, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import Exchange
from federation.conformance.vouching import ORGANISATION, ROLE, SUBJECT
from federation.records.base import UNDECODABLE

_WANTED = {
    "subject": SUBJECT,
    "role": ROLE,
    "organisation": ORGANISATION.ods_code,
    "purpose": "DIRECT_CARE",
}


async def _look(exam: Examination) -> Finding:
    heard = await exam.ask(exam.anybody(), exam.categories[:1])
    answered = heard.exchanges[0]
    entry = _entry(answered)
    if entry is None:
        return exam.not_brought(
            "the entry of the look, in `extensions.look` of answers about test people",
            native_only=True,
        )
    wanted = {"requestId": answered.request_id, **_WANTED}
    missing = [name for name, value in wanted.items() if entry.get(name) != value]
    faults = [f"the entry does not say the `{name}` of the request" for name in missing]
    named = ", ".join(wanted)
    return judged(faults, [f"the entry of a look came back, with its {named}"])


def _entry(answered: Exchange) -> dict[str, Any] | None:
    try:
        said = msgspec.json.decode(answered.body)
    except UNDECODABLE:
        return None
    extensions = said.get("extensions") if isinstance(said, dict) else None
    entry = extensions.get("look") if isinstance(extensions, dict) else None
    return entry if isinstance(entry, dict) else None


CHECK = Check(
    letter="k",
    title="Who looked is written down at the node",
    why="A look that nobody can trace is the end of trust; the region answers for its own log.",
    mandatory=NATIVE,
    look=_look,
)
