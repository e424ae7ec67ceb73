"""What holds for every test: no network but loopback, and nothing of the caller's environment."""

from __future__ import annotations

import os

import pytest
import pytest_socket

_LOOPBACK = ["127.0.0.1", "::1", "localhost"]
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def pytest_configure() -> None:
    """Forget settings and proxies, before anything is imported or started that would heed them."""
    environ = os.environ  # noqa: TID251 - to clean it, not to read settings
    for name in list(environ):
        if name.startswith("WATLING_") or name.upper() in _PROXIES:
            del environ[name]


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Refuse every connection that would leave this machine."""
    pytest_socket.socket_allow_hosts(_LOOPBACK, allow_unix_socket=True)
