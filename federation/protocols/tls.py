"""A node's TLS: which authorities are trusted for it, and the certificate that the gateway shows.

TLS 1.2 at least. A node with authorities of its own is trusted on their word alone, and not on the
machine's: whoever can make one of some hundred public authorities err cannot stand in for it. A
file that cannot be used is one sentence, which repeats nothing of what is in it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from federation.authorities import authorities_of, without
from federation.errors import SettingsError
from federation.model import NodeTls


def files_of(tls: NodeTls) -> tuple[Path, ...]:
    """The files that are read for it."""
    return tuple(_named(tls))


def context_of(tls: NodeTls) -> ssl.SSLContext:
    """The context of connections to the node; raises `SettingsError`, naming the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.ca_file is not None:
        _trust(context, _text(Path(tls.ca_file)), f"`{tls.ca_file}`")
    elif tls.ca is not None:
        # Without an authority that still counts nobody is trusted, the machine's own neither.
        if tls.ca:
            _trust(context, tls.ca, "`ca`")
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if tls.client_certificate_file is not None:
        _show(context, Path(tls.client_certificate_file), tls.key_file)
    return context


def counting_on(tls: NodeTls, day: date) -> NodeTls:
    """The same with the authorities that count on this day alone."""
    if tls.ca is None or not tls.ca_until:
        return tls
    gone = {fingerprint for fingerprint, until in tls.ca_until if until <= day}
    return replace(tls, ca=without(tls.ca, gone), ca_until=())


def _named(tls: NodeTls) -> Iterator[Path]:
    for file in (tls.ca_file, tls.client_certificate_file, tls.key_file):
        if file is not None:
            yield Path(file)


def _trust(context: ssl.SSLContext, text: str, what: str) -> None:
    try:
        authorities_of(text)
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise SettingsError(f"{what}: must be the certificates of authorities, in PEM") from None
    # An authority that another has signed may be all that is trusted.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _show(context: ssl.SSLContext, certificate: Path, key_file: str | None) -> None:
    for file in (certificate, *((Path(key_file),) if key_file else ())):
        _text(file)
    try:
        # With an empty password a key that has one is refused; without any, OpenSSL would ask for
        # it on the terminal.
        context.load_cert_chain(certificate, key_file, password="")
    except (ssl.SSLError, OSError, ValueError):
        raise SettingsError(
            f"`{certificate}`: must be a certificate in PEM, with the key that belongs to it"
            + (f" in `{key_file}`" if key_file else " in the same file")
        ) from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"`{path}`: is no text") from None
