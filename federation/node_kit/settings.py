"""What a node's operators set: one TOML file, beside the node's functions.

    node = "my-region"
    gateway = "https://gateway.example.nhs.uk"
    gateway_keys = "https://gateway.example.nhs.uk/.well-known/jwks.json"
    port = 8443

A key that is not known is refused, as is a node that would answer anybody: without the gateway's
keys nobody is believed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from federation.errors import InvalidNhsNumberError, SettingsError
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.node_kit.limits import Limits
from federation.node_kit.source import NodeErrorCode
from federation.node_kit.tls import Tls

TEST_NUMBERS = "999"
"""How numbers begin that are never issued."""
_HERE = {"127.0.0.1", "localhost", "::1"}

Words = Annotated[str, Meta(min_length=1, max_length=500)]
Fault = Literal["UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE", "RATE_LIMITED"]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class NodeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file.

    - `node` is this node's id in the network, `gateway` what the gateway calls itself (`iss` of its
      tokens), `gateway_keys` where it publishes its keys, or a copy of them in a file.
    - `looks` is the file that says who looked.
    - `test_people` are synthetic people about whom an answer proves that the look was written
      down; `test_faults` are some about whom the node answers as if what is behind it failed. With
      either, it is in test mode (`rehearsal.py`). For a test endpoint alone.
    """

    node: Words
    gateway: Words
    gateway_keys: Words
    looks: Words = "looks.jsonl"
    host: Words = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8443
    tls_certificate: Words | None = None
    tls_key: Words | None = None
    client_ca: Words | None = None
    client_names: tuple[Words, ...] = ()
    requests_at_once: Count = 64
    requests_a_minute: Count | None = None
    request_seconds: Annotated[float, Meta(gt=0, le=60)] = 10.0
    test_people: tuple[Words, ...] = ()
    test_faults: dict[str, Fault] = {}

    @property
    def limits(self) -> Limits:
        """What the node takes on."""
        return Limits(
            requests_at_once=self.requests_at_once,
            requests_a_minute=self.requests_a_minute,
            request_seconds=self.request_seconds,
        )

    @property
    def keys_address(self) -> str | None:
        """Where the gateway's keys are fetched, None where they are in a file."""
        return self.gateway_keys if "://" in self.gateway_keys else None

    def test_numbers(self) -> frozenset[NhsNumber]:
        """The numbers of the test people; raises `SettingsError` for one that may be somebody's."""
        return frozenset(_test_number(one, "test_people") for one in self.test_people)

    def faults(self) -> dict[NhsNumber, NodeErrorCode]:
        """What is answered about whom; raises `SettingsError` likewise."""
        return {
            _test_number(number, "test_faults"): NodeErrorCode(code)
            for number, code in self.test_faults.items()
        }

    def tls(self, beside: Path) -> Tls | None:
        """The certificate, None: whatever stands in front of the node has one."""
        if self.client_names and not self.client_ca:
            raise SettingsError("`client_names` needs `client_ca`")
        if self.tls_certificate is None or self.tls_key is None:
            if self.tls_certificate or self.tls_key or self.client_ca:
                raise SettingsError("`tls_certificate` and `tls_key` belong together")
            return None
        return Tls(
            certificate=beside / self.tls_certificate,
            key=beside / self.tls_key,
            client_ca=beside / self.client_ca if self.client_ca else None,
            client_names=self.client_names,
        )


def _test_number(text: str, key: str) -> NhsNumber:
    try:
        number = parse_nhs_number(text)
    except InvalidNhsNumberError:
        raise SettingsError(f"`{key}` has something that is no NHS number") from None
    if not number.startswith(TEST_NUMBERS):
        raise SettingsError(f"`{key}` has a number that may be somebody's; use 999 ones")
    return number


def load_node_settings(path: Path) -> NodeSettings:
    """Read the file; raises `SettingsError`, naming the file and what is wrong."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=NodeSettings)
        _check(settings, path.parent)
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, SettingsError) as fault:
        text = str(fault)
        raise SettingsError(f"{path}: {text[:1].lower()}{text[1:]}") from None
    return settings


def _check(settings: NodeSettings, beside: Path) -> None:
    settings.test_numbers()
    settings.faults()
    settings.tls(beside)
    address = settings.keys_address
    if address is None:
        return
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise SettingsError("`gateway_keys` must be an https address, or a file")
