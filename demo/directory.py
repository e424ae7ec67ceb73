"""Names staff, organisations and medicines once per node, so that items can refer to them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from msgspec import Struct

from demo.model import Holding
from federation.model import Organisation, Practitioner
from federation.records.base import Concept
from federation.records.care_plans import CarePlan
from federation.records.medications import Medication


class Medicine(Struct, frozen=True, kw_only=True):
    """A medicine as a node's catalogue names it."""

    concept: Concept
    form: str | None = None


Listed = Practitioner | Organisation | Medicine


def directory_of(holding: Holding) -> Iterator[tuple[str, Listed]]:
    """Everybody and everything that one holding speaks of, each under its key."""
    if holding.person.gp_practice:
        yield listed(holding.person.gp_practice)
    for items in holding.items.values():
        for item in items:
            if item.custodian:
                yield listed(item.custodian)
            if item.author:
                yield listed(item.author)
            if isinstance(item, Medication):
                yield listed(medicine_of(item))
            elif isinstance(item, CarePlan) and item.cpr and item.cpr.clinician:
                yield listed(item.cpr.clinician)


def medicine_of(medication: Medication) -> Medicine:
    """The catalogue's entry for what was prescribed."""
    return Medicine(concept=medication.medicine, form=medication.form)


def listed(entry: Listed) -> tuple[str, Listed]:
    """An entry and its key."""
    return key_of(entry), entry


@lru_cache(maxsize=4096)
def key_of(entry: Listed) -> str:
    """What an entry is named by, made from what it says, so that it is the same everywhere."""
    match entry:
        case Practitioner():
            code = entry.organisation.ods_code if entry.organisation else None
            text = f"{entry.name}|{entry.role}|{code}"
        case Organisation():
            text = f"{entry.ods_code}|{entry.name}"
        case Medicine():
            text = f"{entry.concept.display}|{entry.concept.codings}|{entry.form}"
    return blake2b(text.encode(), digest_size=8).hexdigest()
