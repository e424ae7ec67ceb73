"""Whose tokens are believed, and under which conditions. `verify.py` applies them.

IssuerSettings(
    id="cis2",
    issuer="https://sign-in.demo.watling.example",
    audience="watling",
    mapping="cis2",
    algorithms=("ES256",),
    leeway_seconds=5,
    jwks_url="https://sign-in.demo.watling.example/jwks.json",
)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from federation.errors import SettingsError
from federation.followed import Followed
from gateway.identity.algorithms import ALGORITHMS
from gateway.identity.keys import FileKeys, KeySource
from gateway.identity.mappings import OidcMapping, ReadClaims, read_cis2, read_nhs_login
from gateway.identity.mappings.role_table import RoleTable, RoleTableSettings, load_role_table
from gateway.identity.remote_keys import (
    COOL_DOWN_SECONDS,
    MAX_AGE_SECONDS,
    STALE_SECONDS,
    KeysUnavailableError,
    RemoteKeys,
)

MOST_LEEWAY_SECONDS = 300
LONGEST_STALE_SECONDS = 24 * 3600
_THIS_MACHINE = frozenset(("127.0.0.1", "::1", "localhost"))
ReportKeys = Callable[[str, KeysUnavailableError], None]
ReportFile = Callable[[Path, str], None]
IssuerId = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]


class IssuerSettings(Struct, frozen=True, kw_only=True):
    """One issuer whose tokens are believed.

    `id` names it in the settings and in every subject's name, so it must not be given to another
    one later. `leeway_seconds` allows for clocks that differ. Its public keys are in `jwks_file` or
    at `jwks_url`, one of the two; from there they are fetched again after `keys_max_age_seconds`,
    and believed for `keys_stale_seconds` while it does not answer. `groups_claim` and
    `multi_factor_acr` are for the mapping `oidc`.
    `proof_required`: a token that is bound to no key is not taken (`proof.py`).
    """

    id: IssuerId
    issuer: str
    audience: str
    mapping: Literal["cis2", "nhs-login", "oidc"]
    algorithms: tuple[str, ...] = ("ES256",)
    leeway_seconds: int = 5
    jwks_file: Path | None = None
    jwks_url: str | None = None
    keys_max_age_seconds: int = MAX_AGE_SECONDS
    keys_stale_seconds: int = STALE_SECONDS
    groups_claim: str = "groups"
    multi_factor_acr: tuple[str, ...] = ()
    proof_required: bool = False

    def __post_init__(self) -> None:
        """Refuse what would weaken every check that follows."""
        if not self.issuer or not self.audience:
            raise SettingsError("identity: an issuer needs `issuer` and `audience`")
        if not self.algorithms or not ALGORITHMS.issuperset(self.algorithms):
            allowed = ", ".join(sorted(ALGORITHMS))
            raise SettingsError(f"identity: `algorithms` must be some of {allowed}")
        if not 0 <= self.leeway_seconds <= MOST_LEEWAY_SECONDS:
            raise SettingsError(
                f"identity: `leeway_seconds` must be between 0 and {MOST_LEEWAY_SECONDS}"
            )
        if (self.jwks_file is None) is (self.jwks_url is None):
            raise SettingsError("identity: an issuer needs either `jwks_file` or `jwks_url`")
        oldest = self.keys_stale_seconds
        if not COOL_DOWN_SECONDS <= self.keys_max_age_seconds <= oldest <= LONGEST_STALE_SECONDS:
            raise SettingsError(
                f"identity: `keys_max_age_seconds` must be {COOL_DOWN_SECONDS:.0f} at least, and"
                " `keys_stale_seconds` from there to a day"
            )
        if self.jwks_url is not None and not _is_private(self.jwks_url):
            raise SettingsError(
                "identity: `jwks_url` must be a plain https address: whoever can change the keys"
                " on their way can be anybody"
            )


class TrustedIssuer(Struct, frozen=True, kw_only=True):
    """An issuer's conditions, where its keys come from, and what its claims mean."""

    settings: IssuerSettings
    keys: KeySource
    read: ReadClaims
    tables: tuple[Followed[RoleTable], ...] = ()
    """Its organisations' tables, to be refreshed (`followed.py`)."""


def trust(
    issuers: Iterable[IssuerSettings],
    tables: Iterable[RoleTableSettings] = (),
    *,
    report: ReportKeys = lambda _issuer, _fault: None,
    report_file: ReportFile = lambda _path, _reason: None,
    proxy: str | None = None,
) -> tuple[TrustedIssuer, ...]:
    """Every issuer of the settings, its files read; raises `SettingsError`.

    `report` is told the id of an issuer whose keys could not be fetched, and why; `report_file` of
    a table that changed while the gateway ran and could not be taken. `proxy` is the address of
    the egress proxy.
    """
    several, rows = tuple(issuers), tuple(tables)
    for of in ("id", "issuer"):
        names = [getattr(one, of) for one in several]
        if len(set(names)) != len(names):
            raise SettingsError(f"identity: two issuers have the same `{of}`")
    with_tables = {one.id for one in several if one.mapping == "oidc"}
    for row in rows:
        if row.issuer not in with_tables:
            raise SettingsError(
                f"`role_tables`: `{row.issuer}` is no issuer with the mapping `oidc`"
            )
    return tuple(
        _trusted(one, [row for row in rows if row.issuer == one.id], report, report_file, proxy)
        for one in several
    )


def _trusted(
    settings: IssuerSettings,
    rows: list[RoleTableSettings],
    report: ReportKeys,
    report_file: ReportFile,
    proxy: str | None,
) -> TrustedIssuer:
    tables = tuple(
        Followed(row.table_file, partial(load_role_table, row, settings.issuer), report_file)
        for row in rows
    )
    return TrustedIssuer(
        settings=settings,
        keys=_keys(settings, report, proxy),
        read=_mapping(settings, tables),
        tables=tables,
    )


def _keys(settings: IssuerSettings, report: ReportKeys, proxy: str | None) -> KeySource:
    if settings.jwks_file is not None:
        return FileKeys.load(settings.jwks_file)
    return RemoteKeys(
        str(settings.jwks_url),
        max_age_seconds=settings.keys_max_age_seconds,
        stale_seconds=settings.keys_stale_seconds,
        proxy=proxy,
        report=lambda fault: report(settings.id, fault),
    )


def _mapping(settings: IssuerSettings, tables: tuple[Followed[RoleTable], ...]) -> ReadClaims:
    if settings.mapping == "cis2":
        return read_cis2
    if settings.mapping == "nhs-login":
        return read_nhs_login
    return OidcMapping(
        tables=tuple(table.now for table in tables),
        groups_claim=settings.groups_claim,
        multi_factor_acr=frozenset(settings.multi_factor_acr),
    )


def _is_private(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if not named or "@" in url or "#" in url or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
