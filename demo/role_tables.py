"""The signed tables of the demo's organisations without smartcards: who holds which role there.

Each organisation's privacy lead has a key; the gateway's settings name its public half.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from demo.issuer import ISSUERS, make_signing_key
from demo.personas import PersonaRole, personas
from gateway.identity.mappings.role_table import sign_role_table

_VALID_FOR = timedelta(days=365)
Held = dict[str, list[tuple[str, PersonaRole]]]


def write_role_tables(folder: Path, today: date) -> None:
    """Sign and write the table of every organisation whose staff have no smartcards."""
    folder.mkdir(parents=True, exist_ok=True)
    for organisation, held in _held().items():
        key = make_signing_key(folder / f"{organisation}-lead.json", organisation)
        (folder / f"{organisation}-key.json").write_text(json.dumps(key.as_dict(private=False)))
        table = {
            "issuer": ISSUERS["staff"],
            "organisation": organisation,
            "version": today.isoformat(),
            "valid_until": today + _VALID_FOR,
            "role": [
                {
                    "id": role.id,
                    "subject": subject,
                    "role": role.role,
                    "role_name": role.role_name,
                }
                for subject, role in held
            ],
        }
        signed = sign_role_table(msgspec.json.encode(table), key)
        (folder / f"{organisation}.jws").write_text(signed)


def role_table_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of the gateway's settings about these tables."""
    for organisation, held in _held().items():
        yield {
            "issuer": "staff",
            "organisation": organisation,
            "table_file": str(folder / f"{organisation}.jws"),
            "key_file": str(folder / f"{organisation}-key.json"),
            "roles": sorted({role.role for _, role in held}),
        }


def _held() -> Held:
    """Subject and role of everybody without a smartcard, by organisation."""
    held: Held = {}
    for persona in personas().values():
        for role in persona.roles if persona.issuer == "staff" else ():
            held.setdefault(role.organisation, []).append((persona.subject, role))
    return held
