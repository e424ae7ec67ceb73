"""Child processes of the demo: started apart, watched, and stopped one by one by their id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.05


class StartError(Exception):
    """A process did not come up; the text is for the person at the terminal."""


class Child:
    """One process, with its own log file and, where it says when it is ready, its ready file."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log_file = folder / f"{name}.log"
        self.ready_file = folder / f"{name}.ready"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, arguments: Sequence[str]) -> None:
        """Start `python -m ...`, in a session of its own so that Ctrl-C reaches us alone."""
        self.ready_file.unlink(missing_ok=True)
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None  # noqa: S101 - asked of started children alone
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process else None

    def wait_until_ready(self, seconds: float) -> str:
        """What it wrote into its ready file: its address."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check_alive()
            text = self.ready_file.read_text().strip() if self.ready_file.exists() else ""
            if text:
                return text
            time.sleep(_PAUSE_SECONDS)
        raise StartError(f"{self.name} was not ready in {seconds:.0f} s; see {self.log_file}")

    def check_alive(self) -> None:
        """Raise if it has ended."""
        if self.exit_code is not None:
            raise StartError(
                f"{self.name} stopped with exit code {self.exit_code} while it was starting;"
                f" {_last_words(self.log_file)}"
            )

    def ask_to_stop(self) -> None:
        """Tell it to stop, unless it has."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait_until_stopped(self) -> None:
        """Wait for its end; who does not go is made to."""
        if self._process is None:
            return
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _last_words(log_file: Path) -> str:
    lines = log_file.read_text(errors="replace").strip().splitlines()
    return f"its log ends: {lines[-1]}" if lines else f"its log is empty ({log_file})"


def is_running(pid: int, mark: str) -> bool:
    """Whether this process runs and is the one meant: its command line has `mark` in it.

    A process id from a file may belong to somebody else by now.
    """
    shown = subprocess.run(  # noqa: S603 - a number is all that varies
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)],  # noqa: S607 - wherever it is
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return mark in shown and not shown.startswith("Z")


def stop(pid: int, mark: str) -> bool:
    """Stop one process that an earlier launcher started; False if it is not there any more."""
    if not is_running(pid, mark):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while is_running(pid, mark):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_SECONDS)
    return True
