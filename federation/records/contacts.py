"""Personal and professional contacts. A whole list."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation
from federation.records.base import CategoryDefinition, Item, Shape, described


class Contact(Item, frozen=True, kw_only=True):
    """One contact as one source holds it."""

    name: Annotated[str, described("Who it is.")]
    relationship: Annotated[str | None, described("What they are to the person.")] = None
    phones: Annotated[tuple[str, ...], described("How to reach them.")] = ()
    next_of_kin: Annotated[bool, described("Whether they are next of kin.")] = False
    lasting_power_of_attorney: Annotated[
        str | None, described("For what they hold a lasting power of attorney.")
    ] = None
    rank: Annotated[int | None, described("In which order to ring.")] = None
    carer: Annotated[bool, described("Whether they care for the person.")] = False
    emergency: Annotated[bool, described("Whether they are to be rung in an emergency.")] = False
    role: Annotated[str | None, described("In which role, for a professional.")] = None
    organisation: Annotated[
        Organisation | None, described("For which organisation, for a professional.")
    ] = None
    team: Annotated[str | None, described("In which team, for a professional.")] = None


def _whom_to_ring_first(contact: Contact) -> tuple[bool, int, str]:
    # Who is to be rung first matters, not who was written down last.
    return contact.rank is None, contact.rank or 0, contact.name.casefold()


CONTACTS = CategoryDefinition(
    category=Category.CONTACTS,
    field_name="contacts",
    section_name="ContactsSection",
    item=Contact,
    shape=Shape.WHOLE_LIST,
    description="Whom to ring: family, carers, professionals.",
    title=lambda item: item.name,
    subtitle=lambda item: item.relationship,
    order=_whom_to_ring_first,
)
