"""(q) A node that has had enough says so, and when to come again."""

from __future__ import annotations

import asyncio

from federation.conformance.check import EVERY, Check, Finding, UnexpectedError, judged, untested
from federation.conformance.examination import Examination
from federation.conformance.heard import LIMITED, Exchange
from federation.conformance.people import Situation
from federation.protocols.failures import retry_after
from federation.protocols.transport import HttpAnswer

_TIMES_THE_RATE = 10
_MOST_AT_ONCE = 300


async def _look(exam: Examination) -> Finding:
    people = exam.target.people.of(Situation.RATE_LIMITED)
    faults, seen = [], []
    for person in people:
        heard = await exam.heard(person)
        if not (heard.refusal or "").startswith(LIMITED):
            faults.append(f"{person.label}: {heard.refusal or 'is answered'}, not RATE_LIMITED")
        elif not _says_when(exam, heard.exchanges[-1]):
            faults.append(f"{person.label}: limited, without a `Retry-After` that can be read")
        else:
            seen.append(f"{person.label}: limited, with when to come again")
    return judged(faults, seen) if people else await _pressed(exam)


async def _pressed(exam: Examination) -> Finding:
    """Nobody is named for it: ask far more than was declared, and look at what is refused."""
    count = min(_MOST_AT_ONCE, max(50, int(exam.target.rate_per_second * _TIMES_THE_RATE)))
    sent = exam.speaker.question(exam.anybody().numbers, exam.categories[:1])
    answers = await asyncio.gather(*(exam.wire.send(sent) for _ in range(count)))
    limited = [one for one in answers if (exam.speaker.refusal(one) or "").startswith(LIMITED)]
    if all(exam.speaker.refusal(one) for one in answers) and len(limited) < count:
        raise UnexpectedError("no question is answered, so that no limit can be told from a fault")
    if not limited:
        return untested(
            f"{count} questions at once were taken without limiting any, and the expectations file"
            " names nobody in the situation `rate-limited`"
        )
    silent = [one for one in limited if not _says_when(exam, one)]
    faults = [f"{len(silent)} of {len(limited)} limited answers do not say when to come again"]
    return judged(faults if silent else (), [f"{len(limited)} of {count} at once were limited"])


def _says_when(exam: Examination, answer: Exchange) -> bool:
    told = HttpAnswer(status=answer.status, headers=answer.headers, body=b"")
    return retry_after(told, exam.tools.clock()) is not None


CHECK = Check(
    letter="q",
    title="Limits are told, with when to come again",
    why="A gateway that does not know when to come again comes at once, and makes it worse.",
    mandatory=EVERY,
    look=_look,
)
