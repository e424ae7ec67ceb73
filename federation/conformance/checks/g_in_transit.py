"""(g) What is on its way, or waits to be filed, is flagged."""

from __future__ import annotations

from federation.conformance.check import NATIVE, Check, Finding, judged
from federation.conformance.examination import Examination

_WAITING = "AWAITING_FILING"
_ON_ITS_WAY = frozenset((_WAITING, "OTHER"))


async def _look(exam: Examination) -> Finding:
    held = exam.target.people.held
    for name in ("in_transit", "awaiting_filing"):
        if not any(getattr(one, name) for one in held):
            return exam.not_brought(f"a person with a category in `{name}`", native_only=True)
    faults, seen = [], []
    for person in held:
        wanted = [(one, _ON_ITS_WAY) for one in person.in_transit]
        wanted += [(one, frozenset((_WAITING,))) for one in person.awaiting_filing]
        for category, codes in wanted:
            part = await exam.part(person, category)
            if part.state != "PARTIAL" or part.code not in codes:
                told = f"{part.state or 'no state'}, {part.code or 'no code'}"
                faults.append(f"{person.label}: {category} is told as {told}")
            else:
                seen.append(f"{person.label}: {category} is told as PARTIAL, {part.code}")
    return judged(faults, seen)


CHECK = Check(
    letter="g",
    title="In transit and awaiting filing are flagged",
    why="A letter that nobody has filed yet may hold the allergy that the list does not.",
    mandatory=NATIVE,
    look=_look,
)
