"""What FHIR R4's references point at, in words: their own, else what the resource is called.

Nothing that was entered in error is told, and of what could be somebody else's only what says that
it is the same person's.
"""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import CodeableConcept, DomainResource, Reference, joined
from federation.records.fhir.resource import References, Resource, UnreadableError

_IN_ERROR = "entered-in-error"


class _Named(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What a resource of any type may be called by, and whom it is about."""

    resource_types: ClassVar[tuple[str, ...]] = ()

    status: str | None = None
    verification_status: CodeableConcept = CodeableConcept()
    code: CodeableConcept | None = None
    medication_codeable_concept: CodeableConcept | None = None
    vaccine_code: CodeableConcept | None = None
    # A word of a closed set in some types, which is no name.
    type: CodeableConcept | str | None = None
    title: str | None = None
    description: CodeableConcept | str | None = None
    subject: Reference | None = None
    patient: Reference | None = None

    def words(self) -> str | None:
        """What it is called; nothing for what was entered in error."""
        if self.status == _IN_ERROR or _IN_ERROR in self.verification_status.codes():
            return None
        coded = (self.code, self.medication_codeable_concept, self.vaccine_code)
        kind, said = self.type, self.description
        return (
            joined(coded)
            or (kind.words() if isinstance(kind, CodeableConcept) else None)
            or self.title
            or (said.words() if isinstance(said, CodeableConcept) else said)
        )


def pointed_at(reference: Reference, references: References) -> str | None:
    """What a reference points at: its own words, else the name of the resource where it is known.

    A resource that cannot be read, was entered in error, or that fewer may see than what points at
    it gives no name.
    """
    found = references.find(reference)
    if found is not None and references.guarded(found):
        return None
    if reference.display or found is None:
        return reference.display
    named = _read(found)
    return named.words() if named else None


def linked(
    reference: Reference | None, references: References, about: Reference | None
) -> str | None:
    """The same of what is about the same person; of what is not, only of which type it is."""
    if reference is None:
        return None
    found = references.find(reference)
    if reference.display is None and found is not None and not is_of(found, about):
        return _unnamed(reference, references)
    return pointed_at(reference, references) or _unnamed(reference, references)


def is_of(found: Resource, about: Reference | None) -> bool:
    """Whether a resource says that it is about this person."""
    named = _read(found)
    return named is not None and _same_person(named, about)


def type_of(reference: Reference, references: References) -> str | None:
    """The type of resource that a reference points at, None where nothing says it."""
    found = references.find(reference)
    if found is not None or reference.type:
        return found.kind if found else reference.type
    path = (reference.reference or "").partition("/_history/")[0]
    kind = path.rpartition("/")[0].rpartition("/")[2]
    return kind if kind.isalpha() and kind[0].isupper() else None


def _read(found: Resource) -> _Named | None:
    try:
        return found.read_any(_Named)
    except UnreadableError:
        return None


def _same_person(named: _Named, about: Reference | None) -> bool:
    # Invariant: nothing of another person is told, whatever a node sends along.
    whom = named.subject or named.patient
    if about is None or whom is None or not (about.reference and whom.reference):
        return False
    return _tail(about.reference) == _tail(whom.reference)


def _tail(address: str) -> str:
    return "/".join(address.partition("/_history/")[0].split("/")[-2:])


def _unnamed(reference: Reference, references: References) -> str | None:
    kind = type_of(reference, references)
    if not (kind or reference.reference or reference.identifier):
        return None
    return f"{kind or 'an entry'} that is not shown here"
