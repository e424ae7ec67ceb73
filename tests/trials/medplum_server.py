"""The FHIR server that others wrote, as a process: `tests/trials/medplum/server.mjs`.

`scripts/trials` installs its packages; what needs them is skipped where it could not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.certificates import Authority
from tests.real_data import Json, transaction

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".watling" / "trials" / "medplum"
SERVER = Path(__file__).parent / "medplum" / "server.mjs"
CLIENT = "watling"
HAS_SOCKETS = 22
NEEDS_SERVER = pytest.mark.skipif(
    not (INSTALLED / "installed").is_file(), reason="`scripts/trials` could not install the server"
)


def node() -> list[str]:
    """The command of Node.js, with the flag that Medplum needs of an older one."""
    found = shutil.which("node")
    assert found
    said = subprocess.run([found, "-v"], capture_output=True, text=True, check=True)  # noqa: S603
    older = int(said.stdout.lstrip("v").split(".")[0]) < HAS_SOCKETS
    return [found, *(("--experimental-websocket",) if older else ())]


@contextmanager
def running(
    folder: Path,
    authority: Authority,
    clients: Authority,
    client_key: ECKey,
    *held: Sequence[Json],
) -> Iterator[list[str]]:
    """The base address of an endpoint for each of `held`, with a certificate of this authority.

    Open to whoever shows a certificate of the authority of its clients, and has the client's key.
    """
    certificate, key = authority.issue("127.0.0.1").write(folder, "server")
    trusted = clients.write(folder, "clients")
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps({"keys": [client_key.as_dict(private=False)]}))
    bundles = [folder / f"held-{place}.json" for place, _ in enumerate(held)]
    for file, resources in zip(bundles, held, strict=True):
        file.write_text(json.dumps(transaction(resources)))
    # Packages are found beside the file that asks for them.
    shutil.copy(SERVER, folder)
    (folder / "node_modules").symlink_to(INSTALLED / "node_modules")
    given = map(str, (SERVER.name, certificate, key, trusted, CLIENT, jwks, *bundles))
    with subprocess.Popen(  # noqa: S603 - the server of this folder
        [*node(), *given], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            said = next((line for line in process.stdout if line.startswith("ready ")), "")
            assert said, "the server did not start"
            yield said.split()[1:]
        finally:
            process.kill()
