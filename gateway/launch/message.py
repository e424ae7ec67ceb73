"""Whether a posted launch is believed: signed by an enrolled host system, for us, just now.

What cannot be a signed launch is told as such; what no host system signed is refused in one text,
whatever was wrong; what one did sign is told plainly, so that it can be mended. `refused` hears the
fault, for the log, with nothing of the message.
"""

from __future__ import annotations

import re
from enum import StrEnum
from http import HTTPStatus

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Struct

from federation.authority import Launch
from federation.errors import (
    BadUserInputError,
    ForbiddenError,
    RefusedError,
    UnauthenticatedError,
)
from federation.model import Clock
from gateway.errors import HttpRefusedError
from gateway.launch.claims import LaunchClaims, launch_of, read_claims
from gateway.launch.hosts import LONGEST_VALID_SECONDS, LaunchHost, by_id

TYPE = "launch+jwt"
"""The `typ` of the header: what a host system signs for another purpose is no launch."""

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_NOT_SIGNED = "the launch is not signed by a host system that is enrolled here"
_NO_LAUNCH = "the body must be one signed launch: a compact JWS and nothing else"
_OTHER_TYPE = f"the launch's header must say `typ` `{TYPE}`"
_OTHER_AUDIENCE = "the launch is meant for somebody else: its `aud` does not name this gateway"
_UNTIMELY = (
    "the launch has expired, is not good yet or is good for more than five minutes; "
    "sign it when it is needed, and check the clock"
)
_NOT_ENROLLED = "this host system is not enrolled for this organisation or for this reason"


class LaunchFault(StrEnum):
    """Why a launch was refused, for the log alone."""

    MALFORMED = "MALFORMED"
    TYPE = "TYPE"
    UNKNOWN_HOST = "UNKNOWN_HOST"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    SIGNATURE = "SIGNATURE"
    CLAIM = "CLAIM"
    AUDIENCE = "AUDIENCE"
    UNTIMELY = "UNTIMELY"
    NOT_ENROLLED = "NOT_ENROLLED"
    REPLAYED = "REPLAYED"


class LaunchRefusedError(HttpRefusedError):
    """A launch that is not taken; `host` only where it is known who signed it."""

    def __init__(
        self, fault: LaunchFault, refused: RefusedError, status: HTTPStatus, host: str | None = None
    ) -> None:
        headers = (
            {"WWW-Authenticate": 'Signed-Launch realm="watling"'}
            if status is HTTPStatus.UNAUTHORIZED
            else None
        )
        super().__init__(refused, status, headers)
        self.fault = fault
        self.host = host


class _Issuer(Struct, frozen=True):
    iss: str


class LaunchReader:
    """Reads posted launches. `clock` says what time it is."""

    def __init__(self, hosts: tuple[LaunchHost, ...], clock: Clock) -> None:
        self._hosts = by_id(hosts)
        self._clock = clock

    async def read(self, message: bytes) -> Launch:
        """What the host system vouches for; raises `LaunchRefusedError`."""
        host, payload = await self._signed(message)
        try:
            claims = read_claims(payload)
            self._check(claims, host)
            launch = launch_of(claims, host.settings.user_issuer)
        except RefusedError as refused:
            told = LaunchRefusedError(
                LaunchFault.CLAIM, refused, HTTPStatus.BAD_REQUEST, host.settings.id
            )
            raise told from None
        if not host.may_say(launch):
            raise LaunchRefusedError(
                LaunchFault.NOT_ENROLLED,
                ForbiddenError(_NOT_ENROLLED),
                HTTPStatus.FORBIDDEN,
                host.settings.id,
            )
        return launch

    async def _signed(self, message: bytes) -> tuple[LaunchHost, bytes]:
        """Who signed it, and what: nothing else of the message is looked at before."""
        header, payload = _unverified(message)
        if str(header.get("typ", "")).lower() != TYPE:
            raise _malformed(LaunchFault.TYPE, _OTHER_TYPE)
        host = self._hosts.get(_issuer(payload))
        if host is None:
            raise _unsigned(LaunchFault.UNKNOWN_HOST)
        kid = header.get("kid")
        # Only the host's own key of this id: a key that the message brings is never looked at.
        key = await host.keys.key(kid) if isinstance(kid, str) else None
        if key is None:
            raise _unsigned(LaunchFault.UNKNOWN_KEY)
        try:
            signed = jws.deserialize_compact(message, key, list(host.settings.algorithms))
        except (JoseError, ValueError, TypeError):
            raise _unsigned(LaunchFault.SIGNATURE) from None
        return host, bytes(signed.payload)

    def _check(self, claims: LaunchClaims, host: LaunchHost) -> None:
        settings = host.settings
        audiences = claims.aud if isinstance(claims.aud, tuple) else (claims.aud,)
        if settings.audience not in audiences:
            raise self._refusal(LaunchFault.AUDIENCE, _OTHER_AUDIENCE, host)
        now, leeway = self._clock().timestamp(), settings.leeway_seconds
        begins = max(claims.iat, claims.nbf or claims.iat)
        good_now = begins <= now + leeway and now < claims.exp + leeway
        if not (good_now and 0 < claims.exp - claims.iat <= LONGEST_VALID_SECONDS):
            raise self._refusal(LaunchFault.UNTIMELY, _UNTIMELY, host)

    def _refusal(self, fault: LaunchFault, text: str, host: LaunchHost) -> LaunchRefusedError:
        return LaunchRefusedError(
            fault, UnauthenticatedError(text), HTTPStatus.UNAUTHORIZED, host.settings.id
        )


def _unverified(message: bytes) -> tuple[dict[str, object], bytes]:
    """Header and payload before anything is believed: only to find whose key it must be."""
    if _COMPACT.fullmatch(message) is None:
        raise _malformed(LaunchFault.MALFORMED, _NO_LAUNCH)
    try:
        parts = jws.extract_compact(message)
        return dict(parts.headers()), bytes(parts.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _malformed(LaunchFault.MALFORMED, _NO_LAUNCH) from None


def _issuer(payload: bytes) -> str:
    try:
        return msgspec.json.decode(payload, type=_Issuer).iss
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _malformed(fault: LaunchFault, text: str) -> LaunchRefusedError:
    return LaunchRefusedError(fault, BadUserInputError(text), HTTPStatus.BAD_REQUEST)


def _unsigned(fault: LaunchFault) -> LaunchRefusedError:
    return LaunchRefusedError(fault, UnauthenticatedError(_NOT_SIGNED), HTTPStatus.UNAUTHORIZED)
