"""What the settings point at, read and checked before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from federation.audit import AuditKeys
from federation.audit.signing import SigningKey
from federation.errors import SettingsError
from federation.feeds import Feed, read_feed
from federation.model import Clock, NodeId
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.protocols.credentials import Credential, load_credentials
from federation.protocols.node_transports import NodeTransports
from federation.registry import Network, Organisations, load_network, load_organisations
from federation.sharing.signatures import Signer
from federation.storage import PersonKeys
from gateway.audit_keys import load_audit_keys
from gateway.checkpoints import need_checkpoints, signing_key
from gateway.followed_keys import FollowedKeys
from gateway.identity import Followed, TrustedIssuer, trust
from gateway.keys import read_key, read_keys
from gateway.launch import LaunchHost, enrol
from gateway.reports import report_file, report_keys, report_requester_keys
from gateway.settings import Settings
from gateway.sharing import load_signers


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the settings point at, read and checked."""

    network: Network
    transports: NodeTransports
    credentials: Mapping[NodeId, Credential]
    signers: Mapping[str, Signer]
    audit_keys: AuditKeys
    checkpoint_key: SigningKey | None
    id_key: bytes
    cursor_key: bytes
    sharing_keys: tuple[bytes, ...]
    feeds: tuple[Feed, ...]
    launch_hosts: tuple[LaunchHost, ...]
    requester_keys: FollowedKeys
    issuers: tuple[TrustedIssuer, ...]
    organisations: Followed[Organisations]
    superseded: tuple[tuple[NhsNumber, NhsNumber], ...]


def read_files(settings: Settings, clock: Clock) -> Files:
    """Everything that the settings point at; raises `SettingsError` naming the file."""
    need_checkpoints(settings)
    network = load_network(settings.network_file)
    sharing_keys = read_keys(settings.sharing_key_file)
    persons = PersonKeys(*sharing_keys)
    return Files(
        network=network,
        transports=_transports(settings, network, clock),
        credentials=load_credentials(network.nodes),
        signers=load_signers(settings.signers),
        audit_keys=load_audit_keys(settings.audit_key_file),
        checkpoint_key=signing_key(settings),
        id_key=read_key(settings.id_key_file),
        cursor_key=read_key(settings.cursor_key_file),
        launch_hosts=enrol(settings.launch_hosts, [one.id for one in settings.issuers]),
        issuers=trust(
            settings.issuers,
            settings.role_tables,
            report=report_keys,
            report_file=report_file,
            proxy=_proxy(settings),
        ),
        organisations=Followed(
            settings.organisations_file,
            partial(load_organisations, settings.organisations_file),
            report_file,
        ),
        sharing_keys=sharing_keys,
        feeds=tuple(
            read_feed(each.kind, each.name, each.feed_file, persons) for each in settings.feeds
        ),
        requester_keys=FollowedKeys(
            settings.requester_keys_file, clock, report=report_requester_keys
        ),
        superseded=_superseded(settings.superseded_numbers_file),
    )


def _proxy(settings: Settings) -> str | None:
    return settings.egress_proxy.reveal() if settings.egress_proxy else None


def open_transports(settings: Settings, clock: Clock) -> NodeTransports:
    """Transports to nodes as these settings have them: the gateway's certificate, and its proxy."""
    return NodeTransports(
        report_file,
        certificate=settings.client_certificate(),
        proxy=_proxy(settings),
        clock=clock,
    )


def _transports(settings: Settings, network: Network, clock: Clock) -> NodeTransports:
    transports = open_transports(settings, clock)
    for node in network.nodes:
        transports.of(node)
    return transports


class _Superseded(Struct, frozen=True):
    old: str
    current: str


def _superseded(path: Path | None) -> tuple[tuple[NhsNumber, NhsNumber], ...]:
    if path is None:
        return ()
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=tuple[_Superseded, ...])
        return tuple((parse_nhs_number(row.old), parse_nhs_number(row.current)) for row in rows)
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None
    except Exception:  # noqa: BLE001 - the fault may quote a number, so it is not passed on
        raise SettingsError(f"`{path}`: must be a list of `old` and `current` numbers") from None
