"""Medications as prescribed, dispensed, administered or taken. A whole list.

Two sources mean one medicine where they code the same product and agree on dose, route, form, kind
and setting, over periods that overlap. Everything else stands on its own line: lines of one
medicine point at each other, and what differs among those that are current is a safety conflict on
each. What was prescribed, what was dispensed and what was given are never one, and each supply and
each dose given is its own. Medicines of high risk are one only by an identical identifier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated

from federation.model import Category, Practitioner
from federation.records.base import (
    CategoryDefinition,
    Concept,
    Conflict,
    Disagreement,
    FactKey,
    Item,
    PartialDate,
    PartialDateTime,
    Shape,
    described,
)
from federation.records.compare import (
    differ,
    information,
    places,
    plain,
    safety,
    same_source,
    share_identifier,
    snomed_code,
)
from federation.records.medicine_names import high_risk, medicine_stem, strength
from federation.records.partial_date import local_days
from federation.records.standing import below, named, standing


class MedicationStatus(StrEnum):
    """Whether it is being taken."""

    ACTIVE = "ACTIVE"
    ON_HOLD = "ON_HOLD"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"
    CANCELLED = "CANCELLED"
    NOT_TAKEN = "NOT_TAKEN"
    INTENDED = "INTENDED"
    UNKNOWN = "UNKNOWN"


class PrescriptionKind(StrEnum):
    """How it came to be prescribed or given; differing kinds are never one line."""

    ACUTE = "ACUTE"
    REPEAT = "REPEAT"
    REPEAT_DISPENSED = "REPEAT_DISPENSED"
    DISCHARGE = "DISCHARGE"
    ADMINISTERED = "ADMINISTERED"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class MedicationEvent(StrEnum):
    """What the source wrote down: an order, a supply, a dose given, or that it is taken."""

    PRESCRIBED = "PRESCRIBED"
    DISPENSED = "DISPENSED"
    ADMINISTERED = "ADMINISTERED"
    STATED = "STATED"
    UNKNOWN = "UNKNOWN"


class Medication(Item, frozen=True, kw_only=True):
    """One medicine as one source holds it."""

    medicine: Annotated[Concept, described("The medicine, by dm+d where the source codes it.")]
    status: Annotated[MedicationStatus, described("Whether it is being taken.")] = (
        MedicationStatus.UNKNOWN
    )
    kind: Annotated[PrescriptionKind, described("How it is prescribed or given.")] = (
        PrescriptionKind.UNKNOWN
    )
    form: Annotated[str | None, described("Tablet, capsule, patch ...")] = None
    dosage: Annotated[str | None, described("Dose and frequency, in the source's words.")] = None
    route: Annotated[str | None, described("By which route it is taken.")] = None
    indication: Annotated[str | None, described("What it is for.")] = None
    start: Annotated[PartialDate | None, described("From when.")] = None
    end: Annotated[
        PartialDate | None,
        described(
            "Until when; null when the source records no end, "
            "which is not a promise that it goes on."
        ),
    ] = None
    last_issued: Annotated[
        PartialDate | None, described("When it was last issued, dispensed or given.")
    ] = None
    quantity: Annotated[str | None, described("How much was issued.")] = None
    stop_reason: Annotated[str | None, described("Why it was stopped.")] = None
    changed_recently: Annotated[
        bool, described("Whether the source marks a recent change of dose.")
    ] = False
    event: Annotated[
        MedicationEvent,
        described("Whether it was prescribed, dispensed, given or stated as taken."),
    ] = MedicationEvent.UNKNOWN
    site: Annotated[str | None, described("Where on the body it is given.")] = None
    as_needed: Annotated[
        bool | None, described("Whether it is taken only when needed; null where nobody says.")
    ] = None
    prescriber: Annotated[Practitioner | None, described("Who prescribed it.")] = None
    prescribed_by: Annotated[
        str | None, described("What kind of organisation prescribed it, where it was elsewhere.")
    ] = None
    dosage_changed_at: Annotated[
        PartialDate | None, described("When the dose was last changed.")
    ] = None
    change_summary: Annotated[str | None, described("What was changed, and why.")] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _date(medication: Medication) -> PartialDateTime | None:
    # Source: merge rules, "order by last issued or administered".
    return (
        medication.last_issued
        or medication.start
        or medication.effective_at
        or medication.recorded_at
    )


_ENDED = frozenset(
    (
        MedicationStatus.COMPLETED,
        MedicationStatus.STOPPED,
        MedicationStatus.CANCELLED,
        MedicationStatus.NOT_TAKEN,
    )
)
_TAKEN = frozenset(("active", "unknown"))
_DONE = {MedicationEvent.DISPENSED: "Dispensed", MedicationEvent.ADMINISTERED: "Given"}
_STOPPED = frozenset((MedicationStatus.STOPPED, MedicationStatus.CANCELLED))
_EVENTS = {
    # A list says that something is taken, mostly because it is prescribed.
    MedicationEvent.STATED: MedicationEvent.PRESCRIBED,
}
_ONE_BY_ONE = frozenset((MedicationEvent.DISPENSED, MedicationEvent.ADMINISTERED))
_ONGOING = frozenset((PrescriptionKind.REPEAT, PrescriptionKind.REPEAT_DISPENSED))
_UNCOMPARED = frozenset((PrescriptionKind.UNKNOWN, PrescriptionKind.ADMINISTERED))


def _subtitle(medication: Medication) -> str | None:
    dose = ", ".join(part for part in (medication.dosage, medication.route) if part)
    done = _DONE.get(medication.event) if medication.status is MedicationStatus.COMPLETED else None
    return below(done or standing(medication.status, expected=_TAKEN), dose)


def _setting(medication: Medication) -> str:
    custodian = medication.custodian
    return (custodian.kind or "") if custodian else ""


def _period(medication: Medication) -> tuple[date, date] | None:
    # An end that is not recorded is never guessed: only what is on repeat is known to go on.
    start = local_days(medication.start)[0] if medication.start else None
    if medication.end:
        return start or date.min, local_days(medication.end)[1]
    if medication.kind in _ONGOING and not ended(medication):
        return start or date.min, date.max
    last = medication.last_issued or medication.start
    return (start or local_days(last)[0], local_days(last)[1]) if last else None


def _same_fact(medication: Medication) -> FactKey | None:
    product, dosage = snomed_code(medication.medicine), medication.dosage
    if product is None or not dosage:
        return None
    return ("medication", product, plain(dosage), medication.kind)


def _may_link(one: Medication, other: Medication) -> bool:
    if _medicines_differ(one, other) or _settings_differ(one, other):
        return False
    if _events_differ(one, other):
        return False
    if any(differ(say(one), say(other)) for say in (_dosage, _route, _form)):
        return False
    return share_identifier(one, other) or _taken_as_one(one, other)


def _taken_as_one(one: Medication, other: Medication) -> bool:
    """Whether nothing is left open that could make them two, though no identifier says so."""
    if same_source(one, other) or not (_comparable(one) and _comparable(other)):
        return False
    if _same_fact(one) != _same_fact(other) or not _forms_agree(one, other):
        return False
    ours, theirs = _told(one), _told(other)
    return ours == theirs and _overlap(one, other)


def _forms_agree(one: Medication, other: Medication) -> bool:
    """Whether the form is settled: by a product that has a strength, or in words by both."""
    if strength(one.medicine.display) and strength(other.medicine.display):
        return True
    return bool(one.form) and plain(one.form) == plain(other.form)


def _told(medication: Medication) -> tuple[str, ...]:
    amount = strength(medication.medicine.display)
    return amount, plain(medication.route), medication.kind, _setting(medication)


def _comparable(medication: Medication) -> bool:
    dosage, kind = medication.dosage, medication.kind
    if not dosage or kind in _UNCOMPARED or medication.event in _ONE_BY_ONE:
        return False
    if kind not in _ONGOING and not _setting(medication):
        return False  # a practice's and a hospital's are never one line, and this may be either
    if not (strength(medication.medicine.display) or strength(dosage)):
        return False
    return not high_risk(medication.medicine, medication.form, dosage)


def _medicines_differ(one: Medication, other: Medication) -> bool:
    codes = (snomed_code(one.medicine), snomed_code(other.medicine))
    if None in codes:
        return True
    # Two codes may be a product and its brand; then the name before the strength must agree.
    same_name = medicine_stem(one.medicine.display) == medicine_stem(other.medicine.display)
    strengths = (strength(one.medicine.display), strength(other.medicine.display))
    return (codes[0] != codes[1] and not same_name) or differ(*strengths)


def _events_differ(one: Medication, other: Medication) -> bool:
    events = {_EVENTS.get(event, event) for event in (one.event, other.event)}
    return len(events - {MedicationEvent.UNKNOWN}) > 1


def _settings_differ(one: Medication, other: Medication) -> bool:
    kinds = {one.kind, other.kind} - {PrescriptionKind.UNKNOWN}
    return len(kinds) > 1 or differ(_setting(one), _setting(other))


def _overlap(one: Medication, other: Medication) -> bool:
    ours, theirs = _period(one), _period(other)
    if ours is None or theirs is None:
        return False
    return ours[0] <= theirs[1] and theirs[0] <= ours[1]


def _related(medication: Medication) -> tuple[FactKey, ...]:
    if snomed_code(medication.medicine) is None:
        return ()
    stem = medicine_stem(medication.medicine.display)
    return (("medicine", stem),) if stem else ()


def ended(medication: Medication) -> bool:
    """Whether it is no longer taken: the status says so, an end in words or days does not."""
    return medication.status in _ENDED


def _dosage(medication: Medication) -> str | None:
    return medication.dosage


def _route(medication: Medication) -> str | None:
    return medication.route


def _form(medication: Medication) -> str | None:
    return medication.form


def _dose_with_strength(medication: Medication) -> str | None:
    dosage = medication.dosage
    amount = strength(medication.medicine.display)
    return f"{dosage} ({amount})" if dosage and amount else dosage or amount or None


_COMPARED: tuple[tuple[str, str, Callable[[Medication], str | None]], ...] = (
    ("dosage", "The dose differs", _dose_with_strength),
    ("route", "The route differs", _route),
    ("form", "The form differs", _form),
)
"""What is compared among current lines of one medicine: the field, the words, the value."""


def _conflicts(medications: Sequence[Medication]) -> tuple[Conflict, ...]:
    current = [medication for medication in medications if not ended(medication)]
    found = (*_stopped_and_current(medications), *_not_seen_since(current))
    return tuple(disagreement.conflict for disagreement in found)


def _related_conflicts(medications: Sequence[Medication]) -> tuple[Disagreement, ...]:
    current = [medication for medication in medications if not ended(medication)]
    differing = (_differing(current, field, words, say) for field, words, say in _COMPARED)
    found = [disagreement for disagreement in differing if disagreement]
    return (*found, *_stopped_and_current(medications), *_not_seen_since(current))


def _differing(
    current: Sequence[Medication],
    field: str,
    words: str,
    say: Callable[[Medication], str | None],
) -> Disagreement | None:
    stated = [medication for medication in current if say(medication)]
    alike = len({plain(say(medication)) for medication in stated}) <= 1
    if alike or _one_source(stated):
        return None
    return Disagreement(safety(field, f"{words}: {places(stated)}.", stated, say), tuple(stated))


def _one_source(medications: Sequence[Medication]) -> bool:
    return all(same_source(medications[0], other) for other in medications[1:])


def _stopped_and_current(medications: Sequence[Medication]) -> tuple[Disagreement, ...]:
    current = [medication for medication in medications if not ended(medication)]
    going_on_at = {medication.source.id for medication in current}
    stopped = [
        medication
        for medication in medications
        if medication.status in _STOPPED and medication.source.id not in going_on_at
    ]
    # Started again after every stop: no disagreement.
    last_stop = max(map(_last_day, stopped), default=date.min)
    first_start = min(map(_first_day, current), default=date.max)
    still = [medication for medication in current if _first_day(medication) <= last_stop]
    over = [medication for medication in stopped if _last_day(medication) >= first_start]
    if not still or not over:
        return ()
    message = f"Stopped in {places(over)}, current in {places(still)}."
    conflict = safety("status", message, [*over, *still], lambda medication: medication.status)
    return (Disagreement(conflict, (*over, *still)),)


def _not_seen_since(current: Sequence[Medication]) -> tuple[Disagreement, ...]:
    """A current line without an end, last issued before another source's began.

    Whether it goes on is not known, and not guessed.
    """
    latest = max(map(_first_day, current), default=date.min)
    unseen = [
        medication
        for medication in current
        if medication.last_issued
        and not medication.end
        and local_days(medication.last_issued)[1] < latest
    ]
    places_unseen = {medication.source.id for medication in unseen}
    begun = [
        medication
        for medication in current
        if _first_day(medication) == latest and medication.source.id not in places_unseen
    ]
    if not unseen or not begun:
        return ()
    message = f"Not seen in {places(unseen)} since before it began in {places(begun)}."
    both = (*unseen, *begun)
    return (Disagreement(information("lastIssued", message, both, _seen), both),)


def _seen(medication: Medication) -> str:
    began = f"began {medication.start}" if medication.start else None
    last = f"last issued {medication.last_issued}" if medication.last_issued else None
    return ", ".join(part for part in (began, last) if part)


def _first_day(medication: Medication) -> date:
    return local_days(medication.start)[0] if medication.start else date.min


def _last_day(medication: Medication) -> date:
    return local_days(medication.end)[1] if medication.end else date.max


MEDICATIONS = CategoryDefinition(
    category=Category.MEDICATIONS,
    field_name="medications",
    section_name="MedicationsSection",
    item=Medication,
    shape=Shape.WHOLE_LIST,
    description="Medicines, as prescribed, dispensed, administered or taken.",
    title=lambda medication: named(medication.medicine),
    subtitle=_subtitle,
    clinical_date=_date,
    codes=lambda medication: medication.medicine.codings,
    same_fact=_same_fact,
    may_link=_may_link,
    related=_related,
    conflicts=_conflicts,
    related_conflicts=_related_conflicts,
    ended=ended,
)
