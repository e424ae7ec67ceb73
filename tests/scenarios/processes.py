"""Real processes: started with a log file each, known by their pids, ended by them.

Standard error comes to the log file through a pipe, so that a process whose disk is made full can
still be listened to.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
END_SECONDS = 15.0
LOOK_SECONDS = 0.02
_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class Process:
    """One process of ours; what it says is in `log_file`, but for what it answers to `ask`."""

    def __init__(
        self, name: str, module: Sequence[object], folder: Path, *, answers: bool = False
    ) -> None:
        self.name = name
        self.log_file = folder / f"{name}.log"
        self._running = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", *map(str, module)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if answers else subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        said = self._running.stderr if answers else self._running.stdout
        self._copier = threading.Thread(target=_copy, args=(said, self.log_file), daemon=True)
        self._copier.start()

    @property
    def is_running(self) -> bool:
        return self._running.poll() is None

    def ready(self, ready_file: Path) -> Any:
        """What the process wrote when it was ready."""
        patience = time.monotonic() + START_SECONDS
        while not ready_file.exists():
            if not self.is_running or time.monotonic() > patience:
                raise RuntimeError(f"{self.name} did not start: {self._last_words()}")
            time.sleep(LOOK_SECONDS)
        return json.loads(ready_file.read_text())

    def ask(self, line: str) -> Any:
        """Send a line and read the line that comes back."""
        assert self._running.stdin
        assert self._running.stdout
        self._running.stdin.write(f"{line}\n")
        answer = self._running.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended: {self._last_words()}")
        return json.loads(answer)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._running.kill()
        self._running.wait(END_SECONDS)

    def end(self) -> None:
        """Close its standard input and ask it to stop; kill it if it does not."""
        assert self._running.stdin
        self._running.stdin.close()
        if self.is_running:
            self._running.terminate()
        try:
            self._running.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._copier.join(END_SECONDS)
        if self._running.stdout:
            self._running.stdout.close()

    def fill_disk(self) -> None:
        """From now on the kernel lets it write no byte to any file."""
        resource.prlimit(self._running.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free_disk(self) -> None:
        """Take `fill_disk` back."""
        resource.prlimit(self._running.pid, resource.RLIMIT_FSIZE, _UNLIMITED)

    def _last_words(self) -> str:
        lines = self.log_file.read_text("utf-8").splitlines() if self.log_file.exists() else []
        return "\n".join(lines[-5:])


def _copy(source: IO[str], log_file: Path) -> None:
    with source, log_file.open("a", encoding="utf-8", buffering=1) as log:
        for line in source:
            log.write(line)
