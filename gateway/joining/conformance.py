"""How a gateway checks a node that was submitted: its test endpoint, with the region's people.

It is spoken to exactly as it will be in live traffic: over transports of the same kind (the
networks that the region was enrolled with, the egress proxy, its pinned authorities, the gateway's
own certificate), with the same credentials. Signed with the key that vouches for requesters, so
that whoever has this gateway's public keys can verify the report.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial

import msgspec
import structlog
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.conformance import (
    CHECKS,
    Check,
    ConformanceCode,
    ConformanceError,
    Target,
    Tools,
    canonical,
    read_people,
    run,
)
from federation.errors import SettingsError
from federation.joining.descriptor import Descriptor, checked_node
from federation.joining.life import Version
from federation.joining.signing import REPORT
from federation.joining.steps import Report
from federation.model import Clock, Node, NodeId
from federation.protocols.authentication import Authenticator
from federation.protocols.node_transports import NodeTransports
from federation.protocols.requester_token import RequesterKey
from gateway.node_clients import Credentials

log = structlog.get_logger()


class Conformance:
    """Checks nodes for one gateway, which they know as `gateway`.

    `open_transports` opens those of one check, as the gateway's own are; `credentials` are those of
    live traffic.
    """

    def __init__(
        self,
        gateway: str,
        key: Callable[[], RequesterKey],
        clock: Clock,
        open_transports: Callable[[], NodeTransports],
        credentials: Credentials,
        checks: Sequence[Check] = CHECKS,
    ) -> None:
        self._gateway = gateway
        self._key = key
        self._clock = clock
        self._open_transports = open_transports
        self._credentials = credentials
        self._checks = checks

    async def examine(self, version: Version) -> Report:
        """The signed report; one that cannot be made is a report that says why."""
        try:
            passed, body = await self._run(version)
        except SettingsError as fault:
            passed, body = False, msgspec.json.encode(_unmade(fault))
        return Report(passed=passed, signed=self._key().sign(body, REPORT))

    async def _run(self, version: Version) -> tuple[bool, bytes]:
        said, submission = version.descriptor, version.submission
        if said is None or submission is None or submission.expectations is None:
            raise ConformanceError(ConformanceCode.PEOPLE_NOT_SENT)
        target = self._target(said, submission.expectations, version.digest)
        node = replace(checked_node(said), allowed_addresses=version.node.allowed_addresses)
        async with aclosing(self._open_transports()) as transports:
            report = await run(target, self._ready(node, transports), checks=self._checks)
        return report.passed, canonical(report)

    def _ready(self, node: Node, transports: NodeTransports) -> Tools:
        try:
            return self._tools(node, transports)
        except SettingsError as fault:
            # Which file it is, is for the gateway's log alone: a report goes to the region.
            _tell(node, str(fault))
            raise ConformanceError(ConformanceCode.CREDENTIAL_MISSING) from None

    def _tools(self, node: Node, transports: NodeTransports) -> Tools:
        key = self._key()
        return Tools(
            transport=transports.of(node),
            clock=self._clock,
            key=key,
            stranger=RequesterKey(ECKey.generate_key("P-256"), key.kid),
            make_id=lambda: f"check-{secrets.token_hex(12)}",
            now=time.monotonic,
            sleep=asyncio.sleep,
            authenticator=self._authenticator(node, transports),
            apart=partial(transports.apart, node),
            shows_certificate=transports.shows_certificate(node),
        )

    def _authenticator(self, node: Node, transports: NodeTransports) -> Authenticator | None:
        credential = self._credentials.of(node)
        return credential(transports.of(node), self._clock) if credential else None

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
            checks_requesters=said.node.verifies_requesters,
            rate_per_second=said.limits.calls_per_second,
            p95_seconds=said.limits.p95_seconds,
            timeout_seconds=said.limits.timeout_seconds,
            connect_timeout_seconds=said.limits.connect_timeout_seconds,
            max_response_bytes=said.limits.max_response_bytes,
        )


def _tell(node: Node, fault: str) -> None:
    log.error("node cannot be examined", node=node.id, reason=fault)


def _unmade(fault: SettingsError) -> dict[str, object]:
    code = fault.code if isinstance(fault, ConformanceError) else None
    return {"passed": False, "code": code, "why": str(fault)}
