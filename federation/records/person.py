"""Demographics: who the person is, as the tracing service and each source say.

Not an item: a person is echoed, verified and shown once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from federation.model import Organisation
from federation.nhs_number import NhsNumber
from federation.records.base import Conflict, PartialDate, Redaction, SecurityLabel, described


class Gender(StrEnum):
    """Administrative gender."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class HumanName(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A name as it is written, and its parts where the source gives them."""

    text: Annotated[str, described("The whole name, as it is written.")]
    family: Annotated[str | None, described("The family name.")] = None
    given: Annotated[tuple[str, ...], described("The given names, in order.")] = ()
    prefix: Annotated[str | None, described("A title.")] = None
    preferred: Annotated[str | None, described("What the person likes to be called.")] = None


class Address(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A postal address."""

    text: Annotated[str, described("The whole address, as it is written.")]
    lines: Annotated[tuple[str, ...], described("Its lines, without the postcode.")] = ()
    postcode: Annotated[str | None, described("The postcode.")] = None


class Person(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """What one source says of who the person is: the echo that every answer is checked by.

    `former_names` are never shown: they exist so that an answer under an earlier name is still
    recognised.
    """

    nhs_number: NhsNumber
    name: Annotated[HumanName | None, described("The name in use.")] = None
    former_names: tuple[HumanName, ...] = ()
    birth_date: Annotated[
        PartialDate | None, described("The date of birth, as precisely as it is known.")
    ] = None
    gender: Annotated[
        Gender | None, described("Administrative gender; never listed as a conflict.")
    ] = None
    address: Annotated[
        Address | None, described("Where the person lives; null for a restricted person.")
    ] = None
    phones: Annotated[
        tuple[str, ...], described("Telephone numbers; empty for a restricted person.")
    ] = ()
    gp_practice: Annotated[Organisation | None, described("Where the person is registered.")] = None
    language: Annotated[str | None, described("The language they prefer.")] = None
    interpreter_needed: Annotated[bool | None, described("Whether an interpreter is needed.")] = (
        None
    )
    reasonable_adjustments: Annotated[
        tuple[str, ...], described("What must be arranged for them.")
    ] = ()
    deceased_at: Annotated[PartialDate | None, described("When they died.")] = None
    deceased: Annotated[bool, described("Whether they are known to have died.")] = False
    restricted: Annotated[bool, described("Whether their whereabouts are protected.")] = False
    security_labels: tuple[SecurityLabel, ...] = ()
    number_status: Annotated[
        str | None, described("Whether the number was traced and verified, as its source says.")
    ] = None
    birth_sex: Annotated[str | None, described("Sex registered at birth, where recorded.")] = None
    ethnicity: Annotated[str | None, described("Ethnic category, where recorded.")] = None
    contact_preference: Annotated[
        str | None, described("How the person wants to be contacted.")
    ] = None
    nominated_pharmacy: Annotated[
        Organisation | None, described("Where prescriptions go; null for a restricted person.")
    ] = None
    death_notification: Annotated[
        str | None, described("Whether a death was notified formally or informally.")
    ] = None


class ShownPerson(Person, frozen=True, kw_only=True):
    """The person as the record shows them: the reference, completed from matching sources."""

    age: Annotated[
        str | None, described("How old they are at the time of this view, in words.")
    ] = None
    conflicts: Annotated[tuple[Conflict, ...], described("What the sources disagree about.")] = ()
    redactions: Annotated[
        tuple[Redaction, ...], described("Fields that a sharing rule emptied.")
    ] = ()
