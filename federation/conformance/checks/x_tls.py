"""(x) The node is spoken to by TLS of today, under a certificate that holds for a while yet."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import httpx
from cryptography import x509

from federation.conformance.check import EVERY, Check, Finding, Outcome, judged, untested
from federation.conformance.examination import Examination

LEFT = timedelta(days=21)
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
_SECONDS = 10.0
_ROTATION = (
    "that a certificate is renewed without an interruption was not seen: it needs a second run"
    " after the renewal"
)


async def _look(exam: Examination) -> Finding:
    url = httpx.URL(exam.target.endpoint)
    if url.scheme != "https":
        if url.host in _LOOPBACK:
            return untested("the test endpoint is on this machine and speaks plain HTTP")
        return Finding(outcome=Outcome.FAIL, evidence=("the endpoint is not https",))
    try:
        version, until = await _met(url, exam.tools.authority)
    except ssl.SSLError as error:
        reason = error.reason or type(error).__name__
        return judged([f"no trusted connection ({reason.lower().replace('_', ' ')})"], [])
    except (OSError, TimeoutError):
        return judged(["no connection could be made"], [])
    left = until - exam.tools.clock()
    faults = []
    if left < LEFT:
        faults.append(f"the certificate ends in {left.days} days, before {LEFT.days} are over")
    return judged(
        faults, [f"{version}, a trusted certificate for {left.days} more days", _ROTATION]
    )


async def _met(url: httpx.URL, authority: str | None) -> tuple[str, datetime]:
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    async with asyncio.timeout(_SECONDS):
        _, writer = await asyncio.open_connection(url.host, url.port or 443, ssl=context)
        try:
            layer: ssl.SSLObject = writer.get_extra_info("ssl_object")
            certificate = x509.load_der_x509_certificate(layer.getpeercert(binary_form=True) or b"")
            version = layer.version() or "TLS"
        finally:
            writer.close()
    return version, certificate.not_valid_after_utc.astimezone(UTC)


CHECK = Check(
    letter="x",
    title="TLS is of today and holds",
    why="A certificate that ends on a Sunday takes the region out of every look until Monday.",
    mandatory=EVERY,
    look=_look,
)
