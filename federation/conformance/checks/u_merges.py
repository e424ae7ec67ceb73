"""(u) Two records that are run together are told of, and so it is when they are taken apart."""

from __future__ import annotations

from typing import Any

from federation.conformance.check import NATIVE, Check, Finding, judged
from federation.conformance.examination import Examination
from federation.conformance.hooks import HookMissingError, Hooks
from federation.conformance.people import TestPerson


async def _look(exam: Examination) -> Finding:
    pairs = [one for one in exam.target.people.held if one.merges_into]
    if exam.hooks is None or not pairs:
        return exam.not_brought(
            "a test mode (`hooks`) and a person who `merges_into` another", native_only=True
        )
    old, hooks = pairs[0], exam.hooks
    into = exam.target.people.by_label(old.merges_into or "")
    try:
        faults = await _merged(exam, hooks, old, into)
    except HookMissingError:
        return exam.not_brought("a test mode that runs two records together", native_only=True)
    return judged(
        faults,
        [
            f"{old.label} was merged into {into.label} and taken apart again; both were told of",
            "told in test mode: the node protocol has no notice of its own yet",
        ],
    )


async def _merged(exam: Examination, hooks: Hooks, old: TestPerson, into: TestPerson) -> list[str]:
    faults = []
    notices = await hooks.merge(old, into, undo=False)
    try:
        if not _tells(notices, "MERGED", old, into):
            faults.append("the merge is not told of")
        heard = await exam.ask(old, exam.categories[:1])
        if any(one.person.number == old.nhs_number for one in heard.records):
            faults.append("the record that was merged is still answered as one of its own")
    finally:
        notices = await hooks.merge(old, into, undo=True)
    if not _tells(notices, "UNMERGED", old, into):
        faults.append("that they were taken apart is not told of")
    heard = await exam.ask(old, exam.categories[:1])
    if len(heard.records) != 1:
        faults.append("once taken apart, the record does not come back")
    return faults


def _tells(notices: list[Any], kind: str, old: TestPerson, into: TestPerson) -> bool:
    wanted = {"kind": kind, "old": old.nhs_number, "into": into.nhs_number}
    return any(isinstance(one, dict) and wanted.items() <= one.items() for one in notices)


CHECK = Check(
    letter="u",
    title="Merges and unmerges are told of",
    why="After a wrong merge somebody's allergies stand in another's record until all have heard.",
    mandatory=NATIVE,
    look=_look,
)
