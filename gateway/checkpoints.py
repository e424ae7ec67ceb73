"""Signs where the audit log stands, for a gateway and for commands, as the settings say."""

from __future__ import annotations

from collections.abc import Callable

from federation.audit import AuditTrail
from federation.audit.checkpointer import Carried, Checkpointer
from federation.audit.signing import SigningKey
from federation.errors import AuditBrokenError, SettingsError
from federation.model import Clock
from federation.storage import KeepingStore
from gateway.checkpoint_keys import load_signing_key
from gateway.settings import Settings


def signing_key(settings: Settings) -> SigningKey | None:
    """The key of the settings' file; None where they name none, and nothing is signed."""
    file = settings.audit_checkpoint_key_file
    return load_signing_key(file) if file else None


def need_checkpoints(settings: Settings) -> None:
    """Raise `SettingsError` where a gateway would sign nothing and nobody has said so.

    An end that is cut off a log without checkpoints leaves no trace: that is chosen, or it is not.
    """
    if settings.audit_checkpoints == "signed" and settings.audit_checkpoint_key_file is None:
        raise SettingsError(
            "nothing would sign where the audit log stands: set `audit_checkpoint_key_file` and"
            ' `audit_checkpoint_file`, or `audit_checkpoints = "none"` to do without'
        )


async def open_checkpoints(
    settings: Settings,
    key: SigningKey | None,
    trail: AuditTrail,
    store: KeepingStore,
    clock: Clock,
    report_failure: Callable[[BaseException], None],
    carried: Carried | None = None,
) -> Checkpointer | None:
    """What signs for this trail; a `SettingsError` where the log is not what was signed.

    Closing it closes the trail, whose last event is then signed too.
    """
    file = settings.audit_checkpoint_file
    if key is None or file is None:
        return None
    try:
        return await Checkpointer.open(
            trail, store, key, file, clock, report_failure=report_failure, carried=carried
        )
    except AuditBrokenError as broken:
        # The way out leaves everything as it was found, for whoever looks into it.
        raise SettingsError(
            f"{broken}; a new `audit_writer` begins a new chain beside it"
        ) from None
    except OSError as error:
        raise SettingsError(f"`{file}`: cannot be used ({error.strerror})") from None
