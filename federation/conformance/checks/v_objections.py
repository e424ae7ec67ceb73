"""(v) An objection works within a minute, and so does its withdrawal."""

from __future__ import annotations

from federation.conformance.check import NATIVE, Check, Finding, UnexpectedError, judged
from federation.conformance.checks.h_dissent import REFUSAL
from federation.conformance.examination import Examination
from federation.conformance.hooks import HookMissingError
from federation.conformance.people import TestPerson

WITHIN_SECONDS = 60.0
_AGAIN_AFTER = 2.0


async def _look(exam: Examination) -> Finding:
    people = [one for one in exam.target.people.held if one.may_object]
    if exam.hooks is None or not people:
        return exam.not_brought(
            "a test mode (`hooks`) and a person with `may_object`", native_only=True
        )
    person, hooks = people[0], exam.hooks
    try:
        await hooks.object(person, objects=True)
    except HookMissingError:
        return exam.not_brought("a test mode that takes objections", native_only=True)
    try:
        refused = await _seconds_until(exam, person, REFUSAL)
    finally:
        await hooks.object(person, objects=False)
    shared = await _seconds_until(exam, person, None)
    return judged(
        [],
        [
            f"{person.label}: an objection worked after {refused:.0f} s",
            f"{person.label}: its withdrawal worked after {shared:.0f} s",
        ],
    )


async def _seconds_until(exam: Examination, person: TestPerson, refusal: str | None) -> float:
    began = exam.tools.now()
    while True:
        heard = await exam.ask(person, exam.categories[:1])
        if heard.refusal == refusal:
            return exam.tools.now() - began
        if exam.tools.now() - began >= WITHIN_SECONDS:
            what = "an objection" if refusal else "the withdrawal of an objection"
            raise UnexpectedError(
                f"{person.label}: {what} does not work after {WITHIN_SECONDS:.0f} s"
            )
        await exam.tools.sleep(_AGAIN_AFTER)


CHECK = Check(
    letter="v",
    title="An objection works within a minute",
    why="Somebody who has just said no must not be read on for the rest of the day.",
    mandatory=NATIVE,
    look=_look,
    seconds=3 * WITHIN_SECONDS,
)
