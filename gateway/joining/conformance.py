"""How a gateway checks a node that was submitted: its test endpoint, with the region's people.

Inside the networks that the region was enrolled with, and signed with the key that vouches for
requesters, so that whoever has this gateway's public keys can verify the report.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

import msgspec
from joserfc.jwk import ECKey

from federation.addresses import networks_of
from federation.conformance import Target, Tools, canonical, read_people, run
from federation.errors import SettingsError
from federation.joining.descriptor import Descriptor
from federation.joining.life import Version
from federation.joining.signing import REPORT
from federation.joining.steps import Report
from federation.model import Clock, NodeId
from federation.protocols import open_transport
from federation.protocols.engine import Wiring
from federation.protocols.requester_token import RequesterKey

_AT_ONCE = 64


class Conformance:
    """Checks nodes for one gateway, which they know as `gateway`; `proxy` is its egress proxy."""

    def __init__(
        self,
        gateway: str,
        key: Callable[[], RequesterKey],
        clock: Clock,
        proxy: str | None = None,
    ) -> None:
        self._gateway = gateway
        self._key = key
        self._clock = clock
        self._proxy = proxy

    async def examine(self, version: Version) -> Report:
        """The signed report; one that cannot be made is a report that says why."""
        try:
            passed, body = await self._run(version)
        except SettingsError as fault:
            passed, body = False, msgspec.json.encode({"passed": False, "why": str(fault)})
        return Report(passed=passed, signed=self._key().sign(body, REPORT))

    async def _run(self, version: Version) -> tuple[bool, bytes]:
        said, submission = version.descriptor, version.submission
        if said is None or submission is None or submission.expectations is None:
            raise SettingsError("the test people were not sent with the descriptor")
        target = self._target(said, submission.expectations, version.digest)
        allowed = version.node.allowed_addresses
        transport = open_transport(
            Wiring(
                allowed=networks_of(allowed) if allowed is not None else None,
                proxy=self._proxy,
                connections_per_host=_AT_ONCE,
            )
        )
        try:
            key = self._key()
            tools = Tools(
                transport=transport,
                clock=self._clock,
                key=key,
                stranger=RequesterKey(ECKey.generate_key("P-256"), key.kid),
                make_id=lambda: f"check-{secrets.token_hex(12)}",
                now=time.monotonic,
                sleep=asyncio.sleep,
            )
            report = await run(target, tools)
        finally:
            await transport.aclose()
        return report.passed, canonical(report)

    def _target(self, said: Descriptor, people: str, digest: str) -> Target:
        return Target(
            name=said.node.name,
            node=NodeId(said.node.id),
            gateway=self._gateway,
            protocol=said.node.protocol,
            endpoint=said.test.endpoint,
            categories=said.offered,
            people=read_people(people.encode(), said.expectations.file),
            descriptor_digest=digest,
            hooks=said.test.hooks,
            rate_per_second=said.limits.calls_per_second,
            p95_seconds=said.limits.p95_seconds,
            timeout_seconds=said.limits.timeout_seconds,
            max_response_bytes=said.limits.max_response_bytes,
        )
