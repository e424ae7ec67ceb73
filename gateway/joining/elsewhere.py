"""A gateway elsewhere, as a region or a neighbour reaches it: over its schema, with their token.

The token goes to that one address and nowhere else: by https, or by http on this machine; after no
redirect, and into no text. What the gateway refuses is told in its own code and words.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from federation.errors import SettingsError, WatlingError
from federation.protocols.credentials import read_token

TIMEOUT_SECONDS = 30.0
MOST_BYTES = 64 * 1024 * 1024
"""Of an answer: descriptors and reports of a whole network among them."""
_PATH = "/graphql"
R = TypeVar("R")


class GatewayCode(StrEnum):
    """Why a gateway elsewhere could not be asked."""

    GATEWAY_ADDRESS_NOT_ALLOWED = "GATEWAY_ADDRESS_NOT_ALLOWED"
    GATEWAY_UNREACHABLE = "GATEWAY_UNREACHABLE"
    GATEWAY_NOT_TRUSTED = "GATEWAY_NOT_TRUSTED"
    GATEWAY_ANSWER_UNREADABLE = "GATEWAY_ANSWER_UNREADABLE"


WORDS: dict[GatewayCode, str] = {
    GatewayCode.GATEWAY_ADDRESS_NOT_ALLOWED: (
        "the gateway's address must be an https one, or http on this machine itself, without user,"
        " query or fragment; nothing was sent"
    ),
    GatewayCode.GATEWAY_UNREACHABLE: "the gateway cannot be reached, or did not answer in time",
    GatewayCode.GATEWAY_NOT_TRUSTED: (
        "the gateway's certificate was not accepted, and no token was sent; `--ca` names the"
        " authority of a private one"
    ),
    GatewayCode.GATEWAY_ANSWER_UNREADABLE: "what answered there is no gateway, or none of today's",
}


class ElsewhereError(WatlingError):
    """A gateway elsewhere could not be asked, or refused: a code, and words without any secret."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        super().__init__(f"{code}: {words}")

    @classmethod
    def of(cls, code: GatewayCode, more: str = "") -> ElsewhereError:
        """In the words of the code."""
        return cls(code, f"{WORDS[code]}{more}")


class _Extensions(Struct, frozen=True):
    code: str


class _Refusal(Struct, frozen=True):
    message: str
    extensions: _Extensions


class _Said(Struct, frozen=True):
    data: dict[str, Any] | None = None
    errors: tuple[_Refusal, ...] = ()


class Elsewhere:
    """One gateway, asked as whoever the token is of.

    `authority` is a file of the authorities that are trusted for it, in the place of the machine's.
    Raises `SettingsError` for a file, `ElsewhereError` for an address.
    """

    def __init__(self, address: str, token_file: Path, authority: Path | None = None) -> None:
        self._url, self._here = _checked(address)
        self._token = read_token(token_file)
        self._tls = _trusting(authority)

    async def ask(self, query: str, variables: Mapping[str, Any], field: str, kind: type[R]) -> R:
        """What this field of an operation came to; raises `ElsewhereError`."""
        asked = {"query": query, "variables": variables}
        status, body = await self._sent(msgspec.json.encode(asked))
        try:
            said = msgspec.json.decode(body, type=_Said)
            if said.errors:
                raise self._refused(said.errors[0])
            return msgspec.convert((said.data or {}).get(field), kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            code = GatewayCode.GATEWAY_ANSWER_UNREADABLE
            raise ElsewhereError.of(code, f" (HTTP {status})") from None

    def _refused(self, said: _Refusal) -> ElsewhereError:
        # Whoever answered has the token, and may have put it into its words.
        code, words = (
            one.replace(self._token, "…") for one in (said.extensions.code, said.message)
        )
        return ElsewhereError(code, words)

    async def _sent(self, question: bytes) -> tuple[int, bytes]:
        try:
            # A proxy of the environment is one for elsewhere, and sees no more than a connection.
            async with (
                httpx.AsyncClient(
                    verify=self._tls,
                    timeout=TIMEOUT_SECONDS,
                    follow_redirects=False,
                    trust_env=not self._here,
                ) as client,
                client.stream("POST", self._url, content=question, headers=self._headers) as answer,
            ):
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise ElsewhereError.of(GatewayCode.GATEWAY_ANSWER_UNREADABLE)
                return answer.status_code, bytes(body)
        except (httpx.HTTPError, OSError) as fault:
            # Its text may hold anything of the request, so it is not passed on.
            raise ElsewhereError.of(_code_of(fault)) from None

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/graphql-response+json, application/json",
        }


def _checked(address: str) -> tuple[str, bool]:
    """Where the schema is, and whether that is this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    here = _is_here(host)
    plain = not any(sign in address for sign in "@?#\\") and address.isascii()
    if not (host and plain and address.isprintable() and " " not in address):
        raise ElsewhereError.of(GatewayCode.GATEWAY_ADDRESS_NOT_ALLOWED)
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise ElsewhereError.of(GatewayCode.GATEWAY_ADDRESS_NOT_ALLOWED)
    path = parts.path if parts.path.strip("/") else _PATH
    return f"{parts.scheme}://{parts.netloc}{path}", here


def _is_here(host: str) -> bool:
    """Only what leads to no other machine, whoever answers for names."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _trusting(authority: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError, ValueError):
        raise SettingsError(f"`{authority}`: holds no certificate of an authority") from None


def _code_of(fault: BaseException) -> GatewayCode:
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return GatewayCode.GATEWAY_NOT_TRUSTED
        cause = cause.__cause__ or cause.__context__
    return GatewayCode.GATEWAY_UNREACHABLE
