"""(x) The node is spoken to by TLS of today, under a certificate that holds for a while yet.

Every look takes the way that all requests take: the same networks, proxy, authorities and
certificate of the gateway. Nothing that proves the gateway is sent.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable, Iterable
from contextlib import aclosing
from datetime import timedelta

import httpx
from cryptography import x509

from federation.conformance.check import (
    EVERY,
    Check,
    Finding,
    Outcome,
    UnexpectedError,
    counted,
    judged,
    lacks,
    untested,
)
from federation.conformance.codes import ConformanceCode, told
from federation.conformance.examination import Examination
from federation.protocols.connector import Met
from federation.protocols.node_transports import ChangeTls
from federation.protocols.transport import AddressNotAllowedError, TlsError, exchange

LEFT = timedelta(days=21)
EVERY_SECONDS = 1.0
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
_HTTPS = 443
_MOST_BYTES = 1024 * 1024
_NOT_WATCHED = (
    "not tested: that the certificate is renewed without an interruption; a run with `--rotate`"
    " watches while it is"
)
_WEAK = "aNULL:eNULL:EXPORT:LOW:RC4:3DES:DES:MD5:SEED:IDEA:!TLSv1.3"
_NOT_HERE = frozenset(("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE"))
"""The machine that checks cannot speak it, so that nothing was asked of the node."""


async def _look(exam: Examination) -> Finding:
    url = httpx.URL(exam.target.endpoint)
    if url.scheme != "https":
        if url.host in _LOOPBACK:
            return untested("the test endpoint is on this machine and speaks plain HTTP")
        return Finding(outcome=Outcome.FAIL, evidence=("the endpoint is not https",))
    try:
        met = await _met(exam, _as_it_is)
    except TlsError as error:
        return judged([f"no trusted connection ({_words(error.reason)})"], [])
    except httpx.HTTPError:
        return judged(["no connection could be made"], [])
    faults, seen = _holds(exam, met)
    for look in (_old_protocols, _weak_ciphers):
        fault, said = await look(exam)
        faults += fault
        seen += said
    if exam.target.rotation_seconds <= 0 or faults:
        return judged(faults, [*seen, _NOT_WATCHED])
    return await _watched(exam, met, seen)


def _holds(exam: Examination, met: Met) -> tuple[list[str], list[str]]:
    certificate = x509.load_der_x509_certificate(met.certificate)
    left = certificate.not_valid_after_utc - exam.tools.clock()
    seen = [
        f"{met.protocol}, {met.cipher}",
        f"a trusted certificate of this name for {left.days} more days",
    ]
    if left < LEFT:
        return [f"the certificate ends in {left.days} days, before {LEFT.days} are over"], seen
    return [], seen


# ── what must not be spoken any more ──────────────────────────────────────────────────────────────


async def _old_protocols(exam: Examination) -> tuple[list[str], list[str]]:
    found = await _accepted(exam, _only_old)
    if found is None:
        return [], ["not tested: TLS before 1.2, which the machine that checks cannot speak"]
    if found:
        return [f"{found} is spoken, and nothing before TLS 1.2 may be"], []
    return [], ["TLS 1.0 and 1.1 are refused"]


async def _weak_ciphers(exam: Examination) -> tuple[list[str], list[str]]:
    offered = _weak_here()
    found = await _accepted(exam, _only_weak) if offered else None
    if found is None:
        return [], ["not tested: weak ciphers, which the machine that checks does not have"]
    if found:
        return [f"a weak cipher is taken ({found})"], []
    known, unknown = _kinds(offered)
    seen = [f"{counted(len(offered), 'weak cipher')} refused: {', '.join(known)}"]
    if unknown:
        words = ", ".join(unknown)
        seen.append(f"not tested: {words}, which the machine that checks does not have")
    return [], seen


async def _accepted(exam: Examination, change: ChangeTls) -> str | None:
    """What was spoken, nothing where the node refused, None where it could not be asked."""
    try:
        met = await _met(exam, change)
    except TlsError as error:
        return None if error.reason in _NOT_HERE else ""
    except httpx.HTTPError:
        return ""
    return f"{met.protocol}, {met.cipher}"


def _as_it_is(_context: ssl.SSLContext) -> None:
    pass


def _only_old(context: ssl.SSLContext) -> None:
    _believes_anybody(context)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # That they must not be used any more is what is tested.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1


def _only_weak(context: ssl.SSLContext) -> None:
    _believes_anybody(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{_WEAK}:@SECLEVEL=0")


def _believes_anybody(context: ssl.SSLContext) -> None:
    # What is asked is whether the node speaks it, and not who it is: nothing is told to it.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE


def _weak_here() -> list[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        _only_weak(context)
    except ssl.SSLError:
        return []
    return [str(one["name"]) for one in context.get_ciphers() if one["protocol"] != "TLSv1.3"]


def _kinds(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """What is weak, in words: of those that there are, and of those that there are not."""
    kinds: dict[str, Callable[[str], bool]] = {
        "without a certificate": lambda name: name.startswith(("ADH", "AECDH")),
        "without encryption": lambda name: "NULL" in name,
        "RC4, DES and their like": lambda name: "RC4" in name or "DES" in name,
        "SEED and IDEA": lambda name: "SEED" in name or "IDEA" in name,
    }
    known = tuple(names)
    there = [kind for kind, holds in kinds.items() if any(map(holds, known))]
    return there, [kind for kind in kinds if kind not in there]


# ── a certificate that is renewed meanwhile ───────────────────────────────────────────────────────


async def _watched(exam: Examination, first: Met, seen: list[str]) -> Finding:
    """Connect anew and ask, again and again, until another certificate is shown."""
    person = exam.anybody()
    sent = exam.speaker.question(person.numbers, exam.categories[:1])
    until = exam.tools.now() + exam.target.rotation_seconds
    asked = 0
    while exam.tools.now() < until:
        try:
            met = await _met(exam, _as_it_is)
        except httpx.HTTPError:
            return judged([f"after {asked} looks no connection could be made: interrupted"], [])
        answer = await exam.wire.send(sent)
        asked += 1
        if exam.speaker.refusal(answer) is not None:
            return judged([f"question {asked} was not answered: interrupted"], [])
        if met.certificate != first.certificate:
            faults, more = _holds(exam, met)
            words = counted(asked, "question")
            said = f"another certificate was shown meanwhile, and {words} answered without a gap"
            return judged(faults, [*seen, said, *more])
        await exam.tools.sleep(EVERY_SECONDS)
    return lacks(
        *seen, f"the certificate was not renewed within {exam.target.rotation_seconds:.0f} s"
    )


# ── one connection ────────────────────────────────────────────────────────────────────────────────


async def _met(exam: Examination, change: ChangeTls) -> Met:
    """How the node is met on a connection of its own; raises `httpx.HTTPError` where it is not."""
    if exam.tools.apart is None:
        raise UnexpectedError("the checker has no way to look at TLS")
    url = httpx.URL(exam.target.endpoint)
    seconds = httpx.Timeout(exam.target.timeout_seconds).as_dict()
    request = httpx.Request("GET", url, headers={"accept": "*/*"}, extensions={"timeout": seconds})
    async with aclosing(exam.tools.apart(change)) as transport:
        try:
            await exchange(transport, request, most=_MOST_BYTES)
        except AddressNotAllowedError:
            raise UnexpectedError(told(ConformanceCode.ADDRESS_NOT_ALLOWED)) from None
        except TlsError:
            raise
        except httpx.HTTPError:
            # Whatever came after the greeting is no affair of this check.
            if transport.certificates.met(url.host, url.port or _HTTPS) is None:
                raise
        met = transport.certificates.met(url.host, url.port or _HTTPS)
    if met is None:
        raise UnexpectedError("the endpoint was reached without TLS")
    return met


def _words(reason: str | None) -> str:
    return (reason or "not accepted").lower().replace("_", " ")


CHECK = Check(
    letter="x",
    title="TLS is of today and holds",
    why="A certificate that ends on a Sunday takes the region out of every look until Monday.",
    mandatory=EVERY,
    look=_look,
)
