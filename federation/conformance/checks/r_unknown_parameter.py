"""(r) A parameter that the node does not know is refused, not passed over."""

from __future__ import annotations

from federation.conformance.check import NATIVE, Check, Finding, judged
from federation.conformance.examination import Examination


async def _look(exam: Examination) -> Finding:
    person = exam.anybody()
    await exam.answered(person)
    odd = exam.speaker.unknown_parameter(person.numbers)
    answer = await exam.wire.send(odd.sent)
    refusal = exam.speaker.refusal(answer)
    faults = [] if refusal else [f"{odd.what}: is passed over"]
    return judged(faults, [f"{odd.what}: refused ({refusal})"])


CHECK = Check(
    letter="r",
    title="Unknown parameters are refused",
    why="A filter that is passed over gives an answer to another question, and nobody notices.",
    mandatory=NATIVE,
    look=_look,
)
