"""What an operator sets: a TOML file, overlaid by `WATLING_*` environment variables.

Nothing else reads either. A setting that is not known, or does not fit, stops the start and is
named; a value is never repeated, it may be a secret. A nested setting's variable joins the names
with two underscores. `docs/settings.md` has a row for each.

    # watling.toml
    network_file = "network.toml"
    organisations_file = "organisations.toml"
    storage_url = "sqlite:///var/lib/watling/watling.db"
    audit_key_file = "keys/audit.toml"
    audit_checkpoint_key_file = "keys/checkpoints.json"
    audit_checkpoint_file = "/var/log/watling/audit-checkpoints.jsonl"
    id_key_file = "keys/id.key"
    cursor_key_file = "keys/cursor.key"
    sharing_key_file = "keys/sharing.key"
    gateway_id = "https://gateway.example.nhs.uk"
    requester_keys_file = "keys/requester.json"

    [[issuers]]
    id = "cis2"
    issuer = "https://sign-in.example.nhs.uk"
    audience = "watling"
    mapping = "cis2"
    algorithms = ["ES256"]
    jwks_file = "issuer-keys.json"

    [limits]
    max_depth = 15

    # WATLING_PORT=8080 WATLING_LIMITS__MAX_DEPTH=12 watling serve --settings watling.toml
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from federation.audit.watch import WatchLimits
from federation.errors import SettingsError
from federation.feeds import FEED_NAME
from federation.model import NodeTls, OdsCode
from federation.sharing import SERVICE_DESK
from gateway.identity import ClientSettings, IssuerSettings, RoleTableSettings
from gateway.launch import LaunchHostSettings
from gateway.sharing.signers import SignerRow

PREFIX = "WATLING_"

OperatorCode = Annotated[OdsCode, Meta(pattern=r"\A[A-Z0-9]{2,12}\Z")]
FeedName = Annotated[str, Meta(pattern=FEED_NAME)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Line = Annotated[str, Meta(pattern=r"^\S(.*\S)?$", max_length=200)]
GATEWAY_WRITER = "gateway-1"
"""What a gateway is called in the audit log, where its settings do not say."""

_PROXY = re.compile(r"http://([^@/?#\s]+@)?[^@/?#\s]+:[0-9]{1,5}/?")


class Secret:
    """A text that shows itself to nobody who does not ask by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        """Say that there is one, and no more."""
        return "Secret(hidden)"


class IssuerRow(IssuerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One identity provider whose tokens are believed, as a row of the file."""


class RoleTableRow(RoleTableSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One organisation's signed table of roles, as a row of the file."""


class ClientRow(ClientSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One registered application, as a row of the file."""


class FeedRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feed that is loaded when the gateway starts; others are loaded by command."""

    kind: Literal["relationship", "consent", "proxy", "mark"]
    name: FeedName
    feed_file: Path


class LaunchHostRow(LaunchHostSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One host system whose launches are believed, as a row of the file."""


class LimitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large one request may be, and how many are answered at once."""

    max_body_bytes: Count = 1024 * 1024
    max_depth: Count = 15
    max_aliases: Count = 50
    max_tokens: Count = 5000
    max_concurrent_operations: Count = 1000


class ReviewSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which looks wait for a privacy officer, besides those that always do."""

    self_declared_percent: Annotated[int, Meta(ge=0, le=100)] = 20
    people_an_hour: Count = 60
    people_an_hour_by_role: dict[str, Count] = {}
    refusals: Count = 5
    refusal_minutes: Count = 10

    def limits(self) -> WatchLimits:
        """The same, as the watch reads it."""
        return WatchLimits(
            self_declared=self.self_declared_percent / 100,
            people_an_hour=self.people_an_hour,
            people_an_hour_by_role=self.people_an_hour_by_role,
            refusals=self.refusals,
            refused_within=timedelta(minutes=self.refusal_minutes),
        )


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that an operator sets. Paths of the file are relative to the file."""

    network_file: Path
    organisations_file: Path
    issuers: Annotated[tuple[IssuerRow, ...], Meta(min_length=1)]
    role_tables: tuple[RoleTableRow, ...] = ()
    clients: tuple[ClientRow, ...] = ()
    public_url: str | None = None
    storage_url: Secret
    audit_storage_url: Secret | None = None
    storage_wait_seconds: Annotated[float, Meta(ge=0, le=600)] = 30.0
    audit_key_file: Path
    id_key_file: Path
    cursor_key_file: Path
    sharing_key_file: Path
    launch_hosts: tuple[LaunchHostRow, ...] = ()
    gateway_id: Annotated[str, Meta(pattern=r"^\S+$", max_length=200)]
    requester_keys_file: Path
    joined_nodes_key_file: Path | None = None
    operator_organisation: OperatorCode | None = None
    examine_nodes: bool = True
    audit_writer: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = GATEWAY_WRITER
    audit_checkpoints: Literal["signed", "none"] = "signed"
    audit_checkpoint_key_file: Path | None = None
    audit_checkpoint_file: Path | None = None
    audit_checkpoint_seconds: Annotated[float, Meta(gt=0)] = 3600.0
    audit_retention_years: Count = 8
    sharing_folder: Path | None = None
    signers: tuple[SignerRow, ...] = ()
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    egress_proxy: Secret | None = None
    gateways_sharing: Count = 1
    tracing_url: str | None = None
    superseded_numbers_file: Path | None = None
    feeds: tuple[FeedRow, ...] = ()
    host: str = "127.0.0.1"
    port: Port = 8000
    graphiql: bool = False
    graphiql_examples_file: Path | None = None
    status_page: bool = True
    metrics_token_file: Path | None = None
    probe_seconds: Annotated[float, Meta(ge=1)] = 60.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    shutdown_seconds: Seconds = 10.0
    service_desk: Line = SERVICE_DESK
    reviews: ReviewSettings = ReviewSettings()
    limits: LimitSettings = LimitSettings()

    def __post_init__(self) -> None:
        """Refuse rows that speak of what is not there."""
        known = {issuer.id for issuer in self.issuers}
        for client in self.clients:
            if client.issuer not in known:
                raise SettingsError(f"`clients`: there is no issuer `{client.issuer}`")
        if self.audit_storage_url is not None:
            own = self.audit_storage_url.reveal()
            if not own.startswith("sqlite:") or own == self.storage_url.reveal():
                raise SettingsError("`audit_storage_url` must be a SQLite file of its own")
        if (self.audit_checkpoint_key_file is None) != (self.audit_checkpoint_file is None):
            raise SettingsError(
                "`audit_checkpoint_key_file` and `audit_checkpoint_file` need each other"
            )
        if self.audit_checkpoints == "none" and self.audit_checkpoint_file is not None:
            raise SettingsError(
                "`audit_checkpoints` is `none`, and `audit_checkpoint_file` is set all the same"
            )
        if self.public_url is None and any(issuer.proof_required for issuer in self.issuers):
            raise SettingsError("`public_url` is not set, and `proof_required` needs it")
        if self.client_key_file is not None and self.client_certificate_file is None:
            raise SettingsError("`client_key_file` needs `client_certificate_file`")
        if self.egress_proxy is not None and not _PROXY.fullmatch(self.egress_proxy.reveal()):
            raise SettingsError("`egress_proxy` must be like http://proxy.example:3128")

    def client_certificate(self) -> NodeTls:
        """What the gateway shows to nodes that ask for a certificate and whose row names none."""
        files = (self.client_certificate_file, self.client_key_file)
        certificate, key = (str(file) if file else None for file in files)
        return NodeTls(client_certificate_file=certificate, key_file=key)


def load_settings(path: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file (or of none) under the environment's.

    Raises `SettingsError`, naming the file or the variable.
    """
    variables = os.environ if environ is None else environ  # noqa: TID251 - the one place that reads it
    raw = _read(path) if path else {}
    _place_paths(raw, path.parent if path else Path())
    for name in sorted(name for name in variables if name.startswith(PREFIX)):
        _overlay(raw, name, variables[name])
    return _convert(raw, str(path) if path else "the environment, without --settings")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"`{path}`: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)$", str(error))
        raise SettingsError(
            f"`{path}`: is not TOML {place.group() if place else ''}".strip()
        ) from None


def _place_paths(raw: dict[str, Any], folder: Path) -> None:
    """Make paths relative to the file's own folder: it means the same wherever it is read from."""
    for name, value in raw.items():
        if name.endswith(("_file", "_folder")) and isinstance(value, str):
            raw[name] = str(folder / value)
        for table in value if isinstance(value, list) else (value,):
            if isinstance(table, dict):
                _place_paths(table, folder)


def _overlay(raw: dict[str, Any], variable: str, text: str) -> None:
    target: dict[str, Any] = raw
    known: type[Struct] = Settings
    *tables, name = variable.removeprefix(PREFIX).lower().split("__")
    for table in tables:
        inner = _fields(known).get(table)
        if not (isinstance(inner, type) and issubclass(inner, Struct)):
            raise SettingsError(f"`{variable}`: no such setting")
        known = inner
        target = target.setdefault(table, {})
    if name not in _fields(known):
        raise SettingsError(f"`{variable}`: no such setting")
    target[name] = _parse(known, name, text, variable)


def _parse(known: type[Struct], name: str, text: str, variable: str) -> object:
    kind = _fields(known)[name]
    try:
        if text[:1] in {"[", "{"}:
            return msgspec.json.decode(text)
        return msgspec.to_builtins(_converted(text, kind), enc_hook=_encode)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"`{variable}`: {_words(error)}") from None


def _encode(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _fields(known: type[Struct]) -> Mapping[str, Any]:
    return get_type_hints(known, include_extras=True)


def _converted(value: object, kind: Any) -> Any:
    return msgspec.convert(value, kind, strict=False, dec_hook=_decode)


def _decode(kind: type, value: object) -> object:
    if kind in (Secret, Path) and isinstance(value, str):
        return kind(value)
    raise msgspec.ValidationError("Expected `str`")


def _convert(raw: dict[str, Any], where: str) -> Settings:
    try:
        return msgspec.convert(raw, Settings, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsError(f"`{where}`: {_words(error)}") from None


def _words(error: Exception) -> str:
    """What msgspec found wrong, which names the place and the expected type and never the value."""
    text = str(error)
    unknown = re.match(r"Object contains unknown field `([^`]*)`(?: - at `\$\.?(.*)`)?", text)
    if unknown:
        place = f" in `{unknown.group(2)}`" if unknown.group(2) else ""
        return f"no such setting: `{unknown.group(1)}`{place}"
    missing = re.match(r"Object missing required field `([^`]*)`(?: - at `\$\.?(.*)`)?", text)
    if missing:
        place = f"{missing.group(2)}." if missing.group(2) else ""
        return f"`{place}{missing.group(1)}` is not set"
    return (text[:1].lower() + text[1:]).replace("`$.", "`").replace("`$", "`")
