"""The page for people: GraphiQL, with an example a tab and the demo's personas one click away.

Shown only where the settings say so. GraphiQL itself comes from its public CDN, pinned by digest;
without it the page is a plain form that does the same. The page's content policy allows just that.
The examples file is read anew for each page, because the tokens in it do not last.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import HTMLResponse, Response

from gateway.errors import NO_STORE

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline' https://unpkg.com;"
    " font-src data: https://unpkg.com; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Example(Struct, frozen=True, kw_only=True):
    """One tab: a question, and what it shows."""

    title: str
    story: str
    query: str
    variables: dict[str, Any] = {}


class Persona(Struct, frozen=True, kw_only=True):
    """Somebody to ask as."""

    name: str
    title: str
    token: str


class Examples(Struct, frozen=True, kw_only=True):
    """What the page offers, as the file holds it."""

    personas: tuple[Persona, ...] = ()
    examples: tuple[Example, ...] = ()


_NOTHING = Examples(
    examples=(
        Example(
            title="Network",
            story="which nodes there are",
            query="{ recordNodes { id name region state } }\n",
        ),
    )
)


def page_of(examples_file: Path | None) -> Callable[[], Response]:
    """What makes the page."""
    template = files("gateway").joinpath("graphiql.html").read_text("utf-8")

    def page() -> Response:
        nonce = secrets.token_urlsafe(16)
        data = msgspec.json.encode(_read(examples_file)).decode().replace("<", "\\u003c")
        html = template.replace("__NONCE__", nonce).replace("__DATA__", data)
        headers = {
            **NO_STORE,
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
            "Referrer-Policy": "no-referrer",
        }
        return HTMLResponse(html, headers=headers)

    return page


def _read(path: Path | None) -> Examples:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Examples) if path else _NOTHING
    except (OSError, msgspec.MsgspecError):
        return _NOTHING
