"""(j) Whoever is not vouched for, or not for this, is given nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import aclosing

from federation.conformance.check import EVERY, Check, Finding, UnexpectedError, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import Exchange, Sent
from federation.conformance.vouching import Claims, Vouching
from federation.model import Category
from federation.protocols.transport import TlsError

_HOUR = 3600
Change = Callable[[Claims], str | None]


async def _look(exam: Examination) -> Finding:
    person = exam.anybody()
    sent = exam.speaker.question(person.numbers, exam.categories[:1])
    good = await exam.wire.send(sent)
    if exam.speaker.refusal(good) is not None or not exam.speaker.names_a_record(good):
        raise UnexpectedError("a good token is not answered, so that no other can be judged")
    faults, tried = [], []
    for name, answer in await _answers(exam, sent):
        cut_off = name == _NO_CERTIFICATE and answer.broke in _CUT_OFF
        fault = None if cut_off else _fault(exam, answer)
        tried.append(name)
        if fault is not None:
            faults.append(f"{name}: {fault}")
    if not tried:
        faults.append(
            "the node asks for no proof of anybody: neither of requesters nor of gateways"
        )
    return judged(faults, [f"refused: {name}" for name in tried])


async def _answers(exam: Examination, sent: Sent) -> list[tuple[str, Exchange]]:
    answers = []
    if exam.tools.authenticator is not None:
        for name, shown in (("no authorisation", None), ("another bearer", "Bearer made-up")):
            answers.append((name, await exam.wire.send(sent, authorization=shown)))
    if exam.tools.shows_certificate and (bare := await _without_certificate(exam, sent)):
        answers.append((_NO_CERTIFICATE, bare))
    if exam.target.checks_requesters:
        for name, change in _changes(exam, sent):
            answers.append((name, await exam.wire.send(sent, change=change)))
        answers.append(("a token that was used before", await _again(exam, sent)))
    return answers


async def _without_certificate(exam: Examination, sent: Sent) -> Exchange | None:
    """The answer to whoever has not the gateway's certificate; None where none is shown at all."""
    if exam.tools.apart is None or not exam.target.endpoint.startswith("https:"):
        return None
    async with aclosing(
        exam.tools.apart(lambda _context: None, shows_certificate=False)
    ) as transport:
        return await exam.wire.send(sent, through=transport)


async def _again(exam: Examination, sent: Sent) -> Exchange:
    kept: list[str] = []

    def same(claims: Claims) -> str:
        kept.append(exam.wire.vouching.sign(claims))
        return kept[0]

    await exam.wire.send(sent, change=same)
    return await exam.wire.send(sent, change=same)


def _changes(exam: Examination, sent: Sent) -> Iterator[tuple[str, Change]]:
    vouching = exam.wire.vouching
    yield "no token", lambda _claims: None
    yield "an unsigned token", vouching.unsigned
    yield "a token that somebody else signed", vouching.by_a_stranger
    for name, changed in _CLAIMS.items():
        yield name, _signing(vouching, changed)
    others = [one for one in exam.target.people.held if one.numbers != sent.numbers]
    if others:
        numbers = list(others[0].numbers)
        yield "a token about another person", _signing(vouching, lambda _c: {"numbers": numbers})
    if exam.is_native:
        other = {"categories": [_another(sent.categories)]}
        yield "a token for other categories", _signing(vouching, lambda _c: other)


def _another(asked: tuple[Category, ...]) -> Category:
    """A category that is not asked for; demographics come along with any."""
    return next(one for one in Category if one not in {*asked, Category.DEMOGRAPHICS})


def _signing(vouching: Vouching, changed: Callable[[Claims], Claims]) -> Change:
    def change(claims: Claims) -> str:
        whole = {**claims, **changed(claims)}
        return vouching.sign({name: value for name, value in whole.items() if value is not None})

    return change


_CLAIMS: dict[str, Callable[[Claims], Claims]] = {
    "an expired token": lambda c: {"iat": c["iat"] - _HOUR, "exp": c["exp"] - _HOUR},
    "a token that lives too long": lambda c: {"exp": c["iat"] + _HOUR},
    "a token of tomorrow": lambda c: {"iat": c["iat"] + 24 * _HOUR, "exp": c["exp"] + 24 * _HOUR},
    "a token for another node": lambda _c: {"aud": "another-node"},
    "a token of another gateway": lambda _c: {"iss": "https://another.example"},
    "a token for another body": lambda _c: {"bodySha256": "0" * 43},
    "a token for another path": lambda _c: {"path": "elsewhere"},
    "a token for another method": lambda _c: {"htm": "DELETE"},
    "a token without a role": lambda _c: {"role": None, "roleName": None},
    "a token without an organisation": lambda _c: {"organisation": None},
    "a token without a purpose": lambda _c: {"purpose": None},
}
_NO_CERTIFICATE = "no certificate of the gateway"
_CUT_OFF = frozenset((TlsError.__name__, "ReadError", "WriteError", "RemoteProtocolError"))
"""How a connection ends to which the caller showed no certificate, before anything is answered."""
_REFUSALS = ("UNAUTHENTICATED", "FORBIDDEN", "HTTP 401", "HTTP 403")


def _fault(exam: Examination, answer: Exchange) -> str | None:
    if exam.speaker.names_a_record(answer):
        return "is answered with a record"
    refusal = exam.speaker.refusal(answer)
    if refusal is None:
        return "is answered"
    refused = refusal.startswith(_REFUSALS)
    return None if refused else f"{refusal}, which does not say that who asks is not believed"


CHECK = Check(
    letter="j",
    title="Bad tokens are refused",
    why="A node that believes anybody who can reach it shares with anybody who can reach it.",
    mandatory=EVERY,
    look=_look,
)
