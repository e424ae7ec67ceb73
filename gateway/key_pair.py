"""A pair of keys for somebody who signs: the private half stays, the public one is enrolled."""

from __future__ import annotations

import json
import os
from pathlib import Path

from joserfc.jwk import ECKey

from federation.errors import SettingsError


def make_pair(private_file: Path, public_file: Path) -> ECKey:
    """Two new files, P-256 keys as JWKs; raises `SettingsError`, and then neither is there.

    Never over a key that is in use: neither file may be there already.
    """
    made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    begun: list[Path] = []
    try:
        for file, private in ((private_file, True), (public_file, False)):
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            begun.append(file)
            with os.fdopen(descriptor, "w") as opened:
                json.dump(made.as_dict(private=private), opened)
        public_file.chmod(0o644)
    except OSError as fault:
        for file in begun:
            file.unlink(missing_ok=True)
        raise SettingsError(f"`{fault.filename}`: cannot be written ({fault.strerror})") from None
    return made
