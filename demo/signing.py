"""Those who sign the demo's sharing rules off, and their signatures under its bundles.

Everybody is invented, and their keys are made with the demo: real signers keep their own.
"""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from msgspec import Struct

from demo.place import Place
from federation.sharing.signatures import sign
from gateway.sharing import read_signing_key, signature_file


class DemoSigner(Struct, frozen=True, kw_only=True):
    """One who answers for the rules of some nodes; `*`: the network's own second pair of eyes."""

    id: str
    name: str
    owners: tuple[str, ...]


SIGNERS = (
    DemoSigner(
        id="ines-calloway",
        name="Ines Calloway",
        owners=("node:london-care-record", "node:universal-care-plan", "organisation:RRV"),
    ),
    DemoSigner(id="bram-ockley", name="Bram Ockley", owners=("node:herts-west-essex",)),
    DemoSigner(id="suki-harland", name="Suki Harland", owners=("node:milton-keynes",)),
    DemoSigner(id="joan-petrie", name="Joan Petrie", owners=("*",)),
)


def make_signers(place: Place) -> None:
    """Make the keys that are not there yet."""
    folder = place.keys / "signers"
    folder.mkdir(parents=True, exist_ok=True)
    for signer in SIGNERS:
        if not private_key(place, signer.id).exists():
            key = ECKey.generate_key("P-256", {"kid": signer.id, "use": "sig", "alg": "ES256"})
            _public_key(place, signer.id).write_text(json.dumps(key.as_dict(private=False)))
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with os.fdopen(os.open(private_key(place, signer.id), flags, 0o600), "w") as file:
                json.dump(key.as_dict(private=True), file)


def write_sharing(place: Place) -> None:
    """The demo's bundles, each signed by one who answers for it and by the second pair of eyes."""
    place.sharing.mkdir(parents=True, exist_ok=True)
    for source in sorted(files("demo").joinpath("sharing").iterdir(), key=lambda one: one.name):
        body = source.read_bytes()
        path = place.sharing / source.name
        path.write_bytes(body)
        for signer in (_own(f"node:{Path(source.name).stem}"), "joan-petrie"):
            key = read_signing_key(private_key(place, signer))
            signature_file(path, signer).write_text(sign(body, signer, key))


def signer_rows(place: Place) -> list[dict[str, Any]]:
    """The rows of the settings."""
    return [
        {
            "id": signer.id,
            "name": signer.name,
            "owners": list(signer.owners),
            "key_file": str(_public_key(place, signer.id)),
        }
        for signer in SIGNERS
    ]


def private_key(place: Place, signer: str) -> Path:
    """The key that a signer signs with."""
    return place.keys / "signers" / f"{signer}.private.json"


def _public_key(place: Place, signer: str) -> Path:
    return place.keys / "signers" / f"{signer}.json"


def _own(owner: str) -> str:
    return next(signer.id for signer in SIGNERS if owner in signer.owners)
