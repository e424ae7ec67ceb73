"""What a new project's descriptor and sharing rules say of what the node offers."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from string import Template
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from federation.model import Category

_SNOMED = "http://snomed.info/sct"
_AUTHENTICATION = """
# How the gateway proves itself: SMART Backend Services under this client. Without the table, by the
# certificate of its connection and its signed `Watling-Requester` tokens alone.
[authentication]
client_id = "watling"
"""
_LOOKS_AT_NOBODY = """
verifies_requesters = false                # a server that is bought as it is does not know them"""
_NAMED = re.compile(r'^(file = "([\w.-]+)"\nsha256 = ")[^"]*(")', re.MULTILINE)


class Offers(Struct, frozen=True, kw_only=True):
    """What a node offers; `fhir` is the address of a server that is there."""

    categories: tuple[str, ...] = tuple(Category)
    lag_minutes: int = 5
    fhir: str | None = None


def describe(folder: Path, offers: Offers) -> None:
    """Fill in what the files of a new project say of the node."""
    live = offers.fhir or "https://node.my-region.example/graphql"
    said = {
        "protocol": "FHIR_R4" if offers.fhir else "GRAPHQL",
        "answers": _LOOKS_AT_NOBODY if offers.fhir else "\nechoes_request = true",
        "live": live,
        "test": _test_address(live),
        "authentication": _AUTHENTICATION if offers.fhir else "",
        "categories": "\n".join(_offer(one, offers) for one in _offered(offers)),
        "category_names": ", ".join(f'"{one}"' for one in _offered(offers)),
    }
    for name in ("descriptor.toml", "sharing.toml"):
        file = folder / name
        file.write_text(Template(file.read_text("utf-8")).substitute(said), "utf-8")


def write_digests(descriptor: Path) -> list[str]:
    """Put the SHA-256 of the files beside a descriptor into it; which of them had another."""
    changed = []

    def put(found: re.Match[str]) -> str:
        digest = sha256((descriptor.parent / found[2]).read_bytes()).hexdigest()
        row = f"{found[1]}{digest}{found[3]}"
        if row != found[0]:
            changed.append(found[2])
        return row

    text = descriptor.read_text("utf-8")
    after = _NAMED.sub(put, text)
    if changed:
        descriptor.write_text(after, "utf-8")
    return changed


def _offered(offers: Offers) -> tuple[str, ...]:
    return tuple(dict.fromkeys((Category.DEMOGRAPHICS, *offers.categories)))


def _offer(category: str, offers: Offers) -> str:
    coded = "" if category == Category.DEMOGRAPHICS else f'code_systems = ["{_SNOMED}"]\n'
    return (
        f'[[categories]]\ncategory = "{category}"\n{coded}'
        f"current_within_minutes = {offers.lag_minutes}\n"
    )


def _test_address(live: str) -> str:
    """Where invented people are held: the same server under another name, until it is edited."""
    parts = urlsplit(live)
    return urlunsplit(parts._replace(netloc=f"test.{parts.netloc}"))
