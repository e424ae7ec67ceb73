"""A node's own TLS: its certificate, whom it takes in, and how both change while it serves.

With `client_ca` the handshake fails for everybody without a certificate of that authority. An
authority may sign for many; with `client_names` only a certificate for one of these names is taken,
and whoever shows another reads a refusal of the node protocol.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from federation.errors import SettingsError
from federation.followed import Followed
from federation.node_kit.refusals import refused
from federation.node_kit.source import NodeErrorCode

_LOGGER = logging.getLogger(__name__)
_SHOWN = "peer certificate"


class Tls(Struct, frozen=True, kw_only=True):
    """The server's certificate and key; with `client_ca`, only callers with one of its own.

    `client_names` empty: whoever that authority has signed for.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None
    client_names: tuple[str, ...] = ()


def followed(tls: Tls) -> Followed[ssl.SSLContext]:
    """The context of the files as they are now; raises `SettingsError` where one is no good."""
    beside = (tls.key, *((tls.client_ca,) if tls.client_ca else ()))
    return Followed(tls.certificate, partial(_context, tls), _tell, with_it=beside)


def following(now: Followed[ssl.SSLContext]) -> ssl.SSLContext:
    """A context that hands each new connection to the one of now."""

    def hand_over(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = now.now()

    context = now.now()
    first = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    first.verify_mode = context.verify_mode
    first.minimum_version = context.minimum_version
    # A session that is taken up again would be believed for what was trusted when it began.
    first.options |= ssl.OP_NO_TICKET
    first.num_tickets = 0
    first.sni_callback = hand_over
    return first


class ShowsCertificate(HttpToolsProtocol):
    """Tells the application what certificate a caller showed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self.app_state = {**self.app_state, _SHOWN: transport.get_extra_info("peercert")}


class OnlyNamed:
    """Lets nobody in whose certificate is not for one of these names."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if _names_of(scope.get("state", {}).get(_SHOWN)).isdisjoint(self._names):
            _LOGGER.warning("the caller's certificate is for another name")
            await refused(NodeErrorCode.UNAUTHENTICATED, 401)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _names_of(shown: Mapping[str, Any] | None) -> frozenset[str]:
    alternatives = (shown or {}).get("subjectAltName", ())
    return frozenset(value for kind, value in alternatives if kind in {"DNS", "URI"})


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # An empty password: without one, OpenSSL would ask for it on the terminal.
        context.load_cert_chain(tls.certificate, tls.key, password="")
        if tls.client_ca is not None:
            context.load_verify_locations(tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        if isinstance(error, ssl.SSLError) or error.strerror is None:
            raise SettingsError(
                f"`{tls.certificate}`, or a file with it, is no certificate with its key, in PEM"
            ) from None
        raise SettingsError(f"`{error.filename or tls.certificate}`: {error.strerror}") from None
    return context


def _tell(path: Path, reason: str) -> None:
    _LOGGER.error("changed certificate refused", extra={"file": path.name, "reason": reason})
